/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* own.c - options that are no setting of a profile; see own.h */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "cli/options.h"
#include "cli/own.h"

const struct own_option own_options[] = {
	{ OWN_PROFILE, 'p', "profile", "NAME|PATH",
	  "use this profile (\"default\" if none is named); repeatable, in order",
	  OPTIONS_POLICY },
	{ OWN_PROFILE_FD, 0, "profile-fd", "N",
	  "use the profile that an open descriptor gives; repeatable, as --profile",
	  OPTIONS_POLICY },
	{ OWN_ARGS_FD, 0, "args-fd", "N",
	  "read arguments, each with a NUL byte behind it, from an open descriptor",
	  OPTIONS_RUN },
	{ OWN_PROJECT, 0, "project", "DIR",
	  "what build, ci and agent show, ${PROJECT}; else it is looked for",
	  OPTIONS_POLICY },
	{ OWN_SET, 0, "set", "KEY=VALUE", "any key of sbox.toml(5), the value in TOML",
	  OPTIONS_POLICY },
	{ OWN_LIMIT, 0, "limit", "NAME=VALUE",
	  "memory, cpu, pids, wall and others, below", OPTIONS_POLICY },
	{ OWN_DRY_RUN, 0, "dry-run", "[full|json]",
	  "print what would be done, and do nothing", OPTIONS_RUN },
	{ OWN_NAME, 0, "name", "NAME", "call the sandbox so, for sboxctl and in reports",
	  OPTIONS_RUN },
	{ OWN_HOLD, 0, "hold", NULL,
	  "hold the sandbox without a command, for \"sboxctl exec\"", OPTIONS_RUN },
	{ OWN_CHANGES, 0, "changes", "NAME",
	  "write nothing of the host, but to a change set of this name (sboxctl changes)",
	  OPTIONS_POLICY },
	{ OWN_TRY, 0, "try", NULL,
	  "the same with a new change set, and ask at the end what is to become of it",
	  OPTIONS_POLICY },
	{ OWN_ON_SUCCESS, 0, "on-success", "ACTION",
	  "keep the change set when COMMAND gave 0, commit, discard it, or ask",
	  OPTIONS_RUN },
	{ OWN_REPORT, 0, "report", "FILE", "write how it ended, as JSON", OPTIONS_RUN },
	{ OWN_STATUS_FD, 0, "status-fd", "N",
	  "write start and end as lines of JSON to an open descriptor", OPTIONS_RUN },
	{ OWN_BLOCK_FD, 0, "block-fd", "N",
	  "run the command once a byte can be read from an open descriptor",
	  OPTIONS_RUN },
	{ OWN_OBSERVE, 0, "observe", "[failed|all]",
	  "say at the end what was asked for in vain, and what would let it through",
	  OPTIONS_RUN },
	{ OWN_WHY, 0, "why", NULL,
	  "run nothing, and explain: COMMAND is a question (sboxctl explain)",
	  OPTIONS_RUN },
	{ OWN_QUIET, 'q', "quiet", NULL, "no warnings", OPTIONS_RUN },
	{ OWN_VERBOSE, 'v', "verbose", NULL, "say more about what is done", OPTIONS_RUN },
	{ OWN_HELP, 'h', "help", NULL, "this text", 0 },
	{ OWN_VERSION, 'V', "version", NULL, "the version", OPTIONS_RUN },
	{ OWN_JSON, 0, "json", NULL, "answer in JSON", OPTIONS_JSON },
	{ OWN_EFFECTIVE, 0, "effective", NULL, "as one profile", OPTIONS_EFFECTIVE },
	{ OWN_DETECT, 0, "detect", NULL, "by what the project is", OPTIONS_DETECT },
	{ OWN_FROM_RUN, 0, "from-run", "RUN", "by the options of a run that failed",
	  OPTIONS_DETECT },
	{ .name = NULL },
};

int own_word(const struct own_option *option, const char *value)
{
	const char *word = option->arg + 1; /* behind "[" */

	for (int n = 1; value; n++) {
		const size_t len = strcspn(word, "|]");

		if (strlen(value) == len && strncmp(word, value, len) == 0)
			return n;
		if (word[len] != '|')
			return -1;
		word += len + 1;
	}
	return 0;
}
