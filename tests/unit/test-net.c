/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-net.c - network rules, published ports, name servers, and what is planned of them
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "plan/parts.h"
#include "policy/keys.h"
#include "policy/net.h"

/* What is read, as it is shown again; NULL: a mistake. */
struct sample {
	const char *text, *shown;
};

static const struct sample rules[] = {
	{ "1.2.3.4", "reject 1.2.3.4" },
	{ "10.0.0.0/8", "reject 10.0.0.0/8" },
	{ "10.0.0.0/8:443", "reject 10.0.0.0/8 port 443" },
	{ "10.0.0.0/8:443/tcp", "reject 10.0.0.0/8 port 443 tcp" },
	{ "10.0.0.0/8/udp", "reject 10.0.0.0/8 udp" },
	{ "1.2.3.4:1000-2000/udp", "reject 1.2.3.4 port 1000-2000 udp" },
	{ "0.0.0.0/0:25", "reject 0.0.0.0/0 port 25" },
	{ "[fd00::1]", "reject fd00::1" },
	{ "[fd00::]/8", "reject fd00::/8" },
	{ "[fd00::/8]", "reject fd00::/8" },
	{ "[fd00::]/8:80-81/tcp", "reject fd00::/8 port 80-81 tcp" },
	{ "[::]/0", "reject ::/0" },
	{ "", NULL },
	{ "example.org", NULL },
	{ "fd00::1", NULL },
	{ "[fd00::1", NULL },
	{ "[fd00::1]x", NULL },
	{ "[fd00::]/", NULL },
	{ "[fd00::]/129", NULL },
	{ "1.2.3.4/33", NULL },
	{ "1.2.3.4/24", NULL }, /* bits behind the prefix */
	{ "1.2.3.4/", NULL },
	{ "1.2.3.4:", NULL },
	{ "1.2.3.4:0", NULL },
	{ "1.2.3.4:65536", NULL },
	{ "1.2.3.4:2000-1000", NULL },
	{ "1.2.3.4:1-", NULL },
	{ "1.2.3.4:80/sctp", NULL },
	{ "01.2.3.4", NULL },
	{ " 1.2.3.4", NULL },
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		_cleanup_strbuf_ struct strbuf shown = { 0 };
		struct net_rule rule = { 0 };
		const char *wrong = net_rule_parse(rules[i].text, &rule);

		if (!wrong)
			net_rule_text(&rule, &shown);
		if (!wrong != !!rules[i].shown)
			fail_msg("%s: %s", rules[i].text, wrong ? wrong : "accepted");
		if (!wrong)
			assert_string_equal(strbuf_str(&shown), rules[i].shown);
	}
}

static const struct sample published[] = {
	{ "8080", "127.0.0.1:8080 -> 8080/tcp" },
	{ "8080:80", "127.0.0.1:8080 -> 80/tcp" },
	{ "localhost:8080:80", NULL },
	{ "0:80", "127.0.0.1:(a free port) -> 80/tcp" },
	{ "0.0.0.0:8080:80/udp", "0.0.0.0:8080 -> 80/udp" },
	{ "[::1]:5353:53/udp", "[::1]:5353 -> 53/udp" },
	{ "127.0.0.1:80", "127.0.0.1:80 -> 80/tcp" },
	{ "", NULL },
	{ "0", NULL },
	{ "80:0", NULL },
	{ "[::1]", NULL },
	{ "[::1]8080:80", NULL },
	{ "1.2.3.4", NULL },
	{ "1.2.3:80:80", NULL },
	{ "80:80:80", NULL },
	{ "http:80", NULL },
	{ "8000-8010", "127.0.0.1:8000-8010 -> 8000-8010/tcp" },
	{ "[::1]:8000-8010:80-90/udp", "[::1]:8000-8010 -> 80-90/udp" },
	{ "8000-8000", "127.0.0.1:8000 -> 8000/tcp" },
	{ "8000-8255", "127.0.0.1:8000-8255 -> 8000-8255/tcp" },
	{ "8000-8256", NULL },
	{ "8010-8000", NULL },
	{ "8000-8010:80", NULL },
	{ "8000-8010:80-91", NULL },
	{ "0-5:80-85", NULL },
	{ "65530-65536", NULL },
	{ "8000-", NULL },
};

