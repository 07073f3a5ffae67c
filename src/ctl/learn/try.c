/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* try.c - which of the lines a command needs: it is run without them */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "ctl/learn/learn.h"
#include "run/say.h"

const char learn_interrupted[] = "it was interrupted";

/* The words that both sorted lists have. */
static const char *const *common(struct arena *arena, const char *const *a,
				 const char *const *b)
{
	const char **both = NULL;
	size_t len = 0;

	while (*a && *b) {
		const int order = strcmp(*a, *b);

		if (order == 0)
			*(const char **)arena_append(arena, &both, &len, sizeof *both) =
				*a;
		a += order <= 0;
		b += order >= 0;
	}
	*(const char **)arena_append(arena, &both, &len, sizeof *both) = NULL;
	return both;
}

/* The first word of the sorted list @wanted that @list has not; NULL: it has all. */
static const char *first_missing(const char *const *wanted, const char *const *list)
{
	for (; *wanted; wanted++) {
		while (*list && strcmp(*list, *wanted) < 0)
			list++;
		if (!*list || strcmp(*list, *wanted) != 0)
			return *wanted;
	}
	return NULL;
}

static const char *differs_by(const struct learn *learn, const struct learn_run *run)
{
	static const char *const names[] = { "standard output", "standard error" };
	const struct learn_run *yard = &learn->yard;
	struct arena *arena = &learn->ctl->arena;
	const char *path;

	if (run->status != yard->status)
		return arena_printf(arena, "status %" PRId64, run->status);
	path = first_missing(yard->changed, run->changed);
	if (path)
		return arena_printf(arena, "it does not write %s", path + 1);
	for (int i = 0; i < 2; i++)
		if (yard->output[i] && run->output[i] != yard->output[i])
			return arena_printf(arena, "another %s", names[i]);
	return NULL;
}

/* Only what is the same in @run as well stays in the yardstick. */
static void narrow(struct learn *learn, const struct learn_run *run)
{
	struct learn_run *yard = &learn->yard;

	yard->changed = common(&learn->ctl->arena, yard->changed, run->changed);
	for (int i = 0; i < 2; i++)
		if (yard->output[i] != run->output[i])
			yard->output[i] = 0;
}

int learn_judge(struct learn *learn, const struct learn_run *run, bool sure,
		const char **ret, struct error *err)
{
	struct learn_run control;

	*ret = differs_by(learn, run);
	if (!*ret || (run->status != learn->yard.status && !sure))
		return 0;
	if (learn_run(learn, &(struct learn_how){ 0 }, &control, err) < 0)
		return -1;
	if (control.interrupted) {
		learn->trouble = learn_interrupted;
		return 0;
	}
	if (control.status != learn->yard.status) {
		learn->trouble = "it does not end the same way each time";
		return 0;
	}
	narrow(learn, &control);
	*ret = differs_by(learn, run);
	return 0;
}

static void grant(struct learn *learn, size_t from, size_t to, bool granted)
{
	for (size_t i = from; i < to; i++)
		learn->lines.list[i].granted = granted;
}

/* Takes back the grants of the lines from @from up to @to, but for those that the command
 * needs. */
static int drop(struct learn *learn, size_t from, size_t to, struct error *err)
{
	const size_t middle = from + (to - from) / 2;
	const char *differs;
	struct learn_run run;
	int ret;

	if (from == to || learn->trouble)
		return 0;
	grant(learn, from, to, false);
	ret = learn_run(learn, &(struct learn_how){ 0 }, &run, err);
	grant(learn, from, to, true);
	if (ret < 0)
		return -1;
	if (run.interrupted) {
		learn->trouble = learn_interrupted;
		return 0;
	}
	if (learn_judge(learn, &run, to - from == 1, &differs, err) < 0)
		return -1;
	if (learn->trouble)
		return 0;
	if (!differs) {
		grant(learn, from, to, false);
		return 0;
	}
	if (to - from == 1) {
		learn->lines.list[from].without = differs;
		return 0;
	}
	return drop(learn, from, middle, err) < 0 ? -1 : drop(learn, middle, to, err);
}

int learn_try(struct learn *learn, struct error *err)
{
	struct learn_run run;

	/* twice, for what it does otherwise each time is no yardstick */
	for (int i = 0; i < 2; i++) {
		if (learn_run(learn, &(struct learn_how){ 0 }, &run, err) < 0)
			return -1;
		if (run.interrupted) {
			learn->trouble = learn_interrupted;
			return 0;
		}
		if (i == 0)
			learn->yard = run;
		else
			narrow(learn, &run);
	}
	if (run.status != learn->yard.status) {
		learn->trouble = "it does not end the same way each time";
		return 0;
	}
	return drop(learn, 0, learn->lines.len, err);
}

/* Whether a plan can be made with what is granted; -1: @err says why not. */
static int can_be_planned(struct learn *learn, struct error *err)
{
	struct learn_run run;

	return learn_run(learn, &(struct learn_how){ .plan_only = true }, &run, err) < 0
		       ? -1
		       : run.status != 0;
}

int learn_settle(struct learn *learn, size_t from, struct error *err)
{
	struct learn_lines *lines = &learn->lines;
	const size_t len = lines->len;
	size_t kept = from;

	if (from > len || can_be_planned(learn, err) == 0)
		return 0;
	grant(learn, from, len, false);
	if (can_be_planned(learn, err) != 0)
		return error_set(err, "learn: the command could not be started");
	for (size_t i = from; i < len; i++) {
		struct learn_line line = lines->list[i];

		line.granted = true;
		lines->list[kept] = line;
		lines->len = kept + 1;
		if (can_be_planned(learn, err) == 0)
			kept++;
		else
			*(struct learn_refusal *)arena_append(
				&learn->ctl->arena, &learn->refusals,
				&learn->refusals_len, sizeof *learn->refusals) =
				(struct learn_refusal){ line.entry,
							"no sandbox can be made with it",
							line.programs, line.times };
		lines->len = kept;
	}
	return 0;
}
