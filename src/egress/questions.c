/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* questions.c - answers whatever name server the command asks; see questions.h */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "egress/datagrams.h"
#include "egress/dns.h"
#include "egress/judge.h"
#include "egress/questions.h"

#define ANSWER_TTL 60 /* seconds; an address stands for its name until the end */
#define DATAGRAMS_AT_ONCE 32

/* One connection; what it asks comes with two bytes of length in front (RFC 1035 4.2.2).
 */
struct questioner {
	struct watch watch;
	struct egress *egress;
	struct questioner *next;
	int64_t until;
	size_t len;
	unsigned char buf[2 + DNS_QUERY_MAX];
};

/* ------------------------------------------------------------------ the answer */

static size_t answer_reverse(struct egress *egress, const struct dns_query *query,
			     unsigned char *out)
{
	const char *name = names_find(&egress->names, &query->addr);

	const struct dns_record record = { .ptr = name, .ttl = ANSWER_TTL };

	return dns_write(query, name ? DNS_NOERROR : DNS_NXDOMAIN, &record, out);
}

static bool is_localhost(const char *name)
{
	return strcmp(name, "localhost") == 0 || hostname_is_below(name, "localhost");
}

/* The one address of a name that there is: @place of the names, -1: of the loopback. */
static size_t answer_address(struct egress *egress, const struct dns_query *query,
			     int place, unsigned char *out)
{
	const int family = query->kind == DNS_KIND_A ? AF_INET : AF_INET6;
	struct net_addr addr;
	const struct dns_record record = { .addr = &addr, .ttl = ANSWER_TTL };

	/* what is not asked for, or not there, does not exist, while the name does */
	if (query->kind == DNS_KIND_OTHER ||
	    (family == AF_INET6 && !egress->config->head.ipv6))
		return dns_write(query, DNS_NOERROR, NULL, out);
	if (place >= 0)
		addr = names_address(place, family);
	else
		(void)net_addr_parse(family == AF_INET ? "127.0.0.1" : "::1", &addr);
	return dns_write(query, DNS_NOERROR, &record, out);
}

/* Who wants an address asks for both kinds of them, and that is once. */
static void refuse_query(struct egress *egress, const struct dns_query *query,
			 enum egress_why why)
{
	const struct tally_key key = { .host = query->name,
				       .protocol = IPPROTO_TCP,
				       .why = why };

	if (query->kind == DNS_KIND_A)
		egress_refused(egress, &key);
	else if (query->kind == DNS_KIND_AAAA)
		tally_note(egress->tally,
			   &key); /* others, such as SRV, are tried beside them */
}

static size_t answer_name(struct egress *egress, const struct dns_query *query,
			  unsigned char *out)
{
	enum egress_why why;
	int place;

	if (is_localhost(query->name))
		return answer_address(egress, query, -1, out);
	why = judge_name(egress->config, query->name, 0, 0);
	if (why != EGRESS_LET_THROUGH) {
		refuse_query(egress, query, why);
		return dns_write(query, DNS_NXDOMAIN, NULL, out);
	}
	place = names_place(&egress->names, query->name,
			    judge_lists(egress->config, query->name)
				    ? NAMES_MAX
				    : NAMES_MAX - EGRESS_NAMES_MAX);
	if (place >= 0)
		return answer_address(egress, query, place, out);
	refuse_query(egress, query, EGRESS_CROWDED);
	return dns_write(query, DNS_SERVFAIL, NULL, out);
}

/* The answer to the message in @msg; 0: it gets none. */
static size_t answer_query(struct egress *egress, const unsigned char *msg, size_t len,
			   unsigned char out[DNS_ANSWER_MAX])
{
	struct dns_query query;
	int code = dns_read(msg, len, &query);

	if (code < 0)
		return 0;
	if (code != DNS_NOERROR)
		return dns_write(&query, (enum dns_code)code, NULL, out);
	if (query.kind == DNS_KIND_PTR_ADDRESS)
		return answer_reverse(egress, &query, out);
	if (!*query.name)
		return dns_write(&query, DNS_NXDOMAIN, NULL, out);
	return answer_name(egress, &query, out);
}

/* ----------------------------------------------------------------------- UDP */

void questions_datagrams(struct egress *egress, int fd)
{
	unsigned char msg[DNS_QUERY_MAX], out[DNS_ANSWER_MAX];
	struct datagram_peer peer;

	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		ssize_t n = datagram_receive(fd, msg, sizeof msg, &peer);
		size_t len;

		if (n < 0)
			return;
		len = answer_query(egress, msg, (size_t)n, out);
		if (len > 0)
			datagram_send(fd, out, len, &peer);
	}
}

/* ----------------------------------------------------------------------- TCP */

static void end_questioner(struct questioner *q)
{
	watch_close(&q->watch); /* freed behind the round: questions_tick() */
}

/* Answers the whole messages at the front. false: the connection is to be ended. */
static bool answer_all(struct questioner *q)
{
	unsigned char out[2 + DNS_ANSWER_MAX];

	while (q->len >= 2) {
		size_t need = (size_t)q->buf[0] << 8 | q->buf[1], len;

		if (need > DNS_QUERY_MAX || need == 0)
			return false;
		if (q->len < 2 + need)
			return true;
		len = answer_query(q->egress, q->buf + 2, need, out + 2);
		q->len -= 2 + need;
		memmove(q->buf, q->buf + 2 + need, q->len);
		out[0] = (unsigned char)(len >> 8);
		out[1] = (unsigned char)len;
		/* who does not take its answers gets no more of them */
		if (len == 0 || send(q->watch.fd, out, 2 + len,
				     MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)(2 + len))
			return false;
	}
	return true;
}

static void on_questioner(struct watch *watch, uint32_t events)
{
	struct questioner *q = (struct questioner *)(void *)watch;
	ssize_t n =
		recv(watch->fd, q->buf + q->len, sizeof q->buf - q->len, MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		q->len += (size_t)n;
	if (n <= 0 || !answer_all(q))
		end_questioner(q);
	else
		q->until = q->egress->now + QUESTIONER_MS;
}

void questions_connection(struct egress *egress, int fd)
{
	_cleanup_fd_ int owned = fd;
	struct questioner *q =
		fd >= 0 && egress->questioners_len < egress->questioners_max
			? calloc(1, sizeof *q)
			: NULL;

	if (!q)
		return;
	q->watch = (struct watch){ .fd = take_fd(&owned), .ready = on_questioner };
	q->egress = egress;
	q->until = egress->now + QUESTIONER_MS;
	q->next = egress->questioners;
	egress->questioners = q;
	egress->questioners_len++;
	if (!watch_set(egress->epoll, &q->watch, EPOLLIN))
		end_questioner(q);
}

void questions_tick(struct egress *egress)
{
	struct questioner **at = &egress->questioners, *q;

	while (*at) {
		q = *at;
		if (q->watch.fd >= 0 && q->until <= egress->now)
			end_questioner(q);
		if (q->watch.fd >= 0) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		egress->questioners_len--;
		free(q);
	}
}
