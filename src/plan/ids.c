/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ids.c - who the command is: id maps, passwd and group, capabilities; see plan.h */
#include "config.h"

#include <linux/capability.h>
#include <string.h>

#include "base/path.h"
#include "plan/parts.h"
#include "policy/forms.h"

#define NOBODY INT64_C(65534)

/*
 * NESTED_ROOT: who makes a user namespace and maps its parent's id 0 into it needs
 * CAP_SETFCAP there (user_namespaces(7), since Linux 5.12). So a command that is root and
 * may make namespaces keeps it, over the inner namespace: no_new_privs and nosuid
 * mounts leave nothing that file capabilities could do.
 */

static void map_add(struct id_map *map, int64_t inside, int64_t outside, int64_t count)
{
	if (count > 0)
		map->range[map->len++] = (struct id_range){ inside, outside, count };
}

/*
 * The command's own id @id is the outer 0, which is the caller. The outer 1..@extra,
 * the subordinate ids, fill the numbers around it in their order.
 */
void plan_inner_map(struct id_map *map, int64_t id, int64_t extra)
{
	*map = (struct id_map){ 0 };
	/* a line must lie within one line of the outer map: 0 and 1.. are two there */
	map_add(map, 0, 1, id < extra ? id : extra);
	map_add(map, id, 0, 1);
	map_add(map, id + 1, id + 1, extra - id);
}

static bool subids_usable(const struct host *host)
{
	return host->subuid.count > 0 && host->subgid.count > 0 && host->newuidmap &&
	       host->newgidmap;
}

static const char *subids_missing(const struct host *host)
{
	if (host->subuid.count == 0)
		return "the caller has no line in /etc/subuid: usermod --add-subuids "
		       "100000-165535 USER";
	if (host->subgid.count == 0)
		return "the caller has no line in /etc/subgid: usermod --add-subgids "
		       "100000-165535 USER";
	return "newuidmap or newgidmap is not installed: package uidmap (Debian, "
	       "Ubuntu), "
	       "shadow-utils (Fedora) or shadow (Arch)";
}

/* Whether ids beside the command's own make any difference to what it can do. */
static bool range_useful(const struct planner *p)
{
	return p->plan->caps != 0 || !p->plan->has_inner;
}

static void choose_map(struct planner *p)
{
	const struct word *map = &p->policy->identity.map;

	if (p->policy->net.mode.value == NET_JOIN) {
		if (map->value == MAP_SUBIDS)
			diag_add(p->diags, &map->pos,
				 "identity.map = \"subids\" cannot be done with net.mode "
				 "= \"join:NAME\", where the ids are those of NAME");
		p->plan->map_reason = "of the sandbox whose network it joins";
		return;
	}
	if (map->value == MAP_SUBIDS && !subids_usable(p->host)) {
		diag_add(p->diags, &map->pos,
			 "identity.map = \"subids\" cannot be done: %s",
			 subids_missing(p->host));
		return;
	}
	p->plan->subids =
		map->value == MAP_SUBIDS ||
		(map->value == MAP_AUTO && range_useful(p) && subids_usable(p->host));
	if (map->value != MAP_AUTO)
		p->plan->map_reason = "as the profile says";
	else if (p->plan->subids)
		p->plan->map_reason =
			"auto: the command has capabilities that can use them";
	else if (range_useful(p))
		p->plan->map_reason =
			arena_printf(p->arena, "auto: %s", subids_missing(p->host));
	else
		p->plan->map_reason = "auto: without capabilities it could not use more";
}

static void choose_caps(struct planner *p)
{
	const struct texts *keep = &p->policy->caps.keep;

	for (size_t i = 0; i < keep->len; i++) {
		int cap = cap_number(keep->items[i].s);

		p->plan->caps |= cap == CAPS_ALL ? ~UINT64_C(0) : UINT64_C(1) << cap;
	}
}

