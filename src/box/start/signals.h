/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* signals.h - which signals are for the command, and for whom of it */
#ifndef SBOX_START_SIGNALS_H
#define SBOX_START_SIGNALS_H

#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "base/error.h"
#include "policy/policy.h"

/* Blocks the signals that are relayed, and returns a descriptor for them. */
_must_check_ int signals_open(struct error *err);

/* Whether signal @sig asks whoever gets it to end. */
bool signals_ends(int sig);

/* Who gets @info; @asked: process.forward, @terminal: the command has one of its own. */
enum forward signals_whom(enum forward asked, bool terminal,
			  const struct signalfd_siginfo *info);

/* Whoever started us has said that @sig is to end nobody, as nohup(1) does of SIGHUP. */
bool signals_is_ignored(int sig);

/*
 * Whether @pid, process 1 of its namespace, does something about @sig, or nobody can
 * tell. One that does not is not ended by it, as any other process would be: the kernel
 * keeps its process 1 from that.
 */
bool signals_is_caught(pid_t pid, int sig);

#endif
