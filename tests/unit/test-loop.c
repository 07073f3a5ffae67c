/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-loop.c - who is called when, and who is not */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

/* A guest with a pipe that notes when it is called. */
struct guest {
	struct loop_fd fd;
	int pipe[2];
	char name;
	struct loop *loop;
	struct guest *silences; /* is not waited for any more once this one was called */
	bool stops;
};

static char called[64];

static void note(char name)
{
	size_t len = strlen(called);

	assert_true(len + 1 < sizeof called);
	called[len] = name;
	called[len + 1] = '\0';
}

static void on_ready(void *data, short revents)
{
	struct guest *g = data;

	assert_true(revents & (POLLIN | POLLHUP));
	note(g->name);
	if (g->silences)
		g->silences->fd.fd = -1;
	if (g->stops)
		loop_stop(g->loop);
}

static void guest_init(struct guest *g, char name, struct loop *loop)
{
	*g = (struct guest){ .name = name, .loop = loop };
	assert_int_equal(pipe2(g->pipe, O_CLOEXEC | O_NONBLOCK), 0);
	g->fd = (struct loop_fd){ g->pipe[0], POLLIN, on_ready, g, NULL };
	loop_add_fd(loop, &g->fd);
	called[0] = '\0';
}

static void guest_done(struct guest *g)
{
	(void)close(g->pipe[0]);
	(void)close(g->pipe[1]);
}

static void wake(const struct guest *g)
{
	assert_int_equal(write(g->pipe[1], "", 1), 1);
}

static void those_that_are_ready_are_called_in_order(void **state)
{
	struct loop loop = { 0 };
	struct guest a, b, c;
	struct error err;

	(void)state;
	guest_init(&a, 'a', &loop);
	guest_init(&b, 'b', &loop);
	guest_init(&c, 'c', &loop);
	assert_int_equal(loop_once(&loop, 0, &err), 0);
	assert_string_equal(called, "");
	wake(&c);
	wake(&a);
	assert_int_equal(loop_once(&loop, -1, &err), 2);
	assert_string_equal(called, "ac");
	guest_done(&a);
	guest_done(&b);
	guest_done(&c);
}

static void whoever_is_silenced_in_a_round_is_not_called_in_it(void **state)
{
	struct loop loop = { 0 };
	struct guest a, b;
	struct error err;

	(void)state;
	guest_init(&a, 'a', &loop);
	guest_init(&b, 'b', &loop);
	a.silences = &b;
	wake(&a);
	wake(&b);
	assert_int_equal(loop_once(&loop, -1, &err), 2);
	assert_string_equal(called, "a");
	guest_done(&a);
	guest_done(&b);
}

static void nobody_is_called_behind_a_stop(void **state)
{
	struct loop loop = { 0 };
	struct guest a, b;
	struct error err;

	(void)state;
	guest_init(&a, 'a', &loop);
	guest_init(&b, 'b', &loop);
	a.stops = true;
	wake(&a);
	wake(&b);
	assert_int_equal(loop_once(&loop, -1, &err), 2);
	assert_true(loop.stopped);
	assert_string_equal(called, "a");
	guest_done(&a);
	guest_done(&b);
}

static char letter_s = 's', letter_n = 'n', letter_a = 'a', letter_b = 'b';

static void on_due(void *data)
{
	note(*(const char *)data);
}

static void a_timer_comes_once_and_never_early(void **state)
{
	struct loop loop = { 0 };
	struct loop_timer soon = { .at = clock_ms() + 30,
				   .due = on_due,
				   .data = &letter_s };
	struct loop_timer never = { .at = -1, .due = on_due, .data = &letter_n };
	struct error err;
	int64_t begin = clock_ms();

	(void)state;
	called[0] = '\0';
	loop_add_timer(&loop, &never);
	loop_add_timer(&loop, &soon);
	assert_true(loop_next(&loop) == soon.at);
	assert_int_equal(loop_once(&loop, 0, &err), 0);
	assert_string_equal(called, "");
	while (!called[0])
		assert_int_equal(loop_once(&loop, -1, &err), 0);
	assert_true(clock_ms() - begin >= 30);
	assert_string_equal(called, "s");
	assert_true(loop_next(&loop) < 0);
	assert_int_equal(loop_once(&loop, 1, &err), 0);
	assert_string_equal(called, "s");
}

