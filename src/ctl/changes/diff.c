/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff.c - sboxctl changes diff: what a change set would change */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "changes/diff.h"
#include "ctl/changes/changes.h"
#include "ctl/changes/content.h"
#include "run/color.h"
#include "run/say.h"

#define PIECE ((size_t)64 * 1024) /* of output that is written at once */

struct printing {
	const struct changes_set *set;
	const struct changes_request *request;
	struct strbuf out;
	size_t count[DIFF_MODE + 1], entries;
	bool colors;
	int64_t more, less; /* bytes of files that are there, and that are gone */
	int status;
};

static int flush_output(struct printing *p, bool all)
{
	if (p->out.len > 0 && (all || p->out.len >= PIECE)) {
		p->status = say_answer(&p->out);
		p->out.len = 0;
	}
	return p->status ? -1 : 0;
}

static void add_host_path(struct printing *p, const struct diff_entry *e,
			  const char *path, mode_t mode)
{
	const char *lower = p->set->about.trees[e->tree].lower;

	strbuf_escaped(&p->out, lower, strlen(lower));
	if (lower[1])
		strbuf_addc(&p->out, '/');
	strbuf_escaped(&p->out, path, strlen(path));
	if (S_ISDIR(mode))
		strbuf_addc(&p->out, '/');
}

/* What the letter does not say. */
static void add_remark(struct printing *p, const struct diff_entry *e)
{
	const unsigned old = e->old_mode & 07777, new = e->mode & 07777;

	if (e->mode && e->old_mode && old != new && !S_ISLNK(e->mode))
		strbuf_printf(&p->out, "  (mode %04o to %04o)", old, new);
	else if (e->kind == DIFF_MODE)
		strbuf_add(&p->out, "  (owner or attributes)");
	else if (e->kind == DIFF_ADDED && S_ISREG(e->mode) && (new & 0111))
		strbuf_add(&p->out, "  (can be executed)");
	if (S_ISSOCK(e->mode))
		strbuf_add(&p->out, "  (a socket, which is not committed)");
	else if (S_ISFIFO(e->mode))
		strbuf_add(&p->out, "  (a FIFO)");
	else if (S_ISLNK(e->mode))
		strbuf_add(&p->out, "  (a link)");
}

static void print_change(struct printing *p, const struct diff_entry *e)
{
	strbuf_printf(&p->out, p->colors ? "\033[1m%c\033[m " : "%c ",
		      diff_letter(e->kind));
	if (e->from) {
		add_host_path(p, e, e->from, e->mode);
		strbuf_add(&p->out, " -> ");
	}
	add_host_path(p, e, e->path, e->mode ? e->mode : e->old_mode);
	add_remark(p, e);
	strbuf_addc(&p->out, '\n');
}

static const char *mode_name(mode_t mode)
{
	return S_ISREG(mode)    ? "file"
	       : S_ISDIR(mode)  ? "directory"
	       : S_ISLNK(mode)  ? "link"
	       : S_ISFIFO(mode) ? "fifo"
	       : S_ISSOCK(mode) ? "socket"
				: "device";
}

static void json_state(struct strbuf *out, const char *name, mode_t mode, int64_t size)
{
	if (!mode) {
		json_null(out, name);
		return;
	}
	json_object(out, name);
	json_text(out, "type", mode_name(mode));
	json_format(out, "mode", "%04o", (unsigned)mode & 07777);
	json_number(out, "size", size);
	json_object_end(out);
}

/* Bytes that are no text cannot be in JSON: then they are there a second time. */
static void json_path(struct strbuf *out, const char *name, const char *path)
{
	_cleanup_strbuf_ struct strbuf raw = { 0 };
	char key[32];

	json_text(out, name, path);
	for (const char *at = path; *at;) {
		const size_t len = utf8_length(at, strlen(at));

		if (len == 0) {
			for (at = path; *at; at++)
				strbuf_printf(&raw, "%02x", (unsigned)(unsigned char)*at);
			(void)snprintf(key, sizeof key, "%s_hex", name);
			json_text(out, key, strbuf_str(&raw));
			return;
		}
		at += len;
	}
}

