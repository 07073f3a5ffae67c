/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - sbox-egress, started by sbox for net.mode = "filtered"; see egress.h
 *
 *     sbox-egress
 *
 * with the descriptors of policy/egress.h.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/msg.h"
#include "egress/conn.h"
#include "egress/datagrams.h"
#include "egress/egress.h"
#include "egress/fence.h"
#include "egress/questions.h"

#define FD_READY 3 /* of box/companion/companion.h */
#define FD_EXIT 4
#define TICK_MS 250
#define OWN_FDS 16   /* that are no sockets of the sandbox, and no pipes */
#define FDS_LEAST 16 /* for each of the parts to have some */

/* ------------------------------------------------------------------- what it gets */

static void *map_file(int fd, size_t size, bool write)
{
	void *map =
		mmap(NULL, size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

static int take_files(struct egress *egress, struct error *err)
{
	const struct egress_config *config =
		map_file(EGRESS_FD_CONFIG, sizeof *config, false);
	struct egress_tally *tally = map_file(EGRESS_FD_TALLY, sizeof *tally, true);

	if (!config || !tally)
		return error_sys(err, "cannot read what sbox has written down");
	if (config->head.magic != EGRESS_MAGIC || config->head.size != sizeof *config ||
	    config->head.names_len > EGRESS_NAMES_MAX ||
	    config->head.rules_len > EGRESS_RULES_MAX)
		return error_set(err, "this " EGRESS_PROGRAM
				      " was not built together with sbox");
	tally->magic = EGRESS_MAGIC;
	tally->size = sizeof *tally;
	egress->config = config;
	egress->tally = tally;
	(void)close(EGRESS_FD_CONFIG);
	(void)close(EGRESS_FD_TALLY);
	return 0;
}

static void on_socket(struct watch *watch, uint32_t events)
{
	struct egress_listener *listener = (struct egress_listener *)(void *)watch;
	struct egress *egress = listener->egress;

	(void)events;
	switch (listener->kind) {
	case EGRESS_SOCKET_TCP:
	case EGRESS_SOCKET_PROXY:
		conn_accept(listener);
		break;
	case EGRESS_SOCKET_UDP:
		datagrams_take(egress, watch->fd);
		break;
	case EGRESS_SOCKET_DNS:
		questions_datagrams(egress, watch->fd);
		break;
	case EGRESS_SOCKET_DNS_TCP:
		questions_connection(egress, egress_accept(listener));
		break;
	}
}

/* All messages were sent before this program was started. */
static int take_sockets(struct egress *egress, struct error *err)
{
	int fds[MSG_FDS_MAX], status;
	struct msg msg = { 0 };
	size_t len;

	while ((status = msg_recv_fds(EGRESS_FD_SOCKETS, &msg, fds, &len, NULL)) > 0)
		for (size_t i = 0; i < len; i++) {
			struct egress_listener *listener =
				&egress->listeners[egress->listeners_len];

			if (egress->listeners_len == EGRESS_SOCKETS_MAX ||
			    msg.value < 0 || msg.value > EGRESS_SOCKET_PROXY)
				return error_set(err, "there are too many sockets");
			*listener = (struct egress_listener){
				.watch = { .fd = fds[i], .ready = on_socket },
				.kind = (enum egress_socket)msg.value,
				.egress = egress
			};
			egress->listeners_len++;
		}
	(void)close(EGRESS_FD_SOCKETS);
	return status < 0 ? error_sys(err, "cannot take the sandbox's sockets") : 0;
}

/* ---------------------------------------------------------------------- the start */

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* Parts the descriptors that this process may have: what is full takes none of others. */
static void raise_files(struct egress *egress)
{
	const size_t own = OWN_FDS + 2 * PIPES_KEPT + egress->listeners_len;
	struct rlimit files = { 256, 256 };
	const rlim_t most = (rlim_t)2 * CONNS_MAX * CONN_FDS;
	size_t rest;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max < most ? files.rlim_max : most;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	rest = files.rlim_cur > own + FDS_LEAST ? (size_t)files.rlim_cur - own
						: FDS_LEAST;
	egress->flows_max = at_most(rest / 4, FLOWS_MAX);
	egress->questioners_max = at_most(rest / 8, QUESTIONERS_MAX);
	egress->conns_max =
		at_most((rest - egress->flows_max - egress->questioners_max) / CONN_FDS,
			CONNS_MAX);
}

/* Starts the processes that look names up. The end of their socket, or -1. */
static int start_resolver(const struct egress *egress, struct error *err)
{
	const pid_t parent = getpid();
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "socketpair");
	pid = fork();
	if (pid < 0)
		return error_sys(err, "fork");
	if (pid == 0) {
		(void)close(pair[0]);
		(void)close(FD_READY);
		(void)close(FD_EXIT);
		for (size_t i = 0; i < egress->listeners_len; i++)
			(void)close(egress->listeners[i].watch.fd);
		resolver_main(pair[1], parent);
	}
	(void)close(pair[1]);
	return pair[0];
}

/* The sandbox is over. */
static _Noreturn void on_exit_fd(struct watch *watch, uint32_t events)
{
	(void)events;
	conn_count(((struct egress *)(void *)((char *)watch -
					      offsetof(struct egress, over))));
	_exit(EXIT_SUCCESS);
}

static int begin(struct egress *egress, struct error *err)
{
	int resolver;

	if (take_files(egress, err) < 0 || take_sockets(egress, err) < 0)
		return -1;
	raise_files(egress);
	resolver = start_resolver(egress, err);
	egress->epoll = watch_begin(err);
	if (resolver < 0 || egress->epoll < 0 ||
	    resolve_begin(&egress->resolver, egress->epoll, resolver, &egress->now, err) <
		    0)
		return -1;
	egress->over = (struct watch){ .fd = FD_EXIT, .ready = on_exit_fd };
	if (!watch_set(egress->epoll, &egress->over, EPOLLIN))
		return error_sys(err, "cannot wait for the end of the sandbox");
	for (size_t i = 0; i < egress->listeners_len; i++)
		if (!watch_set(egress->epoll, &egress->listeners[i].watch, EPOLLIN))
			return error_sys(err, "cannot wait for connections");
	return fence_reader(err);
}

static _Noreturn void serve(struct egress *egress)
{
	int64_t tick = 0;

	for (;;) {
		bool busy = egress->conns || egress->questioners || egress->flows ||
			    egress->rests;

		watch_round(egress->epoll, busy ? TICK_MS : -1, &egress->now);
		if (egress->now >= tick) {
			tick = egress->now + TICK_MS;
			egress_tick(egress);
			conn_tick(egress);
		}
		datagrams_tick(egress);
		questions_tick(egress);
		conn_bury(egress);
	}
}

int main(int argc, char **argv)
{
	static struct egress egress;
	struct error err = { .status = EXIT_FAILURE };

	(void)argv;
	if (argc != 1) {
		(void)fprintf(stderr, "usage: " EGRESS_PROGRAM " (for sbox)\n");
		return EXIT_FAILURE;
	}
	/* splice(2) has no MSG_NOSIGNAL, and anybody may be gone */
	(void)signal(SIGPIPE, SIG_IGN);
	egress.now = clock_ms();
	if (begin(&egress, &err) < 0) {
		(void)!write(STDERR_FILENO, err.msg, strnlen(err.msg, sizeof err.msg));
		return EXIT_FAILURE;
	}
	if (write(FD_READY, "1", 1) != 1)
		return EXIT_FAILURE;
	(void)close(FD_READY);
	serve(&egress);
}