static int in_ten(void *data)
{
	note(*(const char *)data);
	return 10;
}

static void finished(void *data)
{
	note((char)(*(const char *)data - 32));
}

static bool left(void *data)
{
	(void)data;
	return strlen(called) < 4;
}

static void hooks_are_asked_before_each_round_and_bound_it(void **state)
{
	struct loop loop = { 0 };
	struct loop_hook a = { .before = in_ten, .finish = finished, .data = &letter_a };
	struct loop_hook b = { .unfinished = left, .data = &letter_b };
	struct error err;

	(void)state;
	called[0] = '\0';
	loop_add_hook(&loop, &a);
	loop_add_hook(&loop, &b);
	assert_int_equal(loop_once(&loop, -1, &err), 0);
	assert_int_equal(loop_once(&loop, -1, &err), 0);
	assert_string_equal(called, "aa");
	assert_true(loop_unfinished(&loop));
	loop_finish(&loop);
	assert_string_equal(called, "aaA");
	assert_int_equal(loop_once(&loop, -1, &err), 0);
	assert_false(loop_unfinished(&loop));
}

static void caught(void *data, const struct signalfd_siginfo *info)
{
	(void)data;
	assert_int_equal(info->ssi_signo, SIGUSR1);
	note('u');
}

static void a_signal_is_handed_on(void **state)
{
	struct loop loop = { 0 };
	struct loop_signals signals = { .caught = caught };
	struct error err;
	sigset_t set;
	int fd;

	(void)state;
	called[0] = '\0';
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	assert_true(fd >= 0);
	loop_add_signals(&loop, &signals, fd);
	(void)raise(SIGUSR1);
	assert_int_equal(loop_once(&loop, -1, &err), 1);
	assert_string_equal(called, "u");
	(void)close(fd);
}

/* poll(2) refuses more entries than RLIMIT_NOFILE, also those with descriptor -1. */
static void what_is_not_waited_for_does_not_count(void **state)
{
	static struct loop_fd idle[LOOP_FDS_MAX + 10];
	struct rlimit before, few = { 0 };
	struct loop loop = { 0 };
	struct error err;
	struct guest a;

	(void)state;
	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
		idle[i] = (struct loop_fd){ .fd = i % 2 ? -1 : 0, .ready = on_ready };
		loop_add_fd(&loop, &idle[i]);
	}
	guest_init(&a, 'a', &loop);
	wake(&a);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ 10, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(loop_once(&loop, -1, &err), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_string_equal(called, "a");
	guest_done(&a);
}

static void too_many_to_wait_for_are_an_error(void **state)
{
	static struct loop_fd many[LOOP_FDS_MAX + 1];
	struct loop loop = { 0 };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
		many[i] = (struct loop_fd){ .fd = 0, .events = POLLIN };
		loop_add_fd(&loop, &many[i]);
	}
	assert_int_equal(loop_once(&loop, 0, &err), -1);
	assert_non_null(strstr(err.msg, "more than 64 descriptors"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_that_are_ready_are_called_in_order),
		cmocka_unit_test(whoever_is_silenced_in_a_round_is_not_called_in_it),
		cmocka_unit_test(nobody_is_called_behind_a_stop),
		cmocka_unit_test(a_timer_comes_once_and_never_early),
		cmocka_unit_test(hooks_are_asked_before_each_round_and_bound_it),
		cmocka_unit_test(a_signal_is_handed_on),
		cmocka_unit_test(what_is_not_waited_for_does_not_count),
		cmocka_unit_test(too_many_to_wait_for_are_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
