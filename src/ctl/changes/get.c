/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* get.c - a change set by its name; see changes.h */
#include "config.h"

#include "base/cleanup.h"
#include "ctl/changes/changes.h"

int changes_get(struct ctl *ctl, const char *name, struct changes_set *ret,
		struct error *err)
{
	_cleanup_fd_ int dir = -1;

	if (changes_open_dir(ctl->caller.state_dir, false, &dir, err) < 0)
		return -1;
	return changes_open(
		&(struct changes_home){ dir, ctl->caller.state_dir, &ctl->arena }, name,
		ret, err);
}
