/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * learn.h - the parts of "sboxctl learn": which lines a command needs, by trying
 *
 * Theory of operation
 *
 * 1. watch: the command runs in the sandbox of the given profiles, observed, and writes
 * to a change set that is discarded. What it asks for in vain and what may be offered for
 *    it (run/observed-fix.h) are wants. With all of them granted it runs again, until it
 *    wants no more.
 * 2. again: twice more with everything granted. What is the same both times (status,
 *    output, changed paths) is the yardstick.
 * 3. drop: without the lines, together and then by halves. What the command does the same
 *    without is dropped.
 * 4. write: what is left becomes a profile, which is tried as it is.
 *
 * Nothing is ever run outside of a sandbox, and a want is what a hostile command asks
 * for: it gets nothing that --observe would not offer a reader to paste. Each run is one
 * of sbox in a process of its own, which says what was wanted in a record
 * (toml/record.h).
 */
#ifndef SBOX_CTL_LEARN_H
#define SBOX_CTL_LEARN_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/options-given.h"

/* A line of a profile that somebody could miss. */
struct learn_line {
	const char *key;             /* "fs.read", "fs.write", "net.allow" */
	const char *entry;           /* as the option of @key takes it */
	const char *source, *target; /* of one of "fs.": its halves; else NULL */
	const char *programs;        /* that asked, "git, sh" */
	int64_t times;
	/* how many of the directories above may be shown in place of what @entry shows */
	int64_t up;
	int64_t holds;       /* entries that it stands for */
	const char *without; /* what the command did without it; NULL: it was not tried */
	bool granted;
};

/* What was asked for and is never granted. */
struct learn_refusal {
	const char *path, *why, *programs;
	int64_t times;
};

struct learn_lines {
	struct learn_line *list;
	size_t len;
};

/* What one run did. */
struct learn_run {
	int64_t status;
	const char *why;    /* as in the report */
	uint64_t output[2]; /* hashes of standard output and error; 0: not looked at */
	/* "A/path": letter of diff.h and path of the host; sorted, NULL-terminated */
	const char *const *changed;
	struct learn_lines wants;
	const char *const *reached; /* "host:port" of the filtered network */
	struct learn_refusal *refusals;
	size_t refusals_len;
	int64_t asked;       /* paths that it asked for */
	int64_t left_out;    /* calls that the observer had no room for */
	const char *project; /* what ${PROJECT} is; "": no profile asked */
	bool names;          /* it looked for a host without a network */
	bool interrupted;    /* by whoever watches us; then nothing else may be set */
};

struct learn {
	struct ctl *ctl;
	struct request request; /* profiles, settings and command, as they were given */
	const char *cwd;
	const char *file; /* to be written; NULL: lines go to standard output */
	int64_t runs;     /* that are watched at the least */
	bool quiet;
	unsigned count; /* of runs so far */
	unsigned names; /* of change sets so far */
	bool more;      /* it wanted more in the last run that was watched, too */
	struct learn_lines lines;
	struct learn_refusal *refusals;
	size_t refusals_len;
	struct learn_run first;     /* the one that was shown */
	const char *const *written; /* by the last one that was watched */
	struct learn_run yard; /* what was the same in all runs with everything granted */
	const char *trouble;   /* why nothing could be tried; NULL: it was */
};

/* How one run is made. */
struct learn_how {
	bool shown;          /* with our standard input and output; else with none */
	bool watched;        /* observed */
	bool plan_only;      /* nothing is run: whether a plan can be made */
	const char *profile; /* this file in place of what was given; NULL */
};

/* run.c: from here an interrupt ends a run, and every one behind it before it begins. */
void learn_watch_signals(void);

/*
 * run.c: runs the command with the lines that are granted, and discards what it wrote.
 * -1: it could not be started, or its result not be read; what sbox said of it is said.
 */
_must_check_ int learn_run(struct learn *learn, const struct learn_how *how,
			   struct learn_run *ret, struct error *err);

/* changed.c: the paths that the change set @name changes; removes the set. */
_must_check_ int learn_changed(struct learn *learn, const char *name,
			       const char *const **ret, struct error *err);

/* lines.c: adds those of @wants that are not there yet, as granted; how many. */
size_t learn_add(struct learn *learn, const struct learn_lines *wants);
/* lines.c: the same of what @run asked for and is never granted. */
void learn_add_refusals(struct learn *learn, const struct learn_run *run);
/* lines.c: how many lines are granted. */
size_t learn_granted(const struct learn *learn);

/*
 * try.c: where no sandbox can be made with all that is granted, takes out what of the
 * lines from @from on is the cause, and counts it among what is never granted. -1: there
 * is another cause.
 */
_must_check_ int learn_settle(struct learn *learn, size_t from, struct error *err);

/* lines.c: of hosts that are granted, only the ports that were @reached. */
void learn_ports(struct learn *learn, const char *const *reached);

/* lines.c: one line for a directory in place of many for what is in it. */
void learn_gather(struct learn *learn);

/* try.c: why nothing more is known, where somebody wanted it so. */
extern const char learn_interrupted[];

/* try.c: fills learn->yard, and takes back the grants that nothing needs. */
_must_check_ int learn_try(struct learn *learn, struct error *err);

/*
 * try.c: what @run did otherwise than the yardstick, in words; NULL: nothing. That it
 * differs may be chance, as the time in a line of a log, or the name of an object of git
 * that has the time in it: then the command is run once more with all that is granted,
 * and what that does otherwise, too, is no part of the yardstick any more. With @sure
 * also where the status differs. -1: that run could not be made.
 */
_must_check_ int learn_judge(struct learn *learn, const struct learn_run *run, bool sure,
			     const char **ret, struct error *err);

/* file.c: the profile, or with @lines_only just its lines. */
void learn_profile(const struct learn *learn, bool lines_only, struct strbuf *out);

/* file.c: what was given, to be written into the profile. */
struct options_given learn_options(const struct learn *learn);

#endif
