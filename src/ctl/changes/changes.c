/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes.c - sboxctl changes: what runs have written, looked at and put into place */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "ctl/changes/changes.h"
#include "policy/forms.h"
#include "run/changes-judge.h"
#include "run/say.h"

/* ---------------------------------------------------------------------- command line */

/* As the file system has it: what is above the last component is there, also of a name
 * that a commit is to remove. *ret_written: as it was written; NULL: it has "..". */
static const char *host_path(struct arena *arena, const char *word,
			     const char **ret_written)
{
	char cwd[PATH_MAX], parent[PATH_MAX];
	const char *path = word, *slash;
	char *clean;

	if (*word != '/') {
		if (!getcwd(cwd, sizeof cwd) || *cwd != '/')
			return NULL;
		path = arena_printf(arena, "%s/%s", cwd, word);
	}
	clean = path_clean(arena, path);
	*ret_written = clean;
	if (clean) {
		const char *above = path_parent(arena, clean);

		return realpath(above, parent)
			       ? path_join(arena, parent, path_last(clean))
			       : clean;
	}
	slash = strrchr(path, '/');
	if (strcmp(slash + 1, "..") == 0 || strcmp(slash + 1, ".") == 0)
		return realpath(path, parent) ? arena_strdup(arena, parent) : NULL;
	return realpath(arena_strndup(arena, path, (size_t)(slash - path)), parent)
		       ? path_join(arena, parent, slash + 1)
		       : NULL;
}

struct flag {
	const char *word, *verbs;
	size_t offset;
};

static const struct flag flags[] = {
	{ "--json", "list diff", offsetof(struct changes_request, json) },
	{ "--stat", "diff", offsetof(struct changes_request, stat) },
	{ "--content", "diff", offsetof(struct changes_request, content) },
	{ "--quick", "diff", offsetof(struct changes_request, quick) },
	{ "--trust", "commit discard", offsetof(struct changes_request, trust) },
	{ "--overwrite", "commit", offsetof(struct changes_request, overwrite) },
	{ "--all", "discard", offsetof(struct changes_request, all) },
};

static int take_flag(struct changes_request *request, const char *word)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if (strcmp(word, flags[i].word) != 0 ||
		    !strstr(flags[i].verbs, request->verb))
			continue;
		*(bool *)((char *)request + flags[i].offset) = true;
		return 0;
	}
	return ctl_usage("changes", "%s has no option \"%s\"", request->verb, word);
}

static int take_word(struct ctl *ctl, struct changes_request *request, size_t *names,
		     size_t *paths, const char *word)
{
	const bool one = strcmp(request->verb, "discard") != 0;
	const char *path, *written = NULL;
	size_t n;

	if (!one || *names == 0) {
		if (!sandbox_name_ok(word))
			return ctl_usage("changes", "\"%s\" is no name of a change set",
					 word);
		*(const char **)arena_append(&ctl->arena, &request->names, names,
					     sizeof *request->names) = word;
		return 0;
	}
	if (strcmp(request->verb, "undo") == 0)
		return ctl_usage("changes",
				 "undo takes back a whole commit: \"%s\" is "
				 "one word too many",
				 word);
	path = host_path(&ctl->arena, word, &written);
	if (!path)
		return ctl_usage("changes", "\"%s\" leads nowhere", word);
	n = *paths;
	*(const char **)arena_append(&ctl->arena, &request->written, &n,
				     sizeof *request->written) = written;
	*(const char **)arena_append(&ctl->arena, &request->paths, paths,
				     sizeof *request->paths) = path;
	return 0;
}