static void test_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		_cleanup_strbuf_ struct strbuf shown = { 0 };
		struct net_publish publish = { 0 };
		const char *wrong = net_publish_parse(published[i].text, &publish);

		if (!wrong)
			net_publish_text(&publish, &shown);
		if (!wrong != !!published[i].shown)
			fail_msg("%s: %s", published[i].text, wrong ? wrong : "accepted");
		if (!wrong)
			assert_string_equal(strbuf_str(&shown), published[i].shown);
	}
}

static void test_servers(void **state)
{
	static const char text[] = "# nameserver 9.9.9.9\nnameserver 127.0.0.53\n"
				   " nameserver\t192.0.2.1 # x\nnameserverx 1.1.1.1\n"
				   "nameserver ::1\nnameserver fe80::1%eth0\n"
				   "search example.org\nnameserver 2001:db8::1";
	struct arena arena = { 0 };
	struct net_addr *list = NULL;
	char addr[NET_ADDR_TEXT];
	size_t len = 0;

	(void)state;
	net_resolv_servers(&arena, text, &list, &len);
	assert_int_equal(len, 2);
	assert_string_equal(net_addr_text(&list[0], false, addr), "192.0.2.1");
	assert_string_equal(net_addr_text(&list[1], true, addr), "[2001:db8::1]");
	arena_done(&arena);
}

/* ------------------------------------------------------------------ the plan */

struct fixture {
	struct arena arena;
	struct diags diags;
	struct policy policy;
	struct host host;
	struct plan plan;
	struct planner planner;
};

static struct fixture *fixture_new(enum net_mode mode)
{
	static const struct net_addr host = { AF_INET, { 192, 0, 2, 2 } };
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	policy_init(&f->policy);
	f->policy.net.mode.value = (int)mode;
	f->diags.arena = &f->arena;
	f->host.slirp4netns = f->host.pasta = "/usr/bin/helper";
	f->host.resolv_conf = "nameserver 192.168.1.1\n";
	f->host.addresses = (struct net_addr *)&host;
	f->host.addresses_len = 1;
	f->planner = (struct planner){ .policy = &f->policy,
				       .host = &f->host,
				       .arena = &f->arena,
				       .diags = &f->diags,
				       .plan = &f->plan };
	return f;
}

static void fixture_free(struct fixture *f)
{
	arena_done(&f->arena);
	free(f);
}

static void add(struct fixture *f, struct texts *texts, const char *s)
{
	struct text *text =
		arena_append(&f->arena, &texts->items, &texts->len, sizeof *text);

	text->s = s;
	text->pos = (struct srcpos){ "test.toml", 1, 1 };
}

/* The place of the rule that is shown as @shown, counted from 1; 0: none. */
static size_t place(const struct fixture *f, const char *shown)
{
	for (size_t i = 0; i < f->plan.net.rules_len; i++) {
		_cleanup_strbuf_ struct strbuf text = { 0 };

		net_rule_text(&f->plan.net.rules[i], &text);
		if (strcmp(strbuf_str(&text), shown) == 0)
			return i + 1;
	}
	return 0;
}

