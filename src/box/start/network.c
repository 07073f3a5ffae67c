/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.c - the steps of launch.c that concern the network; see network.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/msg.h"
#include "box/fence/landlock.h"
#include "box/net/backend.h"
#include "box/net/egress.h"
#include "box/net/netcount.h"
#include "box/net/sockaddr.h"
#include "box/start/join.h"
#include "box/start/network.h"

#define SOCKET_NAME "api"
#define FINISH_MS 1000
#define FENCE_PATHS 24 /* that a helper needs at most */

/* ------------------------------------------------------------- before anything */

/*
 * The helpers do not say why a port cannot be had, so it is tried before. Where any will
 * do, *p gets the number of the one that was free.
 */
static int try_port(struct net_publish *p, struct error *err)
{
	int type = p->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	_cleanup_fd_ int fd = socket(p->addr.family, type | SOCK_CLOEXEC, 0);
	union any_sockaddr addr;
	socklen_t len = sockaddr_of(&p->addr, p->host_port, &addr);

	if (fd < 0)
		return sockaddr_no_port(p, err);
	if (type == SOCK_STREAM) /* old connections do not matter, listeners do */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (p->addr.family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0)
		return sockaddr_no_port(p, err);
	p->host_port =
		ntohs(p->addr.family == AF_INET ? addr.v4.sin_port : addr.v6.sin6_port);
	return 0;
}