static void print_entry(struct printing *p, const struct diff_entry *e)
{
	const char letter[2] = { diff_letter(e->kind), '\0' };

	strbuf_add(&p->out, p->entries ? ",\n " : "");
	strbuf_addc(&p->out, '{');
	json_text(&p->out, "kind", letter);
	json_path(&p->out, "tree", p->set->about.trees[e->tree].lower);
	json_path(&p->out, "path", e->path);
	if (e->from)
		json_path(&p->out, "from", e->from);
	json_state(&p->out, "before", e->old_mode, e->old_size);
	json_state(&p->out, "after", e->mode, e->size);
	strbuf_addc(&p->out, '}');
}

static void sum_up(struct printing *p, const struct diff_entry *e)
{
	p->count[e->kind]++;
	if (S_ISREG(e->mode))
		p->more += e->size;
	if (S_ISREG(e->old_mode))
		p->less += e->old_size;
}

static int take_entry(void *data, const struct diff_entry *e, struct error *err)
{
	struct printing *p = data;

	sum_up(p, e);
	if (p->request->json)
		print_entry(p, e);
	else if (!p->request->stat)
		print_change(p, e);
	p->entries++;
	if (p->request->content) {
		if (flush_output(p, true) < 0 ||
		    changes_content(p->set, e, p->colors, &p->out, err) < 0)
			return -1;
	}
	if (flush_output(p, false) < 0)
		return error_set(err, "cannot write the answer");
	return 0;
}

static void print_stat(struct printing *p)
{
	static const char *const words[] = {
		[DIFF_ADDED] = "added",          [DIFF_CHANGED] = "changed",
		[DIFF_DELETED] = "removed",      [DIFF_RENAMED] = "renamed",
		[DIFF_TYPE] = "of another type", [DIFF_MODE] = "with another mode",
	};
	bool any = false;

	for (size_t i = 0; i <= DIFF_MODE; i++) {
		if (p->count[i] == 0)
			continue;
		strbuf_printf(&p->out, "%s%zu %s", any ? ", " : "", p->count[i],
			      words[i]);
		any = true;
	}
	if (any)
		strbuf_printf(&p->out, "; %+lld bytes\n", (long long)(p->more - p->less));
	else
		strbuf_add(&p->out, "no changes\n");
}

static int refuse_to_look(const struct changes_set *set, struct error *err)
{
	if (set->state == CHANGES_COMMITTED || set->state == CHANGES_MAKING)
		return error_set(err, "the change set \"%s\" is %s: it has no changes",
				 set->name, changes_state_name(set->state));
	return error_set(err,
			 "the change set \"%s\" is half done: \"sboxctl changes %s %s\" "
			 "ends it",
			 set->name, set->state == CHANGES_UNDOING ? "undo" : "commit",
			 set->name);
}

static int print_diff(struct printing *p, struct error *err)
{
	const struct changes_request *request = p->request;
	const struct diff_options options = { .paths = request->paths,
					      .quick = request->quick };
	int ret;

	if (p->set->state != CHANGES_RUNNING && p->set->state != CHANGES_STOPPED &&
	    p->set->state != CHANGES_PARTLY)
		return refuse_to_look(p->set, err);
	strbuf_add(&p->out, request->json ? "[" : "");
	ret = diff_set(p->set, &options, take_entry, p, err);
	strbuf_add(&p->out, request->json ? "]\n" : "");
	if (ret == 0 && request->stat && !request->json)
		print_stat(p);
	return ret;
}

int changes_diff(struct ctl *ctl, const struct changes_request *request)
{
	struct error err = { .status = EXIT_SBOX };
	struct changes_set set = CHANGES_SET_NONE;
	struct printing p = { .set = &set,
			      .request = request,
			      .colors = color_wanted(STDOUT_FILENO) };
	pid_t pager;
	int ret;

	if (changes_get(ctl, request, &set, &err) < 0)
		return say_error(&err);
	pager = request->json || request->stat ? 0 : changes_pager();
	ret = changes_enter(ctl, &set, &err);
	if (ret == 0)
		ret = print_diff(&p, &err);
	changes_close(&set);
	if (ret == 0)
		(void)flush_output(&p, true);
	changes_pager_end(pager);
	strbuf_done(&p.out);
	if (ret == 0 && p.status)
		return p.status;
	if (ret < 0)
		return p.status ? p.status : say_error(&err);
	return p.entries > 0 ? CTL_NO : 0;
}
