/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* units.c - read numbers, sizes and modes; see units.h */
#include "config.h"

#include <string.h>

#include "policy/units.h"

/* Reads digits of @base at *s, moves behind them. */
static int digits(const char **s, unsigned base, int64_t max, int64_t *ret)
{
	int64_t value = 0;
	const char *p = *s;

	for (; *p >= '0' && *p < (char)('0' + base); p++) {
		int64_t d = *p - '0';

		if (d > max || value > (max - d) / (int64_t)base)
			return -1;
		value = value * (int64_t)base + d;
	}
	if (p == *s)
		return -1;
	*s = p;
	*ret = value;
	return 0;
}

int units_number(const char *s, int64_t max, int64_t *ret)
{
	int64_t value;

	if (digits(&s, 10, max, &value) < 0 || *s)
		return -1;
	*ret = value;
	return 0;
}

int units_size(const char *s, int64_t *ret)
{
	static const char units[] = "KMGT";
	int64_t value;
	const char *unit;

	if (digits(&s, 10, INT64_MAX, &value) < 0)
		return -1;
	unit = *s ? strchr(units, *s) : NULL;
	if (unit) {
		int shift = 10 * (int)(unit - units + 1);

		if (value > INT64_MAX >> shift)
			return -1;
		value <<= shift;
		s++;
	}
	if (*s && strcmp(s, "B") != 0 && !(unit && strcmp(s, "iB") == 0))
		return -1;
	*ret = value;
	return 0;
}

int units_mode(const char *s, unsigned *ret)
{
	int64_t value;

	if (digits(&s, 8, 07777, &value) < 0 || *s)
		return -1;
	*ret = (unsigned)value;
	return 0;
}
