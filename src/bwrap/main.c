/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - sbox-bwrap: bubblewrap's command line, by sbox's engine
 *
 * A program of its own, since whoever calls bwrap inside of bwrap does so as
 * /proc/self/exe: what it is cannot depend on its name.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bwrap/explain.h"
#include "bwrap/options.h"
#include "bwrap/status.h"
#include "bwrap/wanted.h"
#include "run/run.h"
#include "run/say.h"

#define INHERITED_MAX 1024
#define EXIT_BWRAP 1 /* whatever goes wrong before the command runs */

/* The version whose options are here, and then ours: clients parse the first line. */
#define VERSION_TEXT "bubblewrap 0.11.1\n(" PACKAGE_STRING ")\n"

static void inherit(struct bwrap *b, int fd)
{
	const int flags = fcntl(fd, F_GETFD);

	if (flags >= 0 && !(flags & FD_CLOEXEC))
		*(int *)arena_append(b->arena, &b->inherited, &b->inherited_len,
				     sizeof fd) = fd;
}

/* All descriptors but 0 to 2, before anything of ours is open. */
static void list_inherited(struct bwrap *b)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd >= 3 && fd != dirfd(dir))
			inherit(b, fd);
	}
	/* without a /proc, as in a sandbox that has none */
	for (int fd = 3; !dir && fd < INHERITED_MAX; fd++)
		inherit(b, fd);
	if (dir)
		(void)closedir(dir);
}

/* The variables as they are now, whatever options make of them. */
static char **keep_environ(struct arena *arena)
{
	char **copy;
	size_t n = 0;

	while (environ && environ[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = environ[i];
	return copy;
}

static int fail(const struct bwrap *b, const struct error *err)
{
	(void)say_error_as(b->level_prefix ? "<3>" : "", err);
	return EXIT_BWRAP;
}

static int print_help(const char *program, int fd)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	bwrap_print_help(program, &text);
	if (fd == STDOUT_FILENO)
		return say_answer(&text) == 0 ? 0 : EXIT_BWRAP;
	say(&text);
	return EXIT_BWRAP;
}

static int print_version(void)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_add(&text, VERSION_TEXT);
	return say_answer(&text) == 0 ? 0 : EXIT_BWRAP;
}

static void say_warnings(const struct bwrap *b)
{
	const char *line = strbuf_str(&b->warnings);
	struct error warning = { .status = 0 };

	for (; *line; line += strcspn(line, "\n") + 1) {
		(void)error_set(&warning, "%.*s", (int)strcspn(line, "\n"), line);
		(void)say_error_as(b->level_prefix ? "<4>" : "", &warning);
	}
}

static int print_profile(const struct bwrap *b, const struct bwrap_wanted *wanted)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	bwrap_explain(b, wanted, &text);
	return say_answer(&text) == 0 ? 0 : EXIT_BWRAP;
}

static int run_wanted(struct session *session, struct bwrap *b, char *argv0)
{
	static struct bwrap_wanted wanted; /* the session points to it */
	static struct bwrap_status status; /* and so does it to this */
	struct error err = { .status = EXIT_BWRAP };
	int ret;

	status = (struct bwrap_status){ b->info_fd, b->json_fd, b };
	if (bwrap_want(b, &wanted, &session->request, &err) < 0)
		return fail(b, &err);
	if (b->explain)
		return print_profile(b, &wanted);
	environ = b->environ; /* sbox's own, and where init wipes it */
	if (status.info_fd >= 0 || status.json_fd >= 0) {
		wanted.given.born = bwrap_born;
		wanted.given.data = &status;
	}
	ret = run_session(session, argv0);
	if (!session->ending.outcome || session->outcome.failed)
		return EXIT_BWRAP;
	bwrap_ended(&status, ret);
	return ret;
}

int main(int argc, char **argv)
{
	static struct session session = SESSION_INIT;
	struct bwrap b = { .arena = &session.arena };
	struct error err = { .status = EXIT_BWRAP };
	/* the place of the originals is wiped inside the sandbox: see init_hide() */
	char **words = arena_words(&session.arena, argv);

	b.mode = getenv("SBOX_BWRAP");
	b.environ = keep_environ(&session.arena);
	list_inherited(&b);
	if (run_begin(&session, &err) < 0 || bwrap_parse(words, &b, &err) < 0)
		return fail(&b, &err);
	if (b.help)
		return print_help(words[0], STDOUT_FILENO);
	if (b.version)
		return print_version();
	if (argc <= 1 || (!b.explain && (!b.command || !b.command[0])))
		return print_help(words[0], STDERR_FILENO);
	say_warnings(&b);
	return run_wanted(&session, &b, argv[0]);
}
