/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * say.h - what sbox and sboxctl tell a person, and where it goes
 *
 * Answers go to standard output, everything else to standard error, with the name of
 * the program in front. Texts that come from outside are shown escaped, so that no name
 * of a file moves the cursor.
 */
#ifndef SBOX_SAY_H
#define SBOX_SAY_H

#include "base/error.h"
#include "base/strbuf.h"

/* "sbox" or "sboxctl": program.c of cli/ and of ctl/. */
extern const char say_program[];

/* As it is, to standard error. */
void say(const struct strbuf *text);

/* What diag_print() says. */
void say_mistakes(const struct strbuf *mistakes);

/* Returns the status to end with. */
int say_error(const struct error *err);

/* The same with @prefix in front of the line. */
int say_error_as(const char *prefix, const struct error *err);

/* @what as it is, @about escaped. */
void say_warning(const char *what, const char *about);

/* What is waited for. On a terminal, which a command may have made raw, the line begins
 * and ends at its left. Nothing is said where that would have to wait itself. */
void say_waiting(const char *what);

/*
 * Writes an answer, which was asked for, to standard output. It matters whether it
 * arrives: 0, or the status to end with.
 */
int say_answer(const struct strbuf *text);

#endif
