/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.c - what was learned, as a profile */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/path.h"
#include "ctl/learn/learn.h"
#include "policy/keys.h"

#define REFUSALS_MAX 20 /* lines of comments each */
#define WRITTEN_MAX 10

struct options_given learn_options(const struct learn *learn)
{
	struct arena *arena = &learn->ctl->arena;

	return (struct options_given){ arena, &learn->request, learn->cwd,
				       learn->first.project,
				       caller_env_path(arena, "HOME") };
}

/* What is in a home directory may be missing in another one. */
static bool is_personal(const struct learn *learn, const char *path)
{
	const char *home = learn_options(learn).home;

	return home && path_within(path, home);
}

static void add_learned_entry(const struct learn *learn, const struct learn_line *line,
			      struct strbuf *out)
{
	const char *colon = strchr(line->entry, ':');
	const struct options_given given = learn_options(learn);

	strbuf_addc(out, '"');
	if (strncmp(line->key, "fs.", 3) != 0) {
		strbuf_add(out, line->entry);
	} else {
		const char *source =
			colon ? arena_strndup(&learn->ctl->arena, line->entry,
					      (size_t)(colon - line->entry))
			      : line->entry;

		strbuf_add(out, is_personal(learn, source) ? "?" : "");
		given_path(&given, source, out);
		strbuf_add(out, colon ? colon : "");
	}
	strbuf_addc(out, '"');
}

/* "git, sh: 12 times; without it: status 128" */
static void add_evidence(const struct learn_line *line, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (line->programs && *line->programs)
		strbuf_printf(&text, "%s: ", line->programs);
	strbuf_printf(&text, line->times == 1 ? "once" : "%" PRId64 " times",
		      line->times);
	if (line->holds > 1)
		strbuf_printf(&text, ", for %" PRId64 " in it", line->holds);
	strbuf_printf(&text, "; %s%s",
		      line->without ? "without it: " : "not tried without",
		      line->without ? line->without : "");
	strbuf_escaped(out, strbuf_str(&text), text.len);
}

static bool add_learned(void *data, const struct key *key, struct strbuf *out)
{
	const struct learn *learn = data;
	bool any = false;

	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line *line = &learn->lines.list[i];

		if (!line->granted || strcmp(line->key, key->name) != 0)
			continue;
		any = true;
		if (!out)
			break;
		strbuf_add(out, "    # ");
		add_evidence(line, out);
		strbuf_add(out, "\n    ");
		add_learned_entry(learn, line, out);
		strbuf_add(out, ",\n");
	}
	return any;
}

/* ---------------------------------------------------------------------- the comments */

static void add_learned_command(const struct learn *learn, struct strbuf *out)
{
	for (const char *const *word = learn->request.command; *word; word++) {
		strbuf_addc(out, ' ');
		strbuf_escaped(out, *word, strcspn(*word, "\n"));
	}
}

static void add_head(const struct learn *learn, struct strbuf *out)
{
	const time_t now = time(NULL);
	struct tm tm;
	char day[16] = "";

	if (localtime_r(&now, &tm))
		(void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
	strbuf_add(out, "#:schema file://" SCHEMAFILE "\n# Learned by sboxctl on ");
	strbuf_printf(out, "%s, from %u runs of\n#    ", day, learn->count);
	add_learned_command(learn, out);
	strbuf_printf(out,
		      "\n# It asked for %" PRId64
		      " paths. Entries that it needs beside the "
		      "profiles extended: %zu.\n# ",
		      learn->first.asked, learn_granted(learn));
	if (learn->trouble)
		strbuf_printf(out, "Nothing was tried without them: %s.\n",
			      learn->trouble);
	else
		strbuf_printf(out, "With them it ends with status %" PRId64 ".\n",
			      learn->yard.status);
	strbuf_add(out,
		   "# \"sboxctl learn --verify THIS-FILE -- COMMAND\" tries it again.\n"
		   "version = 1\n");
}

static void add_dropped(const struct learn *learn, struct strbuf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line *line = &learn->lines.list[i];

		if (line->granted || n++ >= REFUSALS_MAX)
			continue;
		if (n == 1)
			strbuf_add(out, "\n# Asked for, and not needed: the command does "
					"the same without.\n");
		strbuf_printf(out, "#     %s: ", line->key);
		add_learned_entry(learn, line, out);
		strbuf_add(out, " (");
		strbuf_escaped(out, line->programs, strlen(line->programs));
		strbuf_printf(out, "%s%" PRId64 ")\n", *line->programs ? ", " : "",
			      line->times);
	}
	if (n > REFUSALS_MAX)
		strbuf_printf(out, "#     and %zu more\n", n - REFUSALS_MAX);
}

