/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep-file.c - files that a command could write, looked at without being led; see
 * sweep.h
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/guard/sweep.h"

#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
#define TREE_DEPTH 8
#define LINKS_MAX 8

int sweep_open(const struct guard *guard, const char *path, uint64_t flags)
{
	for (size_t i = 0; i < guard->len; i++) {
		const char *dir = guard->plan->guard.dirs[i], *below;

		if (!path_within(path, dir))
			continue;
		below = path_below(path, dir);
		return sys_openat2(guard->dirs[i], *below ? below : ".",
				   flags | O_CLOEXEC | O_NOFOLLOW, BELOW);
	}
	errno = ENOENT;
	return -1;
}

/* File systems of which the kernel alone sets the ctime, by its clock. */
static bool own_times(int fd)
{
	static const uint32_t magic[] = {
		0xEF53 /* ext */,          0x58465342 /* xfs */,
		0x9123683E /* btrfs */,    0x01021994 /* tmpfs */,
		0xF2F52010 /* f2fs */,     0x794c7630 /* overlay */,
		0x2fc12fc1 /* zfs */,      0xca451a4e /* bcachefs */,
		0x3153464a /* jfs */,      0x858458f6 /* ramfs */,
		0x52654973 /* reiserfs */, 0x3434 /* nilfs */,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if ((uint32_t)fs.f_type == magic[i])
			return true;
	return false;
}

bool sweep_changed(struct sweep *s, int fd, const struct stat *st)
{
	if (s->dev != st->st_dev) {
		s->dev = st->st_dev;
		s->times = own_times(fd);
	}
	return !s->times || st->st_ctim.tv_sec > s->since.tv_sec ||
	       (st->st_ctim.tv_sec == s->since.tv_sec &&
		st->st_ctim.tv_nsec >= s->since.tv_nsec);
}

const char *sweep_link(const struct sweep *s, const char *path)
{
	for (const char *end = path; *end; end += strcspn(end, "/")) {
		const char *part;
		_cleanup_fd_ int fd = -1;
		struct stat st;

		end += strspn(end, "/");
		part = arena_strndup(s->arena, path,
				     (size_t)(end - path) + strcspn(end, "/"));
		fd = sweep_open(s->guard, part, O_PATH);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
			return part;
	}
	return NULL;
}

char *sweep_text(const struct sweep *s, const char *path, size_t *ret_len)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_NONBLOCK);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    io_read_all(fd, JUDGE_TEXT_MAX, s->arena, &text, ret_len) < 0)
		return NULL;
	return text;
}

const char *sweep_line(const struct sweep *s, const char *path)
{
	size_t len = 0;
	char *text = sweep_text(s, path, &len);

	if (!text || len == 0 || len >= PATH_MAX || strlen(text) != len)
		return NULL;
	if (text[len - 1] == '\n')
		text[len - 1] = '\0';
	return strchr(text, '\n') ? NULL : text;
}

const char *sweep_leads_to(struct arena *arena, const char *dir, const char *link)
{
	const char *at = *link == '/' ? "/" : dir;

	while (*link) {
		size_t n = strcspn(link, "/");

		if (n == 2 && strncmp(link, "..", 2) == 0)
			at = path_parent(arena, at);
		else if (n && !(n == 1 && *link == '.'))
			at = path_join(arena, at, arena_strndup(arena, link, n));
		link += n + (link[n] == '/');
	}
	return at;
}

bool sweep_tree_changed(struct sweep *s, const char *path, unsigned depth)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;
	bool changed = false;
	struct stat st;
	DIR *stream;

	if (fd < 0 || fstat(fd, &st) < 0 || depth > TREE_DEPTH ||
	    sweep_changed(s, fd, &st))
		return true;
	stream = fdopendir(fd);
	if (!stream)
		return true;
	patience_look(s->end->patience);
	errno = 0; /* readdir(3) tells its end and its failure apart by it alone */
	while (!changed && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		changed = S_ISDIR(st.st_mode)
				  ? sweep_tree_changed(
					    s, path_join(s->arena, path, entry->d_name),
					    depth + 1)
				  : sweep_changed(s, fd, &st);
		errno = 0;
	}
	changed = changed || errno != 0;
	(void)take_fd(&fd);
	(void)closedir(stream);
	return changed;
}

bool sweep_target_changed(struct sweep *s, const char *dir, const char *name)
{
	const char *path = path_join(s->arena, dir, name);
	char link[PATH_MAX];

	for (unsigned n = 0; n < LINKS_MAX; n++) {
		_cleanup_fd_ int fd = sweep_open(s->guard, path, O_PATH);
		struct stat st;
		ssize_t len;

		if (fd < 0) /* not there, or not to be written by the command */
			return errno == ELOOP;
		if (fstat(fd, &st) < 0)
			return true;
		if (sweep_changed(s, fd, &st) || !S_ISLNK(st.st_mode))
			return sweep_changed(s, fd, &st);
		len = readlinkat(fd, "", link, sizeof link);
		if (len <= 0 || (size_t)len >= sizeof link)
			return true;
		path = sweep_leads_to(s->arena, path_parent(s->arena, path),
				      arena_strndup(s->arena, link, (size_t)len));
	}
	return true;
}
