/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* slirp4netns.c - how slirp4netns(1) is called; see slirp4netns.h */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/net/slirp4netns.h"

#define ANSWER_SECONDS 5
#define STRING(x) #x
#define NUMBER(x) STRING(x)
#define MTU_OPTION "--mtu=" NUMBER(NET_MTU)

static const char *const *slirp4netns_argv(struct arena *arena,
					   const struct net_plan *net, const char *socket)
{
	/* the numbers are those of companion.h and backend.h */
	static const char *const fixed[] = {
		"slirp4netns",
		"--ready-fd=3",
		"--exit-fd=4",
		MTU_OPTION, /* NOLINT(bugprone-suspicious-missing-comma): two parts of one
			     */
		"--disable-host-loopback",
		"--enable-seccomp",
		"--netns-type=path",
		"--userns-path=/proc/self/fd/6",
	};
	enum { FIXED = sizeof fixed / sizeof fixed[0], MORE = 6 };
	const char **argv = arena_alloc(arena, (FIXED + MORE) * sizeof *argv);
	size_t n = FIXED;

	memcpy(argv, fixed, sizeof fixed);
	if (!net->forward)
		argv[n++] = "--disable-dns";
	if (net->ipv6)
		argv[n++] = "--enable-ipv6";
	if (socket)
		argv[n++] = arena_printf(arena, "--api-socket=%s", socket);
	argv[n++] = "/proc/self/fd/5";
	argv[n] = NET_DEVICE;
	return argv;
}

static int connect_api(const char *path)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (fd < 0 || strlen(path) >= sizeof addr.sun_path)
		return -1;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return connect(fd, (const struct sockaddr *)&addr, sizeof addr) < 0
		       ? -1
		       : take_fd(&fd);
}

/* slirp4netns answers one request per connection to its socket. */
static int slirp4netns_publish(const char *socket, const struct net_publish *publish,
			       struct error *err)
{
	_cleanup_fd_ int fd = connect_api(socket);
	char addr[NET_ADDR_TEXT], text[512];
	ssize_t n;
	int len;

	if (fd < 0)
		return error_sys(err, "cannot speak to slirp4netns");
	len = snprintf(text, sizeof text,
		       "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"%s\","
		       "\"host_addr\":\"%s\",\"host_port\":%u,\"guest_addr\":\"%s\","
		       "\"guest_port\":%u}}",
		       publish->protocol == IPPROTO_TCP ? "tcp" : "udp",
		       net_addr_text(&publish->addr, false, addr), publish->host_port,
		       NET_ADDRESS, publish->port);
	if (io_write_all(fd, text, (size_t)len) < 0 || shutdown(fd, SHUT_WR) < 0)
		return error_sys(err, "cannot speak to slirp4netns");
	n = recv(fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	if (strstr(text, "\"return\""))
		return 0;
	return error_set(err, "slirp4netns could not publish %s:%u: %s", addr,
			 publish->host_port, n > 0 ? text : "no answer");
}

/* Libraries, how names are resolved, its namespaces (others' are closed to it). */
static const char *const reads[] = { "/usr",
				     "/lib",
				     "/lib64",
				     "/nix/store",
				     "/gnu/store",
				     "/etc",
				     "/run/systemd/resolve",
				     "/run/NetworkManager",
				     "/proc",
				     "/dev/urandom",
				     NULL };
static const char *const writes[] = { "/dev/null", "/dev/net/tun", NULL };

const struct net_backend net_slirp4netns = { .name = "slirp4netns",
					     .ready = '1',
					     .argv = slirp4netns_argv,
					     .publish = slirp4netns_publish,
					     .reads = reads,
					     .writes = writes };
