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
 * 1 and whose command is what sbox itself was called with. *ret_procs: all processes but
 * the supervisors of named ones.
 */
_must_check_ int running_list(struct ctl *ctl, struct procs *ret_procs,
			      struct registry_entries *ret, struct error *err);

/* 1: @text is the number that ps prints for one, *ret; 0: it is none. */
_must_check_ int running_by_number(struct ctl *ctl, const char *text,
				   struct registry_entry *ret, struct error *err);

#endif
