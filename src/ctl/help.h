/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help.h - what --help of a subcommand says behind its line of usage */
#ifndef SBOX_CTL_HELP_H
#define SBOX_CTL_HELP_H

/* Lines, each with its newline: what it takes, an example or two, exit statuses. */
extern const char help_cache[], help_changes[], help_doctor[], help_exec[],
	help_explain[], help_kill[], help_learn[], help_net[], help_profile[], help_ps[],
	help_runs[];

#endif
