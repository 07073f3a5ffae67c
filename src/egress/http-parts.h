/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* http-parts.h - what heads and bodies have in common: http.c and http-body.c share it */
#ifndef SBOX_EGRESS_HTTP_PARTS_H
#define SBOX_EGRESS_HTTP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_LENGTH_MAX (UINT64_C(1) << 62) /* of a body, and of a chunk */

/* What methods and names of fields are made of, RFC 9110 5.6.2. */
bool http_is_token_byte(char c);

/*
 * What a line has between its first byte and its CR LF: no control character but the tab,
 * since some programs take a vertical tab, say, for the end of a line.
 */
bool http_is_line_byte(char c);

#endif
