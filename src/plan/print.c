/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print.c - the plan for people (--dry-run=full) and programs (--dry-run=json) */
#include "config.h"

#include <cap-ng.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "plan/parts.h"

static const char *const step_names[] = {
	[STEP_BIND] = "bind",        [STEP_TMPFS] = "tmpfs",
	[STEP_OVERLAY] = "overlay",  [STEP_FILE] = "file",
	[STEP_SYMLINK] = "symlink",  [STEP_DIR] = "dir",
	[STEP_MQUEUE] = "mqueue",    [STEP_DEV] = "dev",
	[STEP_PROC] = "proc",        [STEP_PIN] = "pin",
	[STEP_PROTECT] = "protect",  [STEP_DENY] = "deny",
	[STEP_READONLY] = "remount", [STEP_CHMOD] = "chmod",
};

static const struct {
	uint64_t flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mnt" },    { CLONE_NEWPID, "pid" },
	{ CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },   { CLONE_NEWNET, "net" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
};

#define NAMESPACES (sizeof namespaces / sizeof namespaces[0])

/* "ro,nosuid,nodev,noexec": what the mount will say in /proc/self/mountinfo. */
static void step_flags(const struct step *step, struct strbuf *out)
{
	switch (step->type) {
	case STEP_FILE:
	case STEP_SYMLINK:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_CHMOD:
		break;
	case STEP_READONLY:
		strbuf_add(out, "ro");
		break;
	case STEP_DENY:
		strbuf_add(out, "ro,nosuid,nodev,noexec");
		break;
	case STEP_PROC:
	case STEP_MQUEUE:
		strbuf_add(out, "rw,nosuid,nodev,noexec");
		break;
	case STEP_DEV:
		strbuf_add(out, "ro,nosuid,noexec");
		break;
	case STEP_BIND:
	case STEP_TMPFS:
	case STEP_OVERLAY:
	case STEP_PROTECT:
		strbuf_printf(out, "%s,nosuid%s%s", step->readonly ? "ro" : "rw",
			      step->verbatim ? "" : ",nodev",
			      step->noexec ? ",noexec" : "");
		break;
	}
}

static void escaped(struct strbuf *out, const char *s)
{
	strbuf_escaped(out, s, strlen(s));
}

static void print_pos(struct strbuf *out, const struct srcpos *pos)
{
	if (!pos->file) {
		strbuf_add(out, "sbox");
		return;
	}
	escaped(out, pos->file);
	strbuf_printf(out, ":%u", pos->line);
	if (pos->col)
		strbuf_printf(out, ":%u", pos->col);
}

static void print_step(struct strbuf *out, const struct step *step)
{
	_cleanup_strbuf_ struct strbuf flags = { 0 };

	step_flags(step, &flags);
	strbuf_printf(out, "  %-8s ", step->cache ? "cache" : step_names[step->type]);
	escaped(out, step->target);
	if (step->type == STEP_SYMLINK) {
		strbuf_add(out, " -> ");
		escaped(out, step->source);
	} else if (step->type == STEP_BIND && strcmp(step->source, step->target) != 0) {
		strbuf_add(out, " from ");
		escaped(out, step->source);
	}
	if (step->type == STEP_FILE && step->source) {
		strbuf_add(out, " copied from ");
		escaped(out, step->source);
	}
	for (size_t i = 0; step->lowers && step->lowers[i]; i++) {
		strbuf_add(out, i ? ":" : " over ");
		escaped(out, step->lowers[i]);
	}
	if (step->upper) {
		strbuf_add(out,
			   step->changes ? " in a change set, " : " keeps changes in ");
		escaped(out, step->upper);
	}
	if (step->type == STEP_TMPFS)
		strbuf_printf(out, " size=%lld inodes=%lld mode=%04o",
			      (long long)step->size, (long long)step->inodes, step->mode);
	if (flags.len)
		strbuf_printf(out, " (%s)", flags.s);
	strbuf_add(out, "  # ");
	print_pos(out, &step->pos);
	strbuf_addc(out, '\n');
}

static void print_map(struct strbuf *out, const char *name, const struct id_map *map)
{
	strbuf_printf(out, "  %s", name);
	for (size_t i = 0; i < map->len; i++)
		strbuf_printf(out, "%s %lld %lld %lld", i ? "," : "",
			      (long long)map->range[i].inside,
			      (long long)map->range[i].outside,
			      (long long)map->range[i].count);
	strbuf_addc(out, '\n');
}

static void print_ids(const struct plan *plan, struct strbuf *out)
{
	strbuf_printf(out, "user: %lld:%lld inside; ids: %s (%s)\n", (long long)plan->uid,
		      (long long)plan->gid,
		      plan->subids ? "with subordinate ids" : "the caller's alone",
		      plan->map_reason);
	if (plan->outer.setgroups)
		strbuf_add(out, "setgroups: the command may drop the caller's groups\n");
	print_map(out, "outer uid_map", &plan->outer.uid);
	print_map(out, "outer gid_map", &plan->outer.gid);
	if (!plan->has_inner) {
		strbuf_add(out,
			   "  no inner user namespace: the command is root of its own\n");
		return;
	}
	print_map(out, "inner uid_map", &plan->inner.uid);
	print_map(out, "inner gid_map", &plan->inner.gid);
}

static void print_caps(const struct plan *plan, struct strbuf *out)
{
	strbuf_add(out, "capabilities:");
	if (plan->caps == 0)
		strbuf_add(out, " none");
	if (plan->caps == ~UINT64_C(0))
		strbuf_add(out, " all");
	for (int cap = 0; plan->caps != ~UINT64_C(0) && cap < 64; cap++)
		if (plan->caps >> cap & 1)
			strbuf_printf(out, " %s",
				      capng_capability_to_name((unsigned)cap));
	strbuf_addc(out, '\n');
}

const char *plan_filter_name(const struct plan *plan)
{
	static const char *const names[] = { "default", "strict", "none" };

	return names[plan->filter.base];
}

static void print_companions(const struct plan *plan, struct strbuf *out)
{
	for (size_t i = 0; i < plan->companions_len; i++) {
		const struct plan_companion *c = &plan->companions[i];

		strbuf_add(out, "outside: ");
		escaped(out, c->path);
		strbuf_printf(out, " %s; when it ends, the sandbox %s  # ", c->purpose,
			      c->kill ? "is killed" : "goes on without");
		print_pos(out, &c->pos);
		strbuf_addc(out, '\n');
	}
}

static void print_rest(const struct plan *plan, struct strbuf *out)
{
	print_caps(plan, out);
	strbuf_printf(out, "seccomp: %s%s%s\n", plan_filter_name(plan),
		      plan->filter.nested ? ", nested namespaces allowed" : "",
		      plan->filter.stock || filter_is_empty(&plan->filter)
			      ? ""
			      : ", with the profile's changes");
	for (size_t i = 0; i < plan->programs_len; i++) {
		strbuf_add(out, "seccomp: behind that, ");
		escaped(out, plan->programs[i].path);
		strbuf_printf(out, ", %u instructions  # ",
			      plan->programs[i].program.len);
		print_pos(out, &plan->programs[i].pos);
		strbuf_addc(out, '\n');
	}
	strbuf_printf(out, "landlock: %s\n", plan->landlock ? "on" : "off");
	plan_print_net(&plan->net, out);
	print_companions(plan, out);
	limits_print(plan, out);
	strbuf_add(out, "environment:\n");
	for (size_t i = 0; plan->environ[i]; i++) {
		strbuf_add(out, "  ");
		escaped(out, plan->environ[i]);
		strbuf_addc(out, '\n');
	}
	strbuf_add(out, "working directory: ");
	escaped(out, plan->cwd);
	strbuf_add(out,
		   plan->hold ? "\ncommand: none, held for later ones" : "\ncommand:");
	for (size_t i = 0; plan->argv[i]; i++) {
		strbuf_addc(out, ' ');
		escaped(out, plan->argv[i]);
	}
	strbuf_addc(out, '\n');
}

void plan_print(const struct plan *plan, struct strbuf *out)
{
	strbuf_add(out, "namespaces:");
	for (size_t i = 0; i < NAMESPACES; i++)
		if (plan->clone_flags & namespaces[i].flag)
			strbuf_printf(out, " %s", namespaces[i].name);
	strbuf_addc(out, '\n');
	print_ids(plan, out);
	strbuf_add(out, "host name: ");
	escaped(out, plan->hostname ? plan->hostname : "(the host's)");
	strbuf_printf(out, "\nroot: %s%s\nmounts:\n",
		      plan->root_of_host ? "a directory, see mounts" : "tmpfs",
		      plan->root_readonly ? ", read-only" : ", writable");
	for (size_t i = 0; i < plan->steps_len; i++)
		print_step(out, &plan->steps[i]);
	for (size_t i = 0; i < plan->watch_len; i++) {
		strbuf_add(out, "  watched: ");
		escaped(out, plan->watch[i].path);
		strbuf_printf(out,
			      " (does not exist; %sreported if the command creates it)\n",
			      plan->watch[i].denied ? "not hidden, and " : "");
	}
	print_rest(plan, out);
}

void caches_json(const struct plan *plan, struct strbuf *out)
{
	json_array(out, "caches");
	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct step *step = &plan->steps[i];
		_cleanup_strbuf_ struct strbuf pos = { 0 };

		if (!step->cache)
			continue;
		print_pos(&pos, &step->pos);
		json_object(out, NULL);
		json_text(out, "name", step->cache);
		json_text(out, "path", step->target);
		json_text(out, "source", step->source);
		json_text(out, "from", strbuf_str(&pos));
		json_object_end(out);
	}
	json_array_end(out);
}

