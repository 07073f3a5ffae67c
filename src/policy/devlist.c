/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devlist.c - names in /dev and /proc; see devlist.h */
#include "config.h"

#include <stddef.h>

#include "policy/devlist.h"

/* Documentation/admin-guide/devices.txt of the kernel */
const struct special_node special_nodes[] = {
	{ "null", "/dev/null", 1, 3 },
	{ "zero", "/dev/zero", 1, 5 },
	{ "full", "/dev/full", 1, 7 },
	{ "random", "/dev/random", 1, 8 },
	{ "urandom", "/dev/urandom", 1, 9 },
	{ "tty", "/dev/tty", 5, 0 },
	{ .name = NULL },
};

const struct special_link special_links[] = {
	{ "ptmx", "pts/ptmx" },          { "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },  { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" }, { .name = NULL },
};

/* The entries of /proc that tell about the host, or by which it can be changed. */
const struct special_cover special_covers[] = {
	{ "acpi", true, false },
	{ "asound", true, false },
	{ "bus", true, false },
	{ "config.gz", false, false },
	{ "fs", true, false },
	{ "interrupts", false, false },
	{ "irq", true, false },
	{ "kallsyms", false, false },
	{ "kcore", false, false },
	{ "key-users", false, false },
	{ "keys", false, false },
	{ "kmsg", false, false },
	{ "kpagecgroup", false, false },
	{ "kpagecount", false, false },
	{ "kpageflags", false, false },
	{ "latency_stats", false, false },
	{ "pressure", true, false }, /* everybody may write to it: triggers, as of psi */
	{ "sched_debug", false, false },
	{ "scsi", true, false },
	{ "sysrq-trigger", false, false },
	{ "timer_list", false, false },
	{ "timer_stats", false, false },
	{ "allocinfo", false, true },
	{ "dynamic_debug", true, true },
	{ "lock_stat", false, true },
	{ "lockdep", false, true },
	{ "lockdep_chains", false, true },
	{ "lockdep_stats", false, true },
	{ "mtrr", false, true },
	{ "pagetypeinfo", false, true },
	{ "profile", false, true },
	{ "slabinfo", false, true },
	{ "tty/driver", true, true },
	{ "vmallocinfo", false, true },
	{ "vmcore", false, true },
	{ .name = NULL },
};