static void test_order(void **state)
{
	struct fixture *f = fixture_new(NET_SLIRP4NETNS);

	(void)state;
	add(f, &f->policy.net.allow, "10.1.0.0/16:443");
	add(f, &f->policy.net.deny, "10.1.2.3");
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_true(f->plan.net.rules_needed);
	assert_int_equal(place(f, "accept the sandbox's own loopback"), 1);
	assert_int_equal(place(f, "accept established connections"), 2);
	assert_int_equal(place(f, "reject ::/0"), 3);
	assert_int_equal(place(f, "reject 10.1.2.3"), 4);
	assert_int_equal(place(f, "accept 10.1.0.0/16 port 443 tcp"), 5);
	assert_int_equal(place(f, "accept 10.1.0.0/16 port 443 udp"), 6);
	assert_int_equal(place(f, "accept 192.168.1.1 port 53 tcp"), 7);
	assert_int_equal(place(f, "accept 192.168.1.1 port 53 udp"), 8);
	assert_int_equal(place(f, "reject 192.0.2.2"), 9);
	assert_true(place(f, "reject 169.254.0.0/16") > 9);
	assert_true(place(f, "reject 10.0.2.0/24") > 9);
	assert_true(place(f, "reject 10.0.0.0/8") > 9);
	assert_int_equal(place(f, "reject fe80::/10"), 0);
	assert_int_equal(place(f, "accept everything else"), f->plan.net.rules_len);
	assert_string_equal(f->plan.net.resolv_conf,
			    "# made by sbox: net.dns, net.search\n"
			    "nameserver 192.168.1.1\n");
	fixture_free(f);
}

/* The first rule that speaks of @addr, or NULL. */
static const struct net_rule *deciding(const struct fixture *f,
				       const struct net_addr *addr)
{
	for (size_t i = 0; i < f->plan.net.rules_len; i++) {
		const struct net_rule *rule = &f->plan.net.rules[i];
		unsigned bits = rule->prefix, same = 1;

		if (rule->match != NET_MATCH_ADDRESS || rule->protocol ||
		    (rule->addr.family && rule->addr.family != addr->family))
			continue;
		for (unsigned bit = 0; bit < bits; bit++)
			same &= !((rule->addr.bytes[bit / 8] ^ addr->bytes[bit / 8]) >>
					  (7 - bit % 8) &
				  1);
		if (same)
			return rule;
	}
	return NULL;
}

/* @ipv4 as it is written behind each prefix of which IPv4 is reached; @open: by NAT64. */
static void check_forms(const struct fixture *f, const unsigned char *ipv4, bool open)
{
	static const struct {
		const char *prefix;
		unsigned at;
	} written[] = {
		{ "64:ff9b::", 12 },       { "2002::", 2 },        { "::", 12 },
		{ "::ffff:0:0", 12 },      { "::ffff:0:0:0", 12 }, { "64:ff9b:1::", 12 },
		{ "64:ff9b:1:1234::", 8 }, { "2001::", 4 },
	};

	for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
		const struct net_rule *rule;
		struct net_addr addr;

		assert_int_equal(net_addr_parse(written[i].prefix, &addr), 0);
		memcpy(addr.bytes + written[i].at, ipv4, 4);
		rule = deciding(f, &addr);
		if (!rule || rule->accept != (open && i == 0))
			fail_msg("%u.%u.%u.%u behind %s", ipv4[0], ipv4[1], ipv4[2],
				 ipv4[3], written[i].prefix);
	}
}

/* Of every IPv4 rule that rejects, so that none is forgotten, the first and last address.
 */
