/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.c - from names in a profile to an action for every system call
 *
 * Theory of operation: what the bases answer stands in two tables, the classes of
 * syscalls.c for whole calls and the rows of rules.c for arguments. A spec without
 * changes is answered from them and costs nothing. Else all FILTER_CALLS actions are
 * written out, then allowances are applied, then denials: so a denial wins wherever it
 * stood. If nothing differs from the base in the end, the policy is stock after all.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "seccomp/errnos.h"
#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

#define REFUSED(number) (SECCOMP_RET_ERRNO | (number))

/* x86-64: numbers with this bit are x32 calls, but for -1, which is a skipped call. */
#define X32_BIT 0x40000000U

/* The answer of the base to a call that stands in no table. */
static uint32_t base_otherwise(enum filter_base base)
{
	return base == FILTER_NONE ? SECCOMP_RET_ALLOW : REFUSED(ENOSYS);
}

static uint32_t base_refusal(enum filter_base base)
{
	return base == FILTER_STRICT ? SECCOMP_RET_KILL_PROCESS : REFUSED(EPERM);
}

static uint32_t base_action(const struct filter_spec *spec, const struct syscall_row *row)
{
	if (!row || spec->base == FILTER_NONE)
		return base_otherwise(spec->base);
	switch ((enum syscall_class)row->class) {
	case CALL_PASS:
		return SECCOMP_RET_ALLOW;
	case CALL_REFUSE:
		return base_refusal(spec->base);
	case CALL_TRACE:
		return spec->base == FILTER_STRICT ? REFUSED(EPERM) : SECCOMP_RET_ALLOW;
	case CALL_NEST:
		return spec->nested ? SECCOMP_RET_ALLOW : base_refusal(spec->base);
	case CALL_NEST_ABSENT:
		return spec->nested ? SECCOMP_RET_ALLOW : REFUSED(ENOSYS);
	case CALL_REMOUNT:
		return spec->nested && !spec->owner ? SECCOMP_RET_ALLOW
						    : base_refusal(spec->base);
	case CALL_REMOUNT_ABSENT:
		return spec->nested && !spec->owner ? SECCOMP_RET_ALLOW : REFUSED(ENOSYS);
	case CALL_GROUPS:
		return spec->ids == FILTER_IDS_ROOT ? REFUSED(0) : SECCOMP_RET_ALLOW;
	case CALL_ABSENT:
		break;
	}
	return REFUSED(ENOSYS);
}

/* The answer to a chown that gives a file to others. */
static uint32_t owner_action(const struct filter_spec *spec)
{
	if (spec->base == FILTER_NONE || spec->ids == FILTER_IDS_MANY)
		return SECCOMP_RET_ALLOW;
	return REFUSED(spec->ids == FILTER_IDS_ROOT ? 0 : EPERM);
}

static void rules_init(const struct filter_spec *spec, uint32_t *rules)
{
	bool none = spec->base == FILTER_NONE;
	uint32_t refusal = none ? SECCOMP_RET_ALLOW : base_refusal(spec->base);

	rules[FILTER_NAMESPACES] = spec->nested ? SECCOMP_RET_ALLOW : refusal;
	rules[FILTER_PERSONALITY] = refusal;
	rules[FILTER_TERMINAL] = refusal;
	rules[FILTER_REMOUNT] = spec->owner ? refusal : SECCOMP_RET_ALLOW;
	rules[FILTER_FAMILY] = none ? SECCOMP_RET_ALLOW : REFUSED(EAFNOSUPPORT);
	rules[FILTER_PROTOCOL] = none ? SECCOMP_RET_ALLOW : REFUSED(EPROTONOSUPPORT);
	/* honest programs try these, so no base kills for them */
	rules[FILTER_SETID] = none ? SECCOMP_RET_ALLOW : REFUSED(EPERM);
	rules[FILTER_LEASE] = rules[FILTER_SETID];
	rules[FILTER_BYPASS] = rules[FILTER_SETID];
	rules[FILTER_UNCOVER] = rules[FILTER_SETID];
	rules[FILTER_OWNER] = owner_action(spec);
	rules[FILTER_TRACE] =
		spec->base == FILTER_STRICT ? REFUSED(EPERM) : SECCOMP_RET_ALLOW;
}

