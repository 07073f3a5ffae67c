/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* running.c - the sandboxes that run now; see running.h */
#include "config.h"

#include <string.h>

#include "base/cleanup.h"
#include "ctl/running.h"

/* What init calls itself; a command can do so too, but not from where it is. The program
 * of its supervisor may be called anything. */
#define INIT_NAME "sbox-init"

static bool is_listed(const struct registry_entries *list, pid_t init)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->list[i].init == init)
			return true;
	return false;
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

int running_list(struct ctl *ctl, const struct procs *procs, struct registry_entries *ret,
		 struct error *err)
{
	struct registry_entries list = { NULL, 0 };
	_cleanup_fd_ int dir = -1;

	if (registry_open(ctl->caller.runtime_dir, false, &dir, err) < 0 ||
	    (dir >= 0 && registry_list(dir, &ctl->arena, &list, err) < 0))
		return -1;
	for (size_t i = 0; i < procs->len; i++) {
		const struct proc *init = &procs->list[i];
		const struct proc *supervisor = procs_find(procs, init->parent);

		if (strcmp(init->name, INIT_NAME) == 0 && supervisor &&
		    !is_listed(&list, init->pid) && proc_is_first(init->pid))
			add_unnamed(ctl, init, supervisor, &list);
	}
	*ret = list;
	return 0;
}

int running_find(struct ctl *ctl, const char *name, struct registry_entry *ret,
		 int *ret_dir, struct error *err)
{
	_cleanup_fd_ int dir = -1;
	int found;

	*ret_dir = -1;
	if (registry_open(ctl->caller.runtime_dir, false, &dir, err) < 0)
		return -1;
	found = dir < 0 ? 0 : registry_find(dir, name, &ctl->arena, ret, err);
	if (found > 0)
		*ret_dir = take_fd(&dir);
	return found < 0 ? -1 : 0;
}