static void test_forms(void **state)
{
	static const int scopes[] = { NET_SCOPE_PUBLIC, NET_SCOPE_LAN };

	(void)state;
	for (size_t n = 0; n < sizeof scopes / sizeof scopes[0]; n++) {
		struct fixture *f = fixture_new(NET_PASTA);
		unsigned found = 0;

		f->policy.net.scope.value = scopes[n];
		f->policy.net.ipv6.value = 1;
		add(f, &f->policy.net.deny, "203.0.113.0/24");
		plan_net(&f->planner);
		for (size_t i = 0; i < f->plan.net.rules_len; i++) {
			const struct net_rule *rule = &f->plan.net.rules[i];
			unsigned char last[4];

			if (rule->accept || rule->addr.family != AF_INET)
				continue;
			memcpy(last, rule->addr.bytes, 4);
			check_forms(f, last, false);
			for (unsigned bit = rule->prefix; bit < 32; bit++)
				last[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
			check_forms(f, last, false);
			found++;
		}
		assert_true(found >= 9); /* the host's, the denied, those always closed */
		check_forms(f, (const unsigned char[]){ 198, 51, 100, 7 }, true);
		fixture_free(f);
	}
}

/* What is denied stays denied in every form, whatever the rest of the profile opens. */
static void test_denied_forms(void **state)
{
	struct fixture *f = fixture_new(NET_PASTA);

	(void)state;
	f->policy.net.scope.value = NET_SCOPE_ANY;
	f->policy.net.ipv6.value = 1;
	add(f, &f->policy.net.deny, "203.0.113.0/24");
	add(f, &f->policy.net.deny, "203.0.114.1:25/tcp");
	add(f, &f->policy.net.allow, "[::]/0");
	plan_net(&f->planner);
	assert_true(place(f, "reject 64:ff9b::cb00:7100/120") > 0);
	assert_true(place(f, "reject 2002:cb00:7100::/40") > 0);
	assert_true(place(f, "reject 64:ff9b::cb00:7201 port 25 tcp") > 0);
	for (size_t i = 0; i < f->plan.net.rules_len; i++)
		if (f->plan.net.rules[i].accept &&
		    f->plan.net.rules[i].match == NET_MATCH_ADDRESS)
			assert_true(i + 1 > place(f, "reject 2002:cb00:7100::/40"));
	fixture_free(f);
}

static void test_scopes(void **state)
{
	struct fixture *lan = fixture_new(NET_PASTA), *any = fixture_new(NET_PASTA);

	(void)state;
	lan->policy.net.scope.value = NET_SCOPE_LAN;
	lan->policy.net.ipv6.value = 1;
	plan_net(&lan->planner);
	assert_int_equal(place(lan, "reject 10.0.0.0/8"), 0);
	assert_int_equal(place(lan, "reject fc00::/7"), 0);
	assert_true(place(lan, "reject 192.0.2.2") > 0);
	assert_true(place(lan, "reject fe80::/10") > 0);
	assert_true(place(lan, "accept IPv6 neighbour discovery") > 0);
	assert_true(lan->plan.net.rules_needed);
	any->policy.net.scope.value = NET_SCOPE_ANY;
	plan_net(&any->planner);
	assert_int_equal(place(any, "reject 192.0.2.2"), 0);
	assert_int_equal(place(any, "reject 169.254.0.0/16"), 0);
	assert_false(any->plan.net.rules_needed);
	assert_int_equal(any->plan.net.rules_len, 0);
	assert_int_equal(any->diags.total, 0);
	fixture_free(lan);
	fixture_free(any);
}

static void test_report(void **state)
{
	struct fixture *f = fixture_new(NET_SLIRP4NETNS);
	struct net_count counts[64] = { [1] = { .packets = 7, .bytes = 900 } };
	struct net_usage usage = {
		.counted = true, .in = 12, .out = UINT64_MAX, .rules = counts
	};
	_cleanup_strbuf_ struct strbuf known = { 0 }, unknown = { 0 }, none = { 0 };

	(void)state;
	plan_net(&f->planner);
	assert_true(f->plan.net.rules_len < 64);
	net_report_json(&f->plan.net, &usage, &known);
	assert_non_null(strstr(strbuf_str(&known), "\"net\":{\"mode\":\"slirp4netns\","));
	assert_non_null(strstr(strbuf_str(&known),
			       "\"bytes\":{\"in\":12,\"out\":18446744073709551615}"));
	assert_non_null(strstr(strbuf_str(&known),
			       "{\"rule\":\"accept established connections\",\"why\":"
			       "\"decided before\",\"from\":null,\"packets\":7,"
			       "\"bytes\":900}"));
	net_report_json(&f->plan.net, &(struct net_usage){ 0 }, &unknown);
	assert_non_null(strstr(strbuf_str(&unknown), "\"bytes\":null,\"rules\":["));
	assert_non_null(strstr(strbuf_str(&unknown), "\"packets\":null,\"bytes\":null}"));
	net_report_json(&(struct net_plan){ .mode = NET_NONE }, &(struct net_usage){ 0 },
			&none);
	assert_string_equal(strbuf_str(&none),
			    "\"net\":{\"mode\":\"none\",\"ipv6\":false,\"dns\":[],"
			    "\"publish\":[],\"reach\":[],"
			    "\"bytes\":null,\"rules\":[]}");
	fixture_free(f);
}

static void test_companions(void **state)
{
	struct fixture *f = fixture_new(NET_SLIRP4NETNS);
	_cleanup_strbuf_ struct strbuf ended = { 0 }, ran = { 0 };
	const struct plan_companion *companion;

	(void)state;
	f->policy.net.on_helper_exit.value = NET_EXIT_CONTINUE;
	plan_net(&f->planner);
	assert_int_equal(f->plan.companions_len, 1);
	companion = plan_companion(&f->plan, "slirp4netns");
	assert_non_null(companion);
	assert_string_equal(companion->path, "/usr/bin/helper");
	assert_true(companion->network && !companion->kill);
	assert_null(plan_companion(&f->plan, "pasta"));
	companions_json(&f->plan, "it \"broke\"", &ended);
	assert_non_null(strstr(strbuf_str(&ended), "\"at_its_end\":\"continue\","
						   "\"ended\":\"it \\\"broke\\\"\"}]"));
	companions_json(&f->plan, NULL, &ran);
	assert_non_null(strstr(strbuf_str(&ran), "\"ended\":null}]"));
	fixture_free(f);
}

static void test_stub(void **state)
{
	struct fixture *f = fixture_new(NET_SLIRP4NETNS);

	(void)state;
	f->host.resolv_conf = "nameserver 127.0.0.53\n";
	f->host.resolved_conf = "nameserver 192.0.2.53\nnameserver 2001:db8::1\n";
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_int_equal(f->plan.net.dns_len, 1); /* without net.ipv6 */
	assert_true(place(f, "accept 192.0.2.53 port 53 udp") > 0);
	fixture_free(f);
	f = fixture_new(NET_SLIRP4NETNS);
	f->host.resolv_conf = "nameserver 127.0.0.53\n";
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 1);
	fixture_free(f);
	f = fixture_new(NET_SLIRP4NETNS);
	f->host.resolv_conf = NULL;
	add(f, &f->policy.net.dns, "forward");
	add(f, &f->policy.net.search, "example.org");
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_true(f->plan.net.forward);
	assert_true(place(f, "accept 10.0.2.3 port 53 udp") > 0);
	assert_non_null(strstr(f->plan.net.resolv_conf, "search example.org\n"));
	fixture_free(f);
}

