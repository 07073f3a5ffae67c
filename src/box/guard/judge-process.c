/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* judge-process.c - judges texts in a process that can do nothing else; see judge.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/guard/judge.h"

struct question {
	uint32_t kind, up, len, before_len, has_before;
};

struct reply {
	uint32_t good;
	char what[JUDGE_WHAT_MAX];
};

static int read_whole(int fd, void *data, size_t len)
{
	char *at = data;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Whatever is answered wrong here only says that a text may stay, or not. */
static int serve_one(int in, int out, char *text, char *before)
{
	struct question q;
	struct reply reply = { 0 };
	struct judge_case c;

	if (read_whole(in, &q, sizeof q) < 0 || q.len > JUDGE_TEXT_MAX ||
	    q.before_len > JUDGE_TEXT_MAX || read_whole(in, text, q.len) < 0 ||
	    read_whole(in, before, q.before_len) < 0)
		return -1;
	c = (struct judge_case){ .kind = (enum guard_judge)q.kind,
				 .text = text,
				 .len = q.len,
				 .before = q.has_before ? before : NULL,
				 .before_len = q.before_len,
				 .up = q.up };
	reply.good = judge_text(&c, reply.what);
	return io_write_all(out, &reply, sizeof reply);
}

/* _exit(2) of the C library calls exit_group(2), which strict mode does not let pass. */
__attribute__((noreturn)) static void leave(void)
{
	for (;;)
		(void)syscall(SYS_exit, 0);
}

__attribute__((noreturn)) static void serve(int in, int out)
{
	char *text = malloc(JUDGE_TEXT_MAX), *before = malloc(JUDGE_TEXT_MAX);

	if (text && before && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    dup3(in, STDIN_FILENO, 0) >= 0 && dup3(out, STDOUT_FILENO, 0) >= 0 &&
	    close_range(2, ~0U, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0)
		while (serve_one(STDIN_FILENO, STDOUT_FILENO, text, before) == 0)
			;
	leave();
}

static bool start_process(struct judge *judge)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };

	if (judge->pid > 0)
		return true;
	if (pipe2(to, O_CLOEXEC) < 0)
		return false;
	if (pipe2(from, O_CLOEXEC) == 0)
		judge->pid = fork();
	if (judge->pid == 0 && from[0] >= 0)
		serve(to[0], from[1]);
	fd_closep(&to[0]);
	fd_closep(&from[1]);
	if (judge->pid > 0) {
		judge->to = to[1];
		judge->from = from[0];
		return true;
	}
	judge->pid = 0;
	fd_closep(&to[1]);
	fd_closep(&from[0]);
	return false;
}

/* SIGPIPE is blocked, like all signals since the start (signals_open()). */
static bool asked(struct judge *judge, const struct judge_case *c, struct reply *reply)
{
	const struct question q = { (uint32_t)c->kind, c->up, (uint32_t)c->len,
				    (uint32_t)c->before_len, c->before != NULL };

	return c->len <= JUDGE_TEXT_MAX && c->before_len <= JUDGE_TEXT_MAX &&
	       start_process(judge) && io_write_all(judge->to, &q, sizeof q) == 0 &&
	       io_write_all(judge->to, c->text, c->len) == 0 &&
	       io_write_all(judge->to, c->before ? c->before : "", c->before_len) == 0 &&
	       read_whole(judge->from, reply, sizeof *reply) == 0;
}

bool judge_ask(struct judge *judge, const struct judge_case *c, char what[JUDGE_WHAT_MAX])
{
	struct reply reply = { 0 };

	if (!asked(judge, c, &reply)) {
		judge_end(judge);
		memcpy(what, "could not be read", sizeof "could not be read");
		return false;
	}
	reply.what[JUDGE_WHAT_MAX - 1] = '\0';
	memcpy(what, reply.what, JUDGE_WHAT_MAX);
	return reply.good == 1;
}

void judge_end(struct judge *judge)
{
	fd_closep(&judge->to);
	fd_closep(&judge->from);
	if (judge->pid > 0) {
		(void)kill(judge->pid, SIGKILL);
		while (waitpid(judge->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*judge = JUDGE_NONE;
}
