/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shared.h - a terminal that the command has on some of its descriptors only
 *
 * Theory of operation
 *
 * In "sbox make | less" and "cat list | sbox sh" the caller's terminal belongs to a
 * pipeline: others write to it and read from it as well, so its line discipline goes on
 * to make lines, to echo and to send signals. The one of the command's pseudo-terminal
 * does none of that for what is typed (EXTPROC, made for Telnet's line mode), and still
 * shows and keeps the modes that programs set. They are put on the caller's terminal
 * when they change, as they would be without a sandbox: a password is not echoed, a
 * pager gets single keys. What somebody else sets there meanwhile stays.
 *
 * Output: "\n" has become "\r\n" inside, which is undone, for the caller's terminal does
 * the same again.
 *
 * Lines: a read(2) of a terminal gives one line at most, with EXTPROC all there are. So
 * the next one is passed on when the one before was read.
 *
 * An end of input that was quoted (Ctrl-V Ctrl-D) arrives here as what it is, a byte. The
 * command's terminal, which is given an end of input as that byte, would take it for one
 * where it stands last. So while a line with such a byte is read, its terminal has no
 * character for the end.
 *
 * Keys, where standard input is no terminal: those are the pipeline's, unless a process
 * inside waits to read its terminal (reader.h), or has switched it to single keys.
 *
 * Passwords that another program asks for are not for the command: nothing is read while
 * somebody else has turned echo off or taken single keys.
 */
#ifndef SBOX_SHARED_H
#define SBOX_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct shared {
	int tty, master, peer; /* the caller's; both ends of the command's. Not ours to
				* close, but for @peer */
	struct termios saved;  /* of @tty at the start */
	struct termios inside; /* of the command's, as last looked at */
	struct termios put;    /* of those, what was last put on @tty */
	bool changed;          /* @tty has other modes than @saved, by us */
	bool cr;               /* a "\r" was read whose "\n" may follow, */
	int64_t cr_at;         /* at this clock_ms() */
	bool literal;          /* the command's has no VEOF now, */
	cc_t end;              /* which is this one */
	int pause;  /* milliseconds until it is asked again whether a line was read */
	bool waits; /* a process inside waited to read, */
	int64_t waits_at; /* at this clock_ms() */
};

#define SHARED_CR_MS 10 /* how long a "\n" is waited for */

/* Whether we are in the foreground of @tty, or it has none that we can see. */
bool shared_in_foreground(int tty);

/* The modes that the command's terminal begins with. */
struct termios shared_modes(const struct termios *saved);

/* @tty has the modes @saved, @master those of shared_modes(). */
void shared_start(struct shared *s, int tty, int master, const struct termios *saved);

/*
 * Puts modes that have changed inside on the caller's terminal; in the foreground only.
 * @writing: there is output that was read and not yet written. It, and what can be read,
 * comes before a return to "\r\n", as with a program that draws and then tidies up.
 */
void shared_follow(struct shared *s, bool writing);

/* The caller's terminal gets its modes back; shared_again() puts the command's on it. */
void shared_restore(struct shared *s);
void shared_again(struct shared *s);

/*
 * Whether what is typed is for the command now. @in: standard input is the terminal. In
 * the foreground only. Whoever then reads sets @waits to false.
 */
bool shared_may_read(struct shared *s, bool in);

/* 0: what was typed can be passed on; else in how many milliseconds to ask again. */
int shared_wait(struct shared *s);

/* Whether what was typed, data[0..len), has the byte that means the end inside. */
bool shared_has_end(const struct shared *s, const char *data, size_t len);
/* From now on that byte is one like the others, or no more. All before it was read. */
void shared_literal(struct shared *s, bool on);

/*
 * Undoes what the command's terminal has made of the ends of lines in data[0..len), which
 * has room for one byte more. Returns the new length. A "\r" at the end is kept back, and
 * comes first next time.
 */
size_t shared_unmap(struct shared *s, char *data, size_t len);

/*
 * Whether a "\r" was kept back for long enough, or @now; then it no longer is, and the
 * caller writes it.
 */
bool shared_flush(struct shared *s, bool now);

/* shared_restore(), and nothing of the command's terminal stays open. */
void shared_done(struct shared *s);

#endif
