/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* journal.c - what a commit does, written down before; see journal.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/encode.h"
#include "changes/journal.h"

static const char *const first_lines[] = { "sbox journal 1", "sbox journal 1 rest" };

static const char *const kind_words[] = {
	[JOURNAL_PUT] = "put", [JOURNAL_DEL] = "del",     [JOURNAL_MODE] = "mode",
	[JOURNAL_DIR] = "dir", [JOURNAL_ASIDE] = "aside",
};

#define KINDS (sizeof kind_words / sizeof kind_words[0])

/* ------------------------------------------------------------------------- writing */

struct timespec journal_time(const struct stat *st)
{
	return !S_ISDIR(st->st_mode) && st->st_nlink > 1 ? st->st_mtim : st->st_ctim;
}

void journal_text(struct strbuf *out, const struct journal_step *s)
{
	strbuf_printf(out,
		      "%s %zu %" PRIu64 " %" PRIu64 " %" PRIu64 ".%09ld %o %o %" PRIu64
		      " %c%c%c ",
		      kind_words[s->kind], s->tree, (uint64_t)s->up, (uint64_t)s->low,
		      /* before 1970: as a large number */
		      (uint64_t)s->time.tv_sec, s->time.tv_nsec, (unsigned)s->old_mode,
		      (unsigned)s->mode, s->slot, s->opaque ? 'o' : '-',
		      s->dir ? 'd' : '-', s->copied ? 'c' : '-');
	encode_path(out, s->path);
	strbuf_addc(out, '\n');
}

int journal_begin(const struct changes_set *set, bool rest, struct journal *ret,
		  struct error *err)
{
	_cleanup_fd_ int fd = -1;

