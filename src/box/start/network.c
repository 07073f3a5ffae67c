/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - the steps of launch.c that concern the network; see network.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "base/msg.h"
#include "box/fence/landlock.h"
#include "box/net/netconf.h"
#include "box/net/netcount.h"
#include "box/net/nft.h"
#include "box/net/pasta.h"
#include "box/net/slirp4netns.h"
#include "box/start/join.h"
#include "box/start/network.h"

#define SOCKET_NAME "api"

/* ------------------------------------------------------------- before anything */

union any_addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t socket_address(const struct net_publish *p, union any_addr *ret)
{
	*ret = (union any_addr){ 0 };
	ret->any.sa_family = (sa_family_t)p->addr.family;
	if (p->addr.family == AF_INET) {
		ret->v4.sin_port = htons(p->host_port);
		memcpy(&ret->v4.sin_addr, p->addr.bytes, sizeof ret->v4.sin_addr);
		return sizeof ret->v4;
	}
	ret->v6.sin6_port = htons(p->host_port);
	memcpy(&ret->v6.sin6_addr, p->addr.bytes, sizeof ret->v6.sin6_addr);
	return sizeof ret->v6;
}

static int no_port(const struct net_publish *p, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int errnum = errno;

	net_publish_text(p, &text);
	errno = errnum;
	(void)error_sys(err, "cannot publish %s", strbuf_str(&text));
	if (errnum == EACCES)
		return error_wrap(err, "low ports are not for ordinary users (sysctl "
				       "net.ipv4.ip_unprivileged_port_start)");
	return -1;
}

/* The helpers do not say why a port cannot be had, so it is tried before. */
static int try_port(struct net_publish *p, struct error *err)
{
	int type = p->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	_cleanup_fd_ int fd = socket(p->addr.family, type | SOCK_CLOEXEC, 0);
	union any_addr addr;
	socklen_t len = socket_address(p, &addr);

	if (fd < 0)
		return no_port(p, err);
	if (type == SOCK_STREAM) /* old connections do not matter, listeners do */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (p->addr.family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0)
		return no_port(p, err);
	p->host_port =
		ntohs(p->addr.family == AF_INET ? addr.v4.sin_port : addr.v6.sin6_port);
	return 0;
}

int launch_ports(struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->net.publish_len; i++)
		if (try_port(&plan->net.publish[i], err) < 0)
			return -1;
	return 0;
}

/* ----------------------------------------------------------------------- init */

/*
 * slirp4netns takes orders at a socket, which needs a name in a file system. Whoever
 * speaks to it can open ports of the host, so it gets a file system of its own that is
 * attached nowhere: it has no path, and is gone with the last descriptor of it.
 */
