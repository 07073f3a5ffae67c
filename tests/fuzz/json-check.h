/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json-check.h - whether a text is JSON that any reader takes
 *
 * Stricter than RFC 8259 where a strict reader or a terminal would stumble: one value
 * without blanks around it, well-formed UTF-8, no surrogate escapes, no DEL or C1
 * control, no name twice in an object.
 */
#ifndef SBOX_JSON_CHECK_H
#define SBOX_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

bool json_ok(const char *text, size_t len);

#endif
