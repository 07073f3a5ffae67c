/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.h - the command line of sbox, and the options that sboxctl shares with it
 *
 * Every setting's option comes from the key table; only what is no policy has rows of
 * its own here. Options end at "--" or at the first word that is none: what follows is
 * the command, and no word of it is ever taken for an option.
 */
#ifndef SBOX_OPTIONS_H
#define SBOX_OPTIONS_H

#include "run/request.h"

/* Where positions on the command line point to; its lines are the arguments. */
extern const char options_source[];

/* 0, or -1 with the mistakes in @diags, whose arena holds everything. */
int options_parse(int argc, char **argv, struct diags *diags, struct request *ret);

/* Sets of options. */
enum {
	OPTIONS_RUN = 1 << 0,    /* of sbox alone */
	OPTIONS_POLICY = 1 << 1, /* -p, --set and every setting */
	OPTIONS_JSON = 1 << 2,
	OPTIONS_EFFECTIVE = 1 << 3,
	OPTIONS_DETECT = 1 << 4,
};

/*
 * Parses the words behind "sboxctl": subcommand argv[0] knows the options of @sets, which
 * may stand before and behind its words; ret->command gets the words, and behind "--" all
 * are words. 0, or -1 with the mistakes in @diags, whose arena holds everything.
 */
int options_parse_words(int argc, char **argv, unsigned sets, struct diags *diags,
			struct request *ret);

/* The text of --help. */
void options_help(struct strbuf *out);

#endif
