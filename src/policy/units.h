/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * units.h - numbers as people write them
 *
 * Whole strings only: no sign, no blank, nothing behind. All return 0, or -1
 * when @s is not of the form or does not fit; *ret is written on success only.
 */
#ifndef SBOX_UNITS_H
#define SBOX_UNITS_H

#include <stdint.h>

/* Decimal digits, at most @max. */
int units_number(const char *s, int64_t max, int64_t *ret);

/* Bytes: "4096", "64K", "512M", "4G", "1T"; powers of 1024, an "iB" or "B" may follow. */
int units_size(const char *s, int64_t *ret);

/*
 * Milliseconds: "30s", "1h30m", "500ms"; units d, h, m, s, ms, each at most once and the
 * larger first. No bare number: nobody could tell seconds from minutes.
 */
int units_duration(const char *s, int64_t *ret);

/* Percent, more than none: "50%", "200%". */
int units_percent(const char *s, int64_t *ret);

/* Permission bits in octal: "700", "0755", "01777". */
int units_mode(const char *s, unsigned *ret);

#endif
