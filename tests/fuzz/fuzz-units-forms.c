/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-units-forms.c - any string as a number, a size, a time, a path entry, a user, a
 * variable, a name, an address, a rule of the network, a published port
 */
#include "config.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/path.h"
#include "plan/plan.h"
#include "policy/forms.h"
#include "policy/net.h"
#include "policy/units.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct srcpos here = { "fuzz", 1, 1 };

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void check_units(const char *s)
{
	static const int64_t most[] = { 0, 7, 255, 4294967294, INT64_MAX };
	unsigned mode;
	int64_t n;

	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++)
		if (units_number(s, most[i], &n) == 0)
			must(n >= 0 && n <= most[i]);
	if (units_size(s, &n) == 0)
		must(n >= 0);
	if (units_mode(s, &mode) == 0)
		must(mode <= 07777);
	if (units_percent(s, &n) == 0)
		must(n > 0);
}

/* A size or a time that is shown is the same when it is read back. */
static void check_shown_limit(const char *s, enum limit_unit unit,
			      int (*read)(const char *, int64_t *))
{
	struct plan_limit limit = { .unit = unit };
	struct strbuf out = { 0 };
	int64_t again;

	if (read(s, &limit.value) < 0)
		return;
	must(limit.value >= 0);
	limit_value(&limit, &out);
	/* no time at all is shown without a unit, which only a size may be */
	if (unit == LIMIT_BYTES || limit.value > 0)
		must(read(strbuf_str(&out), &again) == 0 && again == limit.value);
	strbuf_done(&out);
}

static void check_clean(struct arena *arena, const char *path)
{
	must(path[0] == '/' && strcmp(path_clean(arena, path), path) == 0);
	must(path_within(path, "/") && path_within(path, path_parent(arena, path)));
	must(strcmp(path_join(arena, "/", path_below(path, "/")), path) == 0);
	must((path_depth(path) == 0) == (path[1] == '\0'));
}

static void check_spec(struct arena *arena, const char *s, const char *cwd)
{
	struct fsspec spec;

	if (fsspec_parse(arena, s, cwd, &spec) < 0)
		return;
	check_clean(arena, spec.source);
	check_clean(arena, spec.target);
	must(spec.optional == (*s == '?'));
}

static void check_user(const char *s)
{
	bool caller;
	int64_t uid, gid;

	if (user_parse(s, &caller, &uid, &gid) == 0)
		must(uid >= 0 && uid < 4294967295 && gid >= 0 && gid < 4294967295);
}

/* What has a form has it again, and is not changed by a second look. */
static void check_forms(struct arena *arena, const char *s)
{
	struct diags diags = { .arena = arena };
	struct layer layer = { .diags = &diags };

	for (int form = FORM_ANY; form <= FORM_PUBLISH; form++) {
		const char *once, *again;

		diags.total = 0;
		once = form_check(&layer, (enum key_form)form,
				  &(struct expanded){ .s = s }, &here);
		must((once == NULL) == (diags.total == 1));
		if (!once)
			continue;
		again = form_check(&layer, (enum key_form)form,
				   &(struct expanded){ .s = once }, &here);
		must(again && strcmp(once, again) == 0);
	}
}

static void check_vars(struct arena *arena, const char *s)
{
	struct diags diags = { .arena = arena };
	struct vars vars = { 0 };
	struct expanded text;

	pairs_set(arena, &vars.builtin, &(struct pair){ .name = "A", .value = "a$b" });
	pairs_set(arena, &vars.builtin, &(struct pair){ .name = "E", .value = "" });
	pairs_set(arena, &vars.defined, &(struct pair){ .name = "S", .value = s });
	must((vars_expand(&vars, &diags, s, &here, &text) < 0) == (diags.total > 0));
}

/* A path that a variable brings in is that path: @s is one, and whatever it is called. */
static void check_data(struct arena *arena, const char *s)
{
	static const char *const templates[] = { "${X}", "?${X}", "${X}:/t", "/s:${X}" };
	const char *path = arena_printf(arena, "/%s", s),
		   *clean = path_clean(arena, path);
	struct diags diags = { .arena = arena };
	struct vars vars = { 0 };
	struct layer layer = { .diags = &diags, .vars = &vars };

	pairs_set(arena, &vars.builtin, &(struct pair){ .name = "X", .value = path });
	for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		struct expanded text;
		struct fsspec spec;

		if (strlen(path) >= PATH_MAX)
			return;
		must(vars_expand(&vars, &diags, templates[i], &here, &text) == 0);
		text.s = form_check(&layer, FORM_SPEC, &text, &here);
		must(!text.s == !clean);
		if (!clean)
			continue;
		must(fsspec_parse(arena, text.s, NULL, &spec) == 0);
		must(spec.optional == (i == 1));
		must(strcmp(spec.source, i == 3 ? "/s" : clean) == 0);
		must(strcmp(spec.target, i == 2 ? "/t" : clean) == 0);
	}
}

static void check_shown(const char *s)
{
	static const char *const names[] = { "fs.read", "fs.write", "x", NULL };
	struct strbuf out = { 0 };

	strbuf_escaped(&out, s, strlen(s));
	for (size_t i = 0; i < out.len; i++)
		must((unsigned char)out.s[i] >= 0x20 && out.s[i] != 0x7f);
	for (size_t i = 0; i < out.len;) {
		size_t n = utf8_length(out.s + i, out.len - i);

		must(n > 0);
		i += n;
	}
	strbuf_json(&out, s);
	strbuf_done(&out);
	(void)diag_nearest(s, names);
	(void)cap_number(s);
}

/* The text of an address is read as the same address. */
static void check_addr(const struct net_addr *addr)
{
	char text[NET_ADDR_TEXT];
	struct net_addr again;

	must(addr->family == AF_INET || addr->family == AF_INET6);
	must(net_addr_parse(net_addr_text(addr, false, text), &again) == 0);
	must(memcmp(&again, addr, sizeof again) == 0);
}

static void check_rule(const char *s)
{
	struct net_rule rule = { .accept = true, .why = "fuzz" };
	const struct net_rule before = rule;
	struct strbuf out = { 0 };

	if (net_rule_parse(s, &rule)) {
		must(memcmp(&rule, &before, sizeof rule) == 0);
		return;
	}
	check_addr(&rule.addr);
	must(rule.prefix <= (rule.addr.family == AF_INET ? 32 : 128));
	must(rule.first <= rule.last && !rule.first == !rule.last);
	must(rule.accept && rule.match == NET_MATCH_ADDRESS);
	net_rule_text(&rule, &out);
	strbuf_done(&out);
}

static void check_publish(const char *s)
{
	struct net_publish publish = { 0 };
	struct strbuf out = { 0 };

	if (net_publish_parse(s, &publish)) {
		must(publish.protocol == 0);
		return;
	}
	check_addr(&publish.addr);
	must(publish.port > 0);
	must(publish.protocol == IPPROTO_TCP || publish.protocol == IPPROTO_UDP);
	net_publish_text(&publish, &out);
	strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	const char *s = arena_strndup(&arena, (const char *)data, size);

	check_units(s);
	check_spec(&arena, s, NULL);
	check_spec(&arena, s, "/nonexistent/cwd");
	check_user(s);
	check_forms(&arena, s);
	check_vars(&arena, s);
	check_data(&arena, s);
	check_shown(s);
	check_shown_limit(s, LIMIT_BYTES, units_size);
	check_shown_limit(s, LIMIT_TIME, units_duration);
	check_rule(s);
	check_publish(s);
	arena_done(&arena);
	return 0;
}
