/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sanitize.c - the calling process, made fit to launch; see launch.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"
#include "box/start/launch.h"

#define STACK_NEEDED (64UL * 1024) /* twice what a start has been seen to take */

/* Beyond the limit there is no word, but SIGSEGV. */
static int check_stack(struct error *err)
{
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack) < 0)
		return error_sys(err, "getrlimit");
	if (stack.rlim_cur >= STACK_NEEDED)
		return 0;
	return error_set(err,
			 "the limit on the stack is %lluK, and sbox needs %luK: raise it "
			 "(ulimit -s); limits.stack is for the command alone",
			 (unsigned long long)stack.rlim_cur / 1024, STACK_NEEDED / 1024);
}

static int open_null_at(int fd)
{
	const int null = io_open_null();

	return null == fd ? fcntl(fd, F_SETFD, 0) : -1;
}

int launch_sanitize(struct error *err)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	if (check_stack(err) < 0)
		return -1;
	if (getauxval(AT_SECURE))
		return error_set(
			err, "sbox must not be setuid, setgid or have file "
			     "capabilities: it needs no privilege; run chmod u-s,g-s and "
			     "setcap -r on it");
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open_null_at(fd) < 0)
			return error_sys(
				err,
				"descriptor %d is closed and /dev/null cannot be "
				"opened in its place",
				fd);
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_sys(err, "close_range");
	(void)sigaction(SIGCHLD, &dfl, NULL);
	(void)sigaction(SIGPIPE, &dfl, NULL);
	return 0;
}
