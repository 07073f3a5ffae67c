/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.c - sboxctl explain: would a profile allow it, and which line decides
 *
 * The plan is made as sbox makes it (run/planning.h), for a command that nobody starts,
 * and then asked (verdict/verdict.h).
 */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "ctl/explain.h"
#include "run/hints.h"
#include "run/kept.h"
#include "run/say.h"
#include "seccomp/syscalls.h"

/* A question and its answer, as they are printed. */
struct answer_text {
	const char *kind, *about;
	enum answer answer; /* which decides about the exit status */
	const struct verdict *verdict;
	const struct path_verdict *path; /* NULL: not of a path */
};

static const char *const access_names[] = { "read", "write", "exec" };
static const char *const answer_names[] = { "no", "yes", "unknown" };

static void print_text(const struct ctl *ctl, const struct answer_text *a,
		       struct strbuf *out)
{
	const struct diags why = { .sources = ctl->diags.sources,
				   .list = a->verdict->why,
				   .len = a->verdict->why_len,
				   .total = a->verdict->why_len };

	strbuf_escaped(out, a->about, strlen(a->about));
	if (a->path && strcmp(a->path->place.path, a->about) != 0) {
		strbuf_add(out, " (");
		strbuf_escaped(out, a->path->place.path, strlen(a->path->place.path));
		strbuf_addc(out, ')');
	}
	strbuf_add(out, ": ");
	strbuf_escaped(out, a->verdict->says, strlen(a->verdict->says));
	strbuf_addc(out, '\n');
	diag_print(&why, out);
}

static void print_json(const struct answer_text *a, struct strbuf *out)
{
	json_object(out, NULL);
	json_text(out, "question", a->kind);
	json_text(out, "about", a->about);
	json_text(out, "answer", answer_names[a->answer]);
	json_text(out, "says", a->verdict->says);
	if (a->path) {
		json_text(out, "path", a->path->place.path);
		for (unsigned i = 0; i < PATH_ACCESSES; i++)
			json_text(out, access_names[i], answer_names[a->path->may[i]]);
	}
	json_array(out, "why");
	for (size_t i = 0; i < a->verdict->why_len; i++) {
		json_object(out, NULL);
		json_text(out, "text", a->verdict->why[i].msg);
		ctl_json_place(&a->verdict->why[i].pos, out);
		json_object_end(out);
	}
	json_array_end(out);
	json_object_end(out);
	strbuf_addc(out, '\n');
}

static int tell_answer(const struct explain *e, const struct answer_text *a)
{
	static const int statuses[] = {
		[ANSWER_NO] = CTL_NO, [ANSWER_YES] = 0, [ANSWER_UNKNOWN] = EXIT_SBOX
	};
	_cleanup_strbuf_ struct strbuf out = { 0 };
	int status;

	if (e->options.json)
		print_json(a, &out);
	else
		print_text(e->ctl, a, &out);
	status = say_answer(&out);
	return status ? status : statuses[a->answer];
}

static int about_path(struct explain *e, const char *word, const char *access)
{
	struct arena *arena = &e->ctl->arena;
	const char *path =
		*word == '/' || !e->host.cwd ? word : path_join(arena, e->host.cwd, word);
	struct answer_text a = { "path", path_clean(arena, path), ANSWER_NO, NULL, NULL };
	struct path_verdict path_verdict;
	struct verdict verdict;
	struct view view;
	unsigned which = PATH_READ;

	while (access && which < PATH_ACCESSES &&
	       strcmp(access, access_names[which]) != 0)
		which++;
	if (which == PATH_ACCESSES)
		return ctl_usage("explain", "\"%s\" is neither read, write nor exec",
				 access);
	if (!a.about)
		return ctl_usage("explain",
				 "\"%s\" is no path: it has \"..\", or is not absolute",
				 word);
	view_init(&view, &e->plan, &e->host, arena);
	verdict_path(&view, a.about, &path_verdict, &verdict);
	a.answer = path_verdict.may[which];
	a.verdict = &verdict;
	a.path = &path_verdict;
	return tell_answer(e, &a);
}

static int about_syscall(struct explain *e, const char *word, const char *more)
{
	struct error err = { .status = EXIT_SBOX };
	struct verdict verdict;

	(void)more;
	if (explain_syscall(e, word, &verdict, &err) < 0)
		return say_error(&err);
	return tell_answer(e, &(struct answer_text){ "syscall", word, verdict.answer,
						     &verdict, NULL });
}

/* Before a packet there is a socket, which the filter may refuse. */
static int ask_filter(struct explain *e, const struct packet *packet,
		      struct verdict *verdict, struct error *err)
{
	const struct seccomp_data calls[] = {
		{ .nr = (int)syscall_must("socket"),
		  .arch = SYSCALL_ARCH,
		  .args = { (unsigned)packet->family, packet->protocol == IPPROTO_TCP
							      ? SOCK_STREAM
							      : SOCK_DGRAM } },
		{ .nr = (int)syscall_must("connect"), .arch = SYSCALL_ARCH },
	};

	for (unsigned i = 0; i < 2; i++) {
		struct verdict call;

		if (explain_call(e, &calls[i], &call, err) < 0)
			return -1;
		if (call.answer == ANSWER_YES)
			continue;
		*verdict = call;
		verdict->says = arena_printf(&e->ctl->arena, "%s %s",
					     i ? "connect" : "socket", call.says);
		return 0;
	}
	return 0;
}

