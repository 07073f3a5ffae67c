/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forms.h - what the strings of a profile must look like, by enum key_form; some taken
 * apart */
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
 * layer's arena or @text's own: paths clean and, on the command line, absolute; what a
 * variable brought in escaped, so that it means itself to whoever reads the form again.
 * Where a form has no escape, a separator or a prefix that a variable brought in is a
 * mistake. NULL after one, told at @pos.
 */
const char *form_check(const struct layer *layer, enum key_form form,
		       const struct expanded *text, const struct srcpos *pos);

/*
 * A path entry taken apart: "?" in front makes it optional, ":" parts source and
 * target, "\:" is a colon of a name. Both are clean paths in @arena; without a
 * target it is the source. What stands in @s as it is may be in @ret, so @s has to live
 * as long. -1: not of the form (a FORM_SPEC that was applied is).
 */
struct fsspec {
	bool optional;
	const char *source, *target;
};
int fsspec_parse(struct arena *arena, const char *s, const char *cwd, struct fsspec *ret);
/* @spec as a path entry, in @arena. */
const char *fsspec_text(struct arena *arena, const struct fsspec *spec);

/*
 * An entry of fs.cache taken apart: the name, as of sandbox_name_ok(), and the clean path
 * behind ":", which is absolute, or else below the command's home directory; without one
 * it is ".cache/NAME". -1: not of the form (a FORM_CACHE that was applied is).
 */
struct cachespec {
	const char *name, *path;
};
int cachespec_parse(struct arena *arena, const char *s, struct cachespec *ret);

/* FORM_USER, as it was checked. @ret_caller: the caller's own ids are meant. */
int user_parse(const char *s, bool *ret_caller, int64_t *ret_uid, int64_t *ret_gid);

/* The index of capability @name ("CAP_CHOWN" or "chown"), -1 if there is none. */
int cap_number(const char *name);
#define CAPS_ALL (-2)

#endif