/* One change, taken apart, and where its effects go. */
struct change {
	const struct filter_spec *spec;
	struct diags *diags;
	const struct filter_change *source;
	uint32_t answer; /* 0: none was given */
	uint32_t *calls, *rules;
	bool *answered; /* which calls were denied with an answer */
	const struct filter_change **origins, **rule_origins;
};

static void call_deny(struct change *change, uint32_t nr, const struct syscall_row *row)
{
	uint32_t base = base_action(change->spec, row);

	if (row && !strcmp(row->name, "execve")) {
		(void)diag_add(change->diags, &change->source->pos,
			       "\"%s\" denies execve, which sbox needs to start the "
			       "command",
			       change->source->what);
		return;
	}
	if (change->answer) {
		change->calls[nr] = change->answer;
		change->answered[nr] = true;
	} else if (!change->answered[nr]) {
		change->calls[nr] = base == SECCOMP_RET_ALLOW || base == REFUSED(0)
					    ? REFUSED(EPERM)
					    : base;
	} else {
		return;
	}
	change->origins[nr] = change->source;
}

static void rule_set(struct change *change, enum filter_rule rule, uint32_t action)
{
	change->rules[rule] = action;
	change->rule_origins[rule] = change->source;
}

static void call_allow(struct change *change, uint32_t nr, const struct syscall_row *row)
{
	change->calls[nr] = SECCOMP_RET_ALLOW;
	change->origins[nr] = change->source;
	if (row && !strcmp(row->name, "clone"))
		rule_set(change, FILTER_NAMESPACES, SECCOMP_RET_ALLOW);
	if (row && !strcmp(row->name, "personality"))
		rule_set(change, FILTER_PERSONALITY, SECCOMP_RET_ALLOW);
	if (row && !strcmp(row->name, "ptrace"))
		rule_set(change, FILTER_TRACE, SECCOMP_RET_ALLOW);
}

static void call_change(struct change *change, uint32_t nr, const struct syscall_row *row)
{
	if (change->source->allow)
		call_allow(change, nr, row);
	else
		call_deny(change, nr, row);
}

/*
 * The group @namespaces changes the rule for clone's flags as well as calls. clone3,
 * whose flags no filter sees, must not become the way around.
 */
static void namespaces_change(struct change *change)
{
	uint32_t clone3 = syscall_must("clone3");

	if (change->source->allow) {
		rule_set(change, FILTER_NAMESPACES, SECCOMP_RET_ALLOW);
		return;
	}
	rule_set(change, FILTER_NAMESPACES,
		 change->answer ? change->answer : base_refusal(change->spec->base));
	if (!change->answered[clone3]) {
		change->calls[clone3] = REFUSED(ENOSYS);
		change->origins[clone3] = change->source;
	}
}

/* @name is a call or a group, and known. Groups nest three deep. */
static void name_change(struct change *change, const char *name, size_t len)
{
	const struct syscall_group *group = syscall_group_by_name(name, len);
	const struct syscall_row *row;
	const char *word;

	if (!group) {
		row = syscall_by_name(name, len);
		if (row && syscall_number(row) >= 0)
			call_change(change, (uint32_t)syscall_number(row), row);
		return;
	}
	if (!strcmp(group->name, "@namespaces"))
		namespaces_change(change);
	if (!strcmp(group->name, "@set-id-files"))
		rule_set(change, FILTER_SETID,
			 change->source->allow ? SECCOMP_RET_ALLOW
			 : change->answer      ? change->answer
					       : REFUSED(EPERM));
	for (word = group->calls; *word; word += strspn(word, " ")) {
		len = strcspn(word, " ");
		name_change(change, word, len);
		word += len;
	}
}

