/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parser.h - a command line that is being read: options.c finds the options, take.c puts
 * those that are no setting of a profile into the request
 */
#ifndef SBOX_PARSER_H
#define SBOX_PARSER_H

#include "cli/options.h"
#include "cli/own.h"

struct parser {
	int argc;
	char **argv;
	int at;        /* the argument being read */
	unsigned sets; /* OPTIONS_* that are known here */
	struct diags *diags;
	struct request *options;
};

/* The place of the argument that is being read. */
static inline struct srcpos parser_position(const struct parser *p)
{
	return (struct srcpos){ options_source, (unsigned)p->at, 0 };
}

/* Shows the arguments, as they are now, as the lines of a text: mistakes have their
 * places there. */
void parser_add_source(struct diags *diags, int argc, char **argv);

/* Adds the setting @text of @key to the request; @key NULL: "KEY=VALUE", as --set has it.
 */
void take_setting(struct parser *p, const struct key *key, const char *text);

/*
 * Option @o with @value, which is NULL if it has none, into the request. 0, or -1 with
 * the mistake in @p's diags.
 */
int take_own(struct parser *p, const struct own_option *o, const char *value);

#endif
