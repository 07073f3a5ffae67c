/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * taken.h - the lock of a change set is taken until the last process of the sandbox is
 * gone
 *
 * Theory of operation
 *
 * As long as something inside runs, it can write to the change set, and nobody else may
 * work on that. The supervisor waits for the sandbox's end, but can be killed before it.
 * Init has the lock as well, but when it ends the kernel closes its descriptors first,
 * and only then kills all that is left in its PID namespace (do_exit(),
 * zap_pid_ns_processes()).
 *
 * So one more process has the lock, called sbox-taken. It waits for init to be dead,
 * which it is not before all others are, and ends. It holds nothing but the lock and
 * init's pidfd, and no signal but SIGKILL reaches it.
 */
#ifndef SBOX_TAKEN_H
#define SBOX_TAKEN_H

#include <sys/types.h>

#include "base/error.h"

/* Starts it. Its number, or -1. All signals are blocked. */
_must_check_ pid_t taken_begin(int lock, int pidfd, struct error *err);

/* When init is dead: the process is gone as well. @pid -1: there is none. */
void taken_end(pid_t pid);

#endif