static int new_dir(struct error *err)
{
	static const struct mnt_option options[] = { { "mode", "0700" },
						     { "size", "64k" },
						     { "nr_inodes", "8" },
						     { NULL, NULL } };
	int fd = mnt_new("tmpfs", options,
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	return fd < 0 ? error_sys(err, "cannot make a directory for the helper") : fd;
}

/* Gives @fd to the supervisor; takes it over. */
static int hand_over(int ctl, enum net_fd what, int fd, struct error *err)
{
	_cleanup_fd_ int owned = fd;

	if (owned < 0)
		return -1;
	if (msg_send(ctl, MSG_NET_FD, (int)what, owned) < 0)
		return error_set(err, "the supervisor is gone");
	return 0;
}

static bool takes_orders(const struct net_plan *net)
{
	return net->mode == NET_SLIRP4NETNS && net->publish_len > 0;
}

int network_fence(const struct net_plan *net, int ctl, struct error *err)
{
	int rules = -1;

	if (!net->helper)
		return 0;
	if (net->rules_needed && (nft_load(net, &rules, err) < 0 ||
				  hand_over(ctl, NET_FD_RULES, rules, err) < 0))
		return -1;
	if (takes_orders(net) && hand_over(ctl, NET_FD_DIR, new_dir(err), err) < 0)
		return -1;
	if (hand_over(ctl, NET_FD_LINK, netcount_socket(err), err) < 0)
		return -1;
	if (msg_send(ctl, MSG_FENCED, 0, -1) < 0)
		return error_set(err, "the supervisor is gone");
	return 0;
}

/*
 * The command has no capability that would let it serve port 80 of a network that is its
 * own; nothing of the host is at stake there. Without it only low ports are missing.
 */
static void open_low_ports(int sys)
{
	if (sys >= 0)
		(void)io_write_file(sys, "net/ipv4/ip_unprivileged_port_start", "0");
}

int network_wait(const struct net_plan *net, int ctl, int sys, struct error *err)
{
	_cleanup_fd_ int watch = net->helper ? netconf_watch(err) : -1;
	struct pollfd fds[] = { { ctl, POLLIN, 0 }, { watch, POLLIN, 0 } };
	struct msg msg = { .type = MSG_GO };
	int fd;

	if (watch < 0)
		return net->helper ? -1 : 0;
	open_low_ports(sys);
	/* the device is there some time before its helper says that it is ready */
	while (msg.type != MSG_NETWORK) {
		if (fds[1].fd >= 0 && netconf_seen(watch)) {
			if (netconf_apply(net, err) < 0)
				return -1;
			fds[1].fd = -1;
		}
		if (poll(fds, 2, -1) > 0 && fds[0].revents &&
		    msg_recv(ctl, &msg, &fd) <= 0)
			return error_set(err, "the supervisor is gone");
	}
	/* if it is not there yet, that is said */
	return fds[1].fd >= 0 ? netconf_apply(net, err) : 0;
}

/* ----------------------------------------------------------------- supervisor */

/* What slirp4netns needs: libraries, how names are resolved, its device. */
static int fence_slirp4netns(const void *data, struct error *err)
{
	const struct network *net = data;
	const struct landlock_path paths[] = {
		{ "/usr", false },
		{ "/lib", false },
		{ "/lib64", false },
		{ "/nix/store", false },
		{ "/gnu/store", false },
		{ net->launch->host->slirp4netns, false },
		{ "/etc", false },
		{ "/run/systemd/resolve", false },
		{ "/run/NetworkManager", false },
		{ "/proc", false }, /* its namespaces; others' are closed to it */
		{ "/dev/urandom", false },
		{ "/dev/null", true },
		{ "/dev/net/tun", true },
		{ net->fds[NET_FD_DIR] < 0 ? "/dev/null" : HELPER_DIR, true },
	};

	return landlock_fence(paths, sizeof paths / sizeof paths[0],
			      net->launch->host->landlock_abi, err);
}

static int start_helper(struct network *net, int userns, int netns, struct error *err)
{
	const struct net_plan *plan = &net->launch->plan->net;
	const struct host *host = net->launch->host;
	struct arena *arena = net->launch->arena;
	struct helper_spec spec = { .userns = userns,
				    .netns = netns,
				    .dir = net->fds[NET_FD_DIR] };

	if (plan->mode == NET_PASTA) {
		spec.name = "pasta";
		spec.path = host->pasta;
		spec.argv = pasta_argv(arena, plan);
	} else {
		spec.name = "slirp4netns";
		spec.path = host->slirp4netns;
		spec.argv = slirp4netns_argv(
			arena, plan, spec.dir < 0 ? NULL : HELPER_DIR "/" SOCKET_NAME);
		spec.ready = '1';
		spec.fence = fence_slirp4netns;
		spec.fence_data = net;
	}
	return helper_start(&net->helper, &spec, err);
}

static int open_namespace(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Takes what init hands over until the rules are in force. false: init is gone. */
static bool fenced(struct network *net, int ctl)
{
	struct msg msg = { 0 };
	int fd;

	while (msg_recv(ctl, &msg, &fd) > 0) {
		if (msg.type == MSG_FENCED)
			return true;
		if (msg.type == MSG_NET_FD && msg.value >= 0 && msg.value < NET_FDS)
			net->fds[msg.value] = fd;
	}
	return false;
}

static int cannot_look(struct error *err)
{
	return error_sys(err, "cannot open the sandbox's namespaces in /proc");
}

/* 0 also if init is gone. */
static int begin_helper(struct network *net, int userns, int netns, int ctl,
			struct error *err)
{
	/* else its directory comes with the rest, and takes files when the ids are mapped
	 */
	bool early = !takes_orders(&net->launch->plan->net);

	if (early && start_helper(net, userns, netns, err) < 0)
		return -1;
	if (!fenced(net, ctl))
		return 0;
	if (!early)
		return start_helper(net, userns, netns, err);
	helper_go(&net->helper);
	return 0;
}

int network_begin(struct network *net, pid_t init, int ctl, struct error *err)
{
	const struct net_plan *plan = &net->launch->plan->net;
	_cleanup_fd_ int netns = -1, userns = -1;
	bool offered = join_offered(net->launch);

	if (!plan->helper && !offered)
		return 0;
	/* now: once init has changed its ids, it may not be looked at any more */
	netns = open_namespace(init, "net");
	if (netns < 0)
		return cannot_look(err);
	if (plan->helper) {
		userns = open_namespace(init, "user");
		if (userns < 0)
			return cannot_look(err);
		if (begin_helper(net, userns, netns, ctl, err) < 0)
			return -1;
	}
	if (offered)
		net->netns = take_fd(&netns);
	return 0;
}

static int publish(const struct network *net, struct error *err)
{
	const struct net_plan *plan = &net->launch->plan->net;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d/" SOCKET_NAME,
		       net->fds[NET_FD_DIR]);
	for (size_t i = 0; i < plan->publish_len; i++)
		if (slirp4netns_publish(path, &plan->publish[i], err) < 0)
			return -1;
	(void)unlink(path); /* there is no more to say */
	return 0;
}

int network_ready(struct network *net, int init_pidfd, int ctl, struct error *err)
{
	bool orders = takes_orders(&net->launch->plan->net);
	int ready;

	if (net->helper.pid <= 0)
		return 0;
	if (orders)
		helper_go(&net->helper);
	ready = helper_wait_ready(&net->helper, init_pidfd, err);
	if (ready <= 0)
		return ready;
	if (orders && publish(net, err) < 0)
		return -1;
	/* EPIPE: init is gone, which supervise() sees */
	if (msg_send(ctl, MSG_NETWORK, 0, -1) < 0 && errno != EPIPE)
		return error_sys(err, "cannot tell process 1 of the network");
	return 0;
}

void network_count(const struct network *net, struct net_usage *ret)
{
	const struct net_plan *plan = &net->launch->plan->net;
	struct net_count *rules;

	*ret = (struct net_usage){ 0 };
	if (!plan->helper)
		return;
	(void)netcount_device(net->fds[NET_FD_LINK], ret);
	rules = arena_alloc(net->launch->arena, plan->rules_len * sizeof *rules);
	memset(rules, 0, plan->rules_len * sizeof *rules);
	if (netcount_rules(net->fds[NET_FD_RULES], rules, plan->rules_len) == 0)
		ret->rules = rules;
}

void network_tell(struct network *net, struct outcome *outcome)
{
	const struct net_plan *plan = &net->launch->plan->net;

	if (!outcome->offline)
		return;
	if (plan->join)
		(void)error_set(&outcome->helper_error,
				"the sandbox \"%s\", whose network it was, has ended",
				plan->join);
	else
		helper_reap(&net->helper, &outcome->helper_error);
	if (!plan->kill)
		return;
	outcome->failed = true;
	outcome->error = outcome->helper_error;
	(void)error_wrap(&outcome->error,
			 plan->join ? "the sandbox was killed (net.on_helper_exit)"
				    : "the network's helper failed, and the sandbox was "
				      "killed (net.on_helper_exit)");
}

void network_end(struct network *net)
{
	helper_stop(&net->helper);
	fd_closep(&net->netns);
	for (size_t i = 0; i < NET_FDS; i++)
		fd_closep(&net->fds[i]);
}
