/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* learn.c - sboxctl learn: a profile of what a command needs; see learn.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "ctl/learn/learn.h"
#include "policy/units.h"
#include "run/say.h"

#define ROUNDS_MAX 8 /* with new wants; a command could always have another one */
#define RUNS_MAX 100

struct learn_words {
	bool diff;
	const char *verify; /* this file; NULL */
	const char *runs;
};

/* ---------------------------------------------------------------------- command line */

/* Takes the value of the option @name at argv[*at], "--name=V", "--name V"; NULL: it is
 * another word. */
static char *option_value(char **argv, int *at, const char *name)
{
	const size_t len = strlen(name);

	if (strncmp(argv[*at], name, len) != 0)
		return NULL;
	if (argv[*at][len] == '=')
		return argv[*at] + len + 1;
	return argv[*at][len] == '\0' && argv[*at + 1] ? argv[++*at] : NULL;
}

/* Takes our own options off @argv, in front of "--"; returns how many words are left. */
static int take_learn_words(struct learn *learn, struct learn_words *words, int argc,
			    char **argv)
{
	int left = 1, at = 1;

	for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
		char *word = argv[at], *value;

		if ((value = option_value(argv, &at, "-o")))
			learn->file = value;
		else if ((value = option_value(argv, &at, "--runs")))
			words->runs = value;
		else if ((value = option_value(argv, &at, "--verify")))
			words->verify = value;
		else if (strcmp(word, "--diff") == 0)
			words->diff = true;
		else
			argv[left++] = word;
	}
	for (; at < argc; at++)
		argv[left++] = argv[at];
	argv[left] = NULL;
	return left;
}

/* The place of the originals is wiped by each run, as sbox does it. */
static char **copy_words(struct arena *arena, int argc, char **argv)
{
	char **copy = arena_alloc(arena, ((size_t)argc + 1) * sizeof *copy);

	for (int i = 0; i < argc; i++)
		copy[i] = arena_strdup(arena, argv[i]);
	return copy;
}

static void use_profile(struct learn *learn, const char *name)
{
	struct request *request = &learn->request;

	*(struct profile_request *)arena_append(&learn->ctl->arena, &request->profiles,
						&request->profiles_len,
						sizeof *request->profiles) =
		(struct profile_request){ name, -1, { "learn", 0, 0 } };
}

static int check_learn_words(struct learn *learn, const struct learn_words *words)
{
	struct error err = { .status = EXIT_SBOX };
	struct stat st;

	if (words->runs &&
	    (units_number(words->runs, RUNS_MAX, &learn->runs) < 0 || learn->runs < 1))
		return ctl_usage("learn", "--runs=%s is no number from 1 to %d",
				 words->runs, RUNS_MAX);
	if (!learn->request.command[0])
		return ctl_usage("learn",
				 "write: learn -o FILE [-p PROFILE]... -- COMMAND "
				 "[ARG...]");
	if (words->verify &&
	    (learn->file || words->diff ||
	     learn->request.profiles_len + learn->request.settings_len > 0))
		return ctl_usage("learn", "--verify takes a file and a command, and no "
					  "option beside them");
	if (!learn->file && !words->diff && !words->verify)
		return ctl_usage("learn", "-o FILE says where the profile is to be "
					  "written; --diff shows its lines instead");
	if (learn->file && lstat(learn->file, &st) == 0)
		return ctl_usage("learn", "%s is there already, and is not written over",
				 learn->file);
	if (!words->verify &&
	    given_check((struct options_given[]){ learn_options(learn) }, &err) < 0)
		return say_error(&err);
	return 0;
}

static int parse_learn(struct learn *learn, struct learn_words *words, int argc,
		       char **argv)
{
	char *cwd = arena_alloc(&learn->ctl->arena, PATH_MAX);
	bool dashes = false;
	int status;

	for (int i = 1; i < argc && !dashes; i++)
		dashes = strcmp(argv[i], "--") == 0;
	if (!dashes)
		return ctl_usage("learn", "the command stands behind \"--\"");
	argv = copy_words(&learn->ctl->arena, argc, argv);
	argc = take_learn_words(learn, words, argc, argv);
	if (options_parse_words(argc, argv, OPTIONS_POLICY, &learn->ctl->diags,
				&learn->request) < 0)
		return ctl_fail(learn->ctl, EXIT_SBOX);
	learn->cwd = getcwd(cwd, PATH_MAX) ? cwd : "/";
	status = check_learn_words(learn, words);
	if (status == 0 && words->verify)
		use_profile(learn, words->verify);
	else if (status == 0 && learn->request.profiles_len == 0)
		use_profile(learn, "build");
	return status;
}

/* ------------------------------------------------------------------------- watching */

