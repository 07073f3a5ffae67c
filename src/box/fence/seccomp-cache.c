/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp-cache.c - programs of changed policies, kept between runs; see seccomp.h
 *
 * Theory of operation: a file is named by a hash of the policy's canonical text and
 * holds that text in full. So the hash only finds it, and a file that was renamed,
 * made by another version or for another machine is not taken. Who may write here
 * decides what later commands may do: the directory and the file are opened without
 * following a last symbolic link, and looked at through their descriptors; no sandbox
 * may write there (plan_input.own_dirs). A checksum tells what was damaged, by a disk or
 * a crash, and such a file is made anew; it is none against who may write. Files
 * appear complete or not at all (O_TMPFILE, linkat(2)), and a file system without
 * that has no cache.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/fence/seccomp.h"
#include "seccomp/syscalls.h"

#define MAGIC "sboxseccom2" /* with its NUL: 12 bytes */
#define TEXT_MAX ((size_t)64 * 1024)
#define NAME_SIZE 24
#define FILE_SIZE_MAX ((size_t)256 * 1024)

/* The beginning of a cache file; the text and the two programs follow without a gap. */
struct cache_header {
	char magic[12];
	uint32_t version; /* FILTER_VERSION */
	uint32_t arch;    /* SYSCALL_ARCH */
	uint32_t text_len;
	uint32_t len[FILTER_PROGRAMS];
	uint64_t sum; /* of all of the file, with 0 in this place */
};

/* The name of a policy's cache file, and the header and text that the file must have. */
struct cache_entry {
	struct cache_header header;
	char name[NAME_SIZE];
	const char *text;
};

struct bytes {
	char *data;
	size_t len;
};

static uint64_t text_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/*
 * Adds @data to the checksum @sum. Each step is one-to-one, so no change of a single word
 * goes unseen; the filter of a large policy takes some microseconds.
 */
static uint64_t checksum(uint64_t sum, const void *data, size_t len)
{
	const char *from = data;

	for (size_t at = 0; at < len; at += sizeof sum) {
		uint64_t word = 0;

		memcpy(&word, from + at, len - at < sizeof word ? len - at : sizeof word);
		sum ^= word;
		sum = (sum << 29 | sum >> 35) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return sum;
}

/* The header and the name that the file of @policy has, but for the lengths. */
static int entry_init(struct arena *arena, const struct filter_policy *policy,
		      struct cache_entry *ret, struct error *err)
{
	struct cache_entry entry = {
		.header = { .magic = MAGIC,
			    .version = FILTER_VERSION,
			    .arch = SYSCALL_ARCH },
		.text = filter_policy_text(arena, policy),
	};
	size_t len = strlen(entry.text);

	if (len > TEXT_MAX) {
		(void)error_set(err, "filter cache: the policy is too long");
		return -1;
	}
	entry.header.text_len = (uint32_t)len;
	(void)snprintf(entry.name, sizeof entry.name, "%016" PRIx64 ".bpf",
		       text_hash(entry.text));
	*ret = entry;
	return 0;
}

/* Whether what @fd is open on is the caller's alone. */
static int owner_check(int fd, const char *what, struct stat *ret, struct error *err)
{
	if (fstat(fd, ret))
		return error_sys(err, "filter cache: %s", what);
	if (ret->st_uid != geteuid())
		return error_set(err, "filter cache: %s belongs to uid %u, not to %u",
				 what, ret->st_uid, geteuid());
	if (ret->st_mode & 077)
		return error_set(err, "filter cache: %s is open to others: mode %04o",
				 what, ret->st_mode & 07777);
	return 0;
}

static int dir_open(const char *dir, struct error *err)
{
	_cleanup_fd_ int fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_sys(err, "filter cache: %s", dir);
	if (owner_check(fd, dir, &st, err))
		return -1;
	return take_fd(&fd);
}

/* Creates @dir with its parents. Whatever it comes to, dir_open() looks at it. */
static void dir_create(const char *dir)
{
	char path[PATH_MAX];
	size_t len = strlen(dir);

	if (len >= sizeof path)
		return;
	for (size_t i = 1; i <= len; i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		memcpy(path, dir, i);
		path[i] = '\0';
		(void)mkdir(path, 0700);
	}
}

static size_t file_size(const struct cache_header *header)
{
	size_t size = sizeof *header + header->text_len;

	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		size += header->len[i] * sizeof(struct sock_filter);
	return size;
}

/* The whole file called @name, if it is a regular one of the caller's. */
static int file_read(struct arena *arena, int dir_fd, const char *name, struct bytes *ret,
		     struct error *err)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	_cleanup_fd_ int fd = openat(dir_fd, name, flags);
	struct stat st;

	if (fd < 0)
		return error_sys(err, "filter cache: %s", name);
	if (owner_check(fd, name, &st, err))
		return -1;
	if (!S_ISREG(st.st_mode))
		return error_set(err, "filter cache: %s is no file", name);
	if (io_read_all(fd, FILE_SIZE_MAX, arena, &ret->data, &ret->len))
		return error_sys(err, "filter cache: %s", name);
	return 0;
}

/* Whether @file is that of @entry; takes the program lengths from it. */
static int file_check(const struct bytes *file, struct cache_entry *entry,
		      struct error *err)
{
	struct cache_header header;

