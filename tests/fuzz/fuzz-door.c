/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-door.c - anything at NAME.sock and on the control socket, anything as NAME.toml
 *
 * A sandbox that can write the registry chooses all of these. The first byte says which:
 * t: the rest is an entry; m: a message, before which stands how many descriptors come
 * along, and which: each bit of the third byte set is a pidfd of our own.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "box/door/request.h"

#define MOST 24 /* more descriptors than any message may have */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void check_entry(const char *text, size_t len)
{
	struct arena arena = { 0 };
	struct registry_entry entry;

	if (registry_parse(&arena, "name", text, len, &entry) == 0) {
		must(entry.pid > 0 && entry.init > 0 && entry.since >= 0);
		for (size_t i = 0; entry.command[i]; i++)
			must(strlen(entry.command[i]) <= len);
		for (size_t i = 0; entry.profiles[i]; i++)
			must(strlen(entry.profiles[i]) <= len);
	}
	arena_done(&arena);
}

static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 128; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void send_all(int socket, const unsigned char *data, size_t size, size_t count,
		     unsigned kinds)
{
	union {
		char space[CMSG_SPACE(MOST * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[MOST];

	for (size_t i = 0; i < count; i++) {
		fds[i] = kinds >> (i % 8) & 1 ? sys_pidfd_open(getpid())
					      : open("/dev/null", O_RDWR | O_CLOEXEC);
		must(fds[i] >= 0);
	}
	if (count > 0) {
		hdr.msg_control = control.space;
		hdr.msg_controllen = CMSG_SPACE(count * sizeof *fds);
		control.align =
			(struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(count * sizeof *fds) };
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof *fds);
	}
	must(sendmsg(socket, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size);
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

static void check_message(int kind, const unsigned char *data, size_t size, size_t count,
			  unsigned kinds)
{
	int pair[2], fds[MSG_FDS_MAX], before, one = 1, fd = -1;
	struct msg msg = { 0 };
	size_t len = 0;

	must(socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, pair) == 0);
	must(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one) == 0);
	before = count_open();
	send_all(pair[1], data, size, count, kinds);
	if (kind == SOCK_DGRAM && request_hear(pair[0], &msg, fds, &len)) {
		must(size == sizeof msg && count >= 1 && len == count - 1 && kinds & 1);
		must(memcmp(&msg, data, size) == 0);
	}
	if (kind == SOCK_SEQPACKET && msg_recv(pair[0], &msg, &fd) > 0)
		must(size == sizeof msg && count <= 1 && (fd >= 0) == (count == 1));
	for (size_t i = 0; i < len; i++)
		must(close(fds[i]) == 0);
	if (fd >= 0)
		(void)close(fd);
	must(count_open() == before);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (size > 0 && data[0] == 't')
		check_entry((const char *)data + 1, size - 1);
	if (size > 2 && data[0] == 'm') {
		size_t count = data[1] % (MOST + 1);

		check_message(SOCK_DGRAM, data + 3, size - 3, count, data[2]);
		check_message(SOCK_SEQPACKET, data + 3, size - 3, count, data[2]);
	}
	return 0;
}
