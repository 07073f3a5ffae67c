/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside-network.c - what process 1 does for the network; see network.h
 *
 * Process: init
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "base/msg.h"
#include "box/net/backend.h"
#include "box/net/egress.h"
#include "box/net/netconf.h"
#include "box/net/netcount.h"
#include "box/net/nft.h"
#include "box/start/network.h"

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

static int tell_fenced(int ctl, struct error *err)
{
	if (msg_send(ctl, MSG_FENCED, 0, -1) < 0)
		return error_set(err, "the supervisor is gone");
	return 0;
}

int network_fence(const struct net_plan *net, int ctl, struct error *err)
{
	int rules = -1, sockets = -1;

	if (net->filtered && (egress_listen(net, &sockets, err) < 0 ||
			      hand_over(ctl, NET_FD_EGRESS, sockets, err) < 0))
		return -1;
	if (!net->helper)
		return net->filtered ? tell_fenced(ctl, err) : 0;
	if (net->rules_needed && (nft_load(net, &rules, err) < 0 ||
				  hand_over(ctl, NET_FD_RULES, rules, err) < 0))
		return -1;
	if (net_backend_takes_orders(net) &&
	    hand_over(ctl, NET_FD_HOME, new_dir(err), err) < 0)
		return -1;
	if (hand_over(ctl, NET_FD_LINK, netcount_socket(err), err) < 0)
		return -1;
	return tell_fenced(ctl, err);
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

void network_allow_ping(int sys)
{
	/* the one group that every command has, by its number in U1 */
	if (sys >= 0)
		(void)io_write_file(sys, "net/ipv4/ping_group_range", "0 0");
}

int network_wait(const struct net_plan *net, int ctl, int sys, struct error *err)
{
	_cleanup_fd_ int watch = net->helper ? netconf_watch(err) : -1;
	struct pollfd fds[] = { { ctl, POLLIN, 0 }, { watch, POLLIN, 0 } };
	struct msg msg = { .type = MSG_GO };
	int fd;

	if (net->helper && watch < 0)
		return -1;
	if (net->helper || net->filtered || net->publish_len > 0)
		open_low_ports(sys);
	if (!net->helper && !net->filtered)
		return 0;
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
	return net->helper && fds[1].fd >= 0 ? netconf_apply(net, err) : 0;
}
