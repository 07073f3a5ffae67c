/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nft.c - the plan's network rules, in the kernel; see nft.h */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "box/net/nft.h"

#define REFUSE "refuse" /* how it is said no */
#define LOOPBACK_INDEX 1
#define BATCH_MAX (512 * 1024)
#define ANSWER_SECONDS 5

enum {
	CT_ESTABLISHED =
		1 << 1, /* NF_CT_STATE_BIT() of linux/netfilter/nf_conntrack_common.h */
	CT_RELATED = 1 << 2,
	NETWORK_DESTINATION = 16, /* offset in an IPv4 header */
	NETWORK_DESTINATION6 = 24,
	TRANSPORT_DESTINATION = 2, /* offset of the port in TCP and UDP */
	FIRST_DISCOVERY = 133,     /* ICMPv6 types, RFC 4861: router solicitation ... */
	LAST_DISCOVERY = 136,      /* ... to neighbour advertisement */
};

/* A batch under construction; @failed is the first error of libnl, else 0. */
struct batch {
	struct strbuf bytes;
	uint32_t seq;
	int failed;
};

static void batch_done(struct batch *b)
{
	strbuf_done(&b->bytes);
}

static void check_netlink(struct batch *b, int status)
{
	if (status < 0 && b->failed == 0)
		b->failed = status;
}

static struct nl_msg *begin_msg(struct batch *b, int type, int flags)
{
	struct nfgenmsg head = { .nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0 };
	struct nl_msg *msg = nlmsg_alloc();

	if (type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END)
		head = (struct nfgenmsg){ .res_id = htons(NFNL_SUBSYS_NFTABLES) };
	else
		type |= NFNL_SUBSYS_NFTABLES << 8;
	if (!msg || !nlmsg_put(msg, 0, b->seq++, type, 0, NLM_F_REQUEST | flags) ||
	    nlmsg_append(msg, &head, sizeof head, NLMSG_ALIGNTO) < 0)
		oom();
	return msg;
}

static void end_msg(struct batch *b, struct nl_msg *msg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);

	strbuf_addn(&b->bytes, (const char *)hdr, NLMSG_ALIGN(hdr->nlmsg_len));
	nlmsg_free(msg);
}

static void bare(struct batch *b, int type)
{
	end_msg(b, begin_msg(b, type, 0));
}

static void put_u32(struct batch *b, struct nl_msg *msg, int attr, uint32_t value)
{
	check_netlink(b, nla_put_u32(msg, attr, htonl(value)));
}

static struct nlattr *nest(struct nl_msg *msg, int attr)
{
	struct nlattr *start = nla_nest_start(msg, attr);

	if (!start)
		oom();
	return start;
}

/* ---------------------------------------------------------------- expressions */

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr_begin(struct batch *b, struct nl_msg *msg, const char *name)
{
	struct expr e = { .elem = nest(msg, NFTA_LIST_ELEM) };

	check_netlink(b, nla_put_string(msg, NFTA_EXPR_NAME, name));
	e.data = nest(msg, NFTA_EXPR_DATA);
	return e;
}

static void expr_end(struct nl_msg *msg, const struct expr *e)
{
	(void)nla_nest_end(msg, e->data);
	(void)nla_nest_end(msg, e->elem);
}

static void put_value(struct batch *b, struct nl_msg *msg, int attr, const void *data,
		      int len)
{
	struct nlattr *value = nest(msg, attr);

	check_netlink(b, nla_put(msg, NFTA_DATA_VALUE, len, data));
	(void)nla_nest_end(msg, value);
}

static void add_meta(struct batch *b, struct nl_msg *msg, uint32_t key)
{
	struct expr e = expr_begin(b, msg, "meta");

	put_u32(b, msg, NFTA_META_KEY, key);
	put_u32(b, msg, NFTA_META_DREG, NFT_REG_1);
	expr_end(msg, &e);
}