static int about_net(struct explain *e, const char *word, const char *more)
{
	struct arena *arena = &e->ctl->arena;
	struct error err = { .status = EXIT_SBOX };
	struct packet packet;
	struct verdict verdict;
	const char *wrong = packet_parse(arena, word, &packet);

	(void)more;
	if (wrong)
		return ctl_usage("explain", "\"%s\": %s", word, wrong);
	verdict_net(&e->plan, arena, &packet, &verdict);
	if (verdict.answer == ANSWER_YES && ask_filter(e, &packet, &verdict, &err) < 0)
		return say_error(&err);
	return tell_answer(
		e, &(struct answer_text){ "net", word, verdict.answer, &verdict, NULL });
}

static int about_env(struct explain *e, const char *word, const char *more)
{
	struct verdict verdict;

	(void)more;
	if (!*word || strchr(word, '='))
		return ctl_usage("explain", "\"%s\" is no name of a variable", word);
	verdict_env(&e->policy, &e->host, &e->ctl->arena, word, &verdict);
	return tell_answer(
		e, &(struct answer_text){ "env", word, verdict.answer, &verdict, NULL });
}

/* Which file a command is, or why it is none. */
static int about_command(struct explain *e, const char *word, const char *more)
{
	const char *const argv[] = { word, NULL };
	struct error err = { .status = EXIT_SBOX };
	struct verdict verdict = { .answer = ANSWER_NO };
	const char *path;

	(void)more;
	e->plan.argv = argv;
	path = hint_program(&e->plan, &e->host, &e->ctl->arena);
	if (path)
		return about_path(e, path, "exec");
	(void)!hint_look_up(&e->plan, &e->host, &err);
	hint_command(&e->plan, &e->policy, &e->host, &err);
	/* the question stands in front of its answer already */
	verdict.says = strncmp(err.msg, word, strlen(word)) == 0 ? err.msg + strlen(word)
								 : err.msg;
	verdict.says += strspn(verdict.says, ": ");
	return tell_answer(e, &(struct answer_text){ "command", word, verdict.answer,
						     &verdict, NULL });
}

static const struct kind {
	const char *name;
	size_t words; /* at most, the name not counted */
	int (*run)(struct explain *e, const char *word, const char *more);
} kinds[] = {
	{ "path", 2, about_path },       { "net", 1, about_net },
	{ "syscall", 1, about_syscall }, { "env", 1, about_env },
	{ "command", 1, about_command },
};

static const struct kind *find_kind(const char *const *words)
{
	for (size_t i = 0; words[0] && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(words[0], kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}

/*
 * Becomes, as far as a plan is concerned, the caller of the run called @id: *ret_argv is
 * what its options and the words behind @argv[1] come to.
 */
static int go_back_to(struct ctl *ctl, int argc, char **argv, char ***ret_argv,
		      struct error *err)
{
	struct arena *arena = &ctl->arena;
	struct kept_run run;
	char **words = NULL;
	size_t len = 0;

	if (kept_find(&ctl->caller, argv[1], &run, err) < 0)
		return -1;
	if (chdir(run.cwd) < 0)
		return error_sys(err, "%s, where the run was", run.cwd);
	for (size_t i = 0; run.environ[i]; i++)
		(void)putenv(arena_strdup(arena, run.environ[i]));
	caller_dirs(arena, &ctl->caller);
	*(char **)arena_append(arena, &words, &len, sizeof *words) = argv[0];
	for (size_t i = 0; run.options[i]; i++)
		if (strcmp(run.options[i], "--") != 0)
			*(char **)arena_append(arena, &words, &len, sizeof *words) =
				arena_strdup(arena, run.options[i]);
	for (int i = 2; i < argc; i++)
		*(char **)arena_append(arena, &words, &len, sizeof *words) = argv[i];
	*(char **)arena_append(arena, &words, &len, sizeof *words) = NULL;
	*ret_argv = words;
	return (int)len - 1;
}

/* "last", or what "sboxctl runs" calls a run. */
static bool names_a_run(const char *word)
{
	return strcmp(word, "last") == 0 ||
	       (strlen(word) > 16 && strspn(word, "0123456789-") == strlen(word));
}

int ctl_explain(struct ctl *ctl, int argc, char **argv)
{
	static struct explain e;
	const struct planning planning = { .options = &e.options,
					   .diags = &ctl->diags,
					   .caller = &ctl->caller,
					   .profiles = &e.profiles,
					   .policy = &e.policy,
					   .host = &e.host,
					   .plan = &e.plan };
	const char *const *words;
	struct error err = { .status = EXIT_SBOX };
	unsigned sets = OPTIONS_POLICY | OPTIONS_JSON;
	const struct kind *kind;
	size_t n = 0;

	e.ctl = ctl;
	if (argc > 1 && names_a_run(argv[1])) {
		argc = go_back_to(ctl, argc, argv, &argv, &err);
		if (argc < 0)
			return say_error(&err);
		sets |= OPTIONS_RUN; /* it may have had any */
	}
	if (options_parse_words(argc, argv, sets, &ctl->diags, &e.options) < 0)
		return ctl_fail(ctl, EXIT_SBOX);
	if (e.options.ask == ASK_HELP)
		return ctl->help();
	words = e.options.command;
	kind = find_kind(words);
	while (words[n])
		n++;
	if (!kind || n < 2 || n > 1 + kind->words)
		return ctl_usage("explain",
				 "say what is asked: path PATH [read|write|exec], net "
				 "HOST:PORT, syscall NAME, env NAME or command NAME; "
				 "\"last\" in front asks it of the last run that failed");
	e.options.command = ctl_command;
	if (planning_policy(&planning) < 0 || planning_plan(&planning) < 0)
		return ctl_fail(ctl, EXIT_SBOX);
	return kind->run(&e, words[1], words[2]);
}