static int parse_words(struct ctl *ctl, char **argv, struct changes_request *request)
{
	size_t names = 0, paths = 0;
	bool words = false;
	int status = 0;

	for (; *argv && status == 0; argv++) {
		if (!words && strcmp(*argv, "--") == 0)
			words = true;
		else if (!words && **argv == '-' && (*argv)[1])
			status = take_flag(request, *argv);
		else
			status = take_word(ctl, request, &names, &paths, *argv);
	}
	if (status)
		return status;
	*(const char **)arena_append(&ctl->arena, &request->names, &names,
				     sizeof *request->names) = NULL;
	if (paths > 0)
		*(const char **)arena_append(&ctl->arena, &request->paths, &paths,
					     sizeof *request->paths) = NULL;
	if (!request->names[0] && !request->all && strcmp(request->verb, "list") != 0)
		return ctl_usage("changes",
				 "%s of which? (\"sboxctl changes list\" has "
				 "their names)",
				 request->verb);
	return 0;
}

/* ----------------------------------------------------------------------------- sets */

static const char *const headings[] = {
	[FOUND_CONFLICT] = "changed on the host as well",
	[FOUND_REFUSED] = "not to be put by itself",
	[FOUND_SKIPPED] = "left in the set",
	[FOUND_TOLD] = "not just as it was inside",
};

static void say_founds(const struct founds *founds)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (size_t kind = 0; kind <= FOUND_TOLD; kind++) {
		size_t listed = 0;

		if (founds->count[kind] == 0)
			continue;
		strbuf_printf(&text, "sboxctl: %s:\n", headings[kind]);
		for (size_t i = 0; i < founds->len; i++) {
			const struct found *found = &founds->list[i];

			if (found->kind != kind)
				continue;
			strbuf_add(&text, "  ");
			strbuf_escaped(&text, found->path, strlen(found->path));
			strbuf_add(&text, ": ");
			strbuf_escaped(&text, found->why, strlen(found->why));
			strbuf_addc(&text, '\n');
			listed++;
		}
		if (listed < founds->count[kind])
			strbuf_printf(&text, "  and %zu more\n",
				      founds->count[kind] - listed);
	}
	say(&text);
}