/* What happens is worth a line, for it takes as long as some runs of the command. */
static void say_progress(const struct learn *learn, const char *text)
{
	_cleanup_strbuf_ struct strbuf line = { 0 };

	if (learn->quiet)
		return;
	strbuf_printf(&line, "learn: %s\n", text);
	say(&line);
}

static void tell_wants(const struct learn *learn, const struct learn_run *run, size_t new)
{
	say_progress(learn,
		     arena_printf(&learn->ctl->arena,
				  "run %u: status %" PRId64
				  ", %zu new wishes that can be "
				  "granted, %zu that cannot",
				  learn->count, run->status, new, learn->refusals_len));
}

static int watch_command(struct learn *learn, struct error *err)
{
	struct learn_how how = { .shown = true, .watched = true };
	struct learn_run run;
	size_t new;

	for (int round = 0;; round++) {
		if (learn_run(learn, &how, &run, err) < 0)
			return -1;
		new = learn_add(learn, &run.wants);
		learn_add_refusals(learn, &run);
		if (round == 0)
			learn->first = run;
		learn->written = run.changed;
		tell_wants(learn, &run, new);
		if (run.interrupted) {
			learn->trouble = "it was interrupted";
			return 0;
		}
		how.shown = false;
		if ((new == 0 && round + 1 >= learn->runs) ||
		    (new > 0 && round > ROUNDS_MAX + learn->runs))
			break;
	}
	learn_ports(learn, run.reached);
	return 0;
}

/* ----------------------------------------------------------------------------- writing
 */

static size_t count_needed(const struct learn *learn)
{
	size_t n = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		n += learn->lines.list[i].granted;
	return n;
}

static int write_learned(const struct learn *learn, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_fd_ int fd = open(
		learn->file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	learn_profile(learn, false, &text);
	if (fd < 0)
		return error_sys(err, "%s", learn->file);
	/* not the caller's umask, and what was given may be nobody else's to read */
	if (fchmod(fd, 0600) < 0 || io_write_all(fd, strbuf_str(&text), text.len) < 0)
		return error_sys(err, "cannot write %s", learn->file);
	return 0;
}

/* The profile itself, as somebody will use it. */
static int try_profile(struct learn *learn, struct error *err)
{
	const char *file = strchr(learn->file, '/') ? learn->file
						    : arena_printf(&learn->ctl->arena,
								   "./%s", learn->file);
	const struct learn_how how = { .profile = file };
	const char *differs;
	struct learn_run run;

	if (learn_run(learn, &how, &run, err) < 0)
		return -1;
	if (learn_judge(learn, &run, &differs, err) < 0)
		return -1;
	if (!differs)
		return 0;
	say_warning("learn: with the new profile the command does something else: ",
		    differs);
	return 1;
}

static int end_with_file(struct learn *learn)
{
	struct error err = { .status = EXIT_SBOX };
	int differs;

	if (write_learned(learn, &err) < 0)
		return say_error(&err);
	if (learn->trouble) {
		say_warning("learn: the profile has all that was asked for, and was not "
			    "tried: ",
			    learn->trouble);
		return CTL_NO;
	}
	differs = try_profile(learn, &err);
	if (differs < 0)
		return say_error(&err);
	if (learn->yard.status != 0) {
		say_warning(
			"learn: the command fails with all that can be granted, too: ",
			arena_printf(&learn->ctl->arena, "status %" PRId64,
				     learn->yard.status));
		differs = 1;
	}
	say_progress(learn, arena_printf(&learn->ctl->arena,
					 "%s: %zu of %zu wishes are needed; tried by %u "
					 "runs",
					 learn->file, count_needed(learn),
					 learn->lines.len, learn->count));
	return differs ? CTL_NO : 0;
}

static int end_with_lines(struct learn *learn, const struct learn_words *words)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (learn->trouble) {
		say_warning("learn: nothing could be tried: ", learn->trouble);
		return CTL_NO;
	}
	learn_profile(learn, true, &text);
	if (text.len == 0)
		strbuf_printf(&text, "# %s is enough: status %" PRId64 "\n",
			      words->verify ? words->verify : "what was given",
			      learn->yard.status);
	return say_answer(&text) ? EXIT_SBOX : count_needed(learn) > 0 ? CTL_NO : 0;
}

int ctl_learn(struct ctl *ctl, int argc, char **argv)
{
	static struct learn learn = { .runs = 1 };
	struct learn_words words = { 0 };
	struct error err = { .status = EXIT_SBOX };
	int status;

	learn.ctl = ctl;
	status = parse_learn(&learn, &words, argc, argv);
	if (status)
		return status;
	learn.quiet = learn.request.quiet;
	if (watch_command(&learn, &err) < 0)
		return say_error(&err);
	learn_gather(&learn);
	if (!learn.trouble && learn_try(&learn, &err) < 0)
		return say_error(&err);
	return learn.file ? end_with_file(&learn) : end_with_lines(&learn, &words);
}
