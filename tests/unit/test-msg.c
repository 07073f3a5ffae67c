/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-msg.c - messages arrive as they were sent, and nothing stays open */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"

static int pair_up(void **state)
{
	static int pair[2];
	struct error err;

	*state = pair;
	return msg_pair(pair, &err);
}

static int hang_up(void **state)
{
	const int *pair = *state;

	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}

static void a_message_arrives(void **state)
{
	const int *pair = *state;
	struct msg msg = { 0 };
	int fd;

	assert_int_equal(msg_send(pair[1], MSG_EXITED, 7, -1), 0);
	assert_int_equal(msg_recv(pair[0], &msg, &fd), 1);
	assert_int_equal(msg.type, MSG_EXITED);
	assert_int_equal(msg.value, 7);
	assert_int_equal(fd, -1);
}

/* The other end had not read all of ours: that is no reason to lose its last words. */
static void what_was_sent_before_the_end_arrives(void **state)
{
	int *pair = *state;
	struct msg msg = { 0 };
	int fd;

	assert_int_equal(msg_send(pair[0], MSG_SIGNAL, 10, -1), 0);
	assert_int_equal(msg_send(pair[0], MSG_SIGNAL, 12, -1), 0);
	assert_int_equal(msg_send(pair[1], MSG_EXITED, 7, -1), 0);
	(void)close(pair[1]);
	assert_int_equal(msg_recv(pair[0], &msg, &fd), 1);
	assert_int_equal(msg.type, MSG_EXITED);
	assert_int_equal(msg_recv(pair[0], &msg, &fd), 0);
	pair[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void descriptors_come_along_in_their_order(void **state)
{
	const int *pair = *state;
	int given[MSG_FDS_MAX + 1], taken[MSG_FDS_MAX];
	struct msg msg = { 0 };
	size_t len = 0;

	for (int i = 0; i <= MSG_FDS_MAX; i++)
		given[i] = pair[i % 2];
	assert_int_equal(msg_send_fds(pair[1], MSG_EXEC, 0, given, MSG_FDS_MAX + 1), -1);
	assert_int_equal(errno, E2BIG);
	assert_int_equal(msg_send_fds(pair[1], MSG_EXEC, 0, given, MSG_FDS_MAX), 0);
	assert_int_equal(msg_recv_fds(pair[0], &msg, taken, &len, NULL), 1);
	assert_int_equal(len, MSG_FDS_MAX);
	for (size_t i = 0; i < len; i++)
		(void)close(taken[i]);
}

static void more_descriptors_than_asked_for_are_closed(void **state)
{
	const int *pair = *state;
	struct msg msg = { 0 };
	int fd, next = dup(pair[0]);

	(void)close(next);
	assert_int_equal(msg_send_fds(pair[1], MSG_TERMINAL, 0, pair, 2), 0);
	assert_int_equal(msg_recv(pair[0], &msg, &fd), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(fd, -1);
	fd = dup(pair[0]);
	assert_int_equal(fd, next); /* so no number below is taken */
	(void)close(fd);
}

/* Empty ones are no end of the connection where there is none, and carry as many. */
static void descriptors_of_an_empty_datagram_are_closed(void **state)
{
	const int *pair = *state;
	int fds[MSG_FDS_MAX], next = dup(pair[0]);
	char space[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct msghdr hdr = { .msg_control = space, .msg_controllen = sizeof space };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&hdr);
	struct msg msg = { 0 };
	size_t len = 7;

	(void)close(next);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(cmsg), pair, 2 * sizeof(int));
	assert_int_equal(sendmsg(pair[1], &hdr, 0), 0);
	assert_int_equal(msg_recv_fds(pair[0], &msg, fds, &len, NULL), 0);
	assert_int_equal(len, 7);
	fds[0] = dup(pair[0]);
	assert_int_equal(fds[0], next); /* so no number below is taken */
	(void)close(fds[0]);
}

static void a_datagram_is_answered_to_its_sender(void **state)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	socklen_t len = sizeof here;
	int one = 1, fds[MSG_FDS_MAX], *pair = *state;
	struct msg_sender sender;
	struct msg msg = { 0 };
	size_t count = 0;

	for (int i = 0; i < 2; i++) {
		(void)close(pair[i]);
		pair[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert_int_equal(
			setsockopt(pair[i], SOL_SOCKET, SO_PASSCRED, &one, sizeof one),
			0);
	}
	/* a name that the kernel makes up */
	assert_int_equal(bind(pair[0], (struct sockaddr *)&here, sizeof here.sun_family),
			 0);
	assert_int_equal(getsockname(pair[0], (struct sockaddr *)&here, &len), 0);
	assert_int_equal(connect(pair[1], (struct sockaddr *)&here, len), 0);
	assert_int_equal(msg_send(pair[1], MSG_KNOCK, 0, -1), 0);
	assert_int_equal(msg_recv_fds(pair[0], &msg, fds, &count, &sender), 1);
	assert_int_equal(msg.type, MSG_KNOCK);
	assert_int_equal(sender.ids.pid, getpid());
	assert_int_equal(msg_answer(pair[0], MSG_HERE, &sender), 0);
	assert_int_equal(msg_recv_fds(pair[1], &msg, fds, &count, NULL), 1);
	assert_int_equal(msg.type, MSG_HERE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_arrives, pair_up, hang_up),
		cmocka_unit_test_setup_teardown(what_was_sent_before_the_end_arrives,
						pair_up, hang_up),
		cmocka_unit_test_setup_teardown(descriptors_come_along_in_their_order,
						pair_up, hang_up),
		cmocka_unit_test_setup_teardown(
			more_descriptors_than_asked_for_are_closed, pair_up, hang_up),
		cmocka_unit_test_setup_teardown(
			descriptors_of_an_empty_datagram_are_closed, pair_up, hang_up),
		cmocka_unit_test_setup_teardown(a_datagram_is_answered_to_its_sender,
						pair_up, hang_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("msg", tests, NULL, NULL);
}
