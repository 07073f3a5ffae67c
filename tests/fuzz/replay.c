/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay.c - runs a fuzz target over files, without libFuzzer
 *
 *	replay-NAME [FILE|DIRECTORY...]
 *
 * Linked with one tests/fuzz/fuzz-*.c; without an argument it runs over that target's
 * corpus in the directory $srcdir. A crash ends the program before its "ok", so
 * the file that was read last is written as a comment first.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int read_all(int fd, unsigned char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, data + done, len - done);

		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

static int run_fd(int fd)
{
	struct stat st;
	unsigned char *data;
	int done;

	if (fstat(fd, &st) < 0)
		return -1;
	/* exactly as large as the file, so that a read past its end is seen */
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (!data)
		return -1;
	done = read_all(fd, data, (size_t)st.st_size);
	if (done == 0)
		(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	return done;
}

/* Runs @name in the directory @dirfd. Returns -1 if it cannot be read. */
static int run_file(int dirfd, const char *name)
{
	_cleanup_fd_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	printf("# %s\n", name);
	(void)fflush(stdout);
	if (fd < 0 || run_fd(fd) < 0) {
		printf("# %s: %s\n", name, strerror(errno));
		return -1;
	}
	return 0;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Runs all files of the directory @path. Returns how many, -1 after an error. */
static int run_directory(const char *path)
{
	_cleanup_fd_ int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	int n = dirfd < 0 ? -1 : scandir(path, &entries, is_file, alphasort), files = n;

	if (n < 0)
		printf("# %s: %s\n", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (run_file(dirfd, entries[i]->d_name) < 0)
			files = -1;
		free(entries[i]);
	}
	free(entries);
	return files;
}

static int run_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return run_file(AT_FDCWD, path) < 0 ? -1 : 1;
	return run_directory(path);
}

/* The corpus that belongs to the target; NULL if $srcdir does not say where it is. */
static const char *corpus(char *path, size_t size)
{
	const char *srcdir = getenv("srcdir");
	int len = snprintf(path, size, "%s/tests/fuzz/corpus/" CORPUS,
			   srcdir ? srcdir : ".");

	return len > 0 && (size_t)len < size ? path : NULL;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	const char *const own[] = { argv[0], corpus(path, sizeof path) };
	const char *const *paths = argc > 1 ? (const char *const *)argv : own;
	int n = argc > 1 ? argc : 2, status = EXIT_SUCCESS;

	printf("1..%d\n", n - 1);
	for (int i = 1; i < n; i++) {
		int files = paths[i] ? run_path(paths[i]) : -1;

		if (files <= 0)
			status = EXIT_FAILURE;
		printf("%s %d - %s: %d files\n", files > 0 ? "ok" : "not ok", i,
		       paths[i] ? paths[i] : CORPUS, files > 0 ? files : 0);
	}
	return status;
}
