/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* operations.c - options about files, which become a list; see options.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "bwrap/option.h"

/* ------------------------------------------------------------------- values */

int option_fd(const char *text, int *ret, struct error *err)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(text, &end, 10);
	if (errno || end == text || *end || fd < 0 || fd > INT_MAX)
		return error_set(err, "Invalid fd: %s", text);
	*ret = (int)fd;
	return 0;
}

void option_spend(struct bwrap *b, int fd)
{
	*(int *)arena_append(b->arena, &b->spent, &b->spent_len, sizeof fd) = fd;
}

int option_octal(const struct option *o, const char *text, int *ret, struct error *err)
{
	char *end;
	long mode;

	errno = 0;
	mode = strtol(text, &end, 8);
	if (errno || end == text || *end || mode < 0 || mode > 07777)
		return error_set(err, "--%s takes an octal argument <= 07777", o->name);
	*ret = (int)mode;
	return 0;
}

/* ---------------------------------------------------------- the operations */

static struct bwrap_op *add_op(struct bwrap *b, const struct option *o,
			       enum bwrap_op_type type, const char *target)
{
	struct bwrap_op *op = arena_append(b->arena, &b->ops, &b->ops_len, sizeof *op);

	*op = (struct bwrap_op){
		.type = type, .option = o->name, .target = target, .fd = -1, .perms = -1
	};
	return op;
}

int op_bind(struct bwrap *b, const struct option *o, char *const *words,
	    struct error *err)
{
	struct bwrap_op *op = add_op(b, o, BWRAP_BIND, words[1]);

	(void)err;
	op->source = words[0];
	op->flags = (unsigned)o->value;
	return 0;
}

int op_symlink(struct bwrap *b, const struct option *o, char *const *words,
	       struct error *err)
{
	(void)err;
	add_op(b, o, BWRAP_SYMLINK, words[1])->source = words[0];
	return 0;
}

int op_bind_fd(struct bwrap *b, const struct option *o, char *const *words,
	       struct error *err)
{
	int fd = -1;
	struct bwrap_op *op;

	if (option_fd(words[0], &fd, err) < 0)
		return -1;
	op = add_op(b, o, BWRAP_BIND_FD, words[1]);
	op->fd = fd;
	op->flags = (unsigned)o->value;
	option_spend(b, fd);
	return 0;
}

/* --file, --bind-data, --ro-bind-data: with @value -1 the first. */
int op_data(struct bwrap *b, const struct option *o, char *const *words,
	    struct error *err)
{
	struct bwrap_op *op;
	int fd = -1;

	if (option_fd(words[0], &fd, err) < 0)
		return -1;
	op = add_op(b, o, o->value < 0 ? BWRAP_FILE : BWRAP_DATA, words[1]);
	op->fd = fd;
	op->flags = o->value < 0 ? 0 : (unsigned)o->value;
	op->perms = b->perms >= 0 ? b->perms : o->value < 0 ? 0666 : 0600;
	b->perms = -1;
	option_spend(b, fd);
	return 0;
}

/* What has only a target; --tmpfs and --dir take --perms, --tmpfs --size. */
int op_place(struct bwrap *b, const struct option *o, char *const *words,
	     struct error *err)
{
	const enum bwrap_op_type type = (enum bwrap_op_type)o->value;
	struct bwrap_op *op = add_op(b, o, type, words[0]);

	(void)err;
	if (type == BWRAP_TMPFS || type == BWRAP_DIR) {
		op->perms = b->perms >= 0 ? b->perms : 0755;
		b->perms = -1;
	}
	if (type == BWRAP_TMPFS) {
		op->size = b->size;
		b->size = 0;
	}
	return 0;
}

int op_chmod(struct bwrap *b, const struct option *o, char *const *words,
	     struct error *err)
{
	int mode = 0;

	if (option_octal(o, words[0], &mode, err) < 0)
		return -1;
	add_op(b, o, BWRAP_CHMOD, words[1])->perms = mode;
	return 0;
}

int op_overlay_src(struct bwrap *b, const struct option *o, char *const *words,
		   struct error *err)
{
	(void)o;
	(void)err;
	*(const char **)arena_append(b->arena, &b->lowers, &b->lowers_len,
				     sizeof *b->lowers) = words[0];
	return 0;
}

int op_overlay(struct bwrap *b, const struct option *o, char *const *words,
	       struct error *err)
{
	const enum bwrap_op_type type = (enum bwrap_op_type)o->value;
	const size_t least = type == BWRAP_RO_OVERLAY ? 2 : 1;
	struct bwrap_op *op;

	if (b->lowers_len < least)
		return error_set(err, "--%s requires at least %s --overlay-src", o->name,
				 least == 1 ? "one" : "two");
	*(const char **)arena_append(b->arena, &b->lowers, &b->lowers_len,
				     sizeof *b->lowers) = NULL;
	op = add_op(b, o, type, words[o->words - 1]);
	op->lowers = b->lowers;
	if (type == BWRAP_OVERLAY) {
		op->source = words[0];
		op->work = words[1];
	}
	b->lowers = NULL;
	b->lowers_len = 0;
	return 0;
}

int op_perms(struct bwrap *b, const struct option *o, char *const *words,
	     struct error *err)
{
	if (b->perms >= 0)
		return error_set(err, "--%s given twice for the same action", o->name);
	return option_octal(o, words[0], &b->perms, err);
}

int op_size(struct bwrap *b, const struct option *o, char *const *words,
	    struct error *err)
{
	unsigned long long size = 0;
	char *end = words[0];

	if (b->size > 0)
		return error_set(err, "--%s given twice for the same action", o->name);
	errno = 0;
	if (words[0][0] >= '0' && words[0][0] <= '9')
		size = strtoull(words[0], &end, 0);
	if (errno || size == 0 || *end || size > SIZE_MAX >> 1)
		return error_set(err, "--%s takes a non-zero number of bytes, not \"%s\"",
				 o->name, words[0]);
	b->size = (int64_t)size;
	return 0;
}
