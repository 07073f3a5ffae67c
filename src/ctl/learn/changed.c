/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changed.c - what a run that was learned from has written, which is discarded then */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "changes/diff.h"
#include "ctl/changes/changes.h"
#include "ctl/learn/learn.h"

#define CHANGED_MAX ((size_t)64 * 1024 * 1024) /* bytes of paths */

struct telling {
	const struct changes_set *set;
	struct strbuf out; /* "A/path", each with a NUL behind */
};

static int take_change(void *data, const struct diff_entry *entry, struct error *err)
{
	struct telling *telling = data;
	const char *lower = telling->set->about.trees[entry->tree].lower;

	(void)err;
	strbuf_addc(&telling->out, diff_letter(entry->kind));
	strbuf_printf(&telling->out, "%s%s%s", lower, lower[1] ? "/" : "", entry->path);
	strbuf_addc(&telling->out, '\0');
	return 0;
}

/* Each set has ids of its own, and who has taken some on has no others. */
static _Noreturn void tell_changed(struct learn *learn, int dir, const char *name, int fd)
{
	const struct changes_home home = { dir, learn->ctl->caller.state_dir,
					   &learn->ctl->arena };
	const struct diff_options options = { NULL, false };
	struct error err = { .status = EXIT_SBOX };
	struct changes_set set = CHANGES_SET_NONE;
	struct telling telling = { .set = &set };

	if (changes_open(&home, name, &set, &err) == 0 &&
	    changes_enter(learn->ctl, &set, &err) == 0 &&
	    diff_set(&set, &options, take_change, &telling, &err) == 0 &&
	    io_write_all(fd, strbuf_str(&telling.out), telling.out.len) == 0 &&
	    changes_remove(dir, &set, &err) == 0)
		_exit(0);
	_exit(EXIT_SBOX);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const *sorted_words(struct arena *arena, const char *text, size_t len)
{
	const char **words = NULL;
	size_t n = 0;

	for (const char *at = text; at < text + len; at += strlen(at) + 1)
		*(const char **)arena_append(arena, &words, &n, sizeof *words) = at;
	if (n > 1)
		qsort(words, n, sizeof *words, by_text);
	*(const char **)arena_append(arena, &words, &n, sizeof *words) = NULL;
	return words;
}

static int read_changed(struct learn *learn, int dir, const char *name,
			const char *const **ret, struct error *err)
{
	int pipes[2], status = -1, got = -1;
	size_t len = 0;
	char *text;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	pid = fork();
	if (pid == 0)
		tell_changed(learn, dir, name, pipes[1]);
	(void)close(pipes[1]);
	if (pid > 0) {
		got = io_read_all(pipes[0], CHANGED_MAX, &learn->ctl->arena, &text, &len);
		(void)close(pipes[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	} else {
		(void)close(pipes[0]);
	}
	if (got < 0 || status != 0)
		return error_set(err,
				 "learn: what the command wrote cannot be read or "
				 "removed: \"sboxctl changes list\" has it as %s",
				 name);
	*ret = sorted_words(&learn->ctl->arena, text, len);
	return 0;
}

int learn_changed(struct learn *learn, const char *name, const char *const **ret,
		  struct error *err)
{
	_cleanup_fd_ int dir = -1;

	*ret = sorted_words(&learn->ctl->arena, "", 0);
	if (changes_open_dir(learn->ctl->caller.state_dir, false, &dir, err) < 0)
		return -1;
	return dir >= 0 && changes_exists(dir, name)
		       ? read_changed(learn, dir, name, ret, err)
		       : 0;
}
