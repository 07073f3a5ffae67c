/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pause.h - the supervisor stops together with the command, and is watched meanwhile
 *
 * Theory of operation
 *
 * When the command on a terminal stops, whoever it was that stopped it, the shell that
 * started sbox is to see its job stop. So the supervisor sends itself SIGSTOP. But a
 * command can stop itself, and the one who started sbox need not be a shell: then nobody
 * would ever wake the supervisor, no clock of its would run, no signal would reach it,
 * and the end of its parent would not be noticed.
 *
 * So a process of the supervisor's, called sbox-watch, stays awake. It wakes the
 * supervisor by SIGCONT when its next timer is due, when a signal that ends it waits for
 * it (a stopped process is sent SIGTERM in vain: /proc/PID/status shows it as pending),
 * when its parent has ended, and when the sandbox has. It holds nothing but the two
 * descriptors that tell it so, and ends with the supervisor.
 */
#ifndef SBOX_PAUSE_H
#define SBOX_PAUSE_H

#include <stdint.h>

/*
 * Stops the calling process until somebody continues it. @parent: a pidfd, or -1. @ctl: a
 * socket whose other end closes when the sandbox ends. @until: as of clock_ms(),
 * negative: never. If nobody can watch, it does not stop at all. All signals are blocked.
 */
void pause_ourselves(int parent, int ctl, int64_t until);

#endif
