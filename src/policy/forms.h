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
 * @text checked against @form and brought to its normal form, a plain string in the
 * layer's arena: paths clean and, on the command line, absolute; what a variable brought
 * in escaped, so that it means itself to whoever reads the form again. Where a form has
 * no escape, a separator or a prefix that a variable brought in is a mistake. NULL after
 * one, told at @pos.
 */
const char *form_check(const struct layer *layer, enum key_form form,
		       const struct expanded *text, const struct srcpos *pos);

#endif
