/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan.c - from what is wanted to what will be done; see plan.h */
#include "config.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/strbuf.h"
#include "plan/parts.h"
#include "policy/egress.h"
#include "policy/keys.h"
#include "policy/units.h"
#include "seccomp/import.h"
#include "seccomp/syscalls.h"

/* Where programs are looked for when there is no PATH. */
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

static bool shares(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->namespaces.share.len; i++)
		if (strcmp(policy->namespaces.share.items[i].s, name) == 0)
			return true;
	return false;
}

static void plan_namespaces(struct planner *p)
{
	const struct policy *policy = p->policy;
	const struct text *hostname = &policy->identity.hostname;
	uint64_t flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;

	if (!shares(policy, "ipc"))
		flags |= CLONE_NEWIPC;
	if (!shares(policy, "cgroup"))
		flags |= CLONE_NEWCGROUP;
	if (!shares(policy, "time"))
		flags |= CLONE_NEWTIME;
	if (!shares(policy, "uts"))
		flags |= CLONE_NEWUTS;
	else if (hostname->pos.file)
		diag_add(p->diags, &hostname->pos,
			 "the host name cannot be set: namespaces.share has \"uts\"");
	if (policy->net.mode.value != NET_HOST)
		flags |= CLONE_NEWNET;
	p->plan->clone_flags = flags;
	p->plan->loopback =
		(flags & CLONE_NEWNET) != 0 && policy->net.mode.value != NET_JOIN;
	p->plan->hostname = flags & CLONE_NEWUTS ? hostname->s : NULL;
}

/* "*" stands for any run of characters, a backslash takes its meaning away. */
static bool matches(const char *pattern, const char *name, size_t len)
{
	for (; *pattern != '*'; pattern++, name++, len--) {
		if (!*pattern)
			return len == 0;
		if (*pattern == '\\' && (pattern[1] == '*' || pattern[1] == '\\'))
			pattern++;
		if (len == 0 || *name != *pattern)
			return false;
	}
	for (size_t skip = 0; skip <= len; skip++)
		if (matches(pattern + 1, name + skip, len - skip))
			return true;
	return false;
}

const struct text *plan_env_pass(const struct policy *policy, const char *name,
				 size_t len)
{
	for (size_t i = 0; i < policy->env.pass.len; i++)
		if (matches(policy->env.pass.items[i].s, name, len))
			return &policy->env.pass.items[i];
	return NULL;
}

/* Whoever asks by name for a variable that was set before would not be heard. */
static void check_passed(struct planner *p)
{
	const struct texts *pass = &p->policy->env.pass;

	for (size_t i = 0; i < pass->len; i++) {
		const struct text *item = &pass->items[i];
		const struct pair *set = pairs_get(&p->policy->env.set, item->s);

		if (set && item->layer > set->layer)
			diag_add(p->diags, &item->pos,
				 "env.pass: \"%s\" has no effect, because env.set wins "
				 "(%s:%u): --setenv=%s=VALUE sets it%s",
				 item->s, set->pos.file, set->pos.line, item->s,
				 strcmp(item->s, "PATH") == 0
					 ? "; --path=DIR (env.path) puts a directory in "
					   "front"
					 : "");
	}
}

/* @path with the directories of env.path in front, those of later layers first. */
static const char *add_path(struct planner *p, const char *path)
{
	const struct texts *dirs = &p->policy->env.path;
	_cleanup_strbuf_ struct strbuf out = { 0 };
	size_t end = dirs->len;

	while (end > 0) {
		size_t begin = end;

		while (begin > 0 &&
		       dirs->items[begin - 1].layer == dirs->items[end - 1].layer)
			begin--;
		for (size_t i = begin; i < end; i++) {
			if (strchr(dirs->items[i].s, ':'))
				diag_add(p->diags, &dirs->items[i].pos,
					 "\"%s\" cannot be in PATH: its colon would part "
					 "it",
					 dirs->items[i].s);
			strbuf_printf(&out, "%s:", dirs->items[i].s);
		}
		end = begin;
	}
	strbuf_add(&out, path);
	return arena_strdup(p->arena, strbuf_str(&out));
}