static void json_map(struct strbuf *out, const char *name, const struct id_map *map)
{
	json_array(out, name);
	for (size_t i = 0; i < map->len; i++) {
		json_object(out, NULL);
		json_number(out, "inside", map->range[i].inside);
		json_number(out, "outside", map->range[i].outside);
		json_number(out, "count", map->range[i].count);
		json_object_end(out);
	}
	json_array_end(out);
}

static void json_maps(struct strbuf *out, const char *name, const struct id_maps *maps)
{
	json_object(out, name);
	json_map(out, "uid", &maps->uid);
	json_map(out, "gid", &maps->gid);
	json_object_end(out);
}

static void json_step(struct strbuf *out, const struct step *step)
{
	_cleanup_strbuf_ struct strbuf flags = { 0 }, pos = { 0 };

	step_flags(step, &flags);
	if (step->pos.file)
		print_pos(&pos, &step->pos);
	json_object(out, NULL);
	json_text(out, "type", step_names[step->type]);
	json_text(out, "target", step->target);
	json_text(out, "source", step->source);
	json_text(out, "flags", strbuf_str(&flags));
	json_text(out, "from", step->pos.file ? strbuf_str(&pos) : NULL);
	if (step->cache)
		json_text(out, "cache", step->cache);
	if (step->lowers) {
		json_texts(out, "lower", step->lowers);
		json_text(out, "upper", step->upper);
		if (step->changes)
			json_bool(out, "changes", true);
	}
	if (step->type == STEP_TMPFS) {
		json_number(out, "size", step->size);
		json_number(out, "inodes", step->inodes);
		json_format(out, "mode", "%04o", step->mode);
	}
	json_object_end(out);
}