static void add_refusals(const struct learn *learn, struct strbuf *out)
{
	size_t n = learn->refusals_len;

	if (n > 0)
		strbuf_add(out, "\n# Asked for, and never granted by learning:\n");
	for (size_t i = 0; i < n && i < REFUSALS_MAX; i++) {
		const struct learn_refusal *refusal = &learn->refusals[i];

		strbuf_add(out, "#     ");
		strbuf_escaped(out, refusal->path, strlen(refusal->path));
		strbuf_add(out, " (");
		strbuf_escaped(out, refusal->programs, strlen(refusal->programs));
		strbuf_printf(out, ", %" PRId64 "): ", refusal->times);
		strbuf_escaped(out, refusal->why, strlen(refusal->why));
		strbuf_addc(out, '\n');
	}
	if (n > REFUSALS_MAX)
		strbuf_printf(out, "#     and %zu more\n", n - REFUSALS_MAX);
	if (learn->first.names)
		strbuf_add(out, "\n# It looked for a host, and had no network: with "
				"--net=filtered the hosts are learned, too.\n");
}

/* @path with its variables, for people. */
static void add_short_path(const struct learn *learn, const char *path,
			   struct strbuf *out)
{
	const struct options_given given = learn_options(learn);
	_cleanup_strbuf_ struct strbuf text = { 0 };

	given_path(&given, path, &text);
	strbuf_escaped(out, strbuf_str(&text), text.len);
}

/* How many of "A/dir/file" are changed in the directory @dir. */
static size_t count_in(const struct learn *learn, const char *dir)
{
	const size_t len = strlen(dir);
	size_t n = 0;

	for (const char *const *at = learn->written; *at; at++)
		n += strncmp(*at + 1, dir, len) == 0 && (*at)[1 + len] == '/' &&
		     !strchr(*at + 1 + len + 1, '/');
	return n;
}

static void add_written(const struct learn *learn, struct strbuf *out)
{
	struct arena *arena = &learn->ctl->arena;
	const char *told[WRITTEN_MAX];
	size_t len = 0, rest = 0;

	for (const char *const *at = learn->written; at && *at; at++) {
		const char *dir = path_parent(arena, *at + 1);
		bool known = false;

		for (size_t i = 0; i < len && !known; i++)
			known = strcmp(told[i], dir) == 0;
		if (!known && len < WRITTEN_MAX)
			told[len++] = dir;
		else
			rest += !known;
	}
	if (len > 0)
		strbuf_add(out, "\n# Written, to a change set that was discarded:\n");
	for (size_t i = 0; i < len; i++) {
		strbuf_printf(out, "#     %zu in ", count_in(learn, told[i]));
		add_short_path(learn, told[i], out);
		strbuf_addc(out, '\n');
	}
	if (rest > 0)
		strbuf_printf(out, "#     and %zu elsewhere\n", rest);
}

static void add_bare_lines(const struct learn *learn, struct strbuf *out)
{
	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line *line = &learn->lines.list[i];

		if (!line->granted)
			continue;
		strbuf_printf(out, "%s = [", line->key);
		add_learned_entry(learn, line, out);
		strbuf_add(out, "] # ");
		add_evidence(line, out);
		strbuf_addc(out, '\n');
	}
}

void learn_profile(const struct learn *learn, bool lines_only, struct strbuf *out)
{
	const struct options_given given = learn_options(learn);

	if (lines_only) {
		add_bare_lines(learn, out);
		return;
	}
	add_head(learn, out);
	given_extends(&given, out);
	given_tables(&given, add_learned, (void *)learn, out);
	add_dropped(learn, out);
	add_refusals(learn, out);
	add_written(learn, out);
}
