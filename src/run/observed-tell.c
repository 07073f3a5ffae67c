/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-tell.c - --observe, as a run has it; see observed-tell.h */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/path.h"
#include "box/observe/calls.h"
#include "run/ended.h"
#include "run/observed-calls.h"
#include "run/observed-scope.h"
#include "run/observed-tell.h"
#include "seccomp/import.h"

#define LINES_MAX 20
#define ENTRIES_MAX 8
#define CALLS_MAX 10

int observed_check(const struct session *session, struct error *err)
{
	if (session->request.observe == OBSERVE_OFF)
		return 0;
	if (session->request.hold)
		return error_set(err, "--observe: a sandbox that is held (--hold) has no "
				      "command that could be observed");
	if (session->plan.nested && session->request.observe == OBSERVE_PLAIN)
		return error_set(
			err, "--observe traces the command, and what runs programs in "
			     "sandboxes of its own (namespaces.nested) may need to trace "
			     "them itself: --observe=failed does it all the same");
	for (size_t i = 0; i < session->plan.programs_len; i++)
		if (import_may_trace(&session->plan.programs[i].program))
			return error_set(
				err,
				"--observe: \"%s\" of seccomp.programs can answer "
				"SECCOMP_RET_TRACE, which refuses a call, and lets it "
				"pass while somebody traces, so what it runs cannot be "
				"observed",
				session->plan.programs[i].path);
	return 0;
}

static const struct diag *decision(const struct observed_path *path)
{
	const struct verdict *verdict = &path->verdict;

	return verdict->why_len > 0 ? &verdict->why[verdict->why_len - 1] : NULL;
}

/* Whether two are told in one line: of one directory, decided and mended alike. */
static bool is_alike(struct arena *arena, const struct observed_path *a,
		     const struct observed_path *b)
{
	const struct diag *x = decision(a), *y = decision(b);

	return a->write == b->write && (a->key != NULL) == (b->key != NULL) &&
	       (x && y ? x->pos.file == y->pos.file && x->pos.line == y->pos.line
		       : x == y) &&
	       strcmp(path_parent(arena, a->path), path_parent(arena, b->path)) == 0;
}

static void put_escaped(struct strbuf *out, const char *s)
{
	strbuf_escaped(out, s, strlen(s));
}

/* "read, 12 times (git, sh)" */
static void add_wish(struct strbuf *out, const struct observed_path *path)
{
	strbuf_add(out, path->write ? "write" : "read");
	if (path->times == 1)
		strbuf_add(out, ", once");
	else
		strbuf_printf(out, ", %" PRIu64 " times", path->times);
	for (size_t i = 0; path->programs[i]; i++) {
		strbuf_add(out, i ? ", " : " (");
		put_escaped(out, path->programs[i]);
	}
	if (path->programs[0])
		strbuf_addc(out, ')');
}

/* The reason; what verdict/path.c offers behind it is offered here only if it may be. */
static void add_decision(struct strbuf *out, const struct observed_path *path)
{
	static const char nothing[] = "no line of a profile shows it";
	const struct diag *why = decision(path);

	if (!why)
		return;
	strbuf_add(out, "; ");
	if (why->pos.file) {
		put_escaped(out, why->pos.file);
		strbuf_printf(out, ":%u: ", why->pos.line);
	}
	if (strncmp(why->msg, nothing, strlen(nothing)) == 0)
		strbuf_add(out, nothing);
	else
		put_escaped(out, why->msg);
}

/* A line for @first and all behind it that are like it, which are taken off @told. */
static void tell_paths(const struct session *session, const struct observed *observed,
		       size_t first, bool *told)
{
	struct arena *arena = (struct arena *)&session->arena;
	const struct observed_path *path = &observed->list[first];
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_strbuf_ struct strbuf fix = { 0 };
	size_t more = 0, entries = 0;

	for (size_t i = first; i < observed->len; i++) {
		const struct observed_path *next = &observed->list[i];

		if (told[i] || !is_alike(arena, path, next))
			continue;
		told[i] = true;
		if (next->key && entries < ENTRIES_MAX)
			strbuf_printf(&fix, "%s\"%s\"", entries ? ", " : "", next->entry);
		else if (next->key && entries == ENTRIES_MAX)
			strbuf_add(&fix, ", ...");
		entries += next->key != NULL;
		more += i != first;
	}
	strbuf_add(&text, "asked for in vain: ");
	put_escaped(&text, path->path);
	strbuf_add(&text, ": ");
	add_wish(&text, path);
	if (more > 0)
		strbuf_printf(&text, ", and %zu more beside it", more);
	add_decision(&text, path);
	if (path->key)
		strbuf_printf(&text, "; %s = [%s] lets it through", path->key,
			      strbuf_str(&fix));
	else if (path->no_fix)
		strbuf_printf(&text, "; no line is offered: %s",
			      arena_strdup(arena, path->no_fix));
	session_warn(session, strbuf_str(&text), "");
}

