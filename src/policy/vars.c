/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vars.c - expand ${NAME}; see vars.h */
#include "config.h"

#include <string.h>

#include "policy/vars.h"

#define STEPS_MAX 100000 /* variables in one text, those inside others included */
#define DEPTH_MAX 10     /* of variables defined by variables */
#define LENGTH_MAX                                                                       \
	((size_t)64 * 1024) /* of a result; ten levels of doubling stay harmless */

struct expansion {
	const struct vars *vars;
	struct diags *diags;
	const struct srcpos *pos;
	const char *dir; /* PROFILE_DIR while a variable of another file is expanded */
	unsigned steps;
	struct strbuf out;
	struct strbuf data; /* of struct expanded; as long as @out when that is whole */
};

void pairs_set(struct arena *arena, struct pairs *pairs, const struct pair *pair)
{
	struct pair *set =
		strindex_find(&pairs->index, pairs->items, sizeof *pair, pair->name);

	if (set) {
		*set = *pair;
		return;
	}
	*(struct pair *)arena_append(arena, &pairs->items, &pairs->len, sizeof *pair) =
		*pair;
	strindex_add(&pairs->index, arena, pairs->items, sizeof *pair);
}

const struct pair *pairs_get(const struct pairs *pairs, const char *name)
{
	return strindex_find(&pairs->index, pairs->items, sizeof(struct pair), name);
}

static int expand(struct expansion *ex, const char *s, unsigned depth);

static int unknown_var(struct expansion *ex, const char *name)
{
	const struct pairs *sets[] = { &ex->vars->builtin, &ex->vars->defined };
	const char *names[64] = { NULL }, *near;
	size_t n = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sets[k]->len && n + 1 < 64; i++)
			names[n++] = sets[k]->items[i].name;
	near = diag_nearest(name, names);
	if (near)
		return diag_add(ex->diags, ex->pos,
				"variable \"%s\" is not set: did you mean \"%s\"?", name,
				near);
	return diag_add(
		ex->diags, ex->pos,
		"variable \"%s\" is not set: define it in [vars], or give a default "
		"with ${%s:-...}",
		name, name);
}

/*
 * Told once, where it is used first, for all variables of the same reason: it is one
 * mistake, and none of the profile's.
 */
static int no_value(const struct expansion *ex, const struct pair *pair)
{
	const char *msg =
		arena_printf(ex->diags->arena, "variable \"%s\" has no value: %s",
			     pair->name, pair->missing);

	for (size_t i = 0; i < ex->diags->len; i++)
		if (strstr(ex->diags->list[i].msg, pair->missing))
			return -1;
	return diag_add(ex->diags, ex->pos, "%s", msg);
}

static const struct pair *builtin(const struct vars *vars, const char *name)
{
	const struct pair *over = vars->over ? pairs_get(vars->over, name) : NULL;

	return over ? over : pairs_get(&vars->builtin, name);
}

/* The text of variable @name; what comes out empty counts as unset. */
static int replace_var(struct expansion *ex, const char *name, const char *fallback,
		       unsigned depth)
{
	const struct pair *pair = builtin(ex->vars, name);
	const struct pair *defined = pair ? NULL : pairs_get(&ex->vars->defined, name);
	const char *dir = ex->dir;
	size_t before = ex->out.len;
	int ret = 0;

	if (!pair && !defined && ex->vars->late)
		pair = ex->vars->late(ex->vars->late_data, name);
	if (pair && ex->dir && strcmp(name, "PROFILE_DIR") == 0)
		strbuf_add(&ex->out, ex->dir);
	else if (pair && pair->value)
		strbuf_add(&ex->out, pair->value);
	if (defined && defined->value) {
		ex->dir = defined->dir ? defined->dir : dir;
		ret = expand(ex, defined->value, depth + 1);
		ex->dir = dir;
	}
	if (ret < 0)
		return -1;
	if (ex->out.len > before)
		return 0;
	/* what the default says is data as well: it stands for the variable's value */
	if (fallback)
		return expand(ex, fallback, depth + 1);
	if (pair && pair->missing)
		return no_value(ex, pair);
	if (pair || defined)
		return diag_add(ex->diags, ex->pos,
				"variable \"%s\" is empty or unset here", name);
	return unknown_var(ex, name);
}