static void json_caps(const struct plan *plan, struct strbuf *out)
{
	json_array(out, "capabilities");
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (plan->caps >> cap & 1)
			json_text(out, NULL, capng_capability_to_name((unsigned)cap));
	json_array_end(out);
}

static void json_ids(const struct plan *plan, struct strbuf *out)
{
	json_object(out, "user");
	json_number(out, "uid", plan->uid);
	json_number(out, "gid", plan->gid);
	json_text(out, "map", plan->subids ? "subids" : "single");
	json_text(out, "reason", plan->map_reason);
	json_bool(out, "setgroups", plan->outer.setgroups);
	json_maps(out, "outer", &plan->outer);
	if (plan->has_inner)
		json_maps(out, "inner", &plan->inner);
	else
		json_null(out, "inner");
	json_object_end(out);
}

static void json_filter(const struct plan *plan, struct strbuf *out)
{
	json_object(out, "seccomp");
	json_text(out, "base", plan_filter_name(plan));
	json_bool(out, "nested", plan->filter.nested);
	json_bool(out, "changed", !plan->filter.stock && !filter_is_empty(&plan->filter));
	json_array(out, "programs");
	for (size_t i = 0; i < plan->programs_len; i++)
		json_text(out, NULL, plan->programs[i].path);
	json_array_end(out);
	json_object_end(out);
}

