/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* option.h - a row of the table of options, for options.c and operations.c alone */
#ifndef SBOX_BWRAP_OPTION_H
#define SBOX_BWRAP_OPTION_H

#include "base/error.h"
#include "bwrap/options.h"

struct option;
/* What is done for one: @words are those behind its name, as many as it takes. 0, or -1
 * with *err. */
typedef int take_fn(struct bwrap *b, const struct option *o, char *const *words,
		    struct error *err);

struct option {           /* a row of the table */
	const char *name; /* without the dashes */
	int words;
	take_fn *take;
	size_t member; /* of struct bwrap, where @take fills one */
	int value;     /* for @take */
	bool once;     /* more than one: the last counts, and that is said */
	const char *arguments, *help;
};

/* Words as a descriptor or as permissions; 0, or -1 with *err. */
_must_check_ int option_fd(const char *text, int *ret, struct error *err);
_must_check_ int option_octal(const struct option *o, const char *text, int *ret,
			      struct error *err);

/* Notes that @fd is used up here, and never the command's. */
void option_spend(struct bwrap *b, int fd);

/* operations.c: options that add to b->ops, and those about the next of these */
take_fn op_bind, op_symlink, op_bind_fd, op_data, op_place, op_chmod, op_overlay_src,
	op_overlay, op_perms, op_size;

#endif