/* One ${...}; @s is behind the brace, @len the length of what is inside. */
static int expand_var(struct expansion *ex, const char *s, size_t len, unsigned depth)
{
	struct arena *arena = ex->diags->arena;
	size_t n = 0;
	const char *name, *fallback = NULL;

	while (n < len &&
	       (s[n] == '_' || (s[n] >= 'A' && s[n] <= 'Z') ||
		(s[n] >= 'a' && s[n] <= 'z') || (n && s[n] >= '0' && s[n] <= '9')))
		n++;
	if (n == 0 || (n < len && strncmp(s + n, ":-", 2) != 0))
		return diag_add(
			ex->diags, ex->pos,
			"\"${%.*s}\" is no variable: write ${NAME} or ${NAME:-default}",
			(int)len, s);
	name = arena_strndup(arena, s, n);
	if (n < len)
		fallback = arena_strndup(arena, s + n + 2, len - n - 2);
	if (++ex->steps > STEPS_MAX)
		return diag_add(ex->diags, ex->pos, "more than %d variables in one text",
				STEPS_MAX);
	return replace_var(ex, name, fallback, depth);
}

/* The length up to the "}" that closes the variable at @s, nested ones skipped; -1: none.
 */
static long brace_length(const char *s)
{
	long depth = 0;

	for (const char *p = s; *p; p++) {
		if (p[0] == '$' && p[1] == '$')
			p++; /* a dollar, and so no brace of a variable */
		else if (p[0] == '$' && p[1] == '{')
			depth++;
		else if (*p == '}' && depth-- == 0)
			return p - s;
	}
	return -1;
}

/*
 * All that was added since the last call was brought in by a variable, or was not. Only
 * the profile's own text, at depth 0, can say so.
 */
static void mark(struct expansion *ex, unsigned depth, char data)
{
	if (depth == 0)
		strbuf_fill(&ex->data, data, ex->out.len - ex->data.len);
}

static int expand(struct expansion *ex, const char *s, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return diag_add(ex->diags, ex->pos,
				"variables are defined by each other (more than %d deep)",
				DEPTH_MAX);
	while (*s) {
		size_t n = strcspn(s, "$");
		long len;

		if (ex->out.len + n > LENGTH_MAX)
			return diag_add(ex->diags, ex->pos,
					"the expanded text is too long");
		strbuf_addn(&ex->out, s, n);
		mark(ex, depth, 0);
		s += n;
		if (!*s)
			break;
		if (s[1] == '$') {
			strbuf_addc(&ex->out, '$');
			mark(ex, depth, 0);
			s += 2;
			continue;
		}
		if (s[1] != '{')
			return diag_add(
				ex->diags, ex->pos,
				"a single \"$\": write ${NAME} for a variable or $$ for "
				"a dollar");
		len = brace_length(s + 2);
		if (len < 0)
			return diag_add(ex->diags, ex->pos,
					"\"${\" without a closing \"}\"");
		if (expand_var(ex, s + 2, (size_t)len, depth) < 0)
			return -1;
		mark(ex, depth, 1);
		s += 2 + len + 1;
	}
	return 0;
}

int vars_expand(const struct vars *vars, struct diags *diags, const char *s,
		const struct srcpos *pos, struct expanded *ret)
{
	struct expansion ex = { .vars = vars, .diags = diags, .pos = pos };
	int result = 0;

	if (!strchr(s, '$')) {
		*ret = (struct expanded){ .s = s };
		return 0;
	}
	result = expand(&ex, s, 0);
	if (result == 0)
		*ret = (struct expanded){
			arena_strdup(diags->arena, strbuf_str(&ex.out)),
			arena_strndup(diags->arena, strbuf_str(&ex.data), ex.data.len),
		};
	strbuf_done(&ex.out);
	strbuf_done(&ex.data);
	return result;
}