static void tell_call(const struct session *session, const struct observed_call *call)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "refused: %s: %s, %" PRIu32 " time%s (", call->what,
		      call->verdict.says, call->row->times,
		      call->row->times == 1 ? "" : "s");
	put_escaped(&text, call->row->program);
	strbuf_addc(&text, ')');
	for (size_t i = 0; i < call->verdict.why_len; i++) {
		const struct diag *why = &call->verdict.why[i];

		strbuf_add(&text, "; ");
		if (why->pos.file) {
			put_escaped(&text, why->pos.file);
			strbuf_printf(&text, ":%u: ", why->pos.line);
		}
		strbuf_add(&text, why->msg);
	}
	session_warn(session, strbuf_str(&text), "");
}

/* What the filter refused; that a call is not there at all is no news to programs. */
static void tell_calls(struct session *session, const struct observed *observed)
{
	size_t told = 0;

	for (size_t i = 0; i < observed->calls_len; i++)
		if (observed->calls[i].row->error != ENOSYS && told++ < CALLS_MAX)
			tell_call(session, &observed->calls[i]);
	if (told > CALLS_MAX)
		session_warn(session,
			     arena_printf(&session->arena,
					  "refused: %zu calls more, which --report=FILE "
					  "has",
					  told - CALLS_MAX),
			     "");
}

/* A program that wanted to trace others was refused for our sake. */
static void tell_tracers(const struct session *session, const struct observe_table *table)
{
	for (uint32_t i = 0; i < table->len; i++)
		if (table->rows[i].access == OBSERVE_TRACE && table->rows[i].error) {
			session_warn(
				session,
				"a debugger or tracer does not work in a sandbox that "
				"is observed, for one process has one tracer; without "
				"--observe it may: ",
				table->rows[i].program);
			return;
		}
}

/* A file could not be opened for the others that the process had open. */
static void tell_descriptors(struct session *session, const struct observe_table *table)
{
	for (uint32_t i = 0; i < table->len; i++)
		if (table->rows[i].error == EMFILE) {
			ended_limit(session, "nofile", "was reached",
				    arena_printf(&session->arena,
						 "%s had as many files open",
						 table->rows[i].program));
			return;
		}
}

static void tell_table(struct session *session, const struct observed *observed)
{
	const struct observe_table *table = observed->table;
	bool *told = arena_alloc((struct arena *)&session->arena,
				 (observed->len + 1) * sizeof *told);
	_cleanup_strbuf_ struct strbuf rest = { 0 };
	size_t lines = 0, left = 0;

	for (size_t i = 0; i < observed->len; i++) {
		if (told[i])
			continue;
		if (lines++ < LINES_MAX)
			tell_paths(session, observed, i, told);
		else
			left++;
	}
	tell_calls(session, observed);
	tell_tracers(session, table);
	tell_descriptors(session, table);
	if (left > 0)
		strbuf_printf(&rest, "%zu paths more, which --report=FILE has", left);
	if (table->left_out > 0)
		strbuf_printf(&rest, "%s%u calls that there was no room for",
			      left ? ", and " : "", table->left_out);
	if (rest.len > 0)
		session_warn(session, "asked for in vain: ", strbuf_str(&rest));
	if (!table->complete)
		session_warn(session,
			     "the observer ended before the command, and the sandbox "
			     "with it",
			     "");
}

void observed_tell(struct session *session)
{
	struct observed *observed = &session->observed;
	struct observed_scope scope;

	if (!session->outcome.observed)
		return;
	observed->table = session->outcome.observed;
	observed->mode = session->request.observe;
	observed_scope_init(session, &scope);
	observed_judge(&scope, observed);
	observed_calls_judge(&scope, observed);
	session->ending.observed = observed;
	tell_table(session, observed);
}
