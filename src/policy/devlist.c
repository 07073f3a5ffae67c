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

/* What of /proc speaks of the host; sizes, seeds and switches. */
const struct special_cover special_covers[] = {
	{ "acpi", true },
	{ "asound", true },
	{ "bus", true },
	{ "config.gz", false },
	{ "fs", true },
	{ "interrupts", false },
	{ "irq", true },
	{ "kallsyms", false },
	{ "kcore", false },
	{ "key-users", false },
	{ "keys", false },
	{ "kmsg", false },
	{ "kpagecgroup", false },
	{ "kpagecount", false },
	{ "kpageflags", false },
	{ "latency_stats", false },
	{ "sched_debug", false },
	{ "scsi", true },
	{ "sysrq-trigger", false },
	{ "timer_list", false },
	{ "timer_stats", false },
	{ .name = NULL },
};