/* Each of these is one mistake. */
static void test_mistakes(void **state)
{
	enum { ALLOW, DENY, DNS, PUBLISH, SEARCH, REACH };
	static const struct {
		enum net_mode mode;
		int list;
		const char *text;
	} wrong[] = {
		{ NET_SLIRP4NETNS, ALLOW, "example.org:443" },
		{ NET_SLIRP4NETNS, DENY, "*.example.org" },
		{ NET_SLIRP4NETNS, ALLOW, "127.0.0.1:80" },
		{ NET_SLIRP4NETNS, ALLOW, "[2001:db8::1]" }, /* no net.ipv6 */
		{ NET_SLIRP4NETNS, DENY, "1.2.3.4:x" },
		{ NET_SLIRP4NETNS, DNS, "dns.example.org" },
		{ NET_SLIRP4NETNS, DNS, "127.0.0.53" },
		{ NET_SLIRP4NETNS, PUBLISH, "[2001:db8::1]:80" },
		{ NET_SLIRP4NETNS, PUBLISH, "5353:53/udp" },
		{ NET_PASTA, PUBLISH, "[2001:db8::1]:80" }, /* no net.ipv6 */
		{ NET_HOST, DENY, "1.2.3.4" },
		{ NET_HOST, PUBLISH, "8080:80" },
		{ NET_HOST, ALLOW, "1.2.3.4" },
		{ NET_HOST, DNS, "1.2.3.4" },
		{ NET_HOST, SEARCH, "example.org" },
		{ NET_NONE, ALLOW, "example.org:x" },
		{ NET_NONE, ALLOW, "example.org:443" }, /* nobody has said that */
		{ NET_NONE, DENY, "two words" },
		{ NET_NONE, DNS, "x" },
		{ NET_NONE, SEARCH, "example.org #" },
		{ NET_NONE, SEARCH, "" },
		{ NET_NONE, PUBLISH, "192.0.2.1:8080:80" },
		{ NET_NONE, PUBLISH, "127.0.0.1:8080:80/udp" },
		{ NET_NONE, REACH, "192.0.2.1:5432" },
		{ NET_NONE, REACH, "5432/udp" },
		{ NET_NONE, REACH, "0:5432" },
		{ NET_PASTA, REACH, "garbage" },
		{ NET_HOST, REACH, "5432" },
		{ NET_NONE, PUBLISH, "garbage" },
		{ NET_PASTA, SEARCH, "a b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct fixture *f = fixture_new(wrong[i].mode);
		struct texts *const lists[] = {
			&f->policy.net.allow,  &f->policy.net.deny,
			&f->policy.net.dns,    &f->policy.net.publish,
			&f->policy.net.search, &f->policy.net.reach
		};

		add(f, lists[wrong[i].list], wrong[i].text);
		plan_net(&f->planner);
		if (f->diags.total != 1)
			fail_msg("%s: %zu mistakes", wrong[i].text, f->diags.total);
		fixture_free(f);
	}
}

/* A profile that opens something stays one when the network is turned off. */
static void test_off(void **state)
{
	struct fixture *f = fixture_new(NET_NONE);

	(void)state;
	add(f, &f->policy.net.allow, "10.0.0.0/8:443");
	add(f, &f->policy.net.deny, "[2001:db8::1]");
	add(f, &f->policy.net.dns, "forward");
	add(f, &f->policy.net.search, "example.org");
	f->policy.net.scope =
		(struct word){ .value = NET_SCOPE_LAN, .pos = { "f", 1, 1 } };
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_int_equal(f->plan.net.rules_len, 0);
	assert_int_equal(f->plan.net.dns_len, 0);
	assert_null(f->plan.net.resolv_conf);
	fixture_free(f);
	f = fixture_new(NET_HOST);
	f->policy.net.scope =
		(struct word){ .value = NET_SCOPE_LAN, .pos = { "f", 1, 1 } };
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 1);
	f->policy.net.scope.value = NET_SCOPE_ANY;
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 1);
	fixture_free(f);
}

