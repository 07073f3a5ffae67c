/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.h - between the caller's terminal and the command's own
 *
 * Theory of operation
 *
 * A command that holds the caller's terminal can type into it, read what is typed
 * after it, and change its modes (CVE-2017-5226 and many since). So when standard
 * input or output is a terminal, the command gets a pseudo-terminal of the sandbox's
 * own devpts, and the supervisor copies bytes. What the copying must keep:
 *
 *  - Standard input and output are both the terminal: it is put into raw mode, every
 *    key goes through, and Ctrl-C and Ctrl-Z are worked by the line discipline inside.
 *  - Only one of them is, or neither: the terminal belongs to a pipeline ("sbox make |
 *    less", "cat | sbox wc"); see shared.h.
 *  - The modes found at the start come back whenever we stop or end.
 *  - In the background nothing is read and no mode is changed: SIGTTIN and SIGTTOU
 *    would stop us.
 */
#ifndef SBOX_TERMINAL_H
#define SBOX_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/error.h"
#include "base/loop.h"
#include "box/stdio/shared.h"

#define TERMINAL_BUFFER 65536

struct terminal_flow { /* one direction */
	char data[TERMINAL_BUFFER];
	size_t from, to;
	bool ended;
};

struct terminal {
	int tty;              /* the caller's terminal, -1: there is none */
	int master;           /* of the command's, -1: not yet or no more */
	bool in, out;         /* standard input, standard output are the terminal */
	bool blocking;        /* the open file is the caller's too, and may block */
	bool both;            /* @in and @out */
	bool raw;             /* @both: we have changed its modes */
	bool literal;         /* @keys has a quoted end of input */
	struct shared shared; /* else, once @master is there */
	bool finishing;       /* see terminal_finish() */
	size_t left;          /* how much is read from the master then */
	struct termios saved;
	struct terminal_flow keys, screen; /* towards the command, towards the caller */
	/* what is typed; the command's terminal; room for what it writes */
	struct loop_fd typed, inside, room;
	struct loop_hook hook;
};

/*
 * Looks at descriptors 0 to 2. Without a terminal t->tty is -1 and all else does nothing.
 * -1: there is one, and it cannot be used.
 */
_must_check_ int terminal_init(struct terminal *t, struct error *err);

/* Whether the command is to have a pseudo-terminal. */
bool terminal_wanted(const struct terminal *t);

/*
 * The state of the command's terminal when it begins: the modes and the size of the
 * caller's, but for what the copying changes. Plain bytes.
 */
struct terminal_look {
	struct termios modes;
	struct winsize size;
};

/* As the caller's terminal is now. */
void terminal_look(const struct terminal *t, struct terminal_look *ret);

/* To be called before anything runs in @pty: what a command sets must not be set back. */
_must_check_ int terminal_dress(const struct terminal_look *look, int pty,
				struct error *err);

/* Begins copying to and from @master, which is taken over. */
_must_check_ int terminal_start(struct terminal *t, int master, struct error *err);

/*
 * Whether the keys for stopping and ending are worked by the command's terminal, of which
 * the caller's shell knows nothing.
 */
bool terminal_has_keys(const struct terminal *t);

/* Copies whenever @loop runs, once terminal_start() was called. */
void terminal_join(struct terminal *t, struct loop *loop);

/* After SIGWINCH: the command's terminal gets the size of the caller's. */
void terminal_resize(const struct terminal *t);
void terminal_suspend(struct terminal *t); /* before we stop: the modes come back */
void terminal_resume(struct terminal *t);  /* after SIGCONT */

/* The modes come back. */
void terminal_done(struct terminal *t);

#endif
