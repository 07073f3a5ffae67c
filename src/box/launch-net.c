/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* launch-net.c - the steps of launch.c that concern the network; see launch-net.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/msg.h"
#include "box/landlock.h"
#include "box/launch-net.h"
#include "box/netconf.h"
#include "box/nft.h"
#include "box/pasta.h"
#include "box/slirp4netns.h"

/* ------------------------------------------------------------- before anything */

static int check_fd(int fd, int number, struct error *err)
{
	int domain = AF_UNIX;
	socklen_t len = sizeof domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain == AF_UNIX)
		return 0;
	return error_set(err,
			 "descriptor %d is a network socket of the host, by which the "
			 "command could leave its own network: put a pipe between "
			 "(\"sbox ... <&- | cat\"), or set net.mode = \"host\"",
			 number);
}

int network_check_given(const struct plan *plan, const int *fds, size_t len,
			struct error *err)
{
	if (!(plan->clone_flags & CLONE_NEWNET))
		return 0;
	for (size_t i = 0; i < len; i++)
		if (check_fd(fds[i], (int)i, err) < 0)
			return -1;
	return 0;
}

int network_check_fds(const struct plan *plan, struct error *err)
{
	if (network_check_given(plan, (const int[]){ 0, 1, 2 }, 3, err) < 0)
		return -1;
	if (!(plan->clone_flags & CLONE_NEWNET))
		return 0;
	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (check_fd(plan->keep_fds[i], plan->keep_fds[i], err) < 0)
			return -1;
	return 0;
}

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

int network_fence(const struct net_plan *net, int ctl, struct error *err)
{
	if (!net->helper)
		return 0;
	if (net->rules_needed && nft_load(net, err) < 0)
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

int network_join(const struct net_plan *net, int ctl, int sys, struct error *err)
{
	struct msg msg = { 0 };
	int fd;

	if (!net->helper)
		return 0;
	do
		if (msg_recv(ctl, &msg, &fd) <= 0)
			return error_set(err, "the supervisor is gone");
	while (msg.type != MSG_NETWORK);
	open_low_ports(sys);
	return netconf_apply(net, err);
}

/* ----------------------------------------------------------------- supervisor */

/*
 * A directory that nobody else can enter, for the helper's socket: whoever speaks to
 * that can open ports of the host.
 */
static int make_dir(struct network *net, struct error *err)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char *dir = NULL;

	if (run && *run == '/' && strlen(run) < 64) {
		dir = arena_printf(&net->arena, "%s/sbox-XXXXXX", run);
		dir = mkdtemp(dir);
	}
	if (!dir)
		dir = mkdtemp(arena_strdup(&net->arena, "/tmp/sbox-XXXXXX"));
	net->dir = dir;
	return dir ? 0 : error_sys(err, "cannot make a directory in /tmp");
}

static const char *socket_path(struct network *net)
{
	return net->dir ? arena_printf(&net->arena, "%s/api", net->dir) : NULL;
}

static void remove_dir(struct network *net)
{
	if (!net->dir)
		return;
	(void)unlink(socket_path(net));
	(void)rmdir(net->dir);
	net->dir = NULL;
}

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
		{ net->dir ? net->dir : "/dev/null", true },
	};

	return landlock_fence(paths, sizeof paths / sizeof paths[0],
			      net->launch->host->landlock_abi, err);
}

static int start_helper(struct network *net, int userns, int netns, struct error *err)
{
	const struct net_plan *plan = &net->launch->plan->net;
	const struct host *host = net->launch->host;
	struct helper_spec spec = { .userns = userns, .netns = netns };

	if (plan->mode == NET_PASTA) {
		spec.name = "pasta";
		spec.path = host->pasta;
		spec.argv = pasta_argv(&net->arena, plan);
	} else {
		if (plan->publish_len > 0 && make_dir(net, err) < 0)
			return -1;
		spec.name = "slirp4netns";
		spec.path = host->slirp4netns;
		spec.argv = slirp4netns_argv(&net->arena, plan, socket_path(net));
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

int network_begin(struct network *net, pid_t init, int ctl, struct error *err)
{
	_cleanup_fd_ int netns = -1, userns = -1;
	struct msg msg = { 0 };
	int fd;

	if (!net->launch->plan->net.helper)
		return 0;
	/* now: once init has changed its ids, it may not be looked at any more */
	netns = open_namespace(init, "net");
	userns = open_namespace(init, "user");
	if (netns < 0 || userns < 0)
		return error_sys(err, "cannot open the sandbox's namespaces in /proc");
	if (start_helper(net, userns, netns, err) < 0)
		return -1;
	if (msg_recv(ctl, &msg, &fd) > 0 && msg.type == MSG_FENCED)
		helper_go(&net->helper);
	return 0;
}

static int publish(struct network *net, struct error *err)
{
	const struct net_plan *plan = &net->launch->plan->net;

	for (size_t i = 0; net->dir && i < plan->publish_len; i++)
		if (slirp4netns_publish(socket_path(net), &plan->publish[i], err) < 0)
			return -1;
	remove_dir(net);
	return 0;
}

int network_ready(struct network *net, int init_pidfd, int ctl, struct error *err)
{
	int ready;

	if (net->helper.pid <= 0)
		return 0;
	ready = helper_wait_ready(&net->helper, init_pidfd, err);
	if (ready <= 0)
		return ready;
	if (publish(net, err) < 0)
		return -1;
	(void)msg_send(ctl, MSG_NETWORK, 0, -1);
	return 0;
}

void network_tell(struct network *net, struct outcome *outcome)
{
	if (!outcome->offline)
		return;
	helper_reap(&net->helper, &outcome->helper_error);
	if (!net->launch->plan->net.kill)
		return;
	outcome->failed = true;
	outcome->error = outcome->helper_error;
	(void)error_wrap(&outcome->error, "the network's helper failed, and the sandbox "
					  "was killed (net.on_helper_exit)");
}

void network_end(struct network *net)
{
	helper_stop(&net->helper);
	remove_dir(net);
	arena_done(&net->arena);
}