static void test_missing(void **state)
{
	struct fixture *f = fixture_new(NET_SLIRP4NETNS);

	(void)state;
	f->host.slirp4netns = NULL;
	f->host.tun_errno = EACCES;
	f->host.addresses_error = "no";
	f->policy.namespaces.inner.value = 0;
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 4);
	assert_non_null(strstr(f->diags.list[0].msg, "install the package"));
	fixture_free(f);
}

/* One mistake that says @why, of a plan with @mode and one entry of net.dns, or none. */
static void check_mistake(enum net_mode mode, const char *resolv_conf, const char *dns,
			  const char *why)
{
	struct fixture *f = fixture_new(mode);

	f->host.resolv_conf = resolv_conf;
	if (dns)
		add(f, &f->policy.net.dns, dns);
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 1);
	assert_non_null(strstr(f->diags.list[0].msg, why));
	fixture_free(f);
}

static void test_host_domains(void **state)
{
	struct fixture *f = fixture_new(NET_PASTA);

	(void)state;
	f->host.resolv_conf = "domain a.test\nsearch corp.test  sub.corp.test\t\n"
			      "options timeout:1 attempts:2 bad;word rotate\n"
			      "nameserver 192.0.2.1\nnameserver 192.0.2.2\n";
	add(f, &f->policy.net.search, "host");
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_string_equal(f->plan.net.resolv_conf,
			    "# made by sbox: net.dns, net.search\n"
			    "search corp.test sub.corp.test\n"
			    "options timeout:1 attempts:2 rotate\n"
			    "nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
	fixture_free(f);
	f = fixture_new(NET_PASTA);
	add(f, &f->policy.net.search, "host"); /* which has none */
	plan_net(&f->planner);
	assert_string_equal(f->plan.net.resolv_conf,
			    "# made by sbox: net.dns, net.search\n"
			    "nameserver 192.168.1.1\n");
	fixture_free(f);
}

static void test_ipv6_servers(void **state)
{
	static const char six[] = "nameserver 2001:db8::1\nnameserver ::1\n";
	struct fixture *f;

	(void)state;
	check_mistake(NET_SLIRP4NETNS, six, NULL, "net.ipv6 = true");
	check_mistake(NET_PASTA, six, NULL, "net.ipv6 = true");
	check_mistake(NET_PASTA, six, "forward", "net.ipv6 = true");
	check_mistake(NET_PASTA, "nameserver 127.0.0.1\n", NULL, "[\"forward\"]");
	f = fixture_new(NET_PASTA);
	f->host.resolv_conf = six;
	f->policy.net.ipv6.value = 1;
	add(f, &f->policy.net.dns, "forward");
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_true(f->plan.net.forward6);
	assert_non_null(strstr(f->plan.net.resolv_conf, "nameserver fd00::3\n"));
	assert_true(place(f, "accept fd00::3 port 53 udp") > 0);
	fixture_free(f);
	f = fixture_new(NET_PASTA);
	f->host.resolv_conf = "nameserver 127.0.0.53\nnameserver 2001:db8::1\n";
	add(f, &f->policy.net.dns, "forward");
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 0);
	assert_non_null(strstr(f->plan.net.resolv_conf, "nameserver 10.0.2.3\n"));
	fixture_free(f);
}