	(void)unlinkat(set->dir, "journal.new", 0);
	fd = openat(set->dir, "journal.new",
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	*ret = (struct journal){ .file = fd < 0 ? NULL : fdopen(fd, "w") };
	if (!ret->file)
		return error_sys(err, "cannot write %s/journal", set->path);
	(void)take_fd(&fd);
	return fprintf(ret->file, "%s\n", first_lines[rest]) < 0
		       ? error_sys(err, "cannot write %s/journal", set->path)
		       : 0;
}

int journal_add(struct journal *journal, const struct journal_step *step,
		struct error *err)
{
	journal->line.len = 0;
	journal_text(&journal->line, step);
	journal->steps++;
	if (fwrite(journal->line.s, 1, journal->line.len, journal->file) !=
	    journal->line.len)
		return error_sys(err, "cannot write the journal");
	return 0;
}

int journal_end(const struct changes_set *set, struct journal *journal, struct error *err)
{
	FILE *file = journal->file;
	bool fine = fprintf(file, "end %" PRIu64 "\n", journal->steps) > 0 &&
		    fflush(file) == 0 && fsync(fileno(file)) == 0;

	journal->file = NULL;
	strbuf_done(&journal->line);
	fine = fclose(file) == 0 && fine;
	/* what it says can be undone as long as this commit may be taken back itself */
	(void)unlinkat(set->dir, "journal.last", 0);
	fine = fine && (linkat(set->dir, "journal", set->dir, "journal.last", 0) == 0 ||
			errno == ENOENT);
	if (!fine || renameat(set->dir, "journal.new", set->dir, "journal") < 0 ||
	    fsync(set->dir) < 0)
		return error_sys(err, "cannot write %s/journal", set->path);
	return 0;
}

void journal_drop(const struct changes_set *set, struct journal *journal)
{
	if (journal->file)
		(void)fclose(journal->file);
	journal->file = NULL;
	strbuf_done(&journal->line);
	(void)unlinkat(set->dir, "journal.new", 0);
}

bool journal_exists(const struct changes_set *set)
{
	struct stat st;

	return fstatat(set->dir, "journal", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ------------------------------------------------------------------------- reading */

/* A number in @base up to @end, which is passed. */
static int take_number(const char **at, char end, int base, uint64_t *ret)
{
	char *stop;

	if (**at < '0' || **at > '9')
		return -1;
	errno = 0;
	*ret = strtoull(*at, &stop, base);
	if (errno || *stop != end)
		return -1;
	*at = stop + 1;
	return 0;
}

static int take_letter(const char **at, char yes, bool *ret)
{
	if (**at != yes && **at != '-')
		return -1;
	*ret = *(*at)++ == yes;
	return 0;
}

static int parse_kind(const char **at, enum journal_kind *ret)
{
	for (size_t i = 0; i < KINDS; i++) {
		const size_t len = strlen(kind_words[i]);

		if (strncmp(*at, kind_words[i], len) != 0 || (*at)[len] != ' ')
			continue;
		*ret = (enum journal_kind)i;
		*at += len + 1;
		return 0;
	}
	return -1;
}

int journal_parse(struct arena *arena, const char *line, struct journal_step *ret)
{
	uint64_t tree, up, low, sec, nsec, old_mode, mode, slot;
	struct journal_step step = { 0 };
	const char *at = line;

	if (parse_kind(&at, &step.kind) < 0 || take_number(&at, ' ', 10, &tree) < 0 ||
	    take_number(&at, ' ', 10, &up) < 0 || take_number(&at, ' ', 10, &low) < 0 ||
	    take_number(&at, '.', 10, &sec) < 0 || take_number(&at, ' ', 10, &nsec) < 0 ||
	    take_number(&at, ' ', 8, &old_mode) < 0 ||
	    take_number(&at, ' ', 8, &mode) < 0 || take_number(&at, ' ', 10, &slot) < 0 ||
	    take_letter(&at, 'o', &step.opaque) < 0 ||
	    take_letter(&at, 'd', &step.dir) < 0 ||
	    take_letter(&at, 'c', &step.copied) < 0 || *at++ != ' ')
		return -1;
	if (nsec > 999999999 || old_mode > 07777 || mode > 07777)
		return -1;
	step.tree = (size_t)tree;
	step.up = (ino_t)up;
	step.low = (ino_t)low;
	step.time = (struct timespec){ (time_t)sec, (long)nsec };
	step.old_mode = (mode_t)old_mode;
	step.mode = (mode_t)mode;
	step.slot = slot;
	step.path = encode_read_path(arena, at, strlen(at));
	if (!step.path || !encode_is_below(step.path))
		return -1;
	*ret = step;
	return 0;
}

struct reading {
	const struct changes_set *set;
	FILE *file;
	char *line;
	size_t cap;
	uint64_t number; /* of the line */
};

static int bad_line(const struct reading *r, struct error *err)
{
	return error_set(err,
			 "%s/journal:%" PRIu64 ": this is not as sbox has written it, so "
			 "nothing is done by it",
			 r->set->path, r->number);
}

/* The file of the set, NULL: there is none. */
static FILE *open_journal(const struct changes_set *set)
{
	_cleanup_fd_ int fd = openat(set->dir, "journal",
				     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (file)
		(void)take_fd(&fd);
	return file;
}

static ssize_t read_line(struct reading *r)
{
	ssize_t len = getline(&r->line, &r->cap, r->file);

	r->number++;
	if (len > 0 && r->line[len - 1] == '\n')
		r->line[--len] = '\0';
	return len;
}

static int read_steps(struct reading *r, journal_take *take, void *data,
		      struct error *err)
{
	uint64_t steps = 0, said;

	rewind(r->file);
	r->number = 0;
	if (read_line(r) < 0 || (strcmp(r->line, first_lines[0]) != 0 &&
				 strcmp(r->line, first_lines[1]) != 0))
		return bad_line(r, err);
	while (read_line(r) >= 0) {
		struct arena arena = { 0 };
		struct journal_step step;
		const char *at = r->line + 4;
		int ret;

		if (strncmp(r->line, "end ", 4) == 0)
			return take_number(&at, '\0', 10, &said) == 0 && said == steps &&
					       read_line(r) < 0
				       ? 0
				       : bad_line(r, err);
		ret = journal_parse(&arena, r->line, &step);
		if (ret < 0 || step.tree >= r->set->about.trees_len)
			ret = bad_line(r, err);
		else if (take)
			ret = take(data, &step, err);
		arena_done(&arena);
		steps++;
		if (ret < 0)
			return -1;
	}
	return bad_line(r, err); /* without its end */
}

int journal_read(const struct changes_set *set, journal_take *take, void *data,
		 struct error *err)
{
	struct reading r = { .set = set, .file = open_journal(set) };
	int ret;

	if (!r.file)
		return error_sys(err, "%s/journal", set->path);
	ret = read_steps(&r, NULL, NULL, err);
	if (ret == 0 && take)
		ret = read_steps(&r, take, data, err);
	free(r.line);
	(void)fclose(r.file);
	return ret;
}

int journal_remove(const struct changes_set *set, bool *ret_last)
{
	*ret_last = renameat(set->dir, "journal.last", set->dir, "journal") == 0;
	if (*ret_last)
		return 0;
	return errno == ENOENT ? unlinkat(set->dir, "journal", 0) : -1;
}

void journal_forget_last(const struct changes_set *set)
{
	(void)unlinkat(set->dir, "journal.last", 0);
}

bool journal_leaves_rest(const struct changes_set *set)
{
	struct reading r = { .set = set, .file = open_journal(set) };
	bool rest;

	if (!r.file)
		return true;
	rest = read_line(&r) < 0 || strcmp(r.line, first_lines[0]) != 0;
	free(r.line);
	(void)fclose(r.file);
	return rest;
}
