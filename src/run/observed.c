/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed.c - what an observed command asked for in vain, and why; see observed.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "box/observe/calls.h"
#include "run/hints.h"
#include "run/observed-calls.h"
#include "run/observed-fix.h"
#include "run/observed.h"
#include "seccomp/errnos.h"

/* @path without "." and "..", which are taken as they are written: a hint, no walk. */
static const char *flatten(struct arena *arena, const char *path)
{
	char *out = arena_alloc(arena, strlen(path) + 2);
	size_t len = 0;

	for (const char *part = path; *part;) {
		const size_t skip = strspn(part, "/"), n = strcspn(part + skip, "/");
		const char *name = part + skip;

		part = name + n;
		if (n == 0 || (n == 1 && name[0] == '.'))
			continue;
		if (n == 2 && name[0] == '.' && name[1] == '.') {
			while (len > 0 && out[--len] != '/')
				;
			continue;
		}
		out[len++] = '/';
		memcpy(out + len, name, n);
		len += n;
	}
	out[len] = '\0';
	return len > 0 ? out : "/";
}

static bool is_wish_to_write(const struct observe_row *row)
{
	return row->access == OBSERVE_WRITE || row->access == OBSERVE_CREATE;
}

/* What the plan says of @row's wish. */
static enum answer answer_for(const struct observe_row *row,
			      const struct path_verdict *verdict)
{
	if (is_wish_to_write(row))
		return verdict->may[PATH_WRITE];
	if (row->access == OBSERVE_EXEC && verdict->may[PATH_READ] == ANSWER_YES)
		return verdict->may[PATH_EXEC];
	return verdict->may[PATH_READ];
}

/*
 * Whether the plan makes @row fail so: what is asked for is not there, or the directory
 * that it is to be made in, or it may not be used so.
 */
static bool plan_explains(const struct view *view, const struct observe_row *row,
			  const char *path, const struct path_verdict *verdict)
{
	struct path_verdict parent = { 0 };
	struct verdict says = { 0 };

	if (answer_for(row, verdict) == ANSWER_NO)
		return true;
	if (row->error != ENOENT || verdict->place.kind != PLACE_ABSENT)
		return false;
	if (row->access == OBSERVE_CREATE)
		verdict_path(view, path_parent(view->arena, path), &parent, &says);
	return row->access != OBSERVE_CREATE || parent.place.kind == PLACE_ABSENT;
}

/* Whether the caller could have had at @path of the host what @row asks for. */
static bool host_gives(const struct observed_scope *scope, const struct observe_row *row,
		       const char *path)
{
	const bool there = faccessat(AT_FDCWD, path, F_OK, 0) == 0;

	if (!there)
		return row->access == OBSERVE_CREATE &&
		       faccessat(AT_FDCWD, path_parent(scope->arena, path), W_OK, 0) == 0;
	return faccessat(AT_FDCWD, path,
			 is_wish_to_write(row)         ? W_OK
			 : row->access == OBSERVE_EXEC ? X_OK
						       : R_OK,
			 0) == 0;
}

/* The variable HOME of the command; NULL: it has none. */
static const char *home_of_command(const struct plan *plan)
{
	for (const char *const *var = plan->environ; var && *var; var++)
		if (strncmp(*var, "HOME=", 5) == 0 && (*var)[5] == '/')
			return *var + 5;
	return NULL;
}

/*
 * What of the host is meant by @path inside: what lies there, or would lie in the
 * caller's home directory, where the command has another one. NULL: the host does not
 * have it.
 */
static const char *meant_on_host(const struct observed_scope *scope,
				 const struct observe_row *row, const char *path,
				 const struct place *place)
{
	const char *home = home_of_command(scope->plan), *host;

	if (place->source)
		return host_gives(scope, row, place->source) ? place->source : NULL;
	for (int i = 0; home && i < 2; i++) {
		if (!scope->homes[i] || !path_within(path, home) ||
		    strcmp(home, scope->homes[i]) == 0)
			continue;
		host = path_join(scope->arena, scope->homes[i], path_below(path, home));
		if (host_gives(scope, row, host))
			return host;
	}
	host = place->path ? place->path : path;
	return host_gives(scope, row, host) ? host : NULL;
}

static void add_program(struct observed_path *path, const struct observe_row *row)
{
	size_t i = 0;

	for (; path->programs[i]; i++)
		if (strcmp(path->programs[i], row->program) == 0)
			return;
	if (i < OBSERVED_PROGRAMS_MAX)
		path->programs[i] = row->program;
}

/* Where the kernel makes up what is there, no line of a profile shows more of it. */
static bool is_of_kernel(const char *path)
{
	return path_within(path, "/proc") || path_within(path, "/sys");
}

