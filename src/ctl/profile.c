/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile.c - sboxctl profile: what profiles say, and whether they are right */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "ctl/profile.h"
#include "plan/guard-table.h"
#include "run/say.h"

/* Everything of one profile, or of several on top of each other. */
struct profile_work {
	struct ctl *ctl;
	struct request options;
	const char *const *words; /* behind the name of the action, NULL-terminated */
	struct profile_set set;
	struct policy policy;
	struct host host;
	struct plan plan;
};

static struct planning work_planning(struct profile_work *w, struct diags *diags)
{
	return (struct planning){ .options = &w->options,
				  .diags = diags,
				  .caller = &w->ctl->caller,
				  .profiles = &w->set,
				  .policy = &w->policy,
				  .host = &w->host,
				  .plan = &w->plan };
}

static void request_profile(struct profile_work *w, const char *name)
{
	*(struct profile_request *)arena_append(
		&w->ctl->arena, &w->options.profiles, &w->options.profiles_len,
		sizeof *w->options.profiles) = (struct profile_request){ .name = name };
}

static void json_mistakes(const char *name, const struct diags *diags, struct strbuf *out)
{
	json_object(out, NULL);
	json_text(out, "profile", name);
	json_bool(out, "ok", diags->len == 0);
	json_array(out, "mistakes");
	for (size_t i = 0; i < diags->len; i++) {
		json_object(out, NULL);
		json_text(out, "message", diags->list[i].msg);
		ctl_json_place(&diags->list[i].pos, out);
		json_object_end(out);
	}
	json_array_end(out);
	json_object_end(out);
}

/* Each by itself, as "sbox -p NAME" would find it, and all of its mistakes. */
static int check(struct profile_work *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, json = { 0 };
	struct profile_request *own = w->options.profiles;
	size_t own_len = w->options.profiles_len;
	int status = 0;

	json_array(&json, NULL);
	for (const char *const *name = w->words; *name; name++) {
		struct diags diags = { .arena = &w->ctl->arena,
				       .sources = w->ctl->diags.sources,
				       .all = true };
		const struct planning p = work_planning(w, &diags);

		w->options.profiles = NULL;
		w->options.profiles_len = 0;
		for (size_t i = 0; i < own_len; i++)
			request_profile(w, own[i].name);
		request_profile(w, *name);
		if (planning_policy(&p) < 0 || planning_plan(&p) < 0)
			status = CTL_NO;
		diag_print(&diags, &text);
		json_mistakes(*name, &diags, &json);
	}
	json_array_end(&json);
	strbuf_addc(&json, '\n');
	if (w->options.json)
		return say_answer(&json) ? EXIT_SBOX : status;
	say_mistakes(&text);
	return status;
}

/* The file that a name stands for. */
static int path(struct profile_work *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (; *w->words; w->words++) {
		caller_profiles(&w->ctl->caller, &w->ctl->diags, &w->set);
		if (profile_load(&w->set, *w->words, &(struct srcpos){ 0 }) < 0)
			return ctl_fail(w->ctl, CTL_NO);
		strbuf_printf(&text, "%s\n", w->set.files[w->set.len - 1].path);
	}
	return say_answer(&text);
}

/* The files in the order in which they are applied, as they are. */
static void add_files(const struct profile_work *w, struct strbuf *out)
{
	for (size_t i = 0; i < w->set.len; i++) {
		const struct source *source = w->ctl->diags.sources;

		while (source->name != w->set.files[i].name)
			source = source->next;
		strbuf_printf(out, "%s# ---- ", i ? "\n" : "");
		strbuf_escaped(out, source->name, strlen(source->name));
		strbuf_addc(out, '\n');
		strbuf_addn(out, source->text, source->len);
	}
}

static int show(struct profile_work *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct planning p = work_planning(w, &w->ctl->diags);
	struct error err = { .status = EXIT_SBOX };

	if (w->options.settings_len > 0 && !w->options.effective)
		return ctl_usage("profile", "settings are shown with --effective only");
	for (; *w->words; w->words++)
		request_profile(w, *w->words);
	if (planning_policy(&p) < 0)
		return ctl_fail(w->ctl, EXIT_SBOX);
	if (!w->options.effective)
		add_files(w, &text);
	else if (profile_effective(&w->ctl->arena, &w->policy, &text, &err) < 0)
		return say_error(&err);
	return say_answer(&text);
}

static int list(struct profile_work *w)
{
	return profile_list(w->ctl, w->options.json);
}

static int new (struct profile_work *w)
{
	const char **extends = arena_alloc(&w->ctl->arena, (w->options.profiles_len + 1) *
								   sizeof *extends);

	for (size_t i = 0; i < w->options.profiles_len; i++)
		extends[i] = w->options.profiles[i].name;
	extends[w->options.profiles_len] = NULL;
	if (w->options.settings_len > 0)
		return ctl_usage("profile", "new takes no settings: write them into it");
	if (w->options.from_run && (w->options.detect || extends[0]))
		return ctl_usage("profile", "new --from-run takes profiles and settings "
					    "from the run, and no other");
	return profile_new(w->ctl, w->words[0], extends, &w->options);
}

static int schema(struct profile_work *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	(void)w;
	profile_schema(&text);
	return say_answer(&text);
}

/* The table itself; tests/lint/guards.sh holds the manual against it. */
static int guards(struct profile_work *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	(void)w;
	for (const struct guard_row *row = guard_table; row->place; row++)
		strbuf_printf(&text, "%s (%s)\n\t%s\n", row->place, row->program,
			      row->why);
	return say_answer(&text);
}

static const struct action {
	const char *name;
	unsigned sets;   /* OPTIONS_* */
	size_t min, max; /* words; 0: any number */
	const char *usage;
	int (*run)(struct profile_work *w);
} actions[] = {
	{ "list", OPTIONS_JSON, 0, 0, "list [--json]", list },
	{ "show", OPTIONS_POLICY | OPTIONS_EFFECTIVE, 0, SIZE_MAX,
	  "show [--effective] [NAME|FILE...]", show },
	{ "check", OPTIONS_POLICY | OPTIONS_JSON, 1, SIZE_MAX,
	  "check [--json] NAME|FILE...", check },
	{ "path", 0, 1, SIZE_MAX, "path NAME...", path },
	{ "new", OPTIONS_POLICY | OPTIONS_DETECT, 1, 1,
	  "new [--detect | --from-run=RUN] [-p NAME]... NAME|FILE", new },
	{ "schema", 0, 0, 0, "schema", schema },
	{ "guards", 0, 0, 0, "guards", guards },
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(name, actions[i].name) == 0)
			return &actions[i];
	return NULL;
}

int ctl_profile(struct ctl *ctl, int argc, char **argv)
{
	static struct profile_work w;
	const struct action *action = argc > 1 ? find_action(argv[1]) : NULL;
	size_t n = 0;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return ctl->help();
	if (!action)
		return ctl_usage("profile",
				 "say list, show, check, path, new, schema or guards");
	w.ctl = ctl;
	if (options_parse_words(argc - 1, argv + 1, action->sets, &ctl->diags,
				&w.options) < 0)
		return ctl_fail(ctl, EXIT_SBOX);
	if (w.options.ask == ASK_HELP)
		return ctl->help();
	w.words = w.options.command;
	while (w.words[n])
		n++;
	if (n < action->min || n > action->max)
		return ctl_usage("profile", "write: %s", action->usage);
	w.options.command = ctl_command;
	return action->run(&w);
}
