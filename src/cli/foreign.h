/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* foreign.h - what people type who come from another program */
#ifndef SBOX_FOREIGN_H
#define SBOX_FOREIGN_H

/*
 * What does here what option @name does elsewhere, in words for "it is ...": of docker,
 * podman, timeout(1), bubblewrap, firejail or nsjail. NULL: none of them has it, or it is
 * called the same. @name: without its dashes; one letter is a short option.
 */
const char *foreign_option(const char *name);

#endif
