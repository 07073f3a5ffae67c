/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-from-run.c - the profiles and settings of a run that failed, as a profile */
#include "config.h"

#include <string.h>

#include "ctl/options-given.h"
#include "ctl/profile.h"
#include "run/kept.h"

static void add_run_words(const char *const *words, struct strbuf *out)
{
	for (; *words; words++) {
		strbuf_addc(out, ' ');
		strbuf_escaped(out, *words, strcspn(*words, "\n"));
	}
}

/* Parses the options of @run as sbox did. */
static int parse_run(struct ctl *ctl, const struct kept_run *run, struct request *ret,
		     struct error *err)
{
	char **words = NULL;
	size_t len = 0;

	*(char **)arena_append(&ctl->arena, &words, &len, sizeof *words) =
		arena_strdup(&ctl->arena, "sbox");
	for (size_t i = 0; run->options[i]; i++)
		if (strcmp(run->options[i], "--") != 0)
			*(char **)arena_append(&ctl->arena, &words, &len, sizeof *words) =
				arena_strdup(&ctl->arena, run->options[i]);
	*(char **)arena_append(&ctl->arena, &words, &len, sizeof *words) = NULL;
	if (options_parse_words((int)len - 1, words, OPTIONS_RUN | OPTIONS_POLICY,
				&ctl->diags, ret) < 0)
		return error_set(err, "the options of run %s: %s", run->id,
				 ctl->diags.len > 0 ? ctl->diags.list[0].msg
						    : "they cannot be read");
	return 0;
}

int profile_from_run(struct ctl *ctl, const char *id, struct strbuf *out,
		     struct error *err)
{
	struct request request = { 0 };
	struct kept_run run;
	struct options_given given = { .arena = &ctl->arena, .request = &request };

	if (kept_find(&ctl->caller, id, &run, err) < 0 ||
	    parse_run(ctl, &run, &request, err) < 0)
		return -1;
	if (request.project)
		return error_set(err,
				 "run %s: --project=%s cannot be put into a profile: go "
				 "there, and name it where the profile is used",
				 run.id, request.project);
	given.cwd = run.cwd;
	given.home = caller_env_path(&ctl->arena, "HOME");
	if (request.profiles_len == 0) {
		request.profiles = arena_alloc(&ctl->arena, sizeof *request.profiles);
		*request.profiles = (struct profile_request){ "default", -1, { 0 } };
		request.profiles_len = 1;
	}
	if (given_check(&given, err) < 0)
		return error_wrap(err, "run %s", run.id);
	strbuf_printf(out,
		      "#:schema file://" SCHEMAFILE "\n"
		      "# The options of run %s, which ended with status %d:\n"
		      "#     sbox",
		      run.id, (int)run.status);
	add_run_words(run.options, out);
	add_run_words(run.command, out);
	strbuf_add(out, "\n# \"sboxctl learn -p THIS-FILE -o FILE -- COMMAND\" finds out "
			"what it lacks.\nversion = 1\n");
	given_extends(&given, out);
	given_tables(&given, NULL, NULL, out);
	return 0;
}
