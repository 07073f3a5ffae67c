/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp-stock.c - the programs that were compiled with sbox; see seccomp.h
 *
 * A file of its own, because tools/gen-filters, which makes the header, is linked
 * with seccomp/filter.c and cannot be linked with what it makes.
 */
#include "config.h"

#include "box/fence/seccomp.h"
#include "box/fence/stock-filters.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define STOCK(name)                                                                      \
	(struct filter_programs)                                                         \
	{                                                                                \
		{ name##_0, name##_1 },                                                  \
		{                                                                        \
			LENGTH(name##_0), LENGTH(name##_1)                               \
		}                                                                        \
	}

void filter_stock(enum filter_base base, bool nested, struct filter_programs *ret)
{
	*ret = (struct filter_programs){ 0 };
	switch (base) {
	case FILTER_DEFAULT:
		*ret = nested ? STOCK(stock_default_nested) : STOCK(stock_default);
		break;
	case FILTER_STRICT:
		*ret = nested ? STOCK(stock_strict_nested) : STOCK(stock_strict);
		break;
	case FILTER_NONE:
		break;
	}
}

void filter_stock_owner(enum filter_base base, struct filter_programs *ret)
{
	*ret = (struct filter_programs){ 0 };
	if (base == FILTER_DEFAULT)
		*ret = STOCK(stock_default_owner);
	else if (base == FILTER_STRICT)
		*ret = STOCK(stock_strict_owner);
}
