/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* program.c - the name of the program that this is linked into; see run/say.h */
#include "config.h"

#include "run/say.h"

/* clients look for what bubblewrap says, whatever the file is called */
const char say_program[] = "bwrap";
