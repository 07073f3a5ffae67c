/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-net-backend.c - how the network's helpers are called */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/strbuf.h"
#include "box/net/backend.h"

static void assert_argv(const char *const *argv, const char *expected)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (size_t i = 0; argv[i]; i++)
		strbuf_printf(&text, "%s%s", i ? " " : "", argv[i]);
	assert_string_equal(strbuf_str(&text), expected);
}

#define SLIRP                                                                            \
	"slirp4netns --ready-fd=3 --exit-fd=4 --mtu=65520 --disable-host-loopback "      \
	"--enable-seccomp --netns-type=path --userns-path=/proc/self/fd/6 "
#define PASTA                                                                            \
	"pasta --foreground --quiet --pid /proc/self/fd/3 --userns /proc/self/fd/6 "     \
	"--netns /proc/self/fd/5 --ns-ifname tap0 --mtu 65520 --no-map-gw --no-dhcp "    \
	"--no-dhcpv6 --no-netns-quit --tcp-ns none --udp-ns none --address 10.0.2.100 "  \
	"--netmask 255.255.255.0 --gateway 10.0.2.2 "

static void test_slirp4netns(void **state)
{
	struct arena arena = { 0 };
	struct net_plan net = { .mode = NET_SLIRP4NETNS };

	(void)state;
	assert_argv(net_backend(NET_SLIRP4NETNS)->argv(&arena, &net, NULL),
		    SLIRP "--disable-dns /proc/self/fd/5 tap0");
	net.forward = net.ipv6 = true;
	assert_argv(net_backend(NET_SLIRP4NETNS)->argv(&arena, &net, "/run/x/api"),
		    SLIRP "--enable-ipv6 --api-socket=/run/x/api /proc/self/fd/5 tap0");
	arena_done(&arena);
}

static void test_pasta(void **state)
{
	struct arena arena = { 0 };
	struct net_publish publish[2] = { [0] = { .port = 0 } };
	struct net_plan net = { .mode = NET_PASTA };

	(void)state;
	assert_argv(net_backend(NET_PASTA)->argv(&arena, &net, NULL),
		    PASTA "--ipv4-only -t none -u none");
	assert_null(net_publish_parse("8080:80", &publish[0]));
	assert_null(net_publish_parse("[::1]:5353:53/udp", &publish[1]));
	net.publish = publish;
	net.publish_len = 2;
	net.forward = net.ipv6 = true;
	assert_argv(net_backend(NET_PASTA)->argv(&arena, &net, NULL),
		    PASTA "--address fd00::100 --gateway fd00::2 --dns-forward 10.0.2.3 "
			  "-t 127.0.0.1/8080:80 -u ::1/5353:53");
	arena_done(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "slirp4netns joins descriptors and configures nothing",
		  .test_func = test_slirp4netns },
		{ .name = "pasta forwards nothing but what is published",
		  .test_func = test_pasta },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