static void choose_user(struct planner *p)
{
	const struct text *user = &p->policy->identity.user;
	bool caller;

	(void)user_parse(user->s, &caller, &p->plan->uid,
			 &p->plan->gid); /* checked before */
	if (caller) {
		p->plan->uid = p->host->uid;
		p->plan->gid = p->host->gid;
	}
	if (!p->plan->has_inner && (p->plan->uid != 0 || p->plan->gid != 0))
		diag_add(p->diags, &user->pos,
			 "without an inner user namespace (namespaces.inner = false) the "
			 "command "
			 "is root: identity.user cannot be \"%s\"",
			 user->s);
}

/* The kernel leaves it to who has subordinate ids (user_namespaces(7)). */
static void choose_groups(struct planner *p)
{
	const struct number *wanted = &p->policy->identity.setgroups;

	if (wanted->value && !p->plan->subids)
		diag_add(p->diags, &wanted->pos,
			 "identity.setgroups cannot be done without subordinate ids "
			 "(identity.map = \"subids\") and CAP_SETGID (caps.keep)");
	p->plan->outer.setgroups = p->plan->inner.setgroups = wanted->value != 0;
}

void plan_ids(struct planner *p)
{
	struct plan *plan = p->plan;
	int64_t uids = 0, gids = 0;
	bool joins = p->policy->net.mode.value == NET_JOIN;

	plan->has_inner = p->policy->namespaces.inner.value != 0;
	choose_caps(p);
	choose_user(p);
	choose_map(p);
	if (p->policy->namespaces.nested.value && plan->has_inner && plan->uid == 0)
		plan->caps |= UINT64_C(1) << CAP_SETFCAP; /* see NESTED_ROOT */
	map_add(&plan->outer.uid, 0, joins ? 0 : p->host->uid, 1);
	map_add(&plan->outer.gid, 0, joins ? 0 : p->host->gid, 1);
	if (plan->subids) {
		uids = p->host->subuid.count;
		gids = p->host->subgid.count;
		map_add(&plan->outer.uid, 1, p->host->subuid.first, uids);
		map_add(&plan->outer.gid, 1, p->host->subgid.first, gids);
	}
	choose_groups(p);
	plan_inner_map(&plan->inner.uid, plan->uid, uids);
	plan_inner_map(&plan->inner.gid, plan->gid, gids);
}

/* A name fit for passwd(5): the host's, if it has no character that would part fields. */
static const char *safe_name(const char *name, const char *fallback)
{
	if (!name || !*name)
		return fallback;
	for (const char *s = name; *s; s++)
		if (*s == ':' || (unsigned char)*s <= ' ' || *s == 0x7f)
			return fallback;
	return name;
}

const char *plan_home(const struct planner *p)
{
	for (size_t i = 0; p->plan->environ[i]; i++)
		if (strncmp(p->plan->environ[i], "HOME=/", 6) == 0)
			return path_clean(p->arena, p->plan->environ[i] + 5);
	return NULL;
}

static const char *home_inside(const struct planner *p)
{
	for (size_t i = 0; p->plan->environ[i]; i++) {
		const char *var = p->plan->environ[i];

		if (strncmp(var, "HOME=/", 6) == 0)
			return safe_name(var + 5, "/");
	}
	return "/";
}

const char *plan_user(const struct planner *p)
{
	return p->plan->uid == 0 ? "root" : safe_name(p->host->user, "user");
}

const char *plan_passwd(const struct planner *p)
{
	const char *home = home_inside(p), *name = plan_user(p);
	const char *rest = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
	long uid = (long)p->plan->uid, gid = (long)p->plan->gid;

	if (uid == 0)
		return arena_printf(p->arena, "root:x:0:%ld:root:%s:/bin/sh\n%s", gid,
				    home, rest);
	return arena_printf(
		p->arena, "root:x:0:0:root:/root:/bin/sh\n%s:x:%ld:%ld:%s:%s:/bin/sh\n%s",
		name, uid, gid, name, home, uid == NOBODY ? "" : rest);
}

const char *plan_group(const struct planner *p)
{
	const char *name = safe_name(p->host->group, "user");
	const char *rest = "nogroup:x:65534:\n";
	long gid = (long)p->plan->gid;

	if (gid == 0)
		return arena_printf(p->arena, "root:x:0:\n%s", rest);
	return arena_printf(p->arena, "root:x:0:\n%s:x:%ld:\n%s", name, gid,
			    gid == NOBODY ? "" : rest);
}
