/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor.h - what sboxctl doctor looks at, and what it finds
 *
 * Theory of operation
 *
 * Nothing is concluded from a version number or from the presence of a file: what is
 * asked about is done, by the functions that do it in a sandbox, or by sbox itself. So
 * the doctor and sbox say the same cause in the same words. Each attempt is made by a
 * child process, in namespaces of its own, and ends with it.
 *
 * One row of the table in doctor.c is one question. Its function fills in a finding,
 * which is plain data; only doctor.c prints.
 */
#ifndef SBOX_CTL_DOCTOR_H
#define SBOX_CTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "box/host/cause.h"

enum state {
	STATE_WORKS,
	STATE_LIMITED, /* sbox does without a part of it */
	STATE_MISSING,
};

struct finding {
	enum state state;
	const char *found; /* what was seen, or why it does not work; may need escaping */
	const char *lost;  /* what sbox cannot do so; NULL: what the table says */
	const char *mend;  /* NULL: not known */
	bool command;      /* @mend is a command line for root, else words */
	bool skipped;      /* not tried, because it could only fail */
};

enum distro { DISTRO_DEBIAN, DISTRO_FEDORA, DISTRO_ARCH, DISTRO_UNKNOWN };

struct doctor {
	struct arena *arena;
	enum distro distro;
	const char *sbox; /* the sbox beside this sboxctl, NULL: there is none */
};

/*
 * doctor-finding.c: the parts of a finding. @fmt is the text of finding.found; the arena
 * is the doctor's.
 */
_printf_(3, 4) void finding_works(struct doctor *doctor, struct finding *ret,
				  const char *fmt, ...);
/* A finding that something does not work, as @err says. */
void finding_missing(struct finding *ret, struct doctor *doctor, const struct error *err);
/* As finding_missing(), for what needs namespaces: the cause behind @err is looked up. */
void finding_refused(struct finding *ret, struct doctor *doctor, const struct error *err);

/* doctor-kernel.c: what the kernel lets this user do */
typedef void look_fn(struct doctor *doctor, struct finding *ret);
look_fn look_kernel, look_modules, look_userns, look_namespaces, look_calls, look_proc,
	look_overlay, look_seccomp, look_landlock, look_nftables;

/* doctor-host.c: what is installed and set up, and sbox itself */
look_fn look_tun, look_profile, look_subids, look_slirp4netns, look_pasta, look_cgroup,
	look_start;

/* doctor-distro.c: the distribution by os-release(5), and its commands */
enum distro distro_here(void);
const char *distro_name(enum distro distro);
/* How to get @program (which must be one of its table); *ret_command as in a finding. */
const char *distro_install(struct doctor *doctor, const char *program, bool again,
			   bool *ret_command);
/* How to boot with @argument on the kernel's command line; the same. */
const char *distro_boot(struct doctor *doctor, const char *argument, bool *ret_command);

/*
 * doctor-try.c: calls @fn in a child process, in new namespaces (CLONE_NEW* in @flags;
 * with CLONE_NEWUSER it is root of a user namespace where 0 is the caller). 0, or -1
 * with the error of the child, or of what made it.
 */
typedef int try_fn(void *data, struct error *err);
_must_check_ int try_inside(uint64_t flags, try_fn *fn, void *data, struct error *err);

/*
 * Runs sbox with @options (NULL-terminated, ten at most), and in the sandbox a shell
 * that does nothing. 0, or -1 with the first line of what it says.
 */
_must_check_ int try_sbox(struct doctor *doctor, const char *const *options,
			  struct error *err);

/*
 * Runs the program @argv[0], a path, without input and with a constant environment.
 * Returns its exit status, or -1, and the first line that it writes.
 */
int try_program(struct doctor *doctor, const char *const *argv, const char **ret_line);

#endif
