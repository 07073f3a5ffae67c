/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-given.c - what a caller can have on a descriptor: each kind and its answer */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "box/stdio/given.h"

/* Closes @fd. */
static void is_given(int fd, bool own_network, enum given_as wanted)
{
	_cleanup_fd_ int owned = fd;
	struct error err = { 0 };
	struct given g;

	assert_true(fd >= 0);
	if (given_look(fd, own_network, &g, &err) < 0)
		fail_msg("refused: %s", err.msg);
	assert_int_equal(g.as, wanted);
	assert_int_equal(g.fd, fd);
}

static void is_refused(int fd, bool own_network, const char *why)
{
	_cleanup_fd_ int owned = fd;
	struct error err = { 0 };
	struct given g;

	assert_true(fd >= 0);
	assert_int_equal(given_look(fd, own_network, &g, &err), -1);
	if (!strstr(err.msg, why))
		fail_msg("%s: without %s", err.msg, why);
}

static int one_of(int pair[2], int which)
{
	(void)close(pair[!which]);
	return pair[which];
}

static int new_pair(int domain, int type)
{
	int pair[2];

	return socketpair(domain, type, 0, pair) < 0 ? -1 : one_of(pair, 0);
}

static void files_by_how_they_are_open(void **state)
{
	(void)state;
	is_given(open("/etc/passwd", O_RDONLY), true, GIVEN_READONLY);
	is_given(open("/proc/self/status", O_RDONLY), true, GIVEN_READONLY);
	is_given(memfd_create("test", MFD_CLOEXEC), true, GIVEN_KEPT);
	is_given(open(".", O_TMPFILE | O_WRONLY, 0600), true, GIVEN_KEPT);
	is_refused(open("/proc/self/comm", O_RDWR), true, "open for writing");
	is_refused(open("/proc/self/ns/uts", O_RDONLY), true, "nsfs");
}

static void places_are_refused(void **state)
{
	(void)state;
	is_refused(open("/", O_RDONLY), true, "is a directory");
	is_refused(open("/", O_PATH), true, "O_PATH");
	is_refused(open("/etc/passwd", O_PATH), false, "O_PATH");
	is_refused(open("/dev/null", O_PATH), false, "O_PATH");
	is_refused(open("/proc/self/exe", O_PATH | O_NOFOLLOW), false, "O_PATH");
}

static void pipes_and_devices(void **state)
{
	int pipe[2];

	(void)state;
	assert_int_equal(pipe2(pipe, 0), 0);
	is_given(one_of(pipe, 0), true, GIVEN_PIPE);
	assert_int_equal(pipe2(pipe, 0), 0);
	is_given(one_of(pipe, 1), true, GIVEN_PIPE);
	is_given(open("/dev/null", O_RDWR), true,
		 geteuid() == 0 ? GIVEN_NODE : GIVEN_ITSELF);
	is_given(open("/dev/ptmx", O_RDWR | O_NOCTTY), true, GIVEN_KEPT);
}

static void sockets_that_can_go_elsewhere(void **state)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd;

	(void)state;
	is_refused(socket(AF_UNIX, SOCK_DGRAM, 0), true, "Unix socket");
	is_refused(socket(AF_UNIX, SOCK_STREAM, 0), true, "Unix socket");
	is_refused(socket(AF_UNIX, SOCK_SEQPACKET, 0), true, "Unix socket");
	is_refused(new_pair(AF_UNIX, SOCK_DGRAM), true, "Unix socket");
	is_given(new_pair(AF_UNIX, SOCK_STREAM), true, GIVEN_ITSELF);
	is_given(new_pair(AF_UNIX, SOCK_SEQPACKET), true, GIVEN_ITSELF);
	is_given(socket(AF_UNIX, SOCK_DGRAM, 0), false, GIVEN_ITSELF);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(sa_family_t)), 0);
	is_refused(fcntl(fd, F_DUPFD_CLOEXEC, 3), true, "Unix socket");
	assert_int_equal(listen(fd, 1), 0);
	is_given(fd, true, GIVEN_ITSELF);
	is_given(socket(AF_INET, SOCK_STREAM, 0), true, GIVEN_ITSELF); /* relay.h */
	is_refused(socket(AF_NETLINK, SOCK_RAW, 0), false, "neither Unix");
}

static void what_has_no_file(void **state)
{
	(void)state;
	is_given(eventfd(0, 0), true, GIVEN_ITSELF);
	is_refused(epoll_create1(0), true, "eventpoll");
	is_refused(timerfd_create(CLOCK_MONOTONIC, 0), true, "timerfd");
}

static void what_is_sent_is_verified(void **state)
{
	_cleanup_fd_ int status = open("/proc/self/status", O_RDONLY);
	_cleanup_fd_ int memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	_cleanup_fd_ int dir = open("/", O_RDONLY);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(given_verify(status, true, &err), -1);
	assert_non_null(strstr(err.msg, "not made read-only"));
	assert_int_equal(given_verify(dir, true, &err), -1);
	assert_int_equal(given_verify(memory, true, &err), 0); /* open for writing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_by_how_they_are_open),
		cmocka_unit_test(places_are_refused),
		cmocka_unit_test(pipes_and_devices),
		cmocka_unit_test(sockets_that_can_go_elsewhere),
		cmocka_unit_test(what_has_no_file),
		cmocka_unit_test(what_is_sent_is_verified),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
