/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kept.c - what is remembered of the last runs that failed; see kept.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "run/kept.h"
#include "toml/record.h"

#define RUNS "runs"
#define SUFFIX ".toml"
#define RECORD_MAX ((size_t)256 * 1024) /* of a file; longer ones are cut */
#define STRINGS_MAX ((size_t)32 * 1024) /* of each list */
#define SEEN_MAX 1000                   /* names, of which the last are taken */

/* The variables by which profiles are found and paths are made. */
static const char *const variables[] = {
	"HOME",           "USER",          "LOGNAME",        "PATH",
	"TMPDIR",         "TERM",          "LANG",           "XDG_CONFIG_HOME",
	"XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"
};

/* The directory of them, -1: there is none. */
static int open_runs(const struct caller *caller, bool make)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1;

	if (!caller->runtime_dir || access(caller->runtime_dir, F_OK) < 0 ||
	    registry_open(caller->runtime_dir, make, &dir, &err) < 0 || dir < 0)
		return -1;
	if (make)
		(void)mkdirat(dir, RUNS, 0700);
	return openat(dir, RUNS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int by_time(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the files without their suffix, in the order of their times. */
static const char **list_ids(int dir, struct arena *arena, size_t *ret_len)
{
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	DIR *files = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *file;
	const char **names = NULL;

	*ret_len = 0;
	if (!files) {
		fd_closep(&copy);
		return NULL;
	}
	while (*ret_len < SEEN_MAX && (file = readdir(files))) {
		const size_t len = strlen(file->d_name), end = sizeof SUFFIX - 1;

		if (len > end && strcmp(file->d_name + len - end, SUFFIX) == 0)
			*(const char **)arena_append(arena, &names, ret_len,
						     sizeof *names) =
				arena_strndup(arena, file->d_name, len - end);
	}
	(void)closedir(files);
	if (names && *ret_len > 0)
		qsort(names, *ret_len, sizeof *names, by_time);
	return names;
}

/* -------------------------------------------------------------------------- saving */

static const char *const *kept_environ(struct arena *arena)
{
	const char **list = NULL;
	size_t len = 0;

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const char *value = getenv(variables[i]);

		if (value)
			*(const char **)arena_append(arena, &list, &len, sizeof *list) =
				arena_printf(arena, "%s=%s", variables[i], value);
	}
	*(const char **)arena_append(arena, &list, &len, sizeof *list) = NULL;
	return list;
}

static void write_record(const struct session *session, struct arena *arena,
			 struct strbuf *out)
{
	const struct request *request = &session->request;

	strbuf_printf(out, "status = %d\nwhy = ", session->ending.status);
	strbuf_json(out, report_why(&session->ending));
	strbuf_add(out, "\ncwd = ");
	strbuf_json(out, session->profiles.cwd);
	strbuf_addc(out, '\n');
	record_add_strings(out, "options", request->words, STRINGS_MAX);
	record_add_strings(out, "command", request->command, STRINGS_MAX);
	record_add_strings(out, "environ", kept_environ(arena), STRINGS_MAX);
}

/* Removes the oldest, until there is room for one more. */
static void make_room_for_one(int dir, struct arena *arena)
{
	size_t len;
	const char **names = list_ids(dir, arena, &len);

	for (size_t i = 0; i + KEPT_MAX <= len; i++)
		(void)unlinkat(dir, arena_printf(arena, "%s" SUFFIX, names[i]), 0);
}

static bool was_refused_a_host(const struct session *session)
{
	const struct egress_tally *tally = session->outcome.net.tally;

	for (uint32_t i = 0; tally && i < tally->len; i++)
		if (tally->rows[i].why != EGRESS_LET_THROUGH)
			return true;
	return false;
}

void kept_save(const struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_fd_ int dir = -1, fd = -1;
	struct arena arena = { 0 };
	struct tm now = { 0 };
	const time_t end = time(NULL);
	char name[64];

	if ((session->ending.status == 0 && !was_refused_a_host(session)) ||
	    !session->ending.plan || !session->profiles.cwd || !session->request.words)
		return;
	dir = open_runs(&session->caller, true);
	if (dir < 0)
		return;
	write_record(session, &arena, &text);
	make_room_for_one(dir, &arena);
	arena_done(&arena);
	(void)gmtime_r(&end, &now);
	(void)snprintf(name, sizeof name, "%04d%02d%02d-%02d%02d%02d-%d" SUFFIX,
		       now.tm_year + 1900, now.tm_mon + 1, now.tm_mday, now.tm_hour,
		       now.tm_min, now.tm_sec, (int)getpid());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd >= 0 && io_write_all(fd, strbuf_str(&text), text.len) < 0)
		(void)unlinkat(dir, name, 0);
}

/* ------------------------------------------------------------------------- reading */

static int read_record(int dir, struct arena *arena, const char *id, struct kept_run *ret)
{
	struct diags diags = { .arena = arena };
	const struct toml_value *root = NULL;
	char *text;

	if (io_read_file(dir, arena_printf(arena, "%s" SUFFIX, id), RECORD_MAX, arena,
			 &text) == 0)
		root = toml_parse(arena, &diags, id, text, strlen(text));
	if (!root)
		return -1;
	*ret = (struct kept_run){ .id = id,
				  .status = record_number(root, "status"),
				  .why = record_text(root, "why"),
				  .cwd = record_text(root, "cwd"),
				  .options = record_strings(arena, root, "options"),
				  .command = record_strings(arena, root, "command"),
				  .environ = record_strings(arena, root, "environ") };
	return ret->why && ret->cwd && ret->options && ret->command && ret->environ ? 0
										    : -1;
}

void kept_list(const struct caller *caller, struct kept_runs *ret)
{
	_cleanup_fd_ int dir = open_runs(caller, false);
	const char **names;
	size_t len;

	*ret = (struct kept_runs){ NULL, 0 };
	if (dir < 0)
		return;
	names = list_ids(dir, caller->arena, &len);
	for (size_t i = 0; i < len; i++) {
		struct kept_run run;

		if (read_record(dir, caller->arena, names[i], &run) == 0)
			*(struct kept_run *)arena_append(caller->arena, &ret->list,
							 &ret->len, sizeof run) = run;
	}
}

int kept_find(const struct caller *caller, const char *id, struct kept_run *ret,
	      struct error *err)
{
	struct kept_runs runs;

	kept_list(caller, &runs);
	for (size_t i = runs.len; i > 0; i--)
		if (strcmp(id, "last") == 0 || strcmp(id, runs.list[i - 1].id) == 0) {
			*ret = runs.list[i - 1];
			return 0;
		}
	return strcmp(id, "last") == 0
		       ? error_set(err,
				   "no run that failed is remembered (there is one where "
				   "XDG_RUNTIME_DIR or /run/user/UID is a directory of "
				   "yours)")
		       : error_set(err,
				   "no run called \"%s\" is remembered: \"sboxctl "
				   "runs\" lists them",
				   id);
}
