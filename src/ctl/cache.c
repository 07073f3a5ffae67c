/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cache.c - sboxctl cache: which private caches there are, and their end */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/tree.h"
#include "box/cache/cache.h"
#include "ctl/ctl.h"
#include "policy/forms.h"
#include "run/say.h"

struct entry {
	const char *name, *path; /* of what the sandbox sees */
	struct tree_size size;   /* of what was not cleared, too */
	struct timespec used;
	bool in_use;      /* now, by a sandbox or by who clears it */
	struct error err; /* why nothing is known of it; msg "": it is */
};

struct entries {
	struct entry *list;
	size_t len;
};

static const char *directory_of(struct ctl *ctl, const char *name)
{
	return path_join(&ctl->arena, ctl->caller.caches, name);
}

static void look_at_one(struct ctl *ctl, int dir, struct entry *entry)
{
	const char *path = directory_of(ctl, entry->name);
	_cleanup_fd_ int fd = -1;
	struct stat st;
	int locked;

	entry->path = path_join(&ctl->arena, path, CACHE_DATA);
	if (cache_open(dir, entry->name, path, &fd, &entry->err) < 0 || fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		entry->used = st.st_mtim;
	locked = cache_lock(fd, path, &entry->err);
	entry->in_use = locked == 0;
	/* only asked: a sandbox that starts does not have to wait for the sum */
	if (locked > 0)
		cache_unlock(fd);
	tree_measure(fd, &entry->size);
}

static int compare_caches(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The names that can be those of caches; what else somebody has put there is none. */
static int names_of_caches(struct ctl *ctl, int dir, struct entries *ret,
			   struct error *err)
{
	_cleanup_fd_ int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int errnum;

	if (!entries)
		return error_sys(err, "%s", ctl->caller.caches);
	(void)take_fd(&copy);
	while ((errno = 0, entry = readdir(entries)))
		if (sandbox_name_ok(entry->d_name))
			((struct entry *)arena_append(&ctl->arena, &ret->list, &ret->len,
						      sizeof *ret->list))
				->name = arena_strdup(&ctl->arena, entry->d_name);
	errnum = errno;
	(void)closedir(entries);
	errno = errnum;
	if (errnum)
		return error_sys(err, "%s", ctl->caller.caches);
	if (ret->len > 0)
		qsort(ret->list, ret->len, sizeof *ret->list, compare_caches);
	return 0;
}

/* Opens the directory of all; *ret_dir -1: there is none. */
static int open_all(const struct ctl *ctl, int *ret_dir, struct error *err)
{
	if (!ctl->caller.caches)
		return error_set(err, "neither XDG_CACHE_HOME nor HOME says where your "
				      "caches are");
	return caches_open(ctl->caller.caches, ret_dir, err);
}

/* ------------------------------------------------------------------------- list */

/* By the caller's clock; @utc: for programs (RFC 3339). */
static const char *time_text(struct arena *arena, const struct timespec *time, bool utc)
{
	char text[32] = "";
	struct tm tm;

	if (utc && gmtime_r(&time->tv_sec, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	else if (!utc && localtime_r(&time->tv_sec, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	return arena_strdup(arena, text);
}

static int print_caches(struct ctl *ctl, const struct entries *entries)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	int width = (int)strlen("NAME");

	for (size_t i = 0; i < entries->len; i++)
		if ((int)strlen(entries->list[i].name) > width)
			width = (int)strlen(entries->list[i].name);
	strbuf_printf(&out, "%-*s  %8s  %-16s  PATH\n", width, "NAME", "SIZE",
		      "LAST USED");
	for (size_t i = 0; i < entries->len; i++) {
		const struct entry *e = &entries->list[i];
		_cleanup_strbuf_ struct strbuf size = { 0 };

		strbuf_add(&size, e->size.partial ? ">" : "");
		ctl_bytes(&size, e->size.bytes);
		strbuf_printf(&out, "%-*s  %8s  %-16s  ", width, e->name,
			      *e->err.msg ? "?" : strbuf_str(&size),
			      *e->err.msg ? "?"
			      : e->in_use ? "now"
					  : time_text(&ctl->arena, &e->used, false));
		strbuf_escaped(&out, e->path, strlen(e->path));
		strbuf_addc(&out, '\n');
	}
	return say_answer(&out);
}

static void add_cache_object(struct ctl *ctl, const struct entry *e, struct strbuf *out)
{
	const bool known = !*e->err.msg;

	json_object(out, NULL);
	json_text(out, "name", e->name);
	json_text(out, "path", e->path);
	if (known)
		json_count(out, "bytes", e->size.bytes);
	else
		json_null(out, "bytes");
	json_bool(out, "complete", known && !e->size.partial);
	json_text(out, "last_used",
		  known ? time_text(&ctl->arena, &e->used, true) : NULL);
	json_bool(out, "in_use", e->in_use);
	json_text(out, "error", known ? NULL : e->err.msg);
	json_object_end(out);
}

static int print_caches_json(struct ctl *ctl, const struct entries *entries)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	json_array(&out, NULL);
	for (size_t i = 0; i < entries->len; i++) {
		strbuf_add(&out, i ? ",\n " : "");
		add_cache_object(ctl, &entries->list[i], &out);
	}
	json_array_end(&out);
	strbuf_addc(&out, '\n');
	return say_answer(&out);
}

static int list_caches(struct ctl *ctl, bool json)
{
	struct error err = { .status = EXIT_SBOX };
	struct entries entries = { 0 };
	_cleanup_fd_ int dir = -1;
	int status, told = 0;

	if (open_all(ctl, &dir, &err) < 0 ||
	    (dir >= 0 && names_of_caches(ctl, dir, &entries, &err) < 0))
		return say_error(&err);
	for (size_t i = 0; i < entries.len; i++) {
		look_at_one(ctl, dir, &entries.list[i]);
		if (*entries.list[i].err.msg)
			told = say_error(&entries.list[i].err);
	}
	status = json ? print_caches_json(ctl, &entries) : print_caches(ctl, &entries);
	return status ? status : told;
}

/* ------------------------------------------------------------------------ clear */

/* What could not be removed, and what one could do about it. */
static int left(const struct tree_rest *rest, const char *path, struct error *err)
{
	if (rest->len == 0)
		return 0;
	errno = rest->errnum;
	if (!rest->foreign)
		return error_sys(err, "%s: something in it cannot be removed", path);
	return error_set(
		err,
		"%s: something in it belongs to user %u, as a command with "
		"subordinate ids makes it, and cannot be removed by you: unshare "
		"--map-root-user --map-auto rm -rf -- %s",
		path, (unsigned)rest->owner, path);
}

/* All that is in @fd, which is locked; what is called "data" goes at once. */
static int clear_locked(int fd, const char *path, struct error *err)
{
	struct tree_bin bin = { -1, 0 };
	struct tree_rest rest = { 0 };
	_cleanup_fd_ int cleared = -1;

	if (mkdirat(fd, CACHE_CLEARED, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "cannot make %s/%s", path, CACHE_CLEARED);
	cleared = openat(fd, CACHE_CLEARED,
			 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cleared < 0)
		return error_sys(err, "%s/%s", path, CACHE_CLEARED);
	bin.dir = cleared;
	/* interrupted from here on, it is not half of a cache that is left */
	if (tree_put_away(fd, CACHE_DATA, &bin) < 0 && errno != ENOENT) {
		struct stat st;

		rest = (struct tree_rest){ .len = 1, .errnum = errno };
		rest.foreign = fstatat(fd, CACHE_DATA, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			       st.st_uid != geteuid();
		rest.owner = rest.foreign ? st.st_uid : 0;
		return left(&rest, path, err);
	}
	tree_remove(cleared, &rest);
	if (left(&rest, path, err) < 0)
		return -1;
	if (unlinkat(fd, CACHE_CLEARED, AT_REMOVEDIR) < 0)
		return error_sys(err, "%s/%s: cannot remove it", path, CACHE_CLEARED);
	return 0;
}

static int no(struct error *err, const char *name, const char *why)
{
	(void)error_set(err, "%s: %s", name, why);
	err->status = CTL_NO;
	return -1;
}

static int clear_one(struct ctl *ctl, int dir, const char *name, struct error *err)
{
	const char *path = directory_of(ctl, name);
	_cleanup_fd_ int fd = -1;
	int locked;

	if (dir >= 0 && cache_open(dir, name, path, &fd, err) < 0)
		return -1;
	if (fd < 0)
		return no(err, name,
			  "there is no cache of this name (sboxctl cache list)");
	locked = cache_lock(fd, path, err);
	if (locked < 0)
		return -1;
	if (locked == 0)
		return no(
			err, name,
			"it is in use: a sandbox that has it runs (sboxctl ps), or it is "
			"just being cleared");
	if (clear_locked(fd, path, err) < 0)
		return -1;
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return error_sys(err, "%s: cannot remove it", path);
	return 0;
}

/* The worst of what came out. */
static int clear(struct ctl *ctl, const char *const *names, size_t len)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1;
	int worst = 0;

	if (open_all(ctl, &dir, &err) < 0)
		return say_error(&err);
	for (size_t i = 0; i < len; i++) {
		err = (struct error){ .status = EXIT_SBOX };
		if (clear_one(ctl, dir, names[i], &err) == 0)
			continue;
		(void)say_error(&err);
		worst = worst > err.status ? worst : err.status;
	}
	return worst;
}

static int clear_all(struct ctl *ctl)
{
	struct error err = { .status = EXIT_SBOX };
	struct entries entries = { 0 };
	_cleanup_fd_ int dir = -1;
	const char **names;

	if (open_all(ctl, &dir, &err) < 0 ||
	    (dir >= 0 && names_of_caches(ctl, dir, &entries, &err) < 0))
		return say_error(&err);
	names = arena_alloc(&ctl->arena, (entries.len + 1) * sizeof *names);
	for (size_t i = 0; i < entries.len; i++)
		names[i] = entries.list[i].name;
	return clear(ctl, names, entries.len);
}

static int ask_clear(struct ctl *ctl, int argc, char **argv)
{
	bool all = argc == 3 && strcmp(argv[2], "--all") == 0;

	if (argc < 3)
		return ctl_usage("cache", "clear: say which, or --all");
	for (int i = 2; !all && i < argc; i++)
		if (!sandbox_name_ok(argv[i]))
			return ctl_usage("cache",
					 argv[i][0] == '-'
						 ? "clear takes names, or --all alone, "
						   "not \"%s\""
						 : "\"%s\" is no name of a cache",
					 argv[i]);
	return all ? clear_all(ctl)
		   : clear(ctl, (const char *const *)argv + 2, (size_t)argc - 2);
}

int ctl_cache(struct ctl *ctl, int argc, char **argv)
{
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;

	if (argc > 1 && strcmp(argv[1], "clear") == 0)
		return ask_clear(ctl, argc, argv);
	if (argc < 2 || strcmp(argv[1], "list") != 0)
		return ctl_usage("cache", "say list [--json] or clear NAME...|--all");
	if (argc > 2 && !json)
		return ctl_usage("cache", "\"%s\": list takes --json and nothing else",
				 argv[2]);
	return list_caches(ctl, json);
}
