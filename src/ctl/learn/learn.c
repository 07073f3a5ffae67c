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

#define ROUNDS_MAX 25 /* with new wants; a command could always have another one */
#define RUNS_MAX 100

struct learn_words {
	bool diff;
	const char *verify; /* this file; NULL */
	const char *runs;
	const char *bare; /* an option without its value; NULL */
};

/* ---------------------------------------------------------------------- command line */

/* Takes the value of the option @name at argv[*at], "--name=V", "--name V"; NULL: it is
 * another word, or words->bare. */
static char *option_value(struct learn_words *words, char **argv, int *at,
			  const char *name)
{
	const size_t len = strlen(name);

	if (strncmp(argv[*at], name, len) != 0)
		return NULL;
	if (argv[*at][len] == '=')
		return argv[*at] + len + 1;
	if (argv[*at][len] != '\0')
		return NULL;
	if (argv[*at + 1] && strcmp(argv[*at + 1], "--") != 0)
		return argv[++*at];
	words->bare = name;
	return NULL;
}

/* Takes our own options off @argv, in front of "--"; returns how many words are left. */
static int take_learn_words(struct learn *learn, struct learn_words *words, int argc,
			    char **argv)
{
	int left = 1, at = 1;

	for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
		char *word = argv[at], *value;

		if ((value = option_value(words, argv, &at, "-o")))
			learn->file = value;
		else if ((value = option_value(words, argv, &at, "--runs")))
			words->runs = value;
		else if ((value = option_value(words, argv, &at, "--verify")))
			words->verify = value;
		else if (strcmp(word, "--diff") == 0)
			words->diff = true;
		else if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0)
			learn->quiet = true;
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

/* A file beside us, as -o writes one, before a profile of that name. */
static const char *as_path(const struct learn *learn, const char *name)
{
	return !strchr(name, '/') && access(name, F_OK) == 0
		       ? arena_printf(&learn->ctl->arena, "./%s", name)
		       : name;
}

static void use_profile(struct learn *learn, const char *name)
{
	struct request *request = &learn->request;

	*(struct profile_request *)arena_append(&learn->ctl->arena, &request->profiles,
						&request->profiles_len,
						sizeof *request->profiles) =
		(struct profile_request){ name, -1, { "learn", 0, 0 } };
}