	if (!file->data || file->len < sizeof header) {
		(void)error_set(err, "filter cache: the file is cut short");
		return -1;
	}
	memcpy(&header, file->data, sizeof header);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		if (header.len[i] > BPF_MAXINSNS)
			return error_set(err, "filter cache: a program is too long");
		entry->header.len[i] = header.len[i];
	}
	entry->header.sum = header.sum;
	if (memcmp(&header, &entry->header, sizeof header) != 0)
		return error_set(err, "filter cache: made by another version or for "
				      "another policy");
	if (file->len != file_size(&header))
		return error_set(err, "filter cache: the file has a wrong size");
	header.sum = 0;
	if (checksum(checksum(0, &header, sizeof header), file->data + sizeof header,
		     file->len - sizeof header) != entry->header.sum)
		return error_set(err, "filter cache: the file is damaged");
	if (memcmp(file->data + sizeof header, entry->text, header.text_len) != 0)
		return error_set(err, "filter cache: the file is of another policy");
	return 0;
}

/* Whether every program is there that a compiled policy has. */
static bool programs_complete(const struct filter_policy *policy, const uint32_t *len)
{
	bool list = filter_call(policy, FILTER_CALLS) != SECCOMP_RET_ALLOW;

	return (len[0] > 0) == list && len[1] > 0;
}

int filter_cache_load(struct arena *arena, const char *dir,
		      const struct filter_policy *policy, struct filter_programs *ret,
		      struct error *err)
{
	_cleanup_fd_ int dir_fd = dir_open(dir, err);
	struct filter_programs programs = { 0 };
	struct cache_entry entry = { 0 };
	struct bytes file = { 0 };
	const char *from;

	if (dir_fd < 0 || entry_init(arena, policy, &entry, err) ||
	    file_read(arena, dir_fd, entry.name, &file, err) ||
	    file_check(&file, &entry, err))
		return -1;
	if (!programs_complete(policy, entry.header.len))
		return error_set(err, "filter cache: a program is missing");
	from = file.data + sizeof entry.header + entry.header.text_len;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		size_t size = entry.header.len[i] * sizeof(struct sock_filter);

		/* a copy, because the text leaves no alignment */
		programs.insns[i] = memcpy(arena_alloc(arena, size), from, size);
		programs.len[i] = (unsigned short)entry.header.len[i];
		from += size;
	}
	*ret = programs;
	return 0;
}

/* The file of @entry, complete but for the checksum. */
static struct bytes file_make(struct arena *arena, const struct cache_entry *entry,
			      const struct filter_programs *programs)
{
	struct bytes file = { .len = file_size(&entry->header) };
	char *to = file.data = arena_alloc(arena, file.len);

	to = (char *)mempcpy(to, &entry->header, sizeof entry->header);
	to = (char *)mempcpy(to, entry->text, entry->header.text_len);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		if (programs->len[i] > 0)
			to = (char *)mempcpy(to, programs->insns[i],
					     programs->len[i] *
						     sizeof *programs->insns[i]);
	return file;
}

static int file_write(int fd, struct arena *arena, struct cache_entry *entry,
		      const struct filter_programs *programs)
{
	struct bytes file = file_make(arena, entry, programs);
	const size_t head = sizeof entry->header;

	entry->header.sum = checksum(checksum(0, &entry->header, head), file.data + head,
				     file.len - head);
	memcpy(file.data, &entry->header, head);
	return io_write_all(fd, file.data, file.len);
}

/* Gives the nameless @fd its name, in place of a file that was no good. */
static int file_link(int dir_fd, int fd, const char *name, struct error *err)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno == EEXIST && !unlinkat(dir_fd, name, 0) &&
	    !linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW))
		return 0;
	return error_sys(err, "filter cache: %s", name);
}

int filter_cache_store(struct arena *arena, const char *dir,
		       const struct filter_policy *policy,
		       const struct filter_programs *programs, struct error *err)
{
	_cleanup_fd_ int dir_fd = -1;
	_cleanup_fd_ int fd = -1;
	struct cache_entry entry = { 0 };

	dir_create(dir);
	dir_fd = dir_open(dir, err);
	if (dir_fd < 0 || entry_init(arena, policy, &entry, err))
		return -1;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		entry.header.len[i] = programs->len[i];
	fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_sys(err, "filter cache: %s", dir);
	if (file_write(fd, arena, &entry, programs))
		return error_sys(err, "filter cache: cannot write %s", entry.name);
	return file_link(dir_fd, fd, entry.name, err);
}

/* The programs as they are made, cached or not, for whatever numbers of the command. */
static int any_get(struct arena *arena, const struct filter_policy *policy,
		   const char *cache_dir, struct filter_programs *ret, struct error *err)
{
	struct error ignored;

	if (policy->stock) {
		filter_stock(policy, ret);
		return 0;
	}
	if (cache_dir && !filter_cache_load(arena, cache_dir, policy, ret, &ignored))
		return 0;
	if (filter_compile(arena, policy, ret, err))
		return -1;
	if (cache_dir)
		(void)filter_cache_store(arena, cache_dir, policy, ret, &ignored);
	return 0;
}

int filter_get(struct arena *arena, const struct filter_policy *policy,
	       const char *cache_dir, struct filter_programs *ret, struct error *err)
{
	if (any_get(arena, policy, cache_dir, ret, err) < 0)
		return -1;
	filter_own(arena, policy, ret);
	return 0;
}
