/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* jobserver.c - the job slots of a GNU make that sbox was started by; see jobserver.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/host/jobserver.h"

/* The last word of @flags that begins with @option, as the last one counts for make. */
static const char *last_word(const char *flags, const char *option)
{
	const char *found = NULL;

	for (const char *s = flags; (s = strstr(s, option)); s++)
		if (s == flags || s[-1] == ' ')
			found = s;
	return found;
}

/* Whether @fd is the end of a pipe that is open for @access (O_RDONLY or O_WRONLY). */
static bool is_end(int fd, int access)
{
	int flags = fcntl(fd, F_GETFL), mode = flags & O_ACCMODE;
	struct stat st;

	return flags >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	       (mode == access || mode == O_RDWR);
}

/* "R,W" */
static bool parse_fds(const char *text, struct host_jobserver *ret)
{
	char *comma, *end;
	long in = strtol(text, &comma, 10), out;

	if (comma == text || *comma != ',')
		return false;
	out = strtol(comma + 1, &end, 10);
	if (end == comma + 1 || (*end && *end != ' ') || in < 3 || in > INT_MAX ||
	    out < 3 || out > INT_MAX)
		return false;
	ret->in = (int)in;
	ret->out = (int)out;
	return is_end(ret->in, O_RDONLY) && is_end(ret->out, O_WRONLY);
}

/* A FIFO of the caller's own: without waiting for whoever has the other end. */
static bool open_named(const char *path, struct host_jobserver *ret)
{
	const int flags = O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	_cleanup_fd_ int in = open(path, O_RDONLY | flags);
	_cleanup_fd_ int out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0 || !S_ISFIFO(st.st_mode) ||
	    st.st_uid != getuid())
		return false;
	out = open(path, O_WRONLY | flags);
	if (!is_end(out, O_WRONLY) || fcntl(in, F_SETFL, 0) < 0 ||
	    fcntl(out, F_SETFL, 0) < 0)
		return false;
	ret->in = take_fd(&in);
	ret->out = take_fd(&out);
	return true;
}

void jobserver_probe(struct arena *arena, const char *makeflags,
		     struct host_jobserver *ret)
{
	static const char *const options[] = { "--jobserver-auth=", "--jobserver-fds=" };
	struct host_jobserver found = { .in = -1 };
	const char *word = NULL, *value = NULL;

	*ret = found;
	for (size_t i = 0; makeflags && !word && i < 2; i++) {
		word = last_word(makeflags, options[i]);
		value = word ? word + strlen(options[i]) : NULL;
	}
	if (!word)
		return;
	found.word = arena_strndup(arena, word, strcspn(word, " "));
	if (strncmp(value, "fifo:", 5) == 0
		    ? open_named(found.word + (value - word) + 5, &found)
		    : parse_fds(value, &found))
		*ret = found;
}
