/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* own.h - options that are no setting of a profile */
#ifndef SBOX_OWN_H
#define SBOX_OWN_H

#include <stdbool.h>

enum own {
	OWN_PROFILE,
	OWN_PROFILE_FD,
	OWN_ARGS_FD,
	OWN_PROJECT,
	OWN_SET,
	OWN_LIMIT,
	OWN_DRY_RUN,
	OWN_NAME,
	OWN_HOLD,
	OWN_CHANGES,
	OWN_TRY,
	OWN_ON_SUCCESS,
	OWN_REPORT,
	OWN_STATUS_FD,
	OWN_BLOCK_FD,
	OWN_OBSERVE,
	OWN_WHY,
	OWN_QUIET,
	OWN_VERBOSE,
	OWN_HELP,
	OWN_VERSION,
	OWN_JSON,
	OWN_EFFECTIVE,
	OWN_DETECT,
	OWN_FROM_RUN
};

struct own_option {
	enum own id;
	char letter;
	const char *name, *arg; /* arg in brackets: may be left out, and only with "=" */
	const char *help;
	unsigned sets; /* OPTIONS_*; 0: part of each */
};

/* Ends with a row without a name. */
extern const struct own_option own_options[];

/* Whether @option is one of a command line with OPTIONS_* @sets. */
static inline bool own_is_known(unsigned sets, const struct own_option *option)
{
	return option->sets == 0 || (option->sets & sets) != 0;
}

/*
 * Which word of @option, whose arg is "[WORD|WORD]", @value is, from 1 on; 0 if it is
 * NULL; -1: none.
 */
int own_word(const struct own_option *option, const char *value);

#endif
