/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conn.c - a connection of the command, from its first byte to its last; see conn.h */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "egress/conn-parts.h"
#include "egress/judge.h"

#define ACCEPT_AT_ONCE 64
#define OPEN_MS 60000 /* until it is open */
#define ANSWER_ROOM 4096
#define KEEPALIVE_SECONDS 60

/* ----------------------------------------------------------------------- the end */

static void reset_when_closed(int fd)
{
	const struct linger at_once = { 1, 0 };

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void count_bytes(struct conn *conn)
{
	if (!conn->row)
		return;
	conn->row->out += conn->there.bytes - conn->told_out;
	conn->row->in += conn->back.bytes - conn->told_in;
	conn->told_out = conn->there.bytes;
	conn->told_in = conn->back.bytes;
}

/* Ends it; @reset: whoever is at either end hears that it did not go well. */
static void end_conn(struct conn *conn, bool reset)
{
	struct egress *egress = conn->egress;

	if (conn->state == CONN_ENDED)
		return;
	conn->state = CONN_ENDED;
	count_bytes(conn);
	resolve_cancel(&egress->resolver, &conn->wait);
	dial_cancel(&conn->dial);
	if (reset) {
		reset_when_closed(conn->near.fd);
		reset_when_closed(conn->far.fd);
	}
	watch_close(&conn->near);
	watch_close(&conn->far);
	pump_done(&conn->there, &egress->pipes);
	pump_done(&conn->back, &egress->pipes);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		egress->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	egress->conns_len--;
	conn->next = egress->dead;
	egress->dead = conn;
}

void conn_bury(struct egress *egress)
{
	struct conn *conn;

	while ((conn = egress->dead)) {
		egress->dead = conn->next;
		free(conn);
	}
}

/* Refuses, tells the client of net.proxy, and counts it. @other: as of struct tally_key.
 */
static void refuse_conn(struct conn *conn, enum egress_why why, const char *other)
{
	const bool told = conn->socks || conn->connect || conn->request;
	const struct tally_key key = { .host = conn->host,
				       .other = other,
				       .port = conn->port,
				       .protocol = IPPROTO_TCP,
				       .why = why };

	if (*conn->host)
		egress_refused(conn->egress, &key);
	conn_tell_asker(conn, why);
	end_conn(conn, !told);
}

/* ---------------------------------------------------------------------- copying */

/* What has to come from the client before anything more of it is read. */
static bool wants_client(const struct conn *conn)
{
	if (conn->there.ended)
		return false;
	if (conn->there.spliced)
		return conn->state == CONN_OPEN && !pump_has_data(&conn->there);
	return conn->there.cleared == 0 && !conn->switches && conn->kind != CONN_ANSWER &&
	       (!conn->there.buf || conn->there.len < conn->there.room);
}

static bool wants_server(const struct conn *conn)
{
	return conn->far.fd >= 0 && !conn->back.ended && !pump_has_data(&conn->back) &&
	       (conn->back.spliced || !conn->back.buf ||
		conn->back.len < conn->back.room);
}

static void watch_ends(struct conn *conn)
{
	const int epoll = conn->egress->epoll;
	bool open = conn->state == CONN_OPEN;
	/* who has ended its side and is gone is else noticed by the next byte, or never
	 */
	bool silent = open && conn->there.ended && !conn->back.passed_on;
	uint32_t near = (wants_client(conn) ? EPOLLIN : 0U) |
			(pump_has_data(&conn->back) ? EPOLLOUT : 0U) |
			(silent ? EPOLLERR : 0U);
	uint32_t far = (wants_server(conn) ? EPOLLIN : 0U) |
		       (open && pump_has_data(&conn->there) ? EPOLLOUT : 0U);

	if (!watch_set(epoll, &conn->near, near) ||
	    (conn->far.fd >= 0 && !watch_set(epoll, &conn->far, far)))
		end_conn(conn, true);
}

static void look_up_host(struct conn *conn);

/* false: it has ended. */
static bool judge_client(struct conn *conn)
{
	char other[HOSTNAME_MAX + 1];
	enum egress_why why = conn_judge(conn, other);

	if (why != EGRESS_LET_THROUGH)
		refuse_conn(conn, why, *other ? other : NULL);
	else if (conn->state == CONN_HELD && conn->there.cleared > 0)
		look_up_host(conn);
	return conn->state != CONN_ENDED;
}

static void copy_there(struct conn *conn)
{
	struct pump *there = &conn->there;

	if (!there->spliced) {
		if (wants_client(conn))
			pump_read(there, conn->near.fd, HTTP_HEAD_MAX);
		if (!judge_client(conn))
			return;
		if (conn->state == CONN_OPEN)
			pump_write(there, conn->far.fd);
	}
	if (there->spliced && conn->state == CONN_OPEN) {
		pump_write(there, conn->far.fd);
		pump_splice(there, &conn->egress->pipes, conn->near.fd, conn->far.fd);
	}
}

static void copy_back(struct conn *conn)
{
	struct pump *back = &conn->back;

	if (conn->state != CONN_OPEN)
		return;
	if (!back->spliced) {
		pump_read(back, conn->far.fd, ANSWER_ROOM);
		conn_judge_answer(conn);
	}
	if (back->spliced) {
		pump_write(back, conn->near.fd);
		pump_splice(back, &conn->egress->pipes, conn->far.fd, conn->near.fd);
	}
}

/* Goes as far as it can without waiting. */
static void go_on_copying(struct conn *conn)
{
	enum conn_kind kind;
	bool held;

	copy_there(conn);
	if (conn->state == CONN_ENDED)
		return;
	kind = conn->kind;
	held = conn->switches;
	copy_back(conn);
	/* the server has said how the client's bytes go on, which may have come meanwhile
	 */
	if (conn->kind != kind || (held && !conn->switches))
		copy_there(conn);
	if (conn->state == CONN_ENDED)
		return;
	if (conn->there.failed || conn->back.failed) {
		end_conn(conn, true);
		return;
	}
	if (conn->state == CONN_OPEN) {
		/* half a request that was not judged is dropped with the end */
		if (conn->there.ended && !pump_has_data(&conn->there))
			pump_pass_on_end(&conn->there, conn->far.fd);
		pump_pass_on_end(&conn->back, conn->near.fd);
		if (conn->there.passed_on && conn->back.passed_on) {
			end_conn(conn, false);
			return;
		}
	} else if (conn->state == CONN_HELD && conn->there.ended) {
		end_conn(conn, true); /* it went away before it had said what it has to */
		return;
	}
	watch_ends(conn);
}

/* ----------------------------------------------------------------- the other side */

/* The other side is there; bytes can flow. */
static void open_conn(struct conn *conn)
{
	const struct tally_key key = { .host = conn->host,
				       .port = conn->port,
				       .protocol = IPPROTO_TCP };

	conn->state = CONN_OPEN;
	conn->until = -1;
	conn->row = tally_count(conn->egress->tally, &key);
	conn_tell_asker(conn, EGRESS_LET_THROUGH);
	if (conn->state != CONN_ENDED)
		go_on_copying(conn);
}

static void ask_proxy(struct conn *conn)
{
	conn->state = CONN_UPSTREAM;
	if (!conn_ask_upstream(conn) ||
	    !watch_set(conn->egress->epoll, &conn->far, EPOLLIN))
		refuse_conn(conn, EGRESS_NO_ANSWER, NULL);
}

static void on_dialled(struct dial *dial, int fd)
{
	struct conn *conn =
		(struct conn *)(void *)((char *)dial - offsetof(struct conn, dial));
	const int on = 1;

	if (fd < 0) {
		refuse_conn(conn, EGRESS_NO_ANSWER, NULL);
		return;
	}
	conn->far.fd = fd;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (*conn->egress->config->head.upstream && conn->by_name)
		ask_proxy(conn);
	else
		open_conn(conn);
}

static void dial_found(struct conn *conn, uint16_t port)
{
	conn->state = CONN_DIALS;
	conn->dial.epoll = conn->egress->epoll;
	conn->dial.port = port;
	conn->dial.done = on_dialled;
	dial_begin(&conn->dial, conn->egress->now);
}

/* Dials those of what was found that may be reached. */
static void on_found(struct resolve_wait *wait, const struct net_addr *addrs, size_t len)
{
	struct conn *conn =
		(struct conn *)(void *)((char *)wait - offsetof(struct conn, wait));
	const struct egress_config *config = conn->egress->config;
	bool upstream = *config->head.upstream != '\0', listed;

	conn->dial.len = 0;
	for (size_t i = 0; i < len; i++)
		if (upstream || (judge_found(config, &addrs[i], conn->port, IPPROTO_TCP,
					     &listed) == EGRESS_LET_THROUGH &&
				 (listed || !dial_is_own(&addrs[i]))))
			conn->dial.addrs[conn->dial.len++] = addrs[i];
	if (conn->dial.len == 0)
		refuse_conn(conn, len ? EGRESS_INNER_ADDRESS : EGRESS_NO_HOST, NULL);
	else
		dial_found(conn, upstream ? config->head.upstream_port : conn->port);
}

/* Looks its name up, or dials its address. */
static void look_up_host(struct conn *conn)
{
	const struct egress_config *config = conn->egress->config;
	bool upstream = conn->by_name && *config->head.upstream;
	struct net_addr addr = conn->addr;

	conn->state = CONN_LOOKUP;
	if (!conn->by_name ||
	    (upstream && net_addr_parse(config->head.upstream, &addr) == 0)) {
		conn->dial.addrs[0] = addr;
		conn->dial.len = 1;
		dial_found(conn, upstream ? config->head.upstream_port : conn->port);
		return;
	}
	memcpy(conn->wait.name, upstream ? config->head.upstream : conn->host,
	       sizeof conn->wait.name);
	conn->wait.done = on_found;
	resolve_ask(&conn->egress->resolver, &conn->wait);
}

/* ------------------------------------------------------------------- the beginning */

static enum conn_kind conn_kind_of(const struct conn *conn)
{
	const bool any = conn->egress->config->head.tls_any;

	if (!conn->by_name)
		return CONN_PLAIN;
	if (conn->port == 80)
		return CONN_HTTP;
	if (any)
		return CONN_PLAIN;
	return conn->port == 443 ? CONN_TLS : CONN_ANY;
}

/* Where it leads is known: judges that, and goes on. */
static void aim_conn(struct conn *conn)
{
	const struct egress_config *config = conn->egress->config;
	enum egress_why why =
		conn->by_name
			? judge_name(config, conn->host, conn->port, IPPROTO_TCP)
			: judge_address(config, &conn->addr, conn->port, IPPROTO_TCP);

	if (why != EGRESS_LET_THROUGH) {
		refuse_conn(conn, why, NULL);
		return;
	}
	conn->kind = conn->request ? CONN_HTTP : conn_kind_of(conn);
	conn->first = true;
	/* the client of a proxy waits for its answer, and else it speaks first */
	if ((conn->kind == CONN_TLS || conn->kind == CONN_HTTP) && !conn->connect &&
	    !conn->socks)
		conn->state = CONN_HELD;
	else
		look_up_host(conn);
}

/* A client of net.proxy says where it wants to. */
static void ask_client(struct conn *conn)
{
	switch (conn_ask(conn)) {
	case CONN_MORE:
		break;
	case CONN_REFUSED:
		end_conn(conn, false);
		break;
	case CONN_AIMED:
		aim_conn(conn);
		break;
	}
}

static void hear_proxy(struct conn *conn)
{
	switch (conn_hear_upstream(conn)) {
	case CONN_MORE:
		break;
	case CONN_REFUSED:
		refuse_conn(conn, EGRESS_NO_ANSWER, NULL);
		break;
	case CONN_AIMED:
		open_conn(conn);
		break;
	}
}

static void on_near(struct watch *watch, uint32_t events)
{
	struct conn *conn =
		(struct conn *)(void *)((char *)watch - offsetof(struct conn, near));

	/* the client is gone, and nothing more can be read that would tell it */
	if ((events & (EPOLLERR | EPOLLHUP)) && !wants_client(conn) &&
	    !pump_has_data(&conn->back)) {
		end_conn(conn, true);
		return;
	}
	if (conn->state == CONN_ASKED)
		ask_client(conn);
	if (conn->state != CONN_ENDED && conn->state != CONN_ASKED)
		go_on_copying(conn);
	else if (conn->state == CONN_ASKED)
		watch_ends(conn);
}

static void on_far(struct watch *watch, uint32_t events)
{
	struct conn *conn =
		(struct conn *)(void *)((char *)watch - offsetof(struct conn, far));

	if (conn->state == CONN_UPSTREAM)
		hear_proxy(conn);
	else if ((events & (EPOLLERR | EPOLLHUP)) && !wants_server(conn) &&
		 !pump_has_data(&conn->there))
		end_conn(conn, true);
	if (conn->state != CONN_ENDED)
		go_on_copying(conn);
}

/* The name or address that @conn was made to inside. */
static bool find_aim(struct conn *conn)
{
	const char *name;

	if (!egress_destination(conn->near.fd, &conn->addr, &conn->port))
		return false;
	name = names_find(&conn->egress->names, &conn->addr);
	conn->by_name = name != NULL;
	if (name)
		egress_copy_host(conn->host, name);
	else
		(void)net_addr_text(&conn->addr, false, conn->host);
	return true;
}

/* Whoever is gone without a word does not answer the kernel's questions. */
static void keep_alive(int fd)
{
	const int on = 1, idle = KEEPALIVE_SECONDS;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
}

static struct conn *add_conn(struct egress *egress, int fd)
{
	struct conn *conn = calloc(1, sizeof *conn);
	const int on = 1;

	if (!conn)
		return NULL;
	conn->egress = egress;
	conn->near = (struct watch){ .fd = fd, .ready = on_near };
	conn->far = (struct watch){ .fd = -1, .ready = on_far };
	conn->there = conn->back = (struct pump)PUMP_INIT;
	conn->dial.until = -1;
	conn->until = egress->now + OPEN_MS;
	conn->next = egress->conns;
	if (conn->next)
		conn->next->prev = conn;
	egress->conns = conn;
	egress->conns_len++;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	keep_alive(fd);
	return conn;
}

/* Makes room for one more by the oldest that has not said yet what it wants. */
static void make_room(struct egress *egress)
{
	struct conn *oldest = NULL;

	for (struct conn *conn = egress->conns; conn; conn = conn->next)
		if (conn->state == CONN_ASKED || conn->state == CONN_HELD)
			oldest = conn;
	if (oldest)
		refuse_conn(oldest, EGRESS_CROWDED, NULL);
}

static void begin_conn(struct egress *egress, int fd, bool proxy)
{
	struct conn *conn;

	if (egress->conns_len >= egress->conns_max)
		make_room(egress);
	conn = egress->conns_len < egress->conns_max ? add_conn(egress, fd) : NULL;
	if (!conn) {
		reset_when_closed(fd);
		(void)close(fd);
		egress->tally->left_out++;
		return;
	}
	if (proxy) {
		conn->state = CONN_ASKED;
		watch_ends(conn);
		return;
	}
	if (!find_aim(conn)) {
		end_conn(conn, true);
		return;
	}
	/* at its own loopback nobody listens: this is only we */
	if (!conn->by_name && net_addr_is_loopback(&conn->addr))
		end_conn(conn, true);
	else
		aim_conn(conn);
	if (conn->state != CONN_ENDED && conn->state != CONN_OPEN)
		go_on_copying(conn);
}

void conn_accept(struct egress_listener *listener)
{
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = egress_accept(listener);

		if (fd < 0)
			return;
		begin_conn(listener->egress, fd, listener->kind == EGRESS_SOCKET_PROXY);
	}
}

void conn_count(struct egress *egress)
{
	for (struct conn *conn = egress->conns; conn; conn = conn->next)
		count_bytes(conn);
}

void conn_tick(struct egress *egress)
{
	struct conn *next;

	for (struct conn *conn = egress->conns; conn; conn = next) {
		next = conn->next;
		count_bytes(conn);
		if (conn->until < 0 || conn->until > egress->now)
			dial_tick(&conn->dial, egress->now);
		else if (conn->state == CONN_ASKED || conn->state == CONN_HELD)
			end_conn(conn, true); /* made in advance, and not needed */
		else
			refuse_conn(conn, EGRESS_NO_ANSWER, NULL);
	}
}
