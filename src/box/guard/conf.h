/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conf.h - reads the settings of git-config(1) and hgrc(5), which anybody may have
 * written
 *
 * One setting after the other, without a heap, so that it also works in a process that
 * may only read, write and end (judge.h). Nothing is included: what names another file is
 * a setting like any other. The grammars are those of git's config.c and Mercurial's
 * config.py; where git would refuse to go on, @odd is set, and so it is where something
 * is too long for us.
 */
#ifndef SBOX_GUARD_CONF_H
#define SBOX_GUARD_CONF_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_NAME_MAX 512
#define CONF_VALUE_MAX 4096

enum conf_grammar { CONF_GIT, CONF_HG };

struct conf {
	enum conf_grammar grammar;
	const char *at, *end;
	char section[CONF_NAME_MAX];
	bool odd;
};

/*
 * Of git: "section.subsection.key", section and key in lower case; of Mercurial
 * "section.key", and "%include" for the directive. A key of git's without "=" has no
 * value: *value is "" then.
 */
struct conf_entry {
	char name[CONF_NAME_MAX];
	char value[CONF_VALUE_MAX];
};

/* @text stays the caller's, and has to stay. */
void conf_init(struct conf *conf, enum conf_grammar grammar, const char *text,
	       size_t len);

/* The next setting; false: there is none. */
bool conf_next(struct conf *conf, struct conf_entry *ret);

#endif
