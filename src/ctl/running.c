/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* running.c - the sandboxes that run now; see running.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/running.h"
#include "run/say.h"

/*
 * The process name of init; a command can take it too, but not init's place: see
 * proc_is_first(). The supervisor's program may be called anything.
 */
#define INIT_NAME "sbox-init"

static int by_number(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The processes but the supervisors of @list, which say nothing of what runs inside. */
static int read_procs(struct arena *arena, const struct registry_entries *list,
		      struct procs *ret, struct error *err)
{
	pid_t *skip = arena_alloc(arena, (list->len + 1) * sizeof *skip);

	for (size_t i = 0; i < list->len; i++)
		skip[i] = list->list[i].pid;
	qsort(skip, list->len, sizeof *skip, by_number);
	return procs_read(arena, skip, list->len, ret, err);
}

/* Leaves those whose process 1 is there, and marks it. */
static void keep_true(struct registry_entries *list, const struct procs *procs,
		      bool *listed)
{
	size_t len = 0;

	for (size_t i = 0; i < list->len; i++) {
		const struct registry_entry *entry = &list->list[i];
		const struct proc *init = procs_find(procs, entry->init);

		if (!init || !registry_is_init(entry, init))
			continue;
		listed[init - procs->list] = true;
		list->list[len++] = *entry;
	}
	list->len = len;
}

static void add_unnamed(struct ctl *ctl, const struct proc *init,
			const struct proc *supervisor, struct registry_entries *list)
{
	*(struct registry_entry *)arena_append(&ctl->arena, &list->list, &list->len,
					       sizeof *list->list) =
		(struct registry_entry){
			.pid = supervisor->pid,
			.start = supervisor->start,
			.init = init->pid,
			.init_start = init->start,
			.command = proc_command(&ctl->arena, supervisor->pid),
		};
}

/* Those of both registries: of a session, and of whoever had none. */
static int list_named(struct ctl *ctl, struct registry_entries *ret, struct error *err)
{
	const char *const dirs[] = { ctl->caller.runtime_dir, ctl->caller.last_dir };

	*ret = (struct registry_entries){ NULL, 0 };
	for (size_t i = 0; i < 2; i++) {
		struct registry_entries found = { NULL, 0 };
		_cleanup_fd_ int dir = -1;

		if (i > 0 && dirs[i] == dirs[0])
			break;
		if (registry_open(dirs[i], false, &dir, err) < 0) {
			/* a command that could write to /tmp hides none of the others */
			if (i == 0)
				return -1;
			say_warning("", err->msg);
			break;
		}
		if (dir >= 0 && registry_list(dir, &ctl->arena, &found, err) < 0)
			return -1;
		for (size_t k = 0; k < found.len; k++)
			*(struct registry_entry *)arena_append(
				&ctl->arena, &ret->list, &ret->len, sizeof *ret->list) =
				found.list[k];
	}
	return 0;
}

int running_list(struct ctl *ctl, struct procs *ret_procs, struct registry_entries *ret,
		 struct error *err)
{
	struct registry_entries named, list = { NULL, 0 };
	struct procs procs;
	bool *listed;

	if (list_named(ctl, &named, err) < 0 ||
	    read_procs(&ctl->arena, &named, &procs, err) < 0)
		return -1;
	listed = arena_alloc(&ctl->arena, procs.len * sizeof *listed);
	memset(listed, 0, procs.len * sizeof *listed);
	keep_true(&named, &procs, listed);
	for (size_t i = 0; i < named.len; i++)
		*(struct registry_entry *)arena_append(&ctl->arena, &list.list, &list.len,
						       sizeof *list.list) = named.list[i];
	for (size_t i = 0; i < procs.len; i++) {
		const struct proc *init = &procs.list[i];
		struct proc supervisor;

		/* also one whose entry is not true, and so was not read with the rest */
		if (!listed[i] && strcmp(init->name, INIT_NAME) == 0 &&
		    proc_read(init->parent, &supervisor) == 0 && proc_is_first(init->pid))
			add_unnamed(ctl, init, &supervisor, &list);
	}
	*ret_procs = procs;
	*ret = list;
	return 0;
}

int running_by_number(struct ctl *ctl, const char *text, struct registry_entry *ret,
		      struct error *err)
{
	struct registry_entries list;
	struct procs procs;
	char *end;
	const long number = strtol(text, &end, 10);

	if (end == text || *end || number <= 0 || *text < '0' || *text > '9')
		return 0;
	if (running_list(ctl, &procs, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.len; i++)
		if (list.list[i].init == number) {
			*ret = list.list[i];
			return 1;
		}
	return 0;
}
