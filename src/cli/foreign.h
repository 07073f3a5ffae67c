/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* foreign.h - what people type who come from another program */
#ifndef SBOX_FOREIGN_H
#define SBOX_FOREIGN_H

#include "base/arena.h"

/* An option as it was typed. */
struct foreign {
	const char *name;           /* without its dashes; one letter is a short option */
	const char *first, *second; /* what may be its values; NULL: nothing follows */
};

/*
 * What does here what the option does elsewhere, in words for "it is ...": of docker,
 * podman, timeout(1), bubblewrap, firejail or nsjail; with its values where they fit:
 * *ret_used of them. NULL: none of them has it, or it is called the same.
 */
const char *foreign_option(struct arena *arena, const struct foreign *f,
			   unsigned *ret_used);

#endif
