/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ctl.h - the subcommands of sboxctl, one file each
 */
#ifndef SBOX_CTL_H
#define SBOX_CTL_H

#include "cli/options.h"
#include "run/caller.h"

/* The state that every subcommand gets; one arena holds everything, nothing is freed. */
struct ctl {
	struct arena arena;
	struct diags diags;
	struct caller caller;
	pid_t parent;      /* as getppid(2) told first of all */
	mode_t umask;      /* the caller's; ours is that of sbox */
	int (*help)(void); /* prints the text of --help; returns the exit status */
};

/*
 * Exit statuses of sboxctl: 0 yes or done, 1 no (a mistake was found, nothing matches),
 * EXIT_SBOX when the question could not be answered. A subcommand that runs a command
 * ends as sbox does.
 */
#define CTL_NO 1

/* argv[0] is the subcommand's name; argv ends with NULL. Returns the exit status. */
typedef int subcommand_fn(struct ctl *ctl, int argc, char **argv);

subcommand_fn ctl_cache;
subcommand_fn ctl_changes;
subcommand_fn ctl_doctor;
subcommand_fn ctl_explain;
subcommand_fn ctl_exec;
subcommand_fn ctl_kill;
subcommand_fn ctl_learn;
subcommand_fn ctl_net;
subcommand_fn ctl_profile;
subcommand_fn ctl_ps;
subcommand_fn ctl_runs;

/* Mistakes of the command line: says it and where to read on, returns EXIT_SBOX. */
_printf_(2, 3) int ctl_usage(const char *subcommand, const char *fmt, ...);

/* Prints the mistakes that were collected, returns @status. */
int ctl_fail(const struct ctl *ctl, int status);

/* A plan for a command that nobody starts, as sbox would make it. */
extern const char *const ctl_command[];

/* "1.5M": about so many bytes. */
void ctl_bytes(struct strbuf *out, uint64_t bytes);

/* "file":...,"line":...,"col":..., which are null where there is no place. */
void ctl_json_place(const struct srcpos *pos, struct strbuf *out);

#endif
