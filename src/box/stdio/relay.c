/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* relay.c - sockets of the host's network among what the command gets open; see relay.h
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "box/stdio/given.h"
#include "box/stdio/relay.h"

/* --------------------------------------------------------- before anything */

/* Whether @fd is a socket that is not just for this machine, or we do not know. */
static bool is_foreign(int fd)
{
	int domain = AF_UNIX;
	socklen_t len = sizeof domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0)
		return domain != AF_UNIX;
	return errno != ENOTSOCK && errno != EBADF;
}

/* A kind of socket that cannot be relayed, and what a caller does instead. */
struct obstacle {
	const char *what;
	const char *cure;
};

/* NULL: the socket @fd can be relayed. */
static const struct obstacle *obstacle_of(int fd)
{
	static const struct obstacle other = {
		"a socket of another kind than IPv4 or IPv6",
		"leave it out of process.keep_fds (--keep-fd)"
	};
	static const struct obstacle datagrams = { "a datagram socket",
						   "let the command open its own" };
	static const struct obstacle listening = {
		"a listening socket",
		"let the command listen, and publish its port (net.publish)"
	};
	static const struct obstacle loose = { "not connected", "connect it before" };
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	int domain = given_option(fd, SO_DOMAIN);

	if (domain != AF_INET && domain != AF_INET6)
		return &other;
	if (given_option(fd, SO_TYPE) != SOCK_STREAM)
		return &datagrams;
	if (given_option(fd, SO_ACCEPTCONN) != 0)
		return &listening;
	return getpeername(fd, (struct sockaddr *)&peer, &len) < 0 ? &loose : NULL;
}

/* The relay of the socket @fd, which may have several descriptors; NULL: none yet. */
static const struct relay *find_relay(const struct relays *relays, int fd)
{
	struct stat st, other;

	if (fstat(fd, &st) < 0)
		return NULL;
	for (size_t i = 0; i < relays->len; i++)
		if (fstat(relays->list[i].host, &other) == 0 &&
		    other.st_dev == st.st_dev && other.st_ino == st.st_ino)
			return &relays->list[i];
	return NULL;
}

static int add_relay(struct relays *relays, int fd, struct arena *arena,
		     struct error *err)
{
	struct relay *relay = &relays->list[relays->len];
	int pair[2];

	if (relays->len == RELAYS_MAX)
		return error_set(err, "more than %d sockets to relay", RELAYS_MAX);
	*relay = (struct relay){ .host = fcntl(fd, F_DUPFD_CLOEXEC, 3),
				 .ours = -1,
				 .theirs = -1,
				 .out.data = arena_alloc(arena, RELAY_BUFFER),
				 .out.size = RELAY_BUFFER,
				 .in.data = arena_alloc(arena, RELAY_BUFFER),
				 .in.size = RELAY_BUFFER };
	relays->len++;
	if (relay->host < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "descriptor %d: cannot relay it", fd);
	relay->ours = pair[0];
	relay->theirs = pair[1];
	return 0;
}

static int look_at_descriptor(const struct plan *plan, int fd, struct arena *arena,
			      struct relays *ret, struct error *err)
{
	const struct obstacle *obstacle;

	if (!is_foreign(fd))
		return 0;
	obstacle = obstacle_of(fd);
	if (obstacle)
		return error_set(err,
				 "descriptor %d is a socket of the host's network, by "
				 "which the command could leave its own, and %s, where "
				 "only connected streams can be relayed: %s, or set "
				 "net.mode = \"host\"",
				 fd, obstacle->what, obstacle->cure);
	if (!plan->relay)
		return error_set(
			err,
			"descriptor %d is a network socket of the host, by which the "
			"command could leave its own network: let sbox copy the bytes "
			"(net.inherited = \"relay\"), or set net.mode = \"host\"",
			fd);
	return find_relay(ret, fd) ? 0 : add_relay(ret, fd, arena, err);
}

int relays_open(const struct plan *plan, struct arena *arena, struct relays *ret,
		struct error *err)
{
	ret->len = 0;
	/* who hands over all of its descriptors means them */
	if (!(plan->clone_flags & CLONE_NEWNET) || (plan->given && !plan->strict))
		return 0;
	for (int fd = 0; fd <= 2; fd++)
		if (look_at_descriptor(plan, fd, arena, ret, err) < 0)
			return -1;
	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (look_at_descriptor(plan, plan->keep_fds[i], arena, ret, err) < 0)
			return -1;
	return 0;
}

/* -------------------------------------------------------------- the command */

