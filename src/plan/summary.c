/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * summary.c - the plan in a few lines (--dry-run)
 *
 * What a person wants to know before a run: what the command can change, what it sees,
 * whom it can talk to, what bounds it. Where the lines of profiles come from, and what
 * every sandbox has, is left to plan_print().
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "plan/parts.h"

#define NAMED_MAX 6 /* of a list; the rest is counted */

/* "label      value"; a label is 11 columns wide at the most. */
static void line(struct strbuf *out, const char *label)
{
	strbuf_printf(out, "%-11s ", label);
}

struct list { /* of paths, on one line */
	struct strbuf *out;
	size_t len;
};

static void list_add(struct list *list, const char *path)
{
	if (list->len++ >= NAMED_MAX)
		return;
	strbuf_add(list->out, list->len > 1 ? ", " : "");
	strbuf_escaped(list->out, path, strlen(path));
}

/* @none: what is said of an empty one. */
static void list_end(struct list *list, const char *none)
{
	if (list->len == 0)
		strbuf_add(list->out, none);
	if (list->len > NAMED_MAX)
		strbuf_printf(list->out, " and %zu more", list->len - NAMED_MAX);
	strbuf_addc(list->out, '\n');
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Directories of which profiles show many small parts: those are counted. */
static const char *const crowded[] = { "/etc", "/var", "/sys" };

#define CROWDED (sizeof crowded / sizeof crowded[0])

static size_t crowd_of(const char *path)
{
	size_t i = 0;

	while (i < CROWDED && !is_below(path, crowded[i]))
		i++;
	return i;
}

static void summarize_reads(const struct plan *plan, struct strbuf *out)
{
	size_t counts[CROWDED + 1] = { 0 };
	struct list list = { out, 0 };
	bool any = false;

	line(out, "can read");
	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct step *step = &plan->steps[i];
		size_t crowd = crowd_of(step->target);

		for (size_t k = 0; step->lowers && step->lowers[k] && !step->changes; k++)
			list_add(&list, step->lowers[k]);
		if (step->type != STEP_BIND || !step->readonly)
			continue;
		counts[crowd]++;
		if (crowd == CROWDED)
			list_add(&list, step->target);
	}
	for (size_t i = 0; i < CROWDED; i++)
		any = any || counts[i] > 0;
	if (list.len > NAMED_MAX)
		strbuf_printf(out, " and %zu more", list.len - NAMED_MAX);
	for (size_t i = 0; i < CROWDED; i++)
		if (counts[i] > 0)
			strbuf_printf(out, "%s%zu below %s", list.len++ > 0 ? ", " : "",
				      counts[i], crowded[i]);
	strbuf_add(out, list.len == 0 && !any ? "nothing else of the host\n" : "\n");
}

/* One line of the targets of steps that @wanted holds for; @none NULL: or no line. */
static void summarize(const struct plan *plan, const char *label, const char *none,
		      bool (*wanted)(const struct step *step), struct strbuf *out)
{
	struct list list = { out, 0 };
	bool any = none != NULL;

	for (size_t i = 0; i < plan->steps_len; i++)
		any = any || wanted(&plan->steps[i]);
	if (!any)
		return;
	line(out, label);
	for (size_t i = 0; i < plan->steps_len; i++)
		if (wanted(&plan->steps[i]))
			list_add(&list, plan->steps[i].target);
	list_end(&list, none);
}

static bool is_written(const struct step *step)
{
	return (step->type == STEP_BIND && !step->readonly && !step->cache) ||
	       (step->type == STEP_OVERLAY && step->upper && !step->changes);
}

static bool is_kept_apart(const struct step *step)
{
	return step->type == STEP_OVERLAY && step->changes;
}

static bool is_cache(const struct step *step)
{
	return step->cache != NULL;
}

static bool is_thrown_away(const struct step *step)
{
	return step->type == STEP_TMPFS ||
	       (step->type == STEP_OVERLAY && !step->readonly && !step->upper);
}

static bool is_denied(const struct step *step)
{
	return step->type == STEP_DENY;
}

static bool is_kept(const struct step *step)
{
	return step->type == STEP_PROTECT;
}

static void summarize_filter(const struct net_plan *net, struct strbuf *out)
{
	size_t names = 0, addresses = 0;

	for (size_t i = 0; i < net->filter.names_len; i++)
		names += net->filter.names[i].accept;
	for (size_t i = 0; i < net->rules_len; i++)
		addresses +=
			net->rules[i].accept && net->rules[i].addr.family != AF_UNSPEC;
	strbuf_printf(out,
		      "filtered: %zu rule%s by name, %zu by address, all else refused\n",
		      names, names == 1 ? "" : "s", addresses);
}

