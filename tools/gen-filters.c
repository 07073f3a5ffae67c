/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gen-filters.c - build time: print the stock seccomp programs as a C header
 *
 * Compiling a filter takes longer than all the rest of a start, and the stock ones
 * never change. It runs on the machine that builds and makes programs for its
 * architecture, so cross compiling needs a runner (qemu-user).
 */
#include "config.h"

#include <stdio.h>

#include "box/filter.h"
#include "policy/filter.h"

static void program_print(const struct filter_programs *programs, unsigned i,
			  const char *name)
{
	printf("\nstatic const struct sock_filter %s_%u[] = {\n", name, i);
	for (unsigned n = 0; n < programs->len[i]; n++) {
		const struct sock_filter *insn = &programs->insns[i][n];

		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insn->code, insn->jt, insn->jf,
		       insn->k);
	}
	printf("};\n");
}

static int policy_print(struct arena *arena, const struct filter_spec *spec,
			const char *name, struct error *err)
{
	struct diags diags = { .arena = arena };
	struct filter_programs programs;
	struct filter_policy policy;

	if (filter_resolve(arena, spec, &diags, &policy))
		return error_set(err, "%s does not resolve", name);
	if (filter_compile(arena, &policy, &programs, err))
		return error_wrap(err, "%s", name);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		program_print(&programs, i, name);
	return 0;
}

int main(void)
{
	static const struct {
		const char *name;
		struct filter_spec spec;
	} stock[] = {
		{ "stock_default", { .base = FILTER_DEFAULT } },
		{ "stock_default_nested", { .base = FILTER_DEFAULT, .nested = true } },
		{ "stock_strict", { .base = FILTER_STRICT } },
		{ "stock_strict_nested", { .base = FILTER_STRICT, .nested = true } },
		{ "stock_default_owner",
		  { .base = FILTER_DEFAULT, .nested = true, .owner = true } },
		{ "stock_strict_owner",
		  { .base = FILTER_STRICT, .nested = true, .owner = true } },
	};
	struct arena arena = { 0 };
	struct error err = { 0 };
	int ret = 0;

	printf("/* made by tools/gen-filters.c; included by box/filter-stock.c */\n");
	for (size_t i = 0; i < sizeof stock / sizeof stock[0] && !ret; i++)
		ret = policy_print(&arena, &stock[i].spec, stock[i].name, &err);
	arena_done(&arena);
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = error_sys(&err, "cannot write");
	if (ret)
		(void)fprintf(stderr, "gen-filters: %s\n", err.msg);
	return ret ? 1 : 0;
}
