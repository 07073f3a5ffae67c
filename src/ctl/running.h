/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* running.h - the sandboxes that run now, for ps, kill and exec */
#ifndef SBOX_CTL_RUNNING_H
#define SBOX_CTL_RUNNING_H

#include "box/door/procs.h"
#include "box/door/registry.h"
#include "ctl/ctl.h"

/*
 * All of them that belong to the caller: the named ones, by name, and behind them those
 * without a name (entry.name NULL, entry.profiles NULL), which are found by their process
 * 1 and whose command is what sbox itself was called with.
 */
int running_list(struct ctl *ctl, const struct procs *procs, struct registry_entries *ret,
		 struct error *err);

/* The one called @name and the directory that it is registered in; *ret_dir -1: none is.
 */
int running_find(struct ctl *ctl, const char *name, struct registry_entry *ret,
		 int *ret_dir, struct error *err);

#endif
