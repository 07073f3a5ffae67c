/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - JSON (RFC 8259), written piece by piece
 *
 * Each call appends one value to @out, as member @name of the object that is open there,
 * or, with @name NULL, as the next element of the array that is, or as a text of its own.
 * The comma in front of it is put by itself: @out holds JSON and nothing else, with white
 * space where the caller likes it.
 */
#ifndef SBOX_JSON_H
#define SBOX_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Open and close an object or an array. */
void json_object(struct strbuf *out, const char *name);
void json_object_end(struct strbuf *out);
void json_array(struct strbuf *out, const char *name);
void json_array_end(struct strbuf *out);

/* A value each; json_count() for what may be above INT64_MAX. */
void json_null(struct strbuf *out, const char *name);
void json_bool(struct strbuf *out, const char *name, bool value);
void json_number(struct strbuf *out, const char *name, int64_t value);
void json_count(struct strbuf *out, const char *name, uint64_t value);
/* With that many @digits behind the point. */
void json_decimal(struct strbuf *out, const char *name, double value, int digits);
/* A string, as strbuf_json() writes it; null if @value is NULL. */
void json_text(struct strbuf *out, const char *name, const char *value);
/* A string that is formatted as by printf(3). */
_printf_(3, 4) void json_format(struct strbuf *out, const char *name, const char *fmt,
				...);
/* The strings of @list, which ends with NULL; none if @list is NULL. */
void json_texts(struct strbuf *out, const char *name, const char *const *list);

#endif
