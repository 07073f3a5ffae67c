/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forms.h - what the strings of a profile must look like, by enum key_form */
#ifndef SBOX_FORMS_H
#define SBOX_FORMS_H

#include "policy/keys.h"

/*
 * @s checked against @form and brought to its normal form (paths clean and, on the
 * command line, absolute), in the layer's arena. NULL after a mistake, told at @pos.
 */
const char *form_check(const struct layer *layer, enum key_form form, const char *s,
		       const struct srcpos *pos);

#endif
