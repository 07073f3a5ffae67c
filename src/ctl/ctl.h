/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ctl.h - the subcommands of sboxctl, one file each
 */
#ifndef SBOX_CTL_H
#define SBOX_CTL_H

#include "cli/caller.h"

/* What every subcommand gets; one arena holds everything and nothing is freed. */
struct ctl {
	struct arena arena;
	struct diags diags;
	struct caller caller;
};

/*
 * Exit statuses of sboxctl: 0 yes or done, 1 no (a mistake was found, nothing matches),
 * EXIT_SBOX when the question could not be answered. A subcommand that runs a command
 * ends as sbox does.
 */
#define CTL_NO 1

/* argv[0] is the subcommand's name; argv ends with NULL. Returns the exit status. */
typedef int subcommand_fn(struct ctl *ctl, int argc, char **argv);

subcommand_fn ctl_doctor;
subcommand_fn ctl_profile;

/* Mistakes of the command line: says it and where to read on, returns EXIT_SBOX. */
_printf_(2, 3) int ctl_usage(const char *subcommand, const char *fmt, ...);

#endif