/* Looked at before anything is run, for that can take its time. */
static bool may_write_beside(const struct learn *learn)
{
	struct arena *arena = &learn->ctl->arena;
	const char *slash = strrchr(learn->file, '/');

	return access(!slash ? "."
		      : slash == learn->file
			      ? "/"
			      : arena_strndup(arena, learn->file,
					      (size_t)(slash - learn->file)),
		      W_OK) == 0;
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
	if (learn->request.changes || learn->request.try)
		return ctl_usage("learn", "it has change sets of its own: --changes and "
					  "--try have no place here");
	if (learn->file && !may_write_beside(learn))
		return ctl_usage("learn", "%s cannot be written: %s", learn->file,
				 strerror(errno));
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
	if (words->bare)
		return ctl_usage("learn", "%s needs a value: %s%s", words->bare,
				 words->bare,
				 strcmp(words->bare, "--runs") == 0 ? "=N" : " FILE");
	if (options_parse_words(argc, argv, OPTIONS_POLICY, &learn->ctl->diags,
				&learn->request) < 0)
		return ctl_fail(learn->ctl, EXIT_SBOX);
	learn->cwd = getcwd(cwd, PATH_MAX) ? cwd : "/";
	status = check_learn_words(learn, words);
	if (status == 0 && words->verify)
		use_profile(learn, as_path(learn, words->verify));
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

static void say_wants(const struct learn *learn, const struct learn_run *run, size_t new)
{
	say_progress(learn,
		     arena_printf(&learn->ctl->arena,
				  "run %u: status %" PRId64
				  ", %zu new wishes that can be granted, %zu that cannot",
				  learn->count, run->status, new, learn->refusals_len));
}

/* One more run that is watched; 1: it is the last one. */
static int watch_once(struct learn *learn, int round, struct error *err)
{
	const struct learn_how how = { .shown = round == 0, .watched = true };
	struct learn_run run;
	size_t new, from;

	if (learn_run(learn, &how, &run, err) < 0)
		return -1;
	if (run.interrupted)
		learn->trouble = learn_interrupted;
	if (!run.why)
		return round == 0 ? error_set(err, "learn: it was interrupted before "
						   "anything was known")
				  : 1;
	new = learn_add(learn, &run.wants);
	learn_add_refusals(learn, &run);
	if (round == 0)
		learn->first = run;
	learn->written = run.changed;
	say_wants(learn, &run, new);
	if (run.interrupted)
		return 1;
	/* one that covers others of the same run has taken these out again */
	from = new < learn->lines.len ? learn->lines.len - new : 0;
	if (new > 0 && learn_settle(learn, from, err) < 0)
		return -1;
	learn_ports(learn, run.reached);
	learn->more = learn->more || (round > 0 && run.left_out > 0);
	/* the first may have had so much to tell that there was no room for what failed
	 */
	return new == 0 && round > 0 && round + 1 >= learn->runs;
}

static int watch_command(struct learn *learn, struct error *err)
{
	int done = 0;

	for (int round = 0; done == 0; round++) {
		done = watch_once(learn, round, err);
		if (done == 0 && round >= ROUNDS_MAX + learn->runs) {
			learn->more = true;
			done = 1;
		}
	}
	return done < 0 ? -1 : 0;
}

/* -------------------------------------------------------------------------- writing */

/* Where it cannot be written it is not lost. */
static int write_learned(const struct learn *learn, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_fd_ int fd = open(
		learn->file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	learn_profile(learn, false, &text);
	/* not the caller's umask, and what was given may be nobody else's to read */
	if (fd >= 0 && fchmod(fd, 0600) == 0 &&
	    io_write_all(fd, strbuf_str(&text), text.len) == 0)
		return 0;
	(void)error_sys(err, "cannot write %s, so here it is", learn->file);
	(void)say_answer(&text);
	return -1;
}

/* The profile itself, as somebody will use it; 1: it does not do, or that is not known.
 */
static int try_profile(struct learn *learn, struct error *err)
{
	const struct learn_how how = { .profile = as_path(learn, learn->file) };
	const char *differs = NULL;
	struct learn_run run;

	if (learn_run(learn, &how, &run, err) < 0)
		return -1;
	if (run.interrupted)
		learn->trouble = learn_interrupted;
	else if (learn_judge(learn, &run, true, &differs, err) < 0)
		return -1;
	if (learn->trouble)
		say_warning("learn: whether the new profile is enough is not known: ",
			    learn->trouble);
	else if (differs)
		say_warning(
			"learn: with the new profile the command does something else: ",
			differs);
	return learn->trouble || differs;
}

/* What a reader has to know: that it is not all, or not enough. */
static bool still_fails(const struct learn *learn)
{
	if (learn->more)
		say_warning(
			"learn: it wants more than was tried: with --runs=N more runs "
			"are watched, and a profile that shows more from the "
			"beginning (-p) leaves less to be found",
			"");
	if (learn->yard.status != 0)
		say_warning(
			"learn: the command fails with all that can be granted, too: ",
			arena_printf(&learn->ctl->arena, "status %" PRId64,
				     learn->yard.status));
	return learn->yard.status != 0;
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
	if (still_fails(learn))
		differs = 1;
	say_progress(learn, arena_printf(&learn->ctl->arena,
					 "%s: %zu of %zu wishes are needed; tried by %u "
					 "runs",
					 learn->file, learn_granted(learn),
					 learn->lines.len, learn->count));
	return differs ? CTL_NO : 0;
}

static int end_with_lines(struct learn *learn, const struct learn_words *words)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	bool failed;

	if (learn->trouble) {
		say_warning("learn: nothing could be tried: ", learn->trouble);
		return CTL_NO;
	}
	learn_profile(learn, true, &text);
	failed = still_fails(learn);
	if (text.len == 0 && !failed)
		strbuf_printf(&text, "# %s is enough: status %" PRId64 "\n",
			      words->verify ? words->verify : "what was given",
			      learn->yard.status);
	if (say_answer(&text) != 0)
		return EXIT_SBOX;
	return failed || learn_granted(learn) > 0 ? CTL_NO : 0;
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
	learn_watch_signals();
	if (watch_command(&learn, &err) < 0)
		return say_error(&err);
	learn_gather(&learn);
	if (!learn.trouble && learn_try(&learn, &err) < 0)
		return say_error(&err);
	return learn.file ? end_with_file(&learn) : end_with_lines(&learn, &words);
}
