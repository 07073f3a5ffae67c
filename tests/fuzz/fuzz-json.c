/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-json.c - whatever is to be reported, the report is JSON
 *
 * The input is cut at its NUL bytes: the numbers, --name, the error, a mistake and its
 * file, then by turns words of the command and paths of profiles.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "json-check.h"
#include "run/report.h"

#define WORDS_MAX 16

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

struct input {
	struct arena arena;
	const unsigned char *p, *end;
	const char *numbers;
};

/* The next part; NULL: there are no more. */
static const char *part(struct input *in)
{
	size_t left = (size_t)(in->end - in->p), len;
	const unsigned char *nul = left ? memchr(in->p, '\0', left) : NULL;
	const char *text;

	if (left == 0)
		return NULL;
	len = nul ? (size_t)(nul - in->p) : left;
	text = arena_strndup(&in->arena, (const char *)in->p, len);
	in->p += nul ? len + 1 : len;
	return text;
}

/* The next number from 0 to @max, 255 at most. */
static int number(struct input *in, int max)
{
	return *in->numbers ? (unsigned char)*in->numbers++ % (max + 1) : 0;
}

static void fill_outcome(struct input *in, struct outcome *outcome)
{
	int sig = number(in, 64);

	*outcome = (struct outcome){ .failed = number(in, 1),
				     .killed = number(in, 1),
				     .started = number(in, 1),
				     .init = number(in, 255) };
	outcome->status = sig ? W_EXITCODE(0, sig) : W_EXITCODE(number(in, 255), 0);
	outcome->usage.ru_maxrss = (long)number(in, 255) << number(in, 40);
	outcome->usage.ru_utime.tv_sec = (long)number(in, 255) << number(in, 40);
	outcome->usage.ru_stime.tv_usec = (long)number(in, 255) * 3921;
}

static void fill_plan(struct input *in, struct plan *plan)
{
	plan->has_inner = number(in, 1);
	plan->caps = UINT64_C(1) << number(in, 40);
	plan->clone_flags = (uint64_t)number(in, 255) << 24;
	plan->limits.len = (size_t)number(in, PLAN_LIMITS);
	for (size_t i = 0; i < plan->limits.len; i++) {
		struct plan_limit *limit = &plan->limits.list[i];

		limit->name = "pids";
		limit->unit = (enum limit_unit)number(in, LIMIT_PERCENT);
		limit->value = (int64_t)number(in, 255) << number(in, 55);
		limit->why_not = "an odd\t\"reason\"\n";
		limit->means = number(in, 1) ? "means" : NULL;
	}
}

/* What the schema says of a name of a signal, "^SIG[A-Z0-9+]+$". */
static void check_signal(const char *json)
{
	const char *name = strstr(json, "\"signal\":{\"number\":");
	size_t len;

	if (!name)
		return;
	name = strstr(name, "\"name\":\"SIG");
	must(name != NULL);
	name += strlen("\"name\":\"SIG");
	len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+");
	must(len > 0 && name[len] == '"');
}

static void check_report(struct input *in, struct ending *ending, struct diags *diags)
{
	const char *command[WORDS_MAX + 1] = { 0 }, *profiles[WORDS_MAX + 1] = { 0 };
	struct request options = { .command = command, .status_fd = -1 };
	const struct report report = { .dir = -1, .status_fd = -1 };
	struct strbuf out = { 0 };

	options.name = part(in);
	ending->error = part(in);
	diag_add(diags, &(struct srcpos){ part(in), 1, (unsigned)number(in, 255) }, "%s",
		 in->p < in->end ? part(in) : "");
	for (size_t i = 0; i < WORDS_MAX; i++) {
		command[i] = part(in);
		profiles[i] = command[i] ? part(in) : NULL;
	}
	ending->profiles = profiles;
	ending->created = command;
	report_json(&report, &options, ending, &out);
	must(json_ok(strbuf_str(&out), out.len));
	/* its own, not one inside of a string */
	if (!ending->error && !options.name && !command[0])
		check_signal(strbuf_str(&out));
	strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { .p = data, .end = data + size };
	struct diags diags = { .arena = &in.arena };
	struct ending ending = { .diags = &diags };
	struct outcome outcome;
	struct plan plan = { 0 };

	in.numbers = part(&in);
	if (!in.numbers)
		in.numbers = "";
	ending.why = (enum why)number(&in, WHY_HELPER_DIED);
	ending.status = number(&in, 255);
	ending.landlock_abi = number(&in, 10);
	if (number(&in, 3) > 0) {
		fill_outcome(&in, &outcome);
		ending.outcome = &outcome;
	}
	if (number(&in, 3) > 0) {
		fill_plan(&in, &plan);
		ending.plan = &plan;
		ending.net = &plan.net;
	}
	check_report(&in, &ending, &diags);
	arena_done(&in.arena);
	return 0;
}