static void plan_path(struct planner *p, const char **vars, size_t len)
{
	const char *path = PATH_DEFAULT;
	size_t at = len;

	for (size_t i = 0; i < len; i++)
		if (strncmp(vars[i], "PATH=", 5) == 0) {
			path = vars[i] + 5;
			at = i;
		}
	p->plan->path = add_path(p, path);
	if (p->policy->env.path.len > 0)
		vars[at] = arena_printf(p->arena, "PATH=%s", p->plan->path);
}

/* Whether the command is told of the make that sbox is a recipe of, and gets its slots.
 */
static bool has_jobserver(const struct planner *p)
{
	return p->host->jobserver.in >= 0 && !p->input->hold &&
	       plan_env_pass(p->policy, "MAKEFLAGS", strlen("MAKEFLAGS")) &&
	       !pairs_get(&p->policy->env.set, "MAKEFLAGS");
}

/* @var is MAKEFLAGS=...: a FIFO in it, which is not there inside, becomes descriptors. */
static const char *with_jobserver(const struct planner *p, const char *var)
{
	const struct host_jobserver *slots = &p->host->jobserver;
	const char *word = strstr(var, slots->word);

	return arena_printf(p->arena, "%.*s--jobserver-auth=%d,%d%s", (int)(word - var),
			    var, slots->in, slots->out, word + strlen(slots->word));
}

/* Whether @vars has a variable @name. */
static bool has_var(const char *const *vars, size_t vars_len, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < vars_len; i++)
		if (strncmp(vars[i], name, len) == 0 && vars[i][len] == '=')
			return true;
	return false;
}

/* Whoever the command is inside, if the profile does not say. */
static void add_names(struct planner *p, const char ***vars, size_t *len)
{
	static const char *const names[] = { "USER", "LOGNAME" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!has_var(*vars, *len, names[i]))
			*(const char **)arena_append(p->arena, vars, len, sizeof **vars) =
				arena_printf(p->arena, "%s=%s", names[i], plan_user(p));
}

/* Adds NAME=@value, as @name and in capitals, if the profile says neither of them. */
static void add_proxy(struct planner *p, const char ***vars, size_t *len,
		      const char *name, const char *value)
{
	char *capitals = arena_strdup(p->arena, name);
	const char *const both[] = { name, capitals };

	for (char *c = capitals; *c; c++)
		if (*c != '_')
			*c = (char)(*c - 'a' + 'A');
	if (has_var(*vars, *len, name) || has_var(*vars, *len, capitals))
		return;
	for (size_t i = 0; i < 2; i++)
		*(const char **)arena_append(p->arena, vars, len, sizeof **vars) =
			arena_printf(p->arena, "%s=%s", both[i], value);
}

/* Where net.proxy listens, for the programs that ask. */
static void add_proxies(struct planner *p, const char ***vars, size_t *len)
{
	const char *at = arena_printf(p->arena, "127.0.0.1:%d", EGRESS_PROXY_PORT);
	const char *http = arena_printf(p->arena, "http://%s", at);

	if (p->policy->net.mode.value != NET_FILTERED || !p->policy->net.proxy.value)
		return;
	add_proxy(p, vars, len, "http_proxy", http);
	add_proxy(p, vars, len, "https_proxy", http);
	add_proxy(p, vars, len, "all_proxy", arena_printf(p->arena, "socks5h://%s", at));
	add_proxy(p, vars, len, "no_proxy", "localhost,127.0.0.1,::1");
}

/* As it is; PATH only says where the command is looked for. */
static void given_environ(struct planner *p)
{
	p->plan->environ = p->input->given->environ;
	p->plan->path = PATH_DEFAULT;
	for (const char *const *var = p->plan->environ; *var; var++)
		if (strncmp(*var, "PATH=", 5) == 0)
			p->plan->path = *var + 5;
}