static void judge_path(const struct observed_scope *scope, const struct view *view,
		       const struct observe_row *row, const char *path,
		       struct observed *ret)
{
	struct path_verdict verdict = { 0 };
	struct observed_path item = { .path = path,
				      .row = row,
				      .times = row->times,
				      .write = is_wish_to_write(row) };
	struct observed_path *known;

	if (is_of_kernel(path))
		return;
	verdict_path(view, path, &verdict, &item.verdict);
	if (row->access == OBSERVE_EXEC && row->error == ENOENT &&
	    verdict.may[PATH_EXEC] == ANSWER_YES) {
		path = hint_interpreter(scope->arena, &verdict.place);
		if (path && strcmp(path, item.path) != 0)
			judge_path(scope, view, row, path, ret);
		return;
	}
	if (!plan_explains(view, row, path, &verdict))
		return;
	known = strindex_find(&ret->index, ret->list, sizeof *known, path);
	if (known) {
		known->times += row->times;
		add_program(known, row);
		if (known->write || !item.write)
			return;
	}
	item.host = meant_on_host(scope, row, path, &verdict.place);
	if (!item.host)
		return;
	observed_fix(scope, &verdict.place, &item);
	if (known) { /* more is wanted of it than had been seen */
		item.times = known->times;
		memcpy(item.programs, known->programs, sizeof item.programs);
		*known = item;
		return;
	}
	add_program(&item, row);
	*(struct observed_path *)arena_append(scope->arena, &ret->list, &ret->len,
					      sizeof item) = item;
	strindex_add(&ret->index, scope->arena, ret->list, sizeof item);
}

void observed_judge(const struct observed_scope *scope, struct observed *ret)
{
	struct view view;

	view_init(&view, scope->plan, scope->host, scope->arena);
	for (uint32_t i = 0; ret->table && i < ret->table->len; i++) {
		const struct observe_row *row = &ret->table->rows[i];
		const char *path = ret->table->text + row->path;

		if (row->error != 0 && *path)
			judge_path(scope, &view, row, flatten(scope->arena, path), ret);
	}
}

/* ------------------------------------------------------------------------ JSON */

static void add_errno(struct strbuf *out, int error)
{
	const char *name = error ? errno_name(error) : NULL;

	if (name)
		json_text(out, "errno", name);
	else if (error)
		json_format(out, "errno", "%d", error);
	else
		json_null(out, "errno");
}

static void add_observed_path(struct strbuf *out, const struct observed_path *path)
{
	json_object(out, NULL);
	json_text(out, "path", path->path);
	json_text(out, "host", path->host);
	json_text(out, "access", path->write ? "write" : "read");
	json_text(out, "call", observe_calls[path->row->call].name);
	add_errno(out, path->row->error);
	json_number(out, "times", (int64_t)path->times);
	json_texts(out, "programs", path->programs);
	json_number(out, "process", path->row->process);
	verdict_reasons_json(&path->verdict, out);
	if (path->key) {
		json_object(out, "fix");
		json_text(out, "key", path->key);
		json_text(out, "entry", path->entry);
		json_object_end(out);
	} else {
		json_null(out, "fix");
	}
	json_text(out, "no_fix", path->no_fix);
	json_object_end(out);
}

static void add_call(struct strbuf *out, const struct observe_table *table,
		     const struct observe_row *row)
{
	const char *path = table->text + row->path;

	json_object(out, NULL);
	json_text(out, "call", observe_calls[row->call].name);
	json_text(out, "path", *path ? path : NULL);
	add_errno(out, row->error);
	json_number(out, "times", row->times);
	json_text(out, "program", row->program);
	json_number(out, "process", row->process);
	json_number(out, "first", row->first);
	json_object_end(out);
}

void observed_json(const struct observed *observed, struct strbuf *out)
{
	const struct observe_table *table = observed ? observed->table : NULL;

	if (!table) {
		json_null(out, "observed");
		return;
	}
	json_object(out, "observed");
	json_text(out, "mode", observed->mode == OBSERVE_ALL ? "all" : "failed");
	json_bool(out, "complete", table->complete == 1);
	json_number(out, "left_out", table->left_out);
	json_number(out, "unreadable", table->unreadable);
	json_array(out, "denied");
	for (size_t i = 0; i < observed->len; i++)
		add_observed_path(out, &observed->list[i]);
	json_array_end(out);
	json_array(out, "calls");
	for (uint32_t i = 0; i < table->len; i++)
		add_call(out, table, &table->rows[i]);
	json_array_end(out);
	observed_calls_json(observed, out);
	json_object_end(out);
}