static void test_auto(void **state)
{
	static const struct {
		const char *slirp4netns, *pasta;
		enum net_mode mode;
	} rows[] = {
		{ "/bin/s", "/bin/p", NET_SLIRP4NETNS },
		{ "/bin/s", NULL, NET_SLIRP4NETNS },
		{ NULL, "/bin/p", NET_PASTA },
	};
	struct fixture *f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		f = fixture_new(NET_AUTO);
		f->host.slirp4netns = rows[i].slirp4netns;
		f->host.pasta = rows[i].pasta;
		plan_net(&f->planner);
		assert_int_equal(f->diags.total, 0);
		assert_int_equal(f->plan.net.mode, rows[i].mode);
		assert_true(f->plan.net.helper);
		fixture_free(f);
	}
	f = fixture_new(NET_AUTO);
	f->host.slirp4netns = f->host.pasta = NULL;
	plan_net(&f->planner);
	assert_int_equal(f->diags.total, 1);
	assert_non_null(strstr(f->diags.list[0].msg, "neither slirp4netns nor pasta"));
	fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "rules are read whole or refused", .test_func = test_rules },
		{ .name = "published ports are read whole or refused",
		  .test_func = test_published },
		{ .name = "servers on the host's loopback are left out",
		  .test_func = test_servers },
		{ .name = "deny comes before allow, both before the scope",
		  .test_func = test_order },
		{ .name = "each scope closes what it says", .test_func = test_scopes },
		{ .name = "what closes an IPv4 address closes its forms in IPv6",
		  .test_func = test_forms },
		{ .name = "a denial closes them whatever else is open",
		  .test_func = test_denied_forms },
		{ .name = "the report has what was counted, or says that it was not",
		  .test_func = test_report },
		{ .name = "who carries the packets is a companion",
		  .test_func = test_companions },
		{ .name = "the host's domains and options are taken over when asked for",
		  .test_func = test_host_domains },
		{ .name = "servers with IPv6 addresses only need IPv6",
		  .test_func = test_ipv6_servers },
		{ .name = "auto is the helper that is installed",
		  .test_func = test_auto },
		{ .name = "a stub resolver is looked behind, or told",
		  .test_func = test_stub },
		{ .name = "what cannot be done is a mistake",
		  .test_func = test_mistakes },
		{ .name = "without a network lists are read and open nothing",
		  .test_func = test_off },
		{ .name = "what the machine lacks is named", .test_func = test_missing },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
