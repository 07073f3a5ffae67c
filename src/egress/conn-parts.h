/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conn-parts.h - the pieces of a connection, for the files conn*.c alone; see conn.h */
#ifndef SBOX_EGRESS_CONN_PARTS_H
#define SBOX_EGRESS_CONN_PARTS_H

#include "egress/conn.h"
#include "egress/dial.h"
#include "egress/http.h"
#include "egress/pump.h"
#include "egress/resolve.h"

enum conn_state {
	CONN_ASKED,
	CONN_HELD,
	CONN_LOOKUP,
	CONN_DIALS,
	CONN_UPSTREAM,
	CONN_OPEN,
	CONN_ENDED,
};

/* What the client's bytes are looked at for. */
enum conn_kind {
	CONN_PLAIN,  /* nothing (any more) */
	CONN_TLS,    /* a ClientHello has to come */
	CONN_ANSWER, /* it has; the server's answer says whether it wants another one */
	CONN_SECOND, /* and this has to come */
	CONN_HTTP,   /* requests have to come */
	CONN_ANY,    /* a ClientHello, if it begins like one */
};

struct conn {
	struct egress *egress;
	struct conn *next, *prev;
	enum conn_state state;
	enum conn_kind kind;
	struct watch near, far;
	struct pump there, back;
	char host[HOSTNAME_MAX + 1]; /* the name or address that is meant */
	bool by_name;
	struct net_addr addr; /* if not */
	uint16_t port;
	int64_t until; /* when it has to be open; -1: it is */
	struct resolve_wait wait;
	struct dial dial;
	struct http_body body;
	bool in_body;
	bool first;    /* no request has come yet */
	bool switches; /* what follows depends on the answer to the request */
	/* how the client of net.proxy has asked, until it has heard how it went */
	bool socks, connect, request;
	struct egress_row *row;
	uint64_t told_out, told_in; /* of the bytes that @row has */
};

/*
 * conn-judge.c: clears what may pass of what the client has sent. EGRESS_LET_THROUGH: so
 * far it is good; else it is refused, and *ret_other (of HOSTNAME_MAX + 1 bytes) is the
 * name that was said instead of @conn's, "" for none.
 */
enum egress_why conn_judge(struct conn *conn, char *ret_other);
/*
 * Looks at the server's first bytes, where it matters what they are, and then lets them
 * through; @conn->kind may be another one then.
 */
void conn_judge_answer(struct conn *conn);

/*
 * conn-proxy.c: reads where a client of net.proxy wants to. Once @conn->host and so on
 * say it, the client hears by conn_tell_asker() how it went.
 */
enum conn_answer { CONN_MORE, CONN_AIMED, CONN_REFUSED };
enum conn_answer conn_ask(struct conn *conn);
void conn_tell_asker(struct conn *conn, enum egress_why why);

/* conn-upstream.c: asks the site's proxy to connect; false: it takes nothing. */
bool conn_ask_upstream(struct conn *conn);
/* Reads its answer. CONN_AIMED: the connection is there. */
enum conn_answer conn_hear_upstream(struct conn *conn);

#endif
