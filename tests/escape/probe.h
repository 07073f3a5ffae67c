/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.h - the attempts of the escape suite, and what they share
 *
 * Each attempt is one subcommand. It prints one line that says what happened, such as
 * "PTRACE_SEIZE: EPERM, process_vm_readv: EPERM", and exits 0 if the attempt succeeded,
 * 1 if it was refused, 2 if that cannot be told. The same attempt is run outside, where
 * it has to succeed, and inside, where it must not.
 */
#ifndef ESCAPE_PROBE_H
#define ESCAPE_PROBE_H

#include <stdbool.h>

enum { ESCAPED = 0, REFUSED = 1, UNKNOWN = 2 };

/* @argc and @argv are those behind the subcommand's name. */
struct attempt {
	const char *name;
	int (*run)(int argc, char **argv);
};

/* Each file of attempts has a table, which ends with an empty row. */
extern const struct attempt tty_attempts[], process_attempts[], init_attempts[],
	path_attempts[], mount_attempts[], ipc_attempts[], id_attempts[],
	syscall_attempts[], foreign_attempts[], legacy_attempts[], host_attempts[],
	fd_attempts[], cover_attempts[], outside_attempts[];

/* Says how @what went: it worked if @ret is not negative, else errno says why not. */
void tried(const char *what, long ret);

/* The same for what is no system call. */
void found(const char *what, bool escaped);

/* Anything to be read with the result, which is printed at the end. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the line: ESCAPED if anything of the above worked, UNKNOWN if nothing was tried.
 */
int verdict(void);

/* Ends the process, for what an attempt needs and does not get. */
_Noreturn void cannot(const char *what);

/* The argument @n as a number, or the end. */
long number(int argc, char **argv, int n);
const char *text(int argc, char **argv, int n);

/* A new user namespace and those of @flags, with all capabilities there. 0, or -1. */
int enter_namespaces(int flags);

/* Writes all of @content to the existing @path. 0, or -1 with errno. */
int write_file(const char *path, const char *content);

/* Runs the command and returns its exit status, 128+n for a signal. */
int run_command(char **argv);

#endif
