/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* steps.c - operations as steps; see steps.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/path.h"
#include "bwrap/steps.h"

/* Positions in errors and explanations. */
static const char source[] = "command line";

/* A file system in memory that nobody has given a size: half of the memory, as tmpfs(5)
 * has it. */
static int64_t half_of_memory(void)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return INT64_C(1) << 30;
	return (int64_t)(info.totalram / 2 * info.mem_unit);
}

/*
 * A relative one is below the root as well. ".." stays: what it means depends on links of
 * the new root, and is found out there. NULL: too long, or it is the last component.
 */
static const char *clean_target(const struct bwrap *b, const char *target)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *rest = target, *part, *last = "";

	while ((part = path_next(b->arena, &rest))) {
		if (strcmp(part, ".") == 0)
			continue;
		strbuf_printf(&text, "/%s", part);
		last = part;
	}
	if (text.len >= PATH_MAX || strcmp(last, "..") == 0)
		return NULL;
	return text.len ? arena_strdup(b->arena, strbuf_str(&text)) : "/";
}

static struct step *step_for_op(const struct bwrap *b, struct bwrap_steps *steps,
				enum step_type type, const struct bwrap_op *op)
{
	struct step *step =
		arena_append(b->arena, &steps->list, &steps->len, sizeof *step);

	*step = (struct step){ .type = type,
			       .target = op->target,
			       .loose = true,
			       .parents = 0755,
			       .fd = -1,
			       .pos = { source, 1, 0 } };
	/* who may not look into the last one is not to look into those above it */
	if (op->perms >= 0 && !(op->perms & 0070))
		step->parents &= ~0050U;
	if (op->perms >= 0 && !(op->perms & 0007))
		step->parents &= ~0005U;
	return step;
}

/* What @path of the host is: its canonical name and what it is now. 0 or -1: errno. */
static int look_at_source(const struct bwrap *b, const char *path, const char **ret,
			  struct stat *st)
{
	char real[PATH_MAX];

	if (!realpath(path, real) || stat(real, st) < 0)
		return -1;
	*ret = arena_strdup(b->arena, real);
	return 0;
}

static void fill_source(struct step *step, const char *real, const struct stat *st,
			unsigned flags)
{
	step->source = real;
	step->dev = st->st_dev;
	step->ino = st->st_ino;
	step->file_type = st->st_mode & S_IFMT;
	step->readonly = flags & BWRAP_READONLY;
	step->verbatim = flags & BWRAP_DEVICES;
}

static int bind_op(const struct bwrap *b, const struct bwrap_op *op,
		   struct bwrap_steps *steps, struct error *err)
{
	const char *real;
	struct stat st;

	if (look_at_source(b, op->source, &real, &st) < 0) {
		if (errno == ENOENT && (op->flags & BWRAP_TRY))
			return 0;
		return error_sys(err, "Can't find source path %s", op->source);
	}
	fill_source(step_for_op(b, steps, STEP_BIND, op), real, &st, op->flags);
	return 0;
}

/* A mount can be copied by its path only: what is found there is compared later. */
static int bind_fd_op(const struct bwrap *b, const struct bwrap_op *op,
		      struct bwrap_steps *steps, struct error *err)
{
	char link[40], path[PATH_MAX];
	struct stat st, found;
	const char *real;
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", op->fd);
	n = fstat(op->fd, &st) < 0 ? -1 : readlink(link, path, sizeof path - 1);
	if (n < 0)
		return error_sys(err, "--%s: descriptor %d", op->option, op->fd);
	path[n] = '\0';
	if (look_at_source(b, path, &real, &found) < 0 || found.st_dev != st.st_dev ||
	    found.st_ino != st.st_ino)
		return error_set(
			err,
			"--%s: what descriptor %d is open on has no path any more (%s)",
			op->option, op->fd, path);
	fill_source(step_for_op(b, steps, STEP_BIND, op), real, &st, op->flags);
	return 0;
}

static int overlay_op(const struct bwrap *b, const struct bwrap_op *op,
		      struct bwrap_steps *steps, struct error *err)
{
	struct step *step = step_for_op(b, steps, STEP_OVERLAY, op);
	size_t len = 0;
	struct stat st;