static void json_namespaces(const struct plan *plan, struct strbuf *out)
{
	json_array(out, "namespaces");
	for (size_t i = 0; i < NAMESPACES; i++)
		if (plan->clone_flags & namespaces[i].flag)
			json_text(out, NULL, namespaces[i].name);
	json_array_end(out);
}

void plan_layers_json(const struct plan *plan, int landlock_abi, struct strbuf *out)
{
	json_object(out, "layers");
	json_namespaces(plan, out);
	json_bool(out, "inner_user_namespace", plan->has_inner);
	json_text(out, "map", plan->subids ? "subids" : "single");
	json_caps(plan, out);
	json_filter(plan, out);
	json_number(out, "landlock_abi", plan->landlock ? landlock_abi : 0);
	plan_json_net_mode(&plan->net, out);
	json_object_end(out);
}

/* Of a plan that writes to no change set: null. */
static void json_changes(const struct plan_changes *changes, struct strbuf *out)
{
	if (changes->trees_len == 0) {
		json_null(out, "changes");
		return;
	}
	json_object(out, "changes");
	json_text(out, "layers", changes->layers);
	json_array(out, "trees");
	for (size_t i = 0; i < changes->trees_len; i++) {
		json_object(out, NULL);
		json_text(out, "lower", changes->trees[i].lower);
		json_text(out, "target", changes->trees[i].target);
		json_object_end(out);
	}
	json_array_end(out);
	json_array(out, "hidden");
	for (size_t i = 0; i < changes->hidden_len; i++)
		json_text(out, NULL, changes->hidden[i]);
	json_array_end(out);
	json_array(out, "watched");
	for (size_t i = 0; i < changes->watched_len; i++)
		json_text(out, NULL, changes->watched[i]);
	json_array_end(out);
	json_object_end(out);
}

void plan_json(const struct plan *plan, struct strbuf *out)
{
	json_object(out, NULL);
	json_namespaces(plan, out);
	json_ids(plan, out);
	json_text(out, "hostname", plan->hostname);
	json_bool(out, "root_readonly", plan->root_readonly);
	json_array(out, "mounts");
	for (size_t i = 0; i < plan->steps_len; i++)
		json_step(out, &plan->steps[i]);
	json_array_end(out);
	json_array(out, "watched");
	for (size_t n = 0; n < plan->watch_len; n++)
		json_text(out, NULL, plan->watch[n].path);
	json_array_end(out);
	json_changes(&plan->changes, out);
	json_caps(plan, out);
	json_filter(plan, out);
	json_bool(out, "landlock", plan->landlock);
	plan_json_net(&plan->net, out);
	plan_json_companions(plan, out);
	limits_json(plan, out);
	json_texts(out, "environment", plan->environ);
	json_text(out, "cwd", plan->cwd);
	json_texts(out, "command", plan->argv);
	json_object_end(out);
	strbuf_addc(out, '\n');
}