static void progress(void *data, uint64_t done, uint64_t all)
{
	char text[96];

	(void)data;
	(void)all;
	(void)snprintf(text, sizeof text, "\r%llu steps ", (unsigned long long)done);
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static const char *const *homes(struct ctl *ctl)
{
	const char **list = arena_alloc(&ctl->arena, 3 * sizeof *list);
	const char *named = caller_env_path(&ctl->arena, "HOME");
	const char *home = probe_account(&ctl->caller.account)->home;
	size_t len = 0;

	if (named)
		list[len++] = named;
	if (home && (!named || strcmp(home, named) != 0))
		list[len++] = home;
	return list;
}

typedef int work_fn(struct changes_set *set, const struct commit_options *options,
		    struct commit_result *ret, struct error *err);

/* A commit or an undo, to its exit status. */
static int work_on_set(struct ctl *ctl, const struct changes_request *request,
		       work_fn *fn)
{
	struct error err = { .status = EXIT_SBOX };
	struct changes_set set = CHANGES_SET_NONE;
	struct changes_judge judge = { .judge = JUDGE_NONE, .caller = &ctl->caller };
	struct commit_result result = { .founds = { .arena = &ctl->arena } };
	struct refuse_judge asked;
	struct commit_options options = { .paths = request->paths,
					  .judge = &asked,
					  .homes = homes(ctl),
					  .trust = request->trust,
					  .overwrite = request->overwrite,
					  .progress = isatty(STDERR_FILENO) ? progress
									    : NULL };
	int done;

	if (changes_get(ctl, request, &set, &err) < 0)
		return say_error(&err);
	changes_judge_init(&judge, &set, &asked);
	done = changes_enter(ctl, &set, &err);
	if (done == 0)
		done = fn(&set, &options, &result, &err);
	judge_end(&judge.judge);
	if (options.progress && result.steps >= 256)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
	say_founds(&result.founds);
	changes_close(&set);
	if (done < 0)
		return say_error(&err);
	if (done == 0 && result.steps == 0 && result.seen == 0 && request->paths) {
		(void)error_set(&err, "no change is at or below these paths");
		return say_error(&err);
	}
	return done > 0 ? CTL_NO : 0;
}

/* What undo or a commit has taken away may be nowhere else. */
static int may_discard(const struct changes_set *set, bool trust, struct error *err)
{
	if ((set->state != CHANGES_COMMITTING && set->state != CHANGES_UNDOING) || trust)
		return 0;
	return error_set(err,
			 "the change set \"%s\" is half done, and has what was in the "
			 "place of what it put: \"sboxctl changes %s %s\" ends it; with "
			 "--trust it is removed as it is",
			 set->name, set->state == CHANGES_UNDOING ? "undo" : "commit",
			 set->name);
}

static int discard_one(struct ctl *ctl, int dir, const char *name, bool trust)
{
	const struct changes_home home = { dir, ctl->caller.state_dir, &ctl->arena };
	struct error err = { .status = EXIT_SBOX }, again = { .status = EXIT_SBOX };
	struct changes_set set = CHANGES_SET_NONE;
	int ret = 0;

	if (changes_open(&home, name, &set, &err) < 0) {
		if (dir < 0 || !changes_exists(dir, name) ||
		    changes_open_damaged(&home, name, &set, &again) < 0)
			return say_error(&err);
		say_warning("removed although it is damaged: ", err.msg);
	}
	if (may_discard(&set, trust, &err) < 0 || changes_enter(ctl, &set, &err) < 0 ||
	    changes_remove(dir, &set, &err) < 0)
		ret = say_error(&err);
	changes_close(&set);
	return ret;
}

/* Each set has ids of its own, and who has taken some on has no others. */
static int discard_apart(struct ctl *ctl, int dir, const char *name, bool trust)
{
	struct error err = { .status = EXIT_SBOX };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(discard_one(ctl, dir, name, trust));
	if (pid < 0) {
		(void)error_sys(&err, "fork");
		return say_error(&err);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SBOX;
}

static int run_discard_verb(struct ctl *ctl, const struct changes_request *request)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1;
	const char *const *names = request->names;
	int status = 0;

	if (changes_open_dir(ctl->caller.state_dir, false, &dir, &err) < 0 ||
	    (request->all && changes_names(dir, &ctl->arena, &names, &err) < 0))
		return say_error(&err);
	for (; *names; names++) {
		int one = discard_apart(ctl, dir, *names, request->trust);

		status = one ? one : status;
	}
	return status;
}

static int run_commit_verb(struct ctl *ctl, const struct changes_request *request)
{
	return work_on_set(ctl, request, commit_set);
}

static int run_undo_verb(struct ctl *ctl, const struct changes_request *request)
{
	return work_on_set(ctl, request, commit_undo);
}

static const struct verb {
	const char *name;
	int (*run)(struct ctl *ctl, const struct changes_request *request);
} verbs[] = {
	{ "list", changes_list },        { "diff", changes_diff },
	{ "commit", run_commit_verb },   { "undo", run_undo_verb },
	{ "discard", run_discard_verb }, { NULL, NULL },
};

static int unknown_verb(const char *word)
{
	const char *names[sizeof verbs / sizeof verbs[0]], *near;
	size_t n = 0;

	do
		names[n] = verbs[n].name;
	while (names[n++]);
	near = diag_nearest(word, names);
	return ctl_usage("changes", "there is no \"%s\"%s%s%s", word,
			 near ? ": did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
}

int ctl_changes(struct ctl *ctl, int argc, char **argv)
{
	struct changes_request request = { .verb = argc > 1 ? argv[1] : "list" };
	int status;

	for (const struct verb *verb = verbs; verb->name; verb++) {
		if (strcmp(verb->name, request.verb) != 0)
			continue;
		status = parse_words(ctl, argc > 1 ? argv + 2 : argv + 1, &request);
		return status ? status : verb->run(ctl, &request);
	}
	return unknown_verb(request.verb);
}