/* A decimal number of at most @max, -1 if it is larger, -2 if it is none. */
static int number_parse(const char *s, size_t len, int max)
{
	int number = 0;

	if (len == 0)
		return -2;
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return -2;
	for (size_t i = 0; i < len; i++) {
		number = number * 10 + (s[i] - '0');
		if (number > max)
			return -1;
	}
	return number;
}

/* The action that @answer ("ENOSYS", "13", "KILL") stands for, 0 if none. */
static uint32_t answer_parse(struct change *change, const char *answer)
{
	int number = number_parse(answer, strlen(answer), ERRNO_MAX);
	const char *near;

	if (!strcmp(answer, "KILL"))
		return SECCOMP_RET_KILL_PROCESS;
	if (number == -2)
		number = errno_by_name(answer, strlen(answer));
	if (number > 0)
		return REFUSED((uint32_t)number);
	near = diag_nearest(answer, errno_names(change->diags->arena));
	(void)diag_add(change->diags, &change->source->pos,
		       "\"%s\": \"%s\" is neither an errno (a name or 1..%d) nor "
		       "KILL%s%s%s",
		       change->source->what, answer, ERRNO_MAX,
		       near ? ": did you mean \"" : "", near ? near : "",
		       near ? "\"?" : "");
	return 0;
}

static void unknown_name(struct change *change, const char *name)
{
	bool group = name[0] == '@';
	struct arena *arena = change->diags->arena;
	const char *near = diag_nearest(name, group ? syscall_group_names(arena)
						    : syscall_names(arena));

	(void)diag_add(change->diags, &change->source->pos, "unknown %s \"%s\"%s%s%s",
		       group ? "group of system calls" : "system call", name,
		       near ? ": did you mean \"" : "", near ? near : "",
		       near ? "\"?" : "");
}

static void change_apply(struct change *change)
{
	const char *what = change->source->what, *colon = strchr(what, ':');
	size_t len = colon ? (size_t)(colon - what) : strlen(what);
	int number = number_parse(what, len, FILTER_CALLS - 1);

	change->answer = 0;
	if (colon && change->source->allow) {
		(void)diag_add(change->diags, &change->source->pos,
			       "\"%s\": only a denial has an answer", what);
		return;
	}
	if (colon) {
		change->answer = answer_parse(change, colon + 1);
		if (!change->answer)
			return;
	}
	if (number >= 0)
		call_change(change, (uint32_t)number,
			    syscall_by_number((uint32_t)number));
	else if (number == -1)
		(void)diag_add(change->diags, &change->source->pos,
			       "\"%s\": system call numbers go up to %d", what,
			       FILTER_CALLS - 1);
	else if (syscall_by_name(what, len) || syscall_group_by_name(what, len))
		name_change(change, what, len);
	else
		unknown_name(change, arena_strndup(change->diags->arena, what, len));
}

static void base_fill(const struct filter_spec *spec, uint32_t *calls)
{
	const struct syscall_row *row;

	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		calls[nr] = base_otherwise(spec->base);
	for (size_t i = 0; (row = syscall_row(i)); i++)
		if (syscall_number(row) >= 0)
			calls[syscall_number(row)] = base_action(spec, row);
}

static void changes_apply(struct change *change, bool allow)
{
	const struct filter_spec *spec = change->spec;

	for (size_t i = 0; i < spec->changes_len; i++) {
		change->source = &spec->changes[i];
		if (change->source->allow == allow)
			change_apply(change);
	}
}

/* A change that says what the base says anyway has decided nothing. */
static void origins_trim(struct change *change, const uint32_t *calls,
			 const uint32_t *rules)
{
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		if (change->calls[nr] == calls[nr])
			change->origins[nr] = NULL;
	for (unsigned i = 0; i < FILTER_RULES; i++)
		if (change->rules[i] == rules[i])
			change->rule_origins[i] = NULL;
}

