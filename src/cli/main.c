/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - sbox: from the command line to the exit status */
#include "config.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/options.h"
#include "run/run.h"
#include "run/say.h"

static int answer(enum ask ask)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (ask == ASK_HELP)
		options_help(&text);
	else
		strbuf_add(&text, PACKAGE_STRING "\n");
	return say_answer(&text);
}

/*
 * "sbox OPTIONS --why QUESTION" is "sboxctl explain OPTIONS QUESTION": sbox, which starts
 * many commands, needs none of its code. Does not return but for an error.
 */
static int explain_instead(struct arena *arena, const struct request *request)
{
	static char path[PATH_MAX]; /* main(), which this becomes a part of, fits a small
				       stack */
	struct error err = { .status = EXIT_SBOX };
	const ssize_t len =
		readlink("/proc/self/exe", path, sizeof path - sizeof "sboxctl");
	const char **words = NULL;
	size_t n = 0;

	if (len < 0) {
		(void)error_sys(&err, "/proc/self/exe");
		return say_error(&err);
	}
	path[len] = '\0';
	memcpy(strrchr(path, '/') + 1, "sboxctl", sizeof "sboxctl");
	*(const char **)arena_append(arena, &words, &n, sizeof *words) = "sboxctl";
	*(const char **)arena_append(arena, &words, &n, sizeof *words) = "explain";
	for (const char *const *word = request->words; *word; word++)
		if (strcmp(*word, "--why") != 0)
			*(const char **)arena_append(arena, &words, &n, sizeof *words) =
				*word;
	for (const char *const *word = request->command; word && *word; word++)
		*(const char **)arena_append(arena, &words, &n, sizeof *words) = *word;
	*(const char **)arena_append(arena, &words, &n, sizeof *words) = NULL;
	(void)execv(path, (char *const *)words);
	(void)error_sys(&err, "--why: sboxctl, which is installed beside sbox, cannot be "
			      "started");
	return say_error(&err);
}

/* To whoever types "sbox" to see what it is. */
static const char first_steps[] =
	"  sbox --profile=build -- make                   in a project, without a "
	"network\n"
	"  sbox --profile=build -p net-npm -- npm install  with the hosts of npm\n"
	"  sbox --profile=offline-shell -- bash            look around, and change "
	"nothing\n"
	"  sbox --read=. --write=out -- ./convert          show just these\n"
	"  sboxctl doctor                                  what this machine allows\n";

int main(int argc, char **argv)
{
	static struct session session = SESSION_INIT;
	struct error err = { .status = EXIT_SBOX };
	char **words;
	int status;

	if (run_begin(&session, &err) < 0)
		return say_error(&err);
	/* the place of the originals is wiped inside the sandbox: see init_hide() */
	words = arena_words(&session.arena, argv);
	(void)options_parse(argc, words, &session.diags, &session.request);
	if (session.request.ask == ASK_WHY)
		return explain_instead(&session.arena, &session.request);
	if (session.request.ask != ASK_NOTHING)
		return answer(session.request.ask);
	status = run_session(&session, argv[0]);
	if (argc == 1) {
		_cleanup_strbuf_ struct strbuf text = { 0 };

		strbuf_add(&text, first_steps);
		say(&text);
	}
	return status;
}
