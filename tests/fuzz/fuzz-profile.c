/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-profile.c - two profiles and some --set options become a policy, and that a plan
 *
 * The input is cut at its NUL bytes: the parent, the child, then options. The host
 * of the plan is one on which every path is a directory.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "json-check.h"
#include "plan/plan.h"
#include "policy/forms.h"
#include "policy/profile.h"

#define PARTS_MAX 8

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static int lookup(const struct host *host, const char *path, struct host_file *ret)
{
	struct arena *arena = host->lookup_data;

	*ret = (struct host_file){ .type = S_IFDIR, .dev = 1, .ino = 1 };
	ret->real = path_clean(arena, path);
	must(ret->real != NULL);
	return 0;
}

static size_t split(struct arena *arena, const unsigned char *data, size_t size,
		    char **parts)
{
	size_t n = 0;

	for (size_t at = 0; at < size && n < PARTS_MAX; n++) {
		const unsigned char *end = memchr(data + at, '\0', size - at);
		size_t len = end ? (size_t)(end - (data + at)) : size - at;

		parts[n] = arena_strndup(arena, (const char *)data + at, len);
		at += len + 1;
	}
	return n;
}

static void check_specs(struct arena *arena, const struct texts *texts)
{
	for (size_t i = 0; i < texts->len; i++) {
		struct fsspec spec;

		must(fsspec_parse(arena, texts->items[i].s, NULL, &spec) == 0);
		for (size_t k = 0; k < i; k++)
			must(strcmp(texts->items[k].s, texts->items[i].s) != 0);
	}
}

static void check_policy(struct arena *arena, const struct policy *policy)
{
	bool caller;
	int64_t uid, gid;

	check_specs(arena, &policy->fs.read);
	check_specs(arena, &policy->fs.write);
	check_specs(arena, &policy->fs.deny);
	check_specs(arena, &policy->fs.protect);
	check_specs(arena, &policy->fs.tmpfs);
	must(user_parse(policy->identity.user.s, &caller, &uid, &gid) == 0);
	must(policy->limits.tmpfs.value >= 0 && policy->limits.inodes.value >= 0);
	for (size_t i = 0; i < policy->caps.keep.len; i++)
		must(cap_number(policy->caps.keep.items[i].s) != -1);
}

static void check_diags(const struct diags *diags)
{
	struct strbuf out = { 0 };

	must(diags->len > 0 && diags->len <= diags->total);
	diag_print(diags, &out);
	strbuf_done(&out);
}

static void make_plan(const struct policy *policy, struct diags *diags)
{
	static const char *const environ[] = { "HOME=/home/u", "LANG=C", NULL };
	static const char *const argv[] = { "true", NULL };
	static const char *const files[] = { "/home/u/p/sbox.toml", NULL };
	static const char *const dirs[] = { "/home/u/.config/sbox", NULL };
	static const char *const hidden[] = { "/run/user/1000/sbox", NULL };
	static const char *const caches[] = { "/home/u/.cache/sbox-caches", NULL };
	const struct host host = { .uid = 1000,
				   .gid = 1000,
				   .cwd = "/home/u/p",
				   .landlock_abi = 1,
				   .environ = environ,
				   .lookup = lookup,
				   .lookup_data = diags->arena };
	const struct plan_input input = { .policy = policy,
					  .host = &host,
					  .argv = argv,
					  .profile_files = files,
					  .own_dirs = dirs,
					  .hidden_dirs = hidden,
					  .cache_dirs = caches,
					  .caches = caches[0] };
	struct strbuf out = { 0 };
	struct plan plan;

	if (plan_make(&input, diags, &plan) < 0) {
		check_diags(diags);
		return;
	}
	must(diags->total == 0);
	must(plan_check(&plan) == NULL);
	plan_print(&plan, &out);
	strbuf_done(&out);
	plan_json(&plan, &out);
	must(json_ok(strbuf_str(&out), out.len - 1)); /* a line */
	strbuf_done(&out);
}

static void add_file(struct profile_set *set, const char *name, const char *text)
{
	struct arena *arena = set->diags->arena;
	struct profile_file *file;
	struct toml_value *root;

	diag_source(set->diags, name, text, strlen(text));
	root = toml_parse(arena, set->diags, name, text, strlen(text));
	if (!root)
		return;
	file = arena_append(arena, &set->files, &set->len, sizeof *file);
	*file = (struct profile_file){
		.name = name, .path = name, .dir = "/etc", .root = root
	};
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct profile_set set = { .diags = &diags, .cwd = "/home/u/p" };
	struct profile_option options[PARTS_MAX];
	char *parts[PARTS_MAX];
	size_t n = split(&arena, data, size, parts), len = 0;
	struct policy policy;
	int ret;

	pairs_set(&arena, &set.vars.builtin,
		  &(struct pair){ .name = "HOME", .value = "/home/u" });
	pairs_set(&arena, &set.vars.builtin,
		  &(struct pair){ .name = "EMPTY", .value = "" });
	for (size_t i = 0; i < n && i < 2; i++)
		add_file(&set, i ? "child" : "parent", parts[i]);
	for (size_t i = 2; i < n; i++)
		options[len++] =
			(struct profile_option){ NULL, parts[i], { "options", 1, 0 } };
	ret = profile_merge(&set, options, len, &policy);
	if (diags.total > 0)
		check_diags(&diags);
	must(ret == 0 || diags.total > 0);
	check_policy(&arena, &policy);
	if (diags.total == 0)
		make_plan(&policy, &diags);
	arena_done(&arena);
	return 0;
}
