/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forms.h - what the strings of a profile must look like, by enum key_form */
#ifndef SBOX_FORMS_H
#define SBOX_FORMS_H

#include <stdbool.h>

#include "policy/keys.h"

#define SANDBOX_NAME_MAX 63
#define SANDBOX_NAME_PATTERN "[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}"

/* Letters, digits, "_", "-" and ".", at most SANDBOX_NAME_MAX; first no dot or dash. */
bool sandbox_name_ok(const char *name);

/*
 * @s checked against @form and brought to its normal form (paths clean and, on the
 * command line, absolute), in the layer's arena. NULL after a mistake, told at @pos.
 */
const char *form_check(const struct layer *layer, enum key_form form, const char *s,
		       const struct srcpos *pos);

#endif
