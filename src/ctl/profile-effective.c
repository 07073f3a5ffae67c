/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-effective.c - a policy as a profile, by the key table; see profile.h */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "ctl/profile.h"
#include "policy/forms.h"

struct writer {
	struct arena *arena;
	const struct policy *policy;
	struct strbuf *out;
	struct error *err;
	const char *table; /* whose header was written last */
};

/* -------------------------------------------------- what stands at one place twice */

/* Something that is mounted at @target; of two from different layers the later counts. */
struct entry {
	const char *target;
	const char *source; /* it counts only if the host has that; NULL: always */
	unsigned layer;
	const struct srcpos *pos;
};

struct entries {
	struct entry *list;
	size_t len;
};

static void add_entry(struct writer *w, struct entries *entries,
		      const struct entry *entry)
{
	*(struct entry *)arena_append(w->arena, &entries->list, &entries->len,
				      sizeof *entry) = *entry;
}

static void add_specs(struct writer *w, struct entries *entries,
		      const struct texts *texts)
{
	struct fsspec spec;

	for (size_t i = 0; i < texts->len; i++)
		if (fsspec_parse(w->arena, texts->items[i].s, NULL, &spec) == 0)
			add_entry(w, entries,
				  &(struct entry){
					  spec.target, spec.optional ? spec.source : NULL,
					  texts->items[i].layer, &texts->items[i].pos });
}

static struct entries all_entries(struct writer *w)
{
	const struct policy *policy = w->policy;
	struct entries entries = { 0 };

	add_specs(w, &entries, &policy->fs.read);
	add_specs(w, &entries, &policy->fs.write);
	add_specs(w, &entries, &policy->fs.tmpfs);
	for (size_t i = 0; i < policy->fs.mount.len; i++) {
		const struct mount *m = &policy->fs.mount.items[i];

		add_entry(w, &entries,
			  &(struct entry){ m->target.s,
					   m->optional.value ? m->source.s : NULL,
					   m->layer, &m->pos });
	}
	return entries;
}

/* The place of what stands at @target instead of an entry of @layer; NULL: nothing. */
static const struct srcpos *replaced(struct writer *w, const char *target, unsigned layer)
{
	const struct entries entries = all_entries(w);
	struct stat st;

	for (size_t i = 0; i < entries.len; i++) {
		const struct entry *entry = &entries.list[i];

		if (entry->layer > layer && strcmp(entry->target, target) == 0 &&
		    (!entry->source || stat(entry->source, &st) == 0))
			return entry->pos;
	}
	return NULL;
}

static const struct srcpos *text_replaced(struct writer *w, const struct key *key,
					  const struct text *text)
{
	struct fsspec spec;

	if (strcmp(key->name, "fs.read") != 0 && strcmp(key->name, "fs.write") != 0 &&
	    strcmp(key->name, "fs.tmpfs") != 0)
		return NULL;
	return fsspec_parse(w->arena, text->s, NULL, &spec) == 0
		       ? replaced(w, spec.target, text->layer)
		       : NULL;
}

/* ---------------------------------------------------------------------- the text */

static void add_place(struct writer *w, const struct srcpos *pos)
{
	strbuf_escaped(w->out, pos->file, strlen(pos->file));
	if (pos->line)
		strbuf_printf(w->out, ":%u", pos->line);
	if (pos->line && pos->col)
		strbuf_printf(w->out, ":%u", pos->col);
}

static void end_line(struct writer *w, const struct srcpos *pos,
		     const struct srcpos *instead)
{
	strbuf_add(w->out, "  # ");
	add_place(w, pos);
	if (instead) {
		strbuf_add(w->out, ", replaced by ");
		add_place(w, instead);
	}
	strbuf_addc(w->out, '\n');
}

/* A basic string of TOML. Variables are replaced already, so a dollar is one. */
static int add_string(struct writer *w, const char *s, bool value)
{
	size_t len = strlen(s), n;

	strbuf_addc(w->out, '"');
	for (size_t i = 0; i < len; i += n) {
		n = utf8_length(s + i, len - i);
		if (n == 0)
			return error_set(w->err,
					 "a text of the command line is no UTF-8, which "
					 "no profile can hold");
		if (s[i] == '"' || s[i] == '\\')
			strbuf_printf(w->out, "\\%c", s[i]);
		else if (s[i] == '$' && value)
			strbuf_add(w->out, "$$");
		else if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			strbuf_printf(w->out, "\\u%04X", (unsigned char)s[i]);
		else
			strbuf_addn(w->out, s + i, n);
	}
	strbuf_addc(w->out, '"');
	return 0;
}

static void begin_table(struct writer *w, const char *table)
{
	if (w->table && strcmp(w->table, table) == 0)
		return;
	strbuf_printf(w->out, "\n[%s]\n", table);
	w->table = table;
}

/* "read" of "fs.read", below the header [fs]. */
static const char *begin_key(struct writer *w, const struct key *key)
{
	const char *dot = strrchr(key->name, '.');

	if (!dot)
		return key->name;
	begin_table(w, arena_strndup(w->arena, key->name, (size_t)(dot - key->name)));
	return dot + 1;
}