static void plan_environ(struct planner *p)
{
	const struct pairs *set = &p->policy->env.set;
	const char **vars = NULL;
	size_t len = 0;

	if (p->input->given) {
		given_environ(p);
		return;
	}
	check_passed(p);
	for (const char *const *var = p->host->environ; *var; var++) {
		const char *eq = strchr(*var, '=');
		size_t n = eq ? (size_t)(eq - *var) : 0;

		if (n == 0 || !plan_env_pass(p->policy, *var, n) ||
		    pairs_get(set, arena_strndup(p->arena, *var, n)))
			continue;
		*(const char **)arena_append(p->arena, &vars, &len, sizeof *vars) = *var;
	}
	for (size_t i = 0; i < set->len; i++)
		*(const char **)arena_append(p->arena, &vars, &len, sizeof *vars) =
			arena_printf(p->arena, "%s=%s", set->items[i].name,
				     set->items[i].value);
	for (size_t i = 0; i < len && has_jobserver(p); i++)
		if (strncmp(vars[i], "MAKEFLAGS=", 10) == 0)
			vars[i] = with_jobserver(p, vars[i]);
	add_names(p, &vars, &len);
	add_proxies(p, &vars, &len);
	/* room for PATH, if none was set */
	for (int i = 0; i < 2; i++)
		*(const char **)arena_append(p->arena, &vars, &len, sizeof *vars) = NULL;
	plan_path(p, vars, len - 2);
	p->plan->environ = vars;
}

static void plan_changes_in(struct arena *arena, const struct texts *texts, bool allow,
			    struct filter_spec *spec)
{
	struct filter_change *changes = (struct filter_change *)spec->changes;

	for (size_t i = 0; i < texts->len; i++)
		*(struct filter_change *)arena_append(arena, &changes, &spec->changes_len,
						      sizeof *changes) =
			(struct filter_change){ allow, texts->items[i].s,
						texts->items[i].pos };
	spec->changes = changes;
}

void plan_filter_spec(struct arena *arena, const struct policy *policy,
		      const struct plan *plan, struct filter_spec *ret)
{
	*ret = (struct filter_spec){
		.base = (enum filter_base)policy->seccomp.base.value,
		.nested = policy->namespaces.nested.value ||
			  !policy->namespaces.inner.value,
		.owner = !policy->namespaces.inner.value,
	};
	if (!plan->subids) {
		ret->ids = plan->uid == 0 ? FILTER_IDS_ROOT : FILTER_IDS_ONE;
		ret->own.uid = (uint32_t)plan->uid;
		ret->own.gid = (uint32_t)plan->gid;
	}
	plan_changes_in(arena, &policy->seccomp.allow, true, ret);
	plan_changes_in(arena, &policy->seccomp.deny, false, ret);
}

static void plan_filter(struct planner *p)
{
	struct filter_spec spec;

	plan_filter_spec(p->arena, p->policy, p->plan, &spec);
	(void)filter_resolve(p->arena, &spec, p->diags, &p->plan->filter);
}

