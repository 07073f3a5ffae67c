/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.h - carry out the steps of the plan that are one mount or one file
 *
 * Theory of operation
 *
 * All of it happens in the sandbox's own mount namespace, by a process that has all
 * capabilities over it and runs no foreign code. How targets are resolved and what
 * may be created is told in box/mount/mtree.h.
 *
 * Sources are looked up by path once more here, because a mount can only be cloned
 * in the namespace that it is in. The clone is then compared with the device and
 * inode that the plan was made for: what was swapped in between is refused. Its
 * flags are set on the whole detached subtree at once, before anyone can see it.
 *
 * Protection of a path inside a writable mount: every directory on the way becomes a
 * mount point, because a mount point cannot be renamed or removed; without that,
 * "mv .git .git-old" would move the protected file out of the way.
 *
 * Denial is a cover: an empty thing of the same kind, without permissions, on a
 * read-only mount. In a user namespace that does not own the mount namespace, a
 * cover cannot be lifted (mount_namespaces(7), "locked").
 *
 * Both are put on a descriptor of the file itself, found without a symbolic link and
 * compared with device and inode: see plan/guarding.h for what that withstands.
 */
#ifndef SBOX_MOUNTS_H
#define SBOX_MOUNTS_H

#include "box/mount/mtree.h"
#include "plan/plan.h"

/* Cuts propagation in both directions: nothing mounted here shows outside or the reverse.
 */
_must_check_ int mounts_private(struct error *err);

/* One step each, by its type: STEP_BIND, ... PIN and PROTECT are mounts_pin(). */
_must_check_ int mounts_bind(struct mtree *tree, const struct step *step,
			     struct error *err);
_must_check_ int mounts_tmpfs(struct mtree *tree, const struct step *step,
			      struct error *err);
_must_check_ int mounts_file(struct mtree *tree, const struct step *step,
			     struct error *err);
_must_check_ int mounts_symlink(struct mtree *tree, const struct step *step,
				struct error *err);
_must_check_ int mounts_dir(struct mtree *tree, const struct step *step,
			    struct error *err);
_must_check_ int mounts_mqueue(struct mtree *tree, const struct step *step,
			       struct error *err);
/* The mount at the step's target becomes read-only; what is there gets the step's mode.
 */
_must_check_ int mounts_readonly(struct mtree *tree, const struct step *step,
				 struct error *err);
_must_check_ int mounts_chmod(struct mtree *tree, const struct step *step,
			      struct error *err);
_must_check_ int mounts_pin(struct mtree *tree, const struct step *step,
			    struct error *err);
_must_check_ int mounts_deny(struct mtree *tree, const struct step *step,
			     struct error *err);
/* Once more, if need be, for what @plan denies below @pin, a step of it just made. */
_must_check_ int mounts_deny_below(struct mtree *tree, const struct plan *plan,
				   const struct step *pin, struct error *err);

/*
 * Makes a read-only tmpfs or overlay what it should be; until then mount points could be
 * made in it. For all other steps it does nothing.
 */
_must_check_ int mounts_seal(struct mtree *tree, const struct step *step,
			     struct error *err);

/*
 * Opens the root that everything else is built in: the directory that the plan has a
 * step for ("/"; detached from @step by the caller, as descriptor @fd), or an empty one
 * (@fd -1), and attaches it where pivot_root(2) can take it.
 */
_must_check_ int mounts_root(struct mtree *tree, int fd, struct error *err);

/* Whether @step needs what mtree_scratch() keeps for mtree_host(). */
bool mounts_shows_host(const struct step *step);

/* The detached copy of a STEP_BIND's source, flags set and checked. */
_must_check_ int mounts_source(struct mtree *tree, const struct step *step,
			       struct error *err);

/* pivot_root(2) and the end of the old root: after it no path of the host can be named.
 */
_must_check_ int mounts_enter(struct mtree *tree, const struct plan *plan,
			      struct error *err);

#endif