static void add_number(struct writer *w, const struct key *key, int64_t value)
{
	struct plan_limit limit = { .value = value };

	switch (key->type) {
	case KEY_BOOL:
		strbuf_add(w->out, value ? "true" : "false");
		return;
	case KEY_SIZE:
		limit.unit = LIMIT_BYTES;
		break;
	case KEY_TIME:
		limit.unit = LIMIT_TIME;
		break;
	case KEY_PERCENT:
		limit.unit = LIMIT_PERCENT;
		break;
	case KEY_COUNT:
	case KEY_TEXT:
	case KEY_WORD:
	case KEY_TEXTS:
	case KEY_PAIRS:
	case KEY_MOUNTS:
		strbuf_printf(w->out, "%lld", (long long)value);
		return;
	}
	strbuf_addc(w->out, '"');
	limit_value(&limit, w->out);
	strbuf_add(w->out, limit.unit == LIMIT_TIME && value == 0 ? "ms\"" : "\"");
}

static int write_texts(struct writer *w, const struct key *key, const struct texts *texts)
{
	if (texts->len == 0)
		return 0;
	strbuf_printf(w->out, "%s = [\n", begin_key(w, key));
	for (size_t i = 0; i < texts->len; i++) {
		const struct srcpos *instead = text_replaced(w, key, &texts->items[i]);

		strbuf_add(w->out, instead ? "\t# " : "\t");
		if (add_string(w, texts->items[i].s, true) < 0)
			return -1;
		strbuf_addc(w->out, ',');
		end_line(w, &texts->items[i].pos, instead);
	}
	strbuf_add(w->out, "]\n");
	return 0;
}

static int add_pairs(struct writer *w, const struct key *key, const struct pairs *pairs)
{
	if (pairs->len > 0)
		begin_table(w, key->name);
	for (size_t i = 0; i < pairs->len; i++) {
		if (add_string(w, pairs->items[i].name, false) < 0)
			return -1;
		strbuf_add(w->out, " = ");
		if (add_string(w, pairs->items[i].value, true) < 0)
			return -1;
		end_line(w, &pairs->items[i].pos, NULL);
	}
	return 0;
}

static int add_key(struct writer *w, const struct key *key, const void *base);

static int write_mounts(struct writer *w, const struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->len; i++) {
		const struct mount *m = &mounts->items[i];
		const struct srcpos *instead = replaced(w, m->target.s, m->layer);

		if (instead) {
			strbuf_add(w->out, "\n# a [[fs.mount]] at ");
			strbuf_escaped(w->out, m->target.s, strlen(m->target.s));
			end_line(w, &m->pos, instead);
			continue;
		}
		strbuf_add(w->out, "\n[[fs.mount]]");
		end_line(w, &m->pos, NULL);
		w->table = NULL;
		for (const struct key *key = mount_keys; key->name; key++)
			if (add_key(w, key, m) < 0)
				return -1;
	}
	return 0;
}

/* One key, if somebody has set it. */
static int add_key(struct writer *w, const struct key *key, const void *base)
{
	const void *member = (const char *)base + key->offset;
	const struct text *text = member;
	const struct word *word = member;
	const struct number *number = member;

	switch (key->type) {
	case KEY_TEXTS:
		return write_texts(w, key, member);
	case KEY_PAIRS:
		return add_pairs(w, key, member);
	case KEY_MOUNTS:
		return write_mounts(w, member);
	case KEY_TEXT:
		if (!text->pos.file)
			return 0;
		strbuf_printf(w->out, "%s = ", begin_key(w, key));
		if (add_string(w, text->s, true) < 0)
			return -1;
		end_line(w, &text->pos, NULL);
		return 0;
	case KEY_WORD:
		if (!word->pos.file)
			return 0;
		strbuf_printf(w->out, "%s = \"%s%s\"", begin_key(w, key),
			      key->words[word->value], word->arg ? word->arg : "");
		end_line(w, &word->pos, NULL);
		return 0;
	case KEY_BOOL:
	case KEY_COUNT:
	case KEY_SIZE:
	case KEY_TIME:
	case KEY_PERCENT:
		if (!number->pos.file)
			return 0;
		strbuf_printf(w->out, "%s = ", begin_key(w, key));
		add_number(w, key, number->value);
		end_line(w, &number->pos, NULL);
		return 0;
	}
	return 0;
}

int profile_effective(struct arena *arena, const struct policy *policy,
		      struct strbuf *out, struct error *err)
{
	struct writer w = { arena, policy, out, err, NULL };

	strbuf_add(out,
		   "# What the profiles come to, as sboxctl profile show --effective "
		   "prints it; behind\n# each line the place that it came from.\n"
		   "version = 1\n");
	/* a table of its own, such as [env.set], ends the one that it is in */
	for (int pairs = 0; pairs < 2; pairs++)
		for (const struct key *key = key_table; key->name; key++)
			if ((key->type == KEY_PAIRS) == pairs &&
			    add_key(&w, key, policy) < 0)
				return -1;
	return 0;
}
