/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reader.h - whether a process waits to read a terminal
 *
 * The kernel tells nobody. But who waits in read(2) shows in /proc/PID/syscall: its
 * number and its arguments (proc(5), since Linux 2.6.27). The caller may read that of
 * processes in user namespaces that it has made. What poll(2) or select(2) wait for is
 * not in there, so of those it counts that the process has opened the terminal for
 * itself. Whoever asks again and again without waiting is not found.
 */
#ifndef SBOX_READER_H
#define SBOX_READER_H

#include <stdbool.h>

/*
 * Whether a thread of the session of the pseudo-terminal @master, or of what it has
 * started, waits to read it, by that name or as /dev/tty, where standard input is
 * something else. false also where that cannot be found out. Of a session with very many
 * processes only some are looked at.
 */
bool reader_waits(int master);

#endif