/* Whether the program lets call @nr pass, with arguments as it is called by sbox. */
static bool lets_pass(const struct bpf_program *program, int nr)
{
	const uint64_t memory = 0x7fff00001000;
	const struct seccomp_data calls[] = {
		{ .nr = nr, .arch = SYSCALL_ARCH, .args = { memory, memory, memory } },
		{ .nr = nr,
		  .arch = SYSCALL_ARCH,
		  .args = { SECCOMP_SET_MODE_FILTER, 0, memory } },
		{ .nr = nr,
		  .arch = SYSCALL_ARCH,
		  .args = { PR_SET_SECCOMP, SECCOMP_MODE_FILTER, memory } },
	};
	const size_t call = nr == SYS_seccomp ? 1 : nr == SYS_prctl ? 2 : 0;
	uint32_t answer = SECCOMP_RET_ALLOW;

	if (!bpf_run(program, &calls[call], &answer))
		return true;
	answer &= SECCOMP_RET_ACTION_FULL;
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

/* The calls that all programs so far let pass, by which the next one can be loaded. */
struct loading {
	bool seccomp, prctl;
};

/* What is wrong with the @i-th of seccomp.programs, in words; NULL: nothing. */
static const char *program_flaw(struct planner *p, size_t i, struct loading *by,
				struct plan_program *ret)
{
	const struct host_program *host = &p->host->programs[i];
	const bool last = i + 1 == p->policy->seccomp.programs.len;
	const char *why;

	if (host->why_not)
		return arena_printf(p->arena, "cannot be read: %s", host->why_not);
	why = import_read(p->arena, host->bytes, host->size, &ret->program);
	if (why)
		return arena_printf(p->arena, "is no compiled filter: %s", why);
	if (!lets_pass(&ret->program, SYS_execve))
		return "refuses execve(2), by which the command is started";
	by->seccomp = by->seccomp && lets_pass(&ret->program, SYS_seccomp);
	by->prctl = by->prctl && lets_pass(&ret->program, SYS_prctl);
	if (!last && !by->seccomp && !by->prctl)
		return "refuses seccomp(2) and prctl(2), by which those behind it are "
		       "loaded: put it last";
	return NULL;
}

/* They come last, since each of them may refuse seccomp(2) itself. */
static void plan_programs(struct planner *p)
{
	const struct texts *files = &p->policy->seccomp.programs;
	struct plan *plan = p->plan;
	struct loading by = { true, true };
	size_t insns = 0;

	/* one for each, if the host was looked at at all */
	for (size_t i = 0; p->host->programs && i < files->len; i++) {
		const struct text *file = &files->items[i];
		struct plan_program one = { .path = file->s,
					    .by_prctl = !by.seccomp,
					    .pos = file->pos };
		const char *flaw = program_flaw(p, i, &by, &one);

		insns += one.program.len + 4;
		if (!flaw && insns > IMPORT_INSNS_MAX)
			flaw = "and those before it are more than a task can have";
		if (flaw)
			diag_add(p->diags, &file->pos, "seccomp.programs: \"%s\" %s",
				 file->s, flaw);
		else
			*(struct plan_program *)arena_append(p->arena, &plan->programs,
							     &plan->programs_len,
							     sizeof one) = one;
	}
	if (plan->programs_len > 0 && p->diags->total == 0 &&
	    filter_call(&plan->filter, SYS_seccomp) != SECCOMP_RET_ALLOW)
		diag_add(p->diags, &files->items[0].pos,
			 "seccomp.programs cannot be loaded where seccomp.deny has "
			 "seccomp(2): let the last of them refuse it");
}

/*
 * A task under Landlock cannot mount anything, not even in namespaces of its own,
 * so the profiles that exist for that go without.
 */
static void plan_landlock(struct planner *p)
{
	const struct policy *policy = p->policy;
	const struct number *min = &policy->landlock.min_abi;
	bool mounts = policy->namespaces.nested.value || !policy->namespaces.inner.value;
	int abi = p->host->landlock_abi;

	p->plan->landlock =
		policy->landlock.mode.value == LANDLOCK_AUTO && abi > 0 && !mounts;
	if (min->value == 0)
		return;
	if (abi < min->value)
		diag_add(p->diags, &min->pos,
			 "landlock.min_abi is %lld, but this kernel offers %s%d",
			 (long long)min->value, abi ? "only " : "", abi);
	else if (!p->plan->landlock)
		diag_add(p->diags, &min->pos,
			 "landlock.min_abi cannot hold: Landlock is off because of %s",
			 mounts ? "namespaces.nested or namespaces.inner"
				: "landlock.mode");
}

/* Later commands are started in the inner user namespace, by their own descriptors. */
static void plan_hold(struct planner *p)
{
	const struct policy *policy = p->policy;

	p->plan->hold = p->input->hold;
	if (!p->plan->hold)
		return;
	if (!p->plan->has_inner)
		diag_add(p->diags, &policy->namespaces.inner.pos,
			 "a sandbox without an inner user namespace takes no later "
			 "commands, so it cannot be held without one (--hold): "
			 "namespaces.inner = true");
	if (policy->process.keep_fds.len > 0)
		diag_add(p->diags, &policy->process.keep_fds.items[0].pos,
			 "process.keep_fds: a sandbox that is held without a command "
			 "(--hold) has none to give descriptors to; those of later ones "
			 "are 0 to 2");
}

static void keep_fd(struct planner *p, int fd)
{
	struct plan *plan = p->plan;

	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (plan->keep_fds[i] == fd)
			return;
	*(int *)arena_append(p->arena, &plan->keep_fds, &plan->keep_fds_len, sizeof fd) =
		fd;
}

static void plan_process(struct planner *p)
{
	const struct policy *policy = p->policy;
	const struct texts *fds = &policy->process.keep_fds;
	unsigned mode;
	int64_t fd;

	plan_hold(p);
	/* keys reach what is left when the command has gone only by sbox itself */
	p->plan->terminal = policy->process.tty.value != TTY_NEVER &&
			    !(policy->process.linger.value && !p->plan->hold);
	p->plan->with_parent = policy->process.die_with_parent.value;
	/* what is held lasts until it is asked to end */
	p->plan->linger = policy->process.linger.value && !p->plan->hold;
	if (p->plan->linger && policy->process.kill_after_grace.value)
		diag_add(p->diags, &policy->process.kill_after_grace.pos,
			 "process.kill_after_grace has no place with process.linger: "
			 "leave it out, all that is left has limits.grace anyway");
	/* what is held is asked to end as a whole, and has its grace in any case */
	if (!p->plan->hold) {
		p->plan->forward = (enum forward)policy->process.forward.value;
		p->plan->grace_counts = policy->process.kill_after_grace.value;
	}
	p->plan->nested = policy->namespaces.nested.value;
	p->plan->relay = policy->net.inherited.value == NET_INHERITED_RELAY;
	p->plan->end_replaced = policy->fs.on_replace.value == REPLACE_KILL;
	p->plan->shm.size = policy->limits.tmpfs.value;
	p->plan->shm.inodes = policy->limits.inodes.value;
	p->plan->argv = p->input->argv;
	p->plan->argv0 = policy->process.argv0.s;
	p->plan->umask = -1;
	if (policy->process.umask.s && units_mode(policy->process.umask.s, &mode) == 0)
		p->plan->umask = (int)(mode & 0777);
	for (size_t i = 0; i < fds->len; i++)
		if (units_number(fds->items[i].s, INT_MAX, &fd) == 0)
			keep_fd(p, (int)fd);
	if (has_jobserver(p)) {
		keep_fd(p, p->host->jobserver.in);
		keep_fd(p, p->host->jobserver.out);
	}
}

int plan_make(const struct plan_input *input, struct diags *diags, struct plan *ret)
{
	struct plan plan = { .root_of_host = input->policy->fs.root.s != NULL,
			     .sync_fd = -1,
			     .told_fd = -1 };
	struct planner planner = { .input = input,
				   .policy = input->policy,
				   .host = input->host,
				   .arena = diags->arena,
				   .diags = diags,
				   .plan = &plan };

	plan_namespaces(&planner);
	plan_ids(&planner);
	plan_environ(&planner);
	plan_net(&planner);
	plan_mounts(&planner);
	plan_changes(&planner);
	plan_guards(&planner);
	plan_changes_trees(&planner);
	plan_filter(&planner);
	plan_programs(&planner);
	plan_landlock(&planner);
	plan_process(&planner);
	plan_limits(&planner);
	if (diags->total > 0)
		return -1;
	*ret = plan;
	return 0;
}
