/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vars.h - ${NAME} in the strings of a profile
 *
 * ${NAME} is replaced by the variable's value, ${NAME:-text} by text where it is
 * unset or empty, $$ by one dollar. Unset *and* empty variables are mistakes:
 * a path of "${CACHE}/x" must never become "/x". A dollar in front of anything
 * else is a mistake too, so that nobody believes $HOME to be one.
 */
#ifndef SBOX_VARS_H
#define SBOX_VARS_H

#include "base/diag.h"
#include "policy/policy.h"

struct vars {
	struct pairs builtin; /* HOME, CWD, ...; final values */
	struct pairs defined; /* [vars] of the profiles; may use variables themselves */
};

/* Puts or replaces @name. */
void pairs_set(struct arena *arena, struct pairs *pairs, const struct pair *pair);
const struct pair *pairs_get(const struct pairs *pairs, const char *name);

/* @s with its variables replaced, in @diags' arena; NULL after a mistake, told at @pos.
 */
const char *vars_expand(const struct vars *vars, struct diags *diags, const char *s,
			const struct srcpos *pos);

#endif