static void add_payload(struct batch *b, struct nl_msg *msg, uint32_t base,
			uint32_t offset, uint32_t len)
{
	struct expr e = expr_begin(b, msg, "payload");

	put_u32(b, msg, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(b, msg, NFTA_PAYLOAD_BASE, base);
	put_u32(b, msg, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(b, msg, NFTA_PAYLOAD_LEN, len);
	expr_end(msg, &e);
}

static void add_mask(struct batch *b, struct nl_msg *msg, const void *mask, int len)
{
	static const unsigned char zero[16];
	struct expr e = expr_begin(b, msg, "bitwise");

	put_u32(b, msg, NFTA_BITWISE_SREG, NFT_REG_1);
	put_u32(b, msg, NFTA_BITWISE_DREG, NFT_REG_1);
	put_u32(b, msg, NFTA_BITWISE_LEN, (uint32_t)len);
	put_value(b, msg, NFTA_BITWISE_MASK, mask, len);
	put_value(b, msg, NFTA_BITWISE_XOR, zero, len);
	expr_end(msg, &e);
}

static void add_cmp(struct batch *b, struct nl_msg *msg, uint32_t op, const void *data,
		    int len)
{
	struct expr e = expr_begin(b, msg, "cmp");

	put_u32(b, msg, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(b, msg, NFTA_CMP_OP, op);
	put_value(b, msg, NFTA_CMP_DATA, data, len);
	expr_end(msg, &e);
}

static void add_counter(struct batch *b, struct nl_msg *msg)
{
	struct expr e = expr_begin(b, msg, "counter");

	expr_end(msg, &e);
}

static void add_verdict(struct batch *b, struct nl_msg *msg, int code, const char *chain)
{
	struct expr e = expr_begin(b, msg, "immediate");
	struct nlattr *data, *verdict;

	put_u32(b, msg, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nest(msg, NFTA_IMMEDIATE_DATA);
	verdict = nest(msg, NFTA_DATA_VERDICT);
	put_u32(b, msg, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain)
		check_netlink(b, nla_put_string(msg, NFTA_VERDICT_CHAIN, chain));
	(void)nla_nest_end(msg, verdict);
	(void)nla_nest_end(msg, data);
	expr_end(msg, &e);
}

static void add_reject(struct batch *b, struct nl_msg *msg, uint32_t type, uint8_t code)
{
	struct expr e = expr_begin(b, msg, "reject");

	put_u32(b, msg, NFTA_REJECT_TYPE, type);
	check_netlink(b, nla_put_u8(msg, NFTA_REJECT_ICMP_CODE, code));
	expr_end(msg, &e);
}

/* -------------------------------------------------------------------- matches */

static void match_byte(struct batch *b, struct nl_msg *msg, uint32_t meta, int value)
{
	const uint8_t byte = (uint8_t)value;

	add_meta(b, msg, meta);
	add_cmp(b, msg, NFT_CMP_EQ, &byte, 1);
}

static void match_loopback(struct batch *b, struct nl_msg *msg)
{
	const uint32_t index = LOOPBACK_INDEX; /* a name could be given to another */

	add_meta(b, msg, NFT_META_OIF);
	add_cmp(b, msg, NFT_CMP_EQ, &index, sizeof index);
}

static void match_established(struct batch *b, struct nl_msg *msg)
{
	const uint32_t states = CT_ESTABLISHED | CT_RELATED, none = 0;
	struct expr e = expr_begin(b, msg, "ct");

	put_u32(b, msg, NFTA_CT_KEY, NFT_CT_STATE);
	put_u32(b, msg, NFTA_CT_DREG, NFT_REG_1);
	expr_end(msg, &e);
	add_mask(b, msg, &states, sizeof states);
	add_cmp(b, msg, NFT_CMP_NEQ, &none, sizeof none);
}

static void match_neighbours(struct batch *b, struct nl_msg *msg)
{
	const uint8_t first = FIRST_DISCOVERY, last = LAST_DISCOVERY;

	match_byte(b, msg, NFT_META_L4PROTO, IPPROTO_ICMPV6);
	add_payload(b, msg, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	add_cmp(b, msg, NFT_CMP_GTE, &first, 1);
	add_cmp(b, msg, NFT_CMP_LTE, &last, 1);
}

static void match_destination(struct batch *b, struct nl_msg *msg,
			      const struct net_rule *rule)
{
	bool v4 = rule->addr.family == AF_INET;
	unsigned char mask[16] = { 0 };
	int len = v4 ? 4 : 16;

	match_byte(b, msg, NFT_META_NFPROTO, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
	if (rule->prefix == 0)
		return;
	for (unsigned i = 0; i < rule->prefix; i++)
		mask[i / 8] |= (unsigned char)(0x80 >> i % 8);
	add_payload(b, msg, NFT_PAYLOAD_NETWORK_HEADER,
		    v4 ? NETWORK_DESTINATION : NETWORK_DESTINATION6, (uint32_t)len);
	if (rule->prefix < (unsigned)len * 8)
		add_mask(b, msg, mask, len);
	add_cmp(b, msg, NFT_CMP_EQ, rule->addr.bytes, len);
}

static void match_ports(struct batch *b, struct nl_msg *msg, const struct net_rule *rule)
{
	const uint16_t first = htons(rule->first), last = htons(rule->last);

	add_payload(b, msg, NFT_PAYLOAD_TRANSPORT_HEADER, TRANSPORT_DESTINATION, 2);
	add_cmp(b, msg, NFT_CMP_GTE, &first, sizeof first);
	add_cmp(b, msg, NFT_CMP_LTE, &last, sizeof last);
}

static void match_address(struct batch *b, struct nl_msg *msg,
			  const struct net_rule *rule)
{
	if (rule->addr.family != AF_UNSPEC)
		match_destination(b, msg, rule);
	if (rule->protocol)
		match_byte(b, msg, NFT_META_L4PROTO, rule->protocol);
	if (rule->first)
		match_ports(b, msg, rule);
}

/* ---------------------------------------------------------------- table, rules */

static void put_table(struct batch *b)
{
	struct nl_msg *msg = begin_msg(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);

	check_netlink(b, nla_put_string(msg, NFTA_TABLE_NAME, NET_TABLE));
	end_msg(b, msg);
}

static void add_chain(struct batch *b, const char *name, bool hooked)
{
	struct nl_msg *msg = begin_msg(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *hook;

	check_netlink(b, nla_put_string(msg, NFTA_CHAIN_TABLE, NET_TABLE));
	check_netlink(b, nla_put_string(msg, NFTA_CHAIN_NAME, name));
	if (hooked) {
		hook = nest(msg, NFTA_CHAIN_HOOK);
		put_u32(b, msg, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
		put_u32(b, msg, NFTA_HOOK_PRIORITY, 0);
		(void)nla_nest_end(msg, hook);
		/* for what no rule decides: there is nothing, and so it stays */
		put_u32(b, msg, NFTA_CHAIN_POLICY, NF_DROP);
		check_netlink(b, nla_put_string(msg, NFTA_CHAIN_TYPE, "filter"));
	}
	end_msg(b, msg);
}

static struct nl_msg *rule_begin(struct batch *b, const char *chain,
				 struct nlattr **ret_list)
{
	struct nl_msg *msg =
		begin_msg(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);

	check_netlink(b, nla_put_string(msg, NFTA_RULE_TABLE, NET_TABLE));
	check_netlink(b, nla_put_string(msg, NFTA_RULE_CHAIN, chain));
	*ret_list = nest(msg, NFTA_RULE_EXPRESSIONS);
	return msg;
}

static void rule_end(struct batch *b, struct nl_msg *msg, struct nlattr *list)
{
	(void)nla_nest_end(msg, list);
	end_msg(b, msg);
}

/* Refused at once, so that nobody waits: as a closed port, or as forbidden. */
static void add_refuse_rules(struct batch *b)
{
	struct nlattr *list;
	struct nl_msg *msg = rule_begin(b, REFUSE, &list);

	match_byte(b, msg, NFT_META_L4PROTO, IPPROTO_TCP);
	add_reject(b, msg, NFT_REJECT_TCP_RST, 0);
	rule_end(b, msg, list);
	msg = rule_begin(b, REFUSE, &list);
	add_reject(b, msg, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
	rule_end(b, msg, list);
}

static void put_rule(struct batch *b, const struct net_rule *rule)
{
	struct nlattr *list;
	struct nl_msg *msg = rule_begin(b, NET_CHAIN, &list);

	switch (rule->match) {
	case NET_MATCH_LOOPBACK:
		match_loopback(b, msg);
		break;
	case NET_MATCH_ESTABLISHED:
		match_established(b, msg);
		break;
	case NET_MATCH_NEIGHBOURS:
		match_neighbours(b, msg);
		break;
	case NET_MATCH_ADDRESS:
		match_address(b, msg, rule);
		break;
	}
	add_counter(b, msg);
	if (rule->accept)
		add_verdict(b, msg, NF_ACCEPT, NULL);
	else
		add_verdict(b, msg, NFT_GOTO, REFUSE);
	rule_end(b, msg, list);
}

/* --------------------------------------------------------------------- sending */

/*
 * Every rule is acknowledged after the whole batch was taken, and a batch with a
 * mistake is not taken: the first negative answer decides, else the last one's.
 */
static int read_answers(int fd, uint32_t last)
{
	union {
		struct nlmsghdr align;
		char bytes[16384];
	} buf;

	for (;;) {
		ssize_t n = recv(fd, buf.bytes, sizeof buf, 0);
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPROTO;
		for (struct nlmsghdr *hdr = &buf.align; nlmsg_ok(hdr, left);
		     hdr = nlmsg_next(hdr, &left)) {
			const struct nlmsgerr *answer = nlmsg_data(hdr);

			if (hdr->nlmsg_type != NLMSG_ERROR)
				continue;
			if (answer->error)
				return answer->error;
			if (hdr->nlmsg_seq == last)
				return 0;
		}
	}
}

static int exchange(const struct batch *b, uint32_t last, int *ret_socket,
		    struct error *err)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct nl_sock *sock = nl_socket_alloc();
	int status;

	if (!sock)
		oom();
	status = nl_connect(sock, NETLINK_NETFILTER);
	if (status == 0)
		status = nl_socket_set_buffer_size(sock, BATCH_MAX, BATCH_MAX);
	if (status == 0)
		status = nl_sendto(sock, b->bytes.s, b->bytes.len);
	if (status < 0) {
		(void)error_set(err, "%s", nl_geterror(status));
	} else {
		(void)setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO,
				 &patience, sizeof patience);
		status = read_answers(nl_socket_get_fd(sock), last);
		if (status < 0)
			(void)error_set(err, "%s", strerror(-status));
	}
	if (status == 0) {
		*ret_socket = fcntl(nl_socket_get_fd(sock), F_DUPFD_CLOEXEC, 3);
		if (*ret_socket < 0)
			status = error_sys(err, "a copy of the socket");
	}
	nl_socket_free(sock);
	return status < 0 ? -1 : 0;
}

int nft_load(const struct net_plan *net, int *ret_socket, struct error *err)
{
	__attribute__((cleanup(batch_done))) struct batch b = { .seq = 1 };
	uint32_t last;

	bare(&b, NFNL_MSG_BATCH_BEGIN);
	put_table(&b);
	add_chain(&b, REFUSE, false);
	add_chain(&b, NET_CHAIN, true);
	add_refuse_rules(&b);
	for (size_t i = 0; i < net->rules_len; i++)
		put_rule(&b, &net->rules[i]);
	last = b.seq - 1;
	bare(&b, NFNL_MSG_BATCH_END);
	if (b.failed)
		return error_set(err, "network rules: %s", nl_geterror(b.failed));
	if (exchange(&b, last, ret_socket, err) == 0)
		return 0;
	return error_wrap(err,
			  "the rules of the network cannot be loaded, and nothing is "
			  "started without them unless net.scope = \"any\" (does the "
			  "kernel have nf_tables?)");
}
