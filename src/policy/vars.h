/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vars.h - ${NAME} in the strings of a profile
 *
 * ${NAME} is replaced by the variable's value, ${NAME:-text} by text where it is
 * unset or empty, $$ by one dollar. Unset *and* empty variables are mistakes:
 * a path of "${CACHE}/x" must never become "/x". A dollar in front of anything
 * else is a mistake too, so that nobody believes $HOME to be one.
 *
 * What a variable brings in is data. A directory may be called "x:/data", "?x", "a\b" or
 * "*", and whoever unpacks an archive has such directories: only what the profile itself
 * says between its variables can part, escape, make optional or match. So a result
 * remembers which of its bytes came from where, and whoever reads a form asks by
 * expanded_is() for each character that has a meaning in it.
 */
#ifndef SBOX_VARS_H
#define SBOX_VARS_H

#include "base/diag.h"
#include "policy/policy.h"

/* A string with its variables replaced. */
struct expanded {
	const char *s;
	const char *data; /* for each byte of @s: not 0 if a variable brought it in; NULL:
			     none was */
};

/* Whether the byte at @i is @c and the profile itself says so. */
static inline bool expanded_is(const struct expanded *text, size_t i, char c)
{
	return text->s[i] == c && !(text->data && text->data[i]);
}

struct vars {
	struct pairs builtin; /* HOME, CWD, ...; final values */
	struct pairs defined; /* [vars] of the profiles; may use variables themselves */
	/*
	 * The variables of the home directory (HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME)
	 * whose values by the caller's account are not those by the environment; NULL:
	 * there are none, or nobody knows. Asked where a key has to hold for both.
	 */
	const struct pairs *(*account)(void *data);
	void *account_data;
	/*
	 * Finds out, when it is asked for the first time, a variable that costs
	 * something: one of PROJECT and PROJECT_GIT. A profile may define it otherwise.
	 * NULL: there are none.
	 */
	const struct pair *(*late)(void *data, const char *name);
	void *late_data;
	const struct pairs *over; /* counts before @builtin; NULL: nothing does */
};

/* Puts or replaces @name. */
void pairs_set(struct arena *arena, struct pairs *pairs, const struct pair *pair);
const struct pair *pairs_get(const struct pairs *pairs, const char *name);

/* @s with its variables replaced, in @diags' arena; -1 after a mistake, told at @pos. */
int vars_expand(const struct vars *vars, struct diags *diags, const char *s,
		const struct srcpos *pos, struct expanded *ret);

#endif
