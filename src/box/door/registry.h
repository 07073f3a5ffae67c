/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * registry.h - the named sandboxes of a user that run now
 *
 * Theory of operation
 *
 * A directory "sbox" in the user's runtime directory ($XDG_RUNTIME_DIR, else
 * /run/user/UID), which is the user's, of mode 0700, and shown to no sandbox
 * (plan_input.hidden_dirs). For a sandbox called NAME it holds
 *
 *	NAME.lock	empty; a write lock on one byte of it, whose place is that of this
 *			name alone, means that the name is taken
 *	NAME.toml	who it is: see struct registry_entry
 *	NAME.sock	where commands are asked for: see request.h
 *
 * The lock is one of fcntl(2) that belongs to the supervisor's process: the kernel gives
 * it up when that one ends, however it ends, no child inherits it, and the kernel tells
 * whose it is. So what NAME.toml says is believed only of a process that holds the lock
 * now, and a number in a file that somebody put there leads to nobody; nor does a lock
 * that was given another name by renaming its file, where a sandbox can write the
 * directory after all. Whoever takes the
 * lock is the only one that may write, bind or remove anything of that name; what is left
 * behind by a supervisor that was killed is removed by whoever takes the lock next: a
 * start with this name, or any reading of the list.
 */
#ifndef SBOX_REGISTRY_H
#define SBOX_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/msg.h"
#include "box/door/procs.h"
#include "policy/forms.h"

struct registry_entry {
	const char *name;
	pid_t pid; /* the supervisor, and when it was started: see procs.h */
	uint64_t start;
	pid_t init; /* the same of process 1, by its number outside */
	uint64_t init_start;
	int64_t since;               /* seconds since the epoch */
	const char *const *profiles; /* paths, NULL-terminated */
	const char *const *command;  /* its words, NULL-terminated */
};

struct registry_entries {
	struct registry_entry *list;
	size_t len;
};

/*
 * Opens the registry below @runtime_dir (NULL: there is none). 0, with *ret_dir -1 if
 * there is none and @make is false. -1: it is not to be trusted, or cannot be made.
 */
_must_check_ int registry_open(const char *runtime_dir, bool make, int *ret_dir,
			       struct error *err);

/* A name of ours; all -1: none. */
struct registry_claim {
	int dir, lock, socket;
	char name[SANDBOX_NAME_MAX + 1];
};
#define REGISTRY_NO_CLAIM                                                                \
	{                                                                                \
		-1, -1, -1, ""                                                           \
	}

/* Takes @name and begins to listen. @dir is taken over, also with an error. */
_must_check_ int registry_claim(int dir, const char *name, struct registry_claim *ret,
				struct error *err);
/* From then on the sandbox can be found. */
_must_check_ int registry_publish(const struct registry_claim *claim,
				  const struct registry_entry *entry, struct error *err);
/* Removes all of it. */
void registry_release(struct registry_claim *claim);

/*
 * Lists the sandboxes whose names are taken, in our user namespace, by the process that
 * their files name, sorted by name; stale files are removed. *ret is in @arena. What else
 * the files say is so if registry_is_init(). Not for a process that has a claim: to look
 * at a lock takes it from oneself, as fcntl(2) has it.
 */
_must_check_ int registry_list(int dir, struct arena *arena, struct registry_entries *ret,
			       struct error *err);

/* Whether @init, which was read after the list, is process 1 of the sandbox of @entry. */
bool registry_is_init(const struct registry_entry *entry, const struct proc *init);

/* 1: @name runs, *ret is who it is, in @arena; 0: it does not; -1 with errnum EXDEV: not
 * where it can be used from here. */
_must_check_ int registry_find(int dir, const char *name, struct arena *arena,
			       struct registry_entry *ret, struct error *err);

/* The process that has this name now; 0: none, or one that has no number here. */
pid_t registry_holder(int dir, const char *name);

/* Of NAME.sock. Below our own directory: a name could be too long otherwise. */
struct sockaddr_un registry_address(int dir, const char *name);

/*
 * Reads @text, the content of NAME.toml, into *ret, in @arena; whether it is true is not
 * looked at. 0, or -1: it is no entry.
 */
int registry_parse(struct arena *arena, const char *name, const char *text, size_t len,
		   struct registry_entry *ret);

#endif
