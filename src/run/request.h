/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.h - what is wanted of a run: the policy as profiles and settings, the command,
 * and how the run is told about
 *
 * Plain data. Whoever takes orders fills it: the command line does (cli/options.h).
 */
#ifndef SBOX_REQUEST_H
#define SBOX_REQUEST_H

#include "box/observe/observe.h"
#include "box/start/made.h"
#include "plan/plan.h"
#include "policy/profile.h"

enum dry_run { DRY_RUN_NO, DRY_RUN_SUMMARY, DRY_RUN_FULL, DRY_RUN_JSON };
enum ask { ASK_NOTHING, ASK_HELP, ASK_VERSION, ASK_WHY };

/* A profile by its name or path, or, with @name NULL, what the open descriptor @fd gives.
 */
struct profile_request {
	const char *name;
	int fd;
	struct srcpos pos;
};

/* What is wanted in the place of profiles and settings, by who has no need of these. */
struct request_given {
	const struct policy *policy;
	const struct plan_given *plan;
	/* process 1 is there, and waits until this returns; NULL: nobody is told */
	void (*born)(void *data, const struct made *made);
	void *data;
	const char *prefix; /* of errors */
	bool started; /* it is to be known for certain whether the command was executed */
};

struct request {
	const struct request_given *given; /* NULL: profiles and settings say all */
	struct profile_request *profiles;
	size_t profiles_len;
	struct profile_option *settings;
	size_t settings_len;
	enum dry_run dry_run;
	enum ask ask;
	bool quiet, verbose;
	bool caches_aside; /* private caches are empty, and nothing of them is kept */
	bool hold;         /* no command of its own: later ones are all there are */
	bool json, effective, detect; /* sboxctl */
	const char *from_run;         /* sboxctl: the name of a run; NULL */
	const char *name;             /* of the sandbox: see registry.h; NULL */
	/* the change set that is written to: its name, or a made one (--try); NULL, false
	 */
	const char *changes;
	bool try;
	int on_success; /* enum on_success; -1: not said */
	struct srcpos on_success_pos;
	const char *project; /* clean: what ${PROJECT} is; NULL: it is looked for */
	struct srcpos project_pos;
	const char *report; /* file, NULL: none is wanted */
	int status_fd;      /* -1: none */
	int block_fd;       /* -1: none */
	enum observe_mode observe;
	const char *const *command; /* NULL-terminated, may be empty */
	const char *const *words;   /* all in front of it, as they were given; NULL */
	const char *taker;          /* the option whose value the last argument is */
};

#endif
