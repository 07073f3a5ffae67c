/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-calls.c - what the filter refused to an observed command; see
 * observed-calls.h */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "run/observed-calls.h"
#include "seccomp/errnos.h"
#include "seccomp/syscalls.h"

/* Families that programs ask for and that filters refuse. */
static const struct family {
	unsigned number;
	const char *name;
} families[] = {
	{ AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" },
	{ AF_ALG, "AF_ALG" },         { AF_BLUETOOTH, "AF_BLUETOOTH" },
	{ AF_VSOCK, "AF_VSOCK" },
};

static const char *family_name(uint64_t number)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (families[i].number == number)
			return families[i].name;
	return NULL;
}

/* How many arguments calls have that filters refuse; what stands in the registers behind
 * them says nothing. */
static const struct arity {
	const char *name;
	size_t args;
} arities[] = {
	{ "add_key", 5 },     { "bpf", 3 },
	{ "chmod", 2 },       { "chown", 3 },
	{ "chroot", 1 },      { "clone3", 2 },
	{ "fchmod", 2 },      { "fchmodat", 3 },
	{ "fchmodat2", 4 },   { "fchown", 3 },
	{ "fchownat", 5 },    { "fcntl", 3 },
	{ "fsopen", 2 },      { "io_uring_setup", 2 },
	{ "ioctl", 3 },       { "keyctl", 5 },
	{ "lchown", 3 },      { "mknod", 3 },
	{ "mknodat", 4 },     { "mount", 5 },
	{ "open_tree", 3 },   { "perf_event_open", 5 },
	{ "personality", 1 }, { "pivot_root", 2 },
	{ "prctl", 5 },       { "process_vm_readv", 6 },
	{ "ptrace", 4 },      { "quotactl", 4 },
	{ "request_key", 4 }, { "setdomainname", 2 },
	{ "setgid", 1 },      { "setgroups", 2 },
	{ "sethostname", 2 }, { "setns", 2 },
	{ "setuid", 1 },      { "socket", 3 },
	{ "socketpair", 4 },  { "swapon", 2 },
	{ "umount2", 2 },     { "unshare", 1 },
	{ "userfaultfd", 1 },
};

static size_t args_of(const struct syscall_row *call)
{
	for (size_t i = 0; call && i < sizeof arities / sizeof *arities; i++)
		if (strcmp(call->name, arities[i].name) == 0)
			return arities[i].args;
	return 6;
}

/* A small number as it is, bits as people write them. */
static void add_argument(uint64_t value, struct strbuf *out)
{
	strbuf_printf(out, value < 1024 ? "%" PRIu64 : "0x%" PRIx64, value);
}

static const char *question(struct arena *arena, const struct observe_failed *row)
{
	const struct syscall_row *call = syscall_by_number(row->number);
	_cleanup_strbuf_ struct strbuf text = { 0 };
	size_t args = args_of(call);

	if (call)
		strbuf_add(&text, call->name);
	else
		strbuf_printf(&text, "%" PRIu32, row->number);
	while (args > 0 && row->args[args - 1] == 0)
		args--;
	for (size_t i = 0; i < args; i++) {
		const bool socket =
			i == 0 && call && strncmp(call->name, "socket", 6) == 0;
		const char *family = socket ? family_name(row->args[0]) : NULL;

		strbuf_add(&text, i ? ", " : "(");
		if (family)
			strbuf_add(&text, family);
		else
			add_argument(row->args[i], &text);
	}
	strbuf_add(&text, args > 0 ? ")" : "");
	return arena_strdup(arena, strbuf_str(&text));
}

void observed_calls_judge(const struct observed_scope *scope, struct observed *ret)
{
	const struct call_scope calls = { scope->plan, scope->policy, scope->arena };

	for (uint32_t i = 0; ret->table && i < ret->table->failed_len; i++) {
		const struct observe_failed *row = &ret->table->failed[i];
		struct seccomp_data call = { .nr = (int)row->number,
					     .arch = SYSCALL_ARCH };
		struct observed_call item = { .row = row };
		const struct plan_program *by;

		memcpy(call.args, row->args, sizeof call.args);
		if (verdict_answer(scope->plan, &call, &by) !=
		    (SECCOMP_RET_ERRNO | (uint32_t)row->error))
			continue;
		verdict_call(&calls, &call, &item.verdict);
		item.what = question(scope->arena, row);
		*(struct observed_call *)arena_append(
			scope->arena, &ret->calls, &ret->calls_len, sizeof item) = item;
	}
}

void observed_calls_json(const struct observed *observed, struct strbuf *out)
{
	json_array(out, "refused");
	for (size_t i = 0; i < observed->calls_len; i++) {
		const struct observed_call *call = &observed->calls[i];
		const char *name = errno_name(call->row->error);

		json_object(out, NULL);
		json_text(out, "call", call->what);
		if (name)
			json_text(out, "errno", name);
		else
			json_format(out, "errno", "%d", call->row->error);
		json_number(out, "times", call->row->times);
		json_text(out, "program", call->row->program);
		json_number(out, "process", call->row->process);
		json_number(out, "first", call->row->first);
		verdict_reasons_json(&call->verdict, out);
		json_object_end(out);
	}
	json_array_end(out);
	json_number(out, "refused_left_out", observed->table->failed_left_out);
}
