/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report.h - how a run went, for programs
 *
 * --report=FILE is one JSON object, written when nothing of the sandbox is alive any
 * more; --status-fd=N gets one object a line: "started", and "ended" with the same
 * report in it. docs/report.schema.json describes both. FILE appears whole or not at
 * all, under a descriptor of its directory that was opened before the command ran: the
 * command may well be able to write there, and must not be able to lead us elsewhere.
 *
 * A reader of N that is slow never holds the supervisor: what does not fit waits, and is
 * written at the end, for as long as somebody takes it. What could not be written changes
 * no exit status: that is the command's.
 */
#ifndef SBOX_REPORT_H
#define SBOX_REPORT_H

#include <time.h>

#include "base/strbuf.h"
#include "box/cgroup/cgroup.h"
#include "box/guard/guard.h"
#include "box/start/supervise.h"
#include "plan/plan.h"
#include "run/observed.h"
#include "run/request.h"

enum why {
	WHY_SETUP,  /* sbox itself: usage, profile, a step of the start */
	WHY_EXEC,   /* the command was not found, or cannot be executed */
	WHY_EXITED, /* by itself */
	WHY_SIGNALED,
	WHY_TIMEOUT,          /* limits.wall */
	WHY_MEMORY,           /* limits.memory */
	WHY_KILLED_BY_CALLER, /* by a signal that sbox got and handed on */
	WHY_KILLED,           /* the sandbox as a whole, from outside */
	WHY_PARENT_DIED,      /* process.die_with_parent */
	WHY_HELPER_DIED,      /* a process that the sandbox needs */
	WHY_REPLACED,         /* fs.on_replace */
};

struct report {
	const char *file;    /* as it was asked for; NULL: no report */
	const char *name;    /* its last part */
	const char *path;    /* of its directory */
	int dir;             /* that directory; -1 */
	int status_fd;       /* -1: none */
	int status_error;    /* errno of what was written there first and failed, or 0 */
	struct strbuf lines; /* for it, of which it has taken @taken bytes */
	size_t taken;
	mode_t umask; /* the caller's, which the file heeds */
	struct timespec start;
};

/* The end of a run, as it is reported; NULL members are not known. */
struct ending {
	enum why why;
	int status;        /* that sbox ends with */
	const char *error; /* what was said on standard error */
	const struct diags *diags;
	const struct outcome *outcome;
	const struct plan *plan;    /* and so what was enforced */
	const struct net_plan *net; /* with the ports that were published */
	const struct cgroup_usage *cgroup;
	int landlock_abi;
	const char *const *profiles; /* paths, NULL-terminated */
	const char *const
		*created; /* guarded paths that were missing and came to be; likewise */
	const struct guard_findings *guard; /* NULL: nothing was looked at */
	/* the change set that was written to, and what it was left as; NULL: there is
	 * none */
	const char *changes, *changes_state;
	const struct observed *observed; /* NULL: nobody asked for it */
	const char *const *replaced; /* guarded paths that others replaced; likewise */
};

/* The word for why it ended: "exited", "timeout", ... */
const char *report_why(const struct ending *ending);

/* Looks that both can be written, before anything is done. */
_must_check_ int report_open(const struct request *options, struct arena *arena,
			     struct report *ret, struct error *err);

/* Whether anybody asked for a report or for lines of status. */
bool report_wanted(const struct report *report);

/* All is there, and the command waits (--block-fd). */
void report_made(struct report *report, const struct made *made);
/* The command runs. */
void report_started(struct report *report, pid_t init);

/* The report itself, without a newline behind it; the end is now. */
void report_json(const struct report *report, const struct request *options,
		 const struct ending *ending, struct strbuf *out);

/*
 * The last thing of a run. -1: one of the two could not be written. @ret_lost: then the
 * report, if it is in no other place.
 */
_must_check_ int report_end(struct report *report, const struct request *options,
			    const struct ending *ending, struct strbuf *ret_lost,
			    struct error *err);

#endif