int launch_ports(const struct net_plan *net, struct arena *arena, struct net_plan *ret,
		 struct error *err)
{
	*ret = *net;
	if (net->publish_len == 0)
		return 0;
	ret->publish = arena_alloc(arena, net->publish_len * sizeof *ret->publish);
	for (size_t i = 0; i < net->publish_len; i++) {
		ret->publish[i] = net->publish[i];
		if (try_port(&ret->publish[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Gets its sockets from init, and the rules and a place for its tally from us. */
static int start_egress(struct network *net, struct error *err)
{
	static const char *const argv[] = { EGRESS_PROGRAM, NULL };
	_cleanup_fd_ int config = egress_config(net->launch->net, err);
	const struct plan_companion *row =
		plan_companion(net->launch->plan, EGRESS_PROGRAM);
	struct companion_spec spec = {
		.name = EGRESS_PROGRAM,
		.path = row->path,
		.argv = argv,
		.given_len = 3,
		.ready = '1',
		.holder = -1,
	};
	int given[3];

	if (config < 0)
		return -1;
	net->tally = egress_tally(err);
	if (net->tally < 0)
		return -1;
	given[0] = net->fds[NET_FD_EGRESS];
	given[1] = config;
	given[2] = net->tally;
	spec.given = given;
	if (companion_start(&net->helper, &spec, err) < 0)
		return -1;
	companion_go(&net->helper);
	/* it has them now, and with it they shall end */
	fd_drop(&net->fds[NET_FD_EGRESS]);
	return 0;
}

static const char *helper_path(const struct network *net)
{
	const char *name = net_backend(net->launch->net->mode)->name;

	return plan_companion(net->launch->plan, name)->path;
}

/* From here the helper opens nothing but what its row lists, itself and its directory. */
static int fence(const void *data, struct error *err)
{
	const struct network *net = data;
	const struct net_backend *backend = net_backend(net->launch->net->mode);
	struct landlock_path paths[FENCE_PATHS] = { { helper_path(net), false } };
	char dir[32];
	size_t n = 1;

	(void)snprintf(dir, sizeof dir, "/proc/self/fd/%d", NET_FD_DIR);
	if (net->fds[NET_FD_HOME] >= 0)
		paths[n++] = (struct landlock_path){ dir, true };
	for (const char *const *path = backend->reads; *path && n < FENCE_PATHS; path++)
		paths[n++] = (struct landlock_path){ *path, false };
	for (const char *const *path = backend->writes; *path && n < FENCE_PATHS; path++)
		paths[n++] = (struct landlock_path){ *path, true };
	return landlock_fence(paths, n, net->launch->host->landlock_abi, err);
}

static int start_helper(struct network *net, int userns, int netns, struct error *err)
{
	const struct net_plan *plan = net->launch->net;
	const struct net_backend *backend = net_backend(plan->mode);
	struct arena *arena = net->launch->arena;
	const int given[] = { netns, userns, net->fds[NET_FD_HOME] };
	const bool home = given[2] >= 0;
	const char *socket =
		home ? arena_printf(arena, "/proc/self/fd/%d/" SOCKET_NAME, NET_FD_DIR)
		     : NULL;
	const struct companion_spec spec = {
		.name = backend->name,
		.path = helper_path(net),
		.argv = backend->argv(arena, plan, socket),
		.given = given,
		.given_len = home ? 3 : 2,
		.ready = backend->ready,
		.holder = backend->closes ? NET_FD_USERNS - COMPANION_FD_GIVEN : -1,
		.arena = arena,
		.fence = backend->reads ? fence : NULL,
		.fence_data = net,
	};

	return companion_start(&net->helper, &spec, err);
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
	const struct net_plan *plan = net->launch->net;
	/* else its directory comes with the rest, and takes files when the ids are mapped
	 */
	bool early = plan->helper && !net_backend_takes_orders(plan);

	if (early && start_helper(net, userns, netns, err) < 0)
		return -1;
	if (!fenced(net, ctl))
		return 0;
	if (plan->filtered)
		return start_egress(net, err);
	if (!early)
		return start_helper(net, userns, netns, err);
	companion_go(&net->helper);
	return 0;
}

int network_begin(struct network *net, pid_t init, int ctl, struct error *err)
{
	const struct net_plan *plan = net->launch->net;
	_cleanup_fd_ int netns = -1, userns = -1;
	bool offered = launch_is_joinable(net->launch);

	if (!plan->helper && !plan->filtered && !offered)
		return 0;
	/* now: once init has changed its ids, it may not be looked at any more */
	netns = io_open_namespace(init, "net");
	if (netns < 0)
		return cannot_look(err);
	if (plan->helper) {
		userns = io_open_namespace(init, "user");
		if (userns < 0)
			return cannot_look(err);
	}
	if (plan->helper || plan->filtered) {
		if (begin_helper(net, userns, netns, ctl, err) < 0)
			return -1;
	}
	if (offered)
		net->netns = take_fd(&netns);
	return 0;
}

static int publish(const struct network *net, struct error *err)
{
	const struct net_plan *plan = net->launch->net;
	const struct net_backend *backend = net_backend(plan->mode);
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d/" SOCKET_NAME,
		       net->fds[NET_FD_HOME]);
	for (size_t i = 0; i < plan->publish_len; i++)
		if (!plan->publish[i].relay &&
		    backend->publish(path, &plan->publish[i], err) < 0)
			return -1;
	(void)unlink(path); /* there is no more to say */
	return 0;
}

int network_ready(struct network *net, int init_pidfd, int ctl, struct error *err)
{
	bool orders =
		net->launch->net->helper && net_backend_takes_orders(net->launch->net);
	int ready;

	if (net->helper.pid <= 0)
		return 0;
	if (orders)
		companion_go(&net->helper);
	ready = companion_wait_ready(&net->helper, init_pidfd, err);
	if (ready < 0)
		return error_wrap(err, "network helper");
	if (ready == 0)
		return 0;
	if (orders && publish(net, err) < 0)
		return -1;
	/* EPIPE: init is gone, which supervise() sees */
	if (msg_send(ctl, MSG_NETWORK, 0, -1) < 0 && errno != EPIPE)
		return error_sys(err, "cannot tell process 1 of the network");
	return 0;
}

static void count_network(const struct network *net, struct net_usage *ret)
{
	const struct net_plan *plan = net->launch->net;
	struct net_count *rules;

	*ret = (struct net_usage){ 0 };
	if (plan->filtered) {
		struct egress_tally *tally =
			arena_alloc(net->launch->arena, sizeof *tally);

		if (egress_read_tally(net->tally, tally) == 0)
			ret->tally = tally;
	}
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
	const struct net_plan *plan = net->launch->net;

	/* so that it has counted all */
	if (plan->filtered && !outcome->offline)
		companion_finish(&net->helper, FINISH_MS);
	count_network(net, &outcome->net);
	if (!outcome->offline)
		return;
	if (plan->join)
		(void)error_set(&outcome->helper_error,
				"the sandbox \"%s\", whose network it was, has ended",
				plan->join);
	else
		companion_reap(&net->helper, &outcome->helper_error);
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
	companion_stop(&net->helper);
	fd_closep(&net->netns);
	fd_closep(&net->tally);
	for (size_t i = 0; i < NET_FDS; i++)
		fd_closep(&net->fds[i]);
}