static int give(const struct relays *relays, int fd, struct error *err)
{
	const struct relay *relay = is_foreign(fd) ? find_relay(relays, fd) : NULL;

	if (relay && dup3(relay->theirs, fd, 0) < 0)
		return error_sys(err, "descriptor %d: cannot relay it", fd);
	/* once more, of what the command really gets */
	return is_foreign(fd) ? error_set(err,
					  "descriptor %d is a network socket of the "
					  "host, by which the command could leave its "
					  "own network: put a pipe between",
					  fd)
			      : 0;
}

int relays_give(const struct relays *relays, const struct plan *plan, struct error *err)
{
	if (!(plan->clone_flags & CLONE_NEWNET) || (plan->given && !plan->strict))
		return 0;
	for (int fd = 0; fd <= 2; fd++)
		if (give(relays, fd, err) < 0)
			return -1;
	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (give(relays, plan->keep_fds[i], err) < 0)
			return -1;
	return 0;
}

/* ----------------------------------------------------------- the supervisor */

void relays_begin(struct relays *relays, const struct plan *plan)
{
	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (plan->keep_fds[i] > STDERR_FILENO &&
		    find_relay(relays, plan->keep_fds[i]))
			(void)close(plan->keep_fds[i]);
	for (size_t i = 0; i < relays->len; i++)
		fd_drop(&relays->list[i].theirs);
}

/* Waits at @fd, where @in is read from and @out written to. */
static void wait_at(struct loop_fd *where, int fd, const struct flow *in,
		    const struct flow *out)
{
	where->fd = fd;
	where->events = flow_events(in, out);
}

static int choose_sockets(void *data)
{
	struct relays *relays = data;

	for (size_t i = 0; i < relays->len; i++) {
		struct relay *relay = &relays->list[i];

		wait_at(&relay->from_ours, relay->ours, &relay->out, &relay->in);
		wait_at(&relay->from_host, relay->host, &relay->in, &relay->out);
	}
	return -1;
}

static void finish_relay(struct relay *relay)
{
	fd_drop(&relay->host);
	fd_drop(&relay->ours);
	relay->out.ended = relay->in.ended = true;
	relay->out.from = relay->out.to = relay->in.from = relay->in.to = 0;
}

/* Writes what has been read, as far as the other side takes it. */
static void pass_on(struct relay *relay)
{
	if (flow_has_data(&relay->out))
		flow_empty(&relay->out, relay->ours, relay->host);
	if (flow_has_data(&relay->in))
		flow_empty(&relay->in, relay->host, relay->ours);
	if (relay->left && !flow_has_data(&relay->out)) {
		finish_relay(relay);
		return;
	}
	if (!relay->left)
		flow_pass_on_end(&relay->out, relay->host);
	flow_pass_on_end(&relay->in, relay->ours);
}

static void on_ours(void *data, short revents)
{
	struct relay *relay = data;

	if (!relay->out.ended && !flow_has_data(&relay->out)) {
		flow_fill(&relay->out, relay->ours);
		relay->left = relay->out.ended && (revents & POLLHUP);
	}
	pass_on(relay);
}

static void on_host(void *data, short revents)
{
	struct relay *relay = data;

	(void)revents;
	if (!relay->in.ended && !flow_has_data(&relay->in))
		flow_fill(&relay->in, relay->host);
	pass_on(relay);
}

static bool is_open(const struct relay *relay)
{
	return relay->host >= 0 && relay->ours >= 0;
}

static void finish_all(void *data)
{
	struct relays *relays = data;

	for (size_t i = 0; i < relays->len; i++) {
		struct relay *relay = &relays->list[i];

		relay->in.ended = true;
		relay->in.from = relay->in.to = 0;
	}
}

static bool relays_left(void *data)
{
	const struct relays *relays = data;

	for (size_t i = 0; i < relays->len; i++) {
		const struct relay *relay = &relays->list[i];

		if (is_open(relay) && (!relay->out.ended || flow_has_data(&relay->out)))
			return true;
	}
	return false;
}

void relays_join(struct relays *relays, struct loop *loop)
{
	if (relays->len == 0)
		return;
	for (size_t i = 0; i < relays->len; i++) {
		struct relay *relay = &relays->list[i];

		relay->from_ours =
			(struct loop_fd){ .fd = -1, .ready = on_ours, .data = relay };
		relay->from_host =
			(struct loop_fd){ .fd = -1, .ready = on_host, .data = relay };
		loop_add_fd(loop, &relay->from_ours);
		loop_add_fd(loop, &relay->from_host);
	}
	relays->hook = (struct loop_hook){ choose_sockets, finish_all, relays_left,
					   relays, NULL };
	loop_add_hook(loop, &relays->hook);
}

void relays_done(struct relays *relays)
{
	for (size_t i = 0; i < relays->len; i++) {
		fd_drop(&relays->list[i].theirs);
		finish_relay(&relays->list[i]);
	}
	relays->len = 0;
}
