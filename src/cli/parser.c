/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parser.c - the command line as a text that mistakes are shown in; see parser.h */
#include "config.h"

#include "cli/parser.h"

const char options_source[] = "command line";

/* The arguments as the lines of a text, so that a mistake can be shown in its place. */
void parser_add_source(struct diags *diags, int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (int i = 1; i < argc; i++) {
		for (const char *s = argv[i]; *s; s++)
			strbuf_addn(&text, *s == '\n' ? " " : s, 1);
		strbuf_addc(&text, '\n');
	}
	diag_source(diags, options_source, arena_strdup(diags->arena, strbuf_str(&text)),
		    text.len);
}
