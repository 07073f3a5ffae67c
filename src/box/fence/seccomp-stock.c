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

void filter_stock(const struct filter_policy *policy, struct filter_programs *ret)
{
	const bool strict = policy->base == FILTER_STRICT;

	*ret = (struct filter_programs){ 0 };
	if (policy->base == FILTER_NONE)
		return;
	if (policy->owner)
		*ret = strict ? STOCK(stock_strict_owner) : STOCK(stock_default_owner);
	else if (policy->nested)
		*ret = strict ? STOCK(stock_strict_nested) : STOCK(stock_default_nested);
	else if (policy->ids == FILTER_IDS_ONE)
		*ret = strict ? STOCK(stock_strict_one) : STOCK(stock_default_one);
	else if (policy->ids == FILTER_IDS_ROOT)
		*ret = strict ? STOCK(stock_strict_root) : STOCK(stock_default_root);
	else
		*ret = strict ? STOCK(stock_strict) : STOCK(stock_default);
}
