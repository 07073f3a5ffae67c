/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netcount.c - what went through the sandbox's network; see netcount.h */
#include "config.h"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "box/net/netcount.h"

int netcount_socket(struct error *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? error_sys(err, "cannot open a netlink socket") : fd;
}

/* libnl's view of a copy of @fd, which it closes; NULL: there is none. */
static struct nl_sock *adopt(int fd, int protocol)
{
	_cleanup_fd_ int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	struct nl_sock *sock = copy < 0 ? NULL : nl_socket_alloc();

	if (!sock)
		return NULL;
	if (nl_socket_set_fd(sock, protocol, copy) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	(void)take_fd(&copy);
	return sock;
}

int netcount_device(int socket, struct net_usage *usage)
{
	struct nl_sock *sock = adopt(socket, NETLINK_ROUTE);
	struct rtnl_link *link = NULL;

	if (!sock)
		return -1;
	if (rtnl_link_get_kernel(sock, 0, NET_DEVICE, &link) == 0) {
		usage->counted = true;
		usage->in = rtnl_link_get_stat(link, RTNL_LINK_RX_BYTES);
		usage->out = rtnl_link_get_stat(link, RTNL_LINK_TX_BYTES);
		rtnl_link_put(link);
	}
	nl_socket_free(sock);
	return usage->counted ? 0 : -1;
}

struct counting {
	struct net_count *counts;
	size_t len, found;
};

/* The counter among the expressions of a rule. */
static void count_rule(struct nlattr *expressions, struct net_count *ret)
{
	struct nlattr *elem, *expr[NFTA_EXPR_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];
	int left;

	nla_for_each_nested(elem, expressions, left)
	{
		if (nla_parse_nested(expr, NFTA_EXPR_MAX, elem, NULL) < 0 ||
		    !expr[NFTA_EXPR_NAME] || !expr[NFTA_EXPR_DATA] ||
		    nla_strcmp(expr[NFTA_EXPR_NAME], "counter") != 0 ||
		    nla_parse_nested(counter, NFTA_COUNTER_MAX, expr[NFTA_EXPR_DATA],
				     NULL) < 0 ||
		    !counter[NFTA_COUNTER_PACKETS] || !counter[NFTA_COUNTER_BYTES])
			continue;
		ret->packets = be64toh(nla_get_u64(counter[NFTA_COUNTER_PACKETS]));
		ret->bytes = be64toh(nla_get_u64(counter[NFTA_COUNTER_BYTES]));
	}
}

static int on_rule(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[NFTA_RULE_MAX + 1];
	struct counting *c = data;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), attrs, NFTA_RULE_MAX,
			NULL) < 0 ||
	    !attrs[NFTA_RULE_EXPRESSIONS])
		return NL_SKIP;
	if (c->found < c->len)
		count_rule(attrs[NFTA_RULE_EXPRESSIONS], &c->counts[c->found]);
	c->found++;
	return NL_OK;
}

/* Asks for all rules of the chain that decides. */
static int ask_for_rules(struct nl_sock *sock)
{
	struct nfgenmsg head = { .nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0 };
	struct nl_msg *msg = nlmsg_alloc_simple(
		NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP);
	int status =
		msg ? nlmsg_append(msg, &head, sizeof head, NLMSG_ALIGNTO) : -NLE_NOMEM;

	if (status == 0)
		status = nla_put_string(msg, NFTA_RULE_TABLE, NET_TABLE);
	if (status == 0)
		status = nla_put_string(msg, NFTA_RULE_CHAIN, NET_CHAIN);
	if (status == 0)
		status = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	return status < 0 ? status : 0;
}

int netcount_rules(int socket, struct net_count *ret, size_t len)
{
	struct counting c = { .counts = ret, .len = len };
	struct nl_sock *sock = adopt(socket, NETLINK_NETFILTER);
	int status;

	if (!sock)
		return -1;
	nl_socket_disable_seq_check(sock); /* it has numbers of its own behind it */
	status = nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_rule, &c);
	if (status == 0)
		status = ask_for_rules(sock);
	if (status == 0)
		status = nl_recvmsgs_default(sock);
	nl_socket_free(sock);
	return status == 0 && c.found == len ? 0 : -1;
}
