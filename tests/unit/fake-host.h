/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-host.h - a machine made of a table, and plans made for it
 *
 * Profiles are TOML texts, each a file of its own called 1.toml, 2.toml, ...; the plan
 * or its mistakes are compared as text.
 */
#ifndef SBOX_FAKE_HOST_H
#define SBOX_FAKE_HOST_H

#include "plan/plan.h"
#include "policy/profile.h"

/* Directories on the way to a file need no row. */
struct fake_file {
	const char *path;
	mode_t type;      /* S_IFLNK: see @link */
	const char *link; /* what a symlink says */
	int errnum;       /* what looking at it answers */
};

/* /usr, /etc, a home with a project in it, and so on; ends with a row without path. */
extern const struct fake_file fake_files[];

struct trial {
	struct arena arena;
	struct diags diags;
	struct host host; /* uid and gid 1000, in /home/u/p, without subordinate ids */
	const struct fake_file *files;
	struct policy policy;
	struct plan plan;
	const char *argv[3], *profile_files[4], *own_dirs[4], *hidden_dirs[4];
	const char *changes;   /* the set that is written to; NULL */
	const char *mounted;   /* a mount point of the host; NULL: only "/" */
	const char *opaque;    /* what hides the layers below; NULL: nobody can tell */
	const char *bare;      /* the kernel, if its tmpfs takes no user.* attributes */
	const char *elsewhere; /* what is at and below it is on another device; NULL */
	const char *cache_dirs[4],
		*caches; /* where private caches are; none if not set */
	bool hold;
	bool ok; /* no mistake was made */
};

/* Setup and teardown of cmocka: *state is a struct trial. */
int trial_setup(void **state);
int trial_teardown(void **state);

/* Plans the profiles @texts, up to NULL, later ones over earlier ones. */
void trial_plan(struct trial *t, const char *const *texts);
#define plan(t, ...) trial_plan(t, (const char *const[]){ __VA_ARGS__, NULL })

/*
 * The mounts of the plan, a line each: "bind ro /usr", "bind rw /work < /home/u/p",
 * "tmpfs 0755 /tmp", "overlay rw / < /upper over /a:/b", "symlink /bin -> usr/bin",
 * "pin /a". What sbox adds by itself (/dev, /proc, files of /etc) is left out.
 */
const char *trial_steps(struct trial *t);

/* The mistakes, a line each: "1.toml:1:12: message". */
const char *trial_mistakes(struct trial *t);

/* An id map: "0 1000 1, 1 100000 65536". */
const char *trial_map(struct trial *t, const struct id_map *map);

/* Fails unless there is a plan. */
void trial_planned(struct trial *t);
/* Fails unless there is a plan with just these mounts. */
void trial_steps_are(struct trial *t, const char *want);
/* Fails unless there is no plan, and a mistake at @where ("1.toml:1:12") says @what. */
void trial_mistake_at(struct trial *t, const char *where, const char *what);
/* Fails unless a plan has a step of @type at @target; its place. */
const struct step *trial_step(struct trial *t, enum step_type type, const char *target);

#endif
