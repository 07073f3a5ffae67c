/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gen-filters.c - build time: print the stock seccomp programs as a C header
 *
 * The stock ones never change, so a start does not make them. libseccomp compiles each
 * of them as well, and a build in which it is of another opinion fails: what is shipped
 * does not hang on our generator alone, whose programs are six times as short.
 *
 * When cross compiling it is compiled for the machine that builds, told by
 * -DSYSCALLS_OF_... whose calls are meant, and by -DNO_SECOND_OPINION to go without
 * libseccomp, which takes the numbers of its own architecture only. What else of the
 * headers is in a program (errnos, flags, requests) has the same value on both
 * architectures; tests/platforms/run sees that the programs of both builds are the same.
 */
#include "config.h"

#include <stdio.h>

#include "box/fence/seccomp.h"
#ifndef NO_SECOND_OPINION
#include "scmp-oracle.h"
#endif
#include "seccomp/bpf.h"
#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

#ifndef NO_SECOND_OPINION
#define NUMBERS 1024

/* Two makers' programs of one policy. */
struct comparison {
	struct bpf_program ours[FILTER_PROGRAMS], theirs[FILTER_PROGRAMS];
};

static bool same(const struct comparison *c, const struct seccomp_data *call)
{
	uint32_t ours = 0, theirs = 0;

	return bpf_run_stacked(c->ours, FILTER_PROGRAMS, call, &ours) &&
	       bpf_run_stacked(c->theirs, FILTER_PROGRAMS, call, &theirs) &&
	       ours == theirs;
}

/* Every call, of every architecture that matters; no and odd arguments. */
static bool same_calls(const struct comparison *c, uint32_t arch)
{
	for (uint32_t i = 0; i < 4 * NUMBERS; i++) {
		uint64_t value = i & 1 ? UINT64_MAX : 0;
		const struct seccomp_data call = {
			.nr = (int)((i / 4) | (i & 2 ? 0x40000000U : 0)), /* x32 */
			.arch = arch,
			.args = { value, value, value, value, value, value },
		};

		if (!same(c, &call))
			return false;
	}
	return true;
}

/* Arguments for which @row speaks, with the @i-th bit of each condition changed. */
static void speak(const struct filter_row *row, unsigned i, struct seccomp_data *call)
{
	for (unsigned n = 0; n < FILTER_WHENS; n++)
		if (row->when[n].whose != FILTER_ANYWAY)
			call->args[row->when[n].arg] =
				row->when[n].value ^ (i < 64 ? UINT64_C(1) << i : 0);
}

/* @value in the argument of @row, with each bit of it changed, and each of the others. */
static bool same_value(const struct comparison *c, const struct filter_row *row,
		       uint32_t value)
{
	for (unsigned i = 0; i < 65 * 65; i++) {
		uint64_t bit = i % 65 < 64 ? UINT64_C(1) << i % 65 : 0;
		struct seccomp_data call = { .nr = filter_row_number(row),
					     .arch = SYSCALL_ARCH };

		speak(row, i / 65, &call);
		call.args[row->arg] = value ^ bit;
		if (!same(c, &call))
			return false;
	}
	return true;
}

static bool same_values(const struct comparison *c, const struct filter_row *row)
{
	for (unsigned i = 0; i < row->values_len; i++)
		if (!same_value(c, row, row->values[i]))
			return false;
	for (unsigned i = 0; i < row->excepted_len; i++)
		if (!same_value(c, row, row->excepted[i]))
			return false;
	return true;
}

static int compare(struct arena *arena, const struct filter_policy *policy,
		   const struct filter_programs *programs, struct error *err)
{
	static const uint32_t archs[] = { SYSCALL_ARCH, AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					  0 };
	const struct filter_row *row;
	struct filter_programs oracle;
	struct comparison c;

	if (scmp_compile(arena, policy, &oracle, err) < 0)
		return -1;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		c.ours[i] = (struct bpf_program){ programs->insns[i], programs->len[i] };
		c.theirs[i] = (struct bpf_program){ oracle.insns[i], oracle.len[i] };
	}
	for (size_t i = 0; i < sizeof archs / sizeof archs[0]; i++)
		if (!same_calls(&c, archs[i]))
			return error_set(err, "libseccomp answers some call differently");
	for (size_t i = 0; (row = filter_row(i)); i++)
		if (filter_row_number(row) >= 0 && !same_values(&c, row))
			return error_set(err, "libseccomp answers some %s differently",
					 row->call);
	return 0;
}

#else
static int compare(struct arena *arena, const struct filter_policy *policy,
		   const struct filter_programs *programs, struct error *err)
{
	(void)arena, (void)policy, (void)programs, (void)err;
	return 0;
}
#endif

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
	if (filter_compile(arena, &policy, &programs, err) ||
	    compare(arena, &policy, &programs, err))
		return error_wrap(err, "%s", name);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		program_print(&programs, i, name);
	return 0;
}

int main(void)
{
	const struct filter_own any = { FILTER_OWN_UID, FILTER_OWN_GID };
	const struct {
		const char *name;
		struct filter_spec spec;
	} stock[] = {
		{ "stock_default", { .base = FILTER_DEFAULT } },
		{ "stock_default_nested", { .base = FILTER_DEFAULT, .nested = true } },
		{ "stock_strict", { .base = FILTER_STRICT } },
		{ "stock_strict_nested", { .base = FILTER_STRICT, .nested = true } },
		{ "stock_default_one",
		  { .base = FILTER_DEFAULT, .ids = FILTER_IDS_ONE, .own = any } },
		{ "stock_strict_one",
		  { .base = FILTER_STRICT, .ids = FILTER_IDS_ONE, .own = any } },
		{ "stock_default_root",
		  { .base = FILTER_DEFAULT, .ids = FILTER_IDS_ROOT, .own = any } },
		{ "stock_strict_root",
		  { .base = FILTER_STRICT, .ids = FILTER_IDS_ROOT, .own = any } },
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