	step->file_type = S_IFDIR;
	step->readonly = op->type == BWRAP_RO_OVERLAY;
	step->size = steps->memory;
	step->inodes = 0;
	while (op->lowers[len])
		len++;
	step->lowers = arena_alloc(b->arena, (len + 1) * sizeof *step->lowers);
	/* the plan has the topmost first */
	for (size_t i = 0; i < len; i++)
		if (look_at_source(b, op->lowers[i], &step->lowers[len - 1 - i], &st) < 0)
			return error_sys(err, "Can't find source path %s", op->lowers[i]);
	if (op->type != BWRAP_OVERLAY)
		return 0;
	if (look_at_source(b, op->source, &step->upper, &st) < 0)
		return error_sys(err, "Can't find source path %s", op->source);
	if (look_at_source(b, op->work, &step->work, &st) < 0)
		return error_sys(err, "Can't find source path %s", op->work);
	return 0;
}

static void data_op(const struct bwrap *b, const struct bwrap_op *op,
		    struct bwrap_steps *steps)
{
	struct step *step = step_for_op(b, steps, STEP_FILE, op);

	step->file_type = S_IFREG;
	step->from_fd = true;
	step->fd = op->fd;
	step->mode = (unsigned)op->perms;
	step->mounted = op->type == BWRAP_DATA;
	step->readonly = op->flags & BWRAP_READONLY;
}

/* What needs nothing of the host. */
static void place_op(const struct bwrap *b, const struct bwrap_op *op,
		     struct bwrap_steps *steps)
{
	static const enum step_type types[] = {
		[BWRAP_PROC] = STEP_PROC,        [BWRAP_DEV] = STEP_DEV,
		[BWRAP_TMPFS] = STEP_TMPFS,      [BWRAP_MQUEUE] = STEP_MQUEUE,
		[BWRAP_DIR] = STEP_DIR,          [BWRAP_SYMLINK] = STEP_SYMLINK,
		[BWRAP_REMOUNT] = STEP_READONLY, [BWRAP_CHMOD] = STEP_CHMOD,
	};
	struct step *step = step_for_op(b, steps, types[op->type], op);

	step->source = op->source;
	step->mode = op->perms >= 0 ? (unsigned)op->perms : 0755;
	step->size = op->size ? op->size : steps->memory;
	step->file_type = S_IFDIR;
	if (op->type == BWRAP_SYMLINK)
		step->mode = 0777;
}

static int step_of(const struct bwrap *b, const struct bwrap_op *op,
		   struct bwrap_steps *steps, struct error *err)
{
	switch (op->type) {
	case BWRAP_BIND:
		return bind_op(b, op, steps, err);
	case BWRAP_BIND_FD:
		return bind_fd_op(b, op, steps, err);
	case BWRAP_OVERLAY:
	case BWRAP_TMP_OVERLAY:
	case BWRAP_RO_OVERLAY:
		return overlay_op(b, op, steps, err);
	case BWRAP_FILE:
	case BWRAP_DATA:
		if (fcntl(op->fd, F_GETFD) < 0)
			return error_sys(err, "--%s: descriptor %d", op->option, op->fd);
		data_op(b, op, steps);
		return 0;
	case BWRAP_MQUEUE:
		if (!b->ipc)
			return error_set(err,
					 "Can't mount mqueue on %s: Operation not "
					 "permitted (it needs --unshare-ipc)",
					 op->target);
		break;
	case BWRAP_PROC:
	case BWRAP_DEV:
	case BWRAP_TMPFS:
	case BWRAP_DIR:
	case BWRAP_SYMLINK:
	case BWRAP_REMOUNT:
	case BWRAP_CHMOD:
		break;
	}
	place_op(b, op, steps);
	return 0;
}

/* Whether it becomes the root of all that follows. */
static bool is_root(const struct step *step)
{
	return strcmp(step->target, "/") == 0 &&
	       (step->type == STEP_BIND || step->type == STEP_TMPFS ||
		step->type == STEP_OVERLAY);
}

/* Drops what is below the last root. */
static void begin_at_root(struct bwrap_steps *steps)
{
	size_t root = steps->len - 1;

	while (!is_root(&steps->list[root]))
		root--;
	steps->list += root;
	steps->len -= root;
}

int bwrap_steps(const struct bwrap *b, struct bwrap_steps *ret, struct error *err)
{
	/* where nothing else is the root, it is empty, in memory */
	const struct bwrap_op empty = { .type = BWRAP_TMPFS,
					.target = "/",
					.perms = 0755 };

	*ret = (struct bwrap_steps){ .memory = half_of_memory() };
	place_op(b, &empty, ret);
	for (size_t i = 0; i < b->ops_len; i++) {
		struct bwrap_op op = b->ops[i];

		op.target = clean_target(b, op.target);
		if (!op.target)
			return error_set(err,
					 "--%s %s: the path is too long, or ends with "
					 "\"..\"",
					 op.option, b->ops[i].target);
		if (step_of(b, &op, ret, err) < 0)
			return -1;
	}
	begin_at_root(ret);
	return 0;
}