/* Fills @policy with @change's spec; 0 or -1. */
static int changes_resolve(struct arena *arena, struct change *change,
			   struct filter_policy *policy)
{
	const size_t size = FILTER_CALLS * sizeof *change->calls;
	size_t mistakes = change->diags->total;
	uint32_t *stock = arena_alloc(arena, size);
	uint32_t rules[FILTER_RULES];

	base_fill(change->spec, stock);
	memcpy(rules, policy->rules, sizeof rules);
	change->rules = policy->rules;
	change->calls = arena_alloc(arena, size);
	memcpy(change->calls, stock, size);
	change->answered = arena_alloc(arena, FILTER_CALLS * sizeof *change->answered);
	change->origins = arena_alloc(arena, FILTER_CALLS * sizeof(void *));
	change->rule_origins = policy->rule_origins;
	changes_apply(change, true);
	changes_apply(change, false);
	if (change->diags->total != mistakes)
		return -1;
	policy->stock = !memcmp(change->calls, stock, size) &&
			!memcmp(policy->rules, rules, sizeof rules);
	policy->calls = policy->stock ? NULL : change->calls;
	origins_trim(change, stock, rules);
	policy->origins = policy->stock ? NULL : change->origins;
	return 0;
}

int filter_resolve(struct arena *arena, const struct filter_spec *wanted,
		   struct diags *diags, struct filter_policy *ret)
{
	struct filter_spec copy = *wanted, *spec = &copy;
	struct change change = { .spec = spec, .diags = diags };
	struct filter_policy policy;

	if (spec->nested)
		spec->ids = FILTER_IDS_MANY;
	policy = (struct filter_policy){ .base = spec->base,
					 .nested = spec->nested,
					 .owner = spec->owner,
					 .ids = spec->ids,
					 .own = spec->own };
	if (spec->changes_len > FILTER_CHANGES_MAX)
		return diag_add(diags, &spec->changes[FILTER_CHANGES_MAX].pos,
				"more than %d entries in seccomp.allow and seccomp.deny",
				FILTER_CHANGES_MAX);
	rules_init(spec, policy.rules);
	policy.stock = spec->changes_len == 0;
	if (!policy.stock && changes_resolve(arena, &change, &policy))
		return -1;
	*ret = policy;
	return 0;
}

/* What of @policy the answers of its base depend on. */
static struct filter_spec policy_spec(const struct filter_policy *policy)
{
	return (struct filter_spec){ .base = policy->base,
				     .nested = policy->nested,
				     .owner = policy->owner,
				     .ids = policy->ids };
}

void filter_calls(const struct filter_policy *policy, uint32_t *ret_calls)
{
	const struct filter_spec spec = policy_spec(policy);

	if (policy->calls)
		memcpy(ret_calls, policy->calls, FILTER_CALLS * sizeof *ret_calls);
	else
		base_fill(&spec, ret_calls);
}

bool filter_is_empty(const struct filter_policy *policy)
{
	return policy->base == FILTER_NONE && policy->stock;
}

uint32_t filter_call(const struct filter_policy *policy, uint32_t nr)
{
	const struct filter_spec spec = policy_spec(policy);

	if (nr >= FILTER_CALLS)
		return base_otherwise(policy->base);
	if (policy->calls)
		return policy->calls[nr];
	return base_action(&spec, syscall_by_number(nr));
}

uint32_t filter_verdict(const struct filter_policy *policy,
			const struct seccomp_data *call)
{
	const struct filter_row *row;
	uint32_t nr = (uint32_t)call->nr, action;
	bool x32 = SYSCALL_ARCH == AUDIT_ARCH_X86_64 && nr >= X32_BIT && nr != UINT32_MAX;

	if (filter_is_empty(policy))
		return SECCOMP_RET_ALLOW;
	if (call->arch != SYSCALL_ARCH || x32)
		return SECCOMP_RET_KILL_PROCESS;
	action = filter_call(policy, nr);
	if (action != SECCOMP_RET_ALLOW)
		return action;
	row = filter_broken(call, policy->rules, &policy->own);
	return row ? policy->rules[row->rule] : SECCOMP_RET_ALLOW;
}