static void summarize_network(const struct net_plan *net, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf mode = { 0 };

	plan_net_mode(net, &mode);
	line(out, "network");
	switch (net->mode) {
	case NET_NONE:
		strbuf_add(out, "none, but its own loopback\n");
		break;
	case NET_HOST:
		strbuf_add(out, "the host's, which is not isolated\n");
		break;
	case NET_JOIN:
		strbuf_add(out, "that of the sandbox ");
		strbuf_add(out, net->join);
		strbuf_addc(out, '\n');
		break;
	case NET_FILTERED:
		summarize_filter(net, out);
		break;
	case NET_SLIRP4NETNS:
	case NET_PASTA:
	case NET_AUTO:
		strbuf_printf(out, "by %s, %s, name servers: %zu\n", strbuf_str(&mode),
			      net->rules_len > 0 ? "closed to what its rules reject"
						 : "without rules",
			      net->dns_len);
		break;
	}
	for (size_t i = 0; i < net->publish_len; i++) {
		line(out, i ? "" : "published");
		net_publish_text(&net->publish[i], out);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < net->reach_len; i++) {
		line(out, i ? "" : "reached");
		net_reach_text(&net->reach[i], out);
		strbuf_add(out, " of the host\n");
	}
}

static void summarize_limits(const struct plan *plan, struct strbuf *out)
{
	line(out, "limits");
	for (size_t i = 0; i < plan->limits.len; i++) {
		const struct plan_limit *limit = &plan->limits.list[i];

		strbuf_printf(out, "%s%s ", i ? ", " : "", limit->name);
		limit_value(limit, out);
		strbuf_add(out, limit->means ? "" : " (NOT ENFORCED)");
	}
	strbuf_add(out, plan->limits.len ? "\n" : "none\n");
}

static void summarize_fences(const struct plan *plan, struct strbuf *out)
{
	static const char *const guards[] = {
		[GUARD_MOVE] = "what others would run is moved aside at the end",
		[GUARD_FAIL] = "what others would run makes the run fail",
		[GUARD_WARN] = "what others would run is told of",
		[GUARD_OFF] = NULL,
	};

	line(out, "fences");
	strbuf_printf(out, "seccomp %s%s, Landlock %s, %s\n", plan_filter_name(plan),
		      plan->programs_len > 0 ? " and seccomp.programs" : "",
		      plan->landlock ? "on" : "off",
		      plan->caps ? "with capabilities" : "no capabilities");
	if (plan->guard.dirs_len > 0 && guards[plan->guard.action]) {
		line(out, "guard");
		strbuf_printf(out, "%s\n", guards[plan->guard.action]);
	}
}

/* NAME, NAME, ...; values are left to plan_print(), since they can be secrets. */
static void summarize_environment(const struct plan *plan, struct strbuf *out)
{
	line(out, "environment");
	for (size_t i = 0; plan->environ[i]; i++) {
		strbuf_add(out, i ? " " : "");
		strbuf_escaped(out, plan->environ[i], strcspn(plan->environ[i], "="));
	}
	strbuf_addc(out, '\n');
}

void plan_summary(const struct plan *plan, const char *profiles, struct strbuf *out)
{
	line(out, "command");
	if (plan->hold)
		strbuf_add(out, "none, held for later ones");
	for (size_t i = 0; plan->argv[i]; i++) {
		strbuf_add(out, i ? " " : "");
		strbuf_escaped(out, plan->argv[i], strlen(plan->argv[i]));
	}
	strbuf_addc(out, '\n');
	line(out, "in");
	strbuf_escaped(out, plan->cwd, strlen(plan->cwd));
	strbuf_printf(out, ", as %lld:%lld\n", (long long)plan->uid,
		      (long long)plan->gid);
	line(out, "profile");
	strbuf_printf(out, "%s\n", profiles);
	summarize(plan, "can change", "nothing of the host", is_written, out);
	summarize(plan, "kept apart", NULL, is_kept_apart, out);
	if (plan->changes.trees_len > 0) {
		line(out, "change set");
		strbuf_escaped(out, plan->changes.layers, strlen(plan->changes.layers));
		strbuf_addc(out, '\n');
	}
	summarize(plan, "caches", NULL, is_cache, out);
	summarize_reads(plan, out);
	summarize(plan, "in memory", "nothing", is_thrown_away, out);
	summarize(plan, "hidden", NULL, is_denied, out);
	summarize(plan, "kept", NULL, is_kept, out);
	summarize_network(&plan->net, out);
	summarize_limits(plan, out);
	summarize_fences(plan, out);
	summarize_environment(plan, out);
	strbuf_add(out, "all of it: --dry-run=full, and for programs --dry-run=json\n");
}
