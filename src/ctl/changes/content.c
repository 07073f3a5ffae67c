/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* content.c - the lines that a change set would remove and add; see
 * content.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "ctl/changes/content.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

/* -1 where there is no file on that side; -2: errno. */
static int open_side(int tree, const char *path, mode_t mode)
{
	int fd;

	if (!S_ISREG(mode))
		return -1;
	fd = sys_openat2(tree, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	return fd < 0 ? -2 : fd;
}

static bool is_text(int fd)
{
	char start[4096];
	struct stat st;
	ssize_t len;

	if (fd < 0)
		return true;
	if (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && st.st_size > CONTENT_MAX))
		return false;
	if (!S_ISREG(st.st_mode))
		return true;
	len = pread(fd, start, sizeof start, 0);
	return len >= 0 && !memchr(start, '\0', (size_t)len);
}

/* sbox, which is installed beside this program. */
static int own_sbox(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 8);
	char *slash;

	if (len < 0)
		return -1;
	path[len] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash + 1, "sbox", sizeof "sbox");
	return 0;
}

static _Noreturn void exec_diff(const char *sbox, int old, int new, int output)
{
	static const char *const argv[] = {
		"sbox", "-q", "--profile=default", "--keep-fd=3", "--", "sh", "-c",
		/* neither can be opened by a name in there */
		"cat <&3 >/tmp/before && exec diff -u --label=before --label=after "
		"/tmp/before -",
		NULL
	};
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* out of the way first: each of them may have the number of another */
	const int a = fcntl(old < 0 ? null : old, F_DUPFD_CLOEXEC, 10),
		  b = fcntl(new < 0 ? null : new, F_DUPFD_CLOEXEC, 10),
		  out = fcntl(output, F_DUPFD_CLOEXEC, 10);

	if (dup3(b, 0, 0) == 0 && dup3(out, 1, 0) == 1 && dup3(a, 3, 0) == 3)
		(void)execv(sbox, (char *const *)argv);
	_exit(EXIT_SBOX);
}

/* What diff says of the two, in @arena; NULL with an error. */
static char *run_diff(struct arena *arena, int old, int new, struct error *err)
{
	_cleanup_fd_ int from = -1, to = -1;
	char sbox[PATH_MAX], *text = NULL;
	int ends[2], status = 0;
	size_t len;
	pid_t pid;

	if (own_sbox(sbox) < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		(void)error_sys(err, "cannot start diff");
		return NULL;
	}
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid == 0)
		exec_diff(sbox, old, new, to);
	(void)close(take_fd(&to));
	if (pid < 0 || io_read_all(from, OUTPUT_MAX, arena, &text, &len) < 0)
		(void)error_sys(err, "cannot read what diff says");
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (text && WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return text;
	if (text)
		(void)error_set(err,
				"diff(1) failed in its sandbox (profile \"default\"): "
				"sboxctl changes diff without --content does not "
				"need it");
	return NULL;
}

static void add_line(struct strbuf *out, const char *line, size_t len, bool colors)
{
	const char *color = !colors        ? NULL
			    : *line == '+' ? "\033[32m"
			    : *line == '-' ? "\033[31m"
			    : *line == '@' ? "\033[36m"
					   : NULL;

	strbuf_add(out, color ? color : "");
	/* a tabulator is what it is to a reader of code */
	for (const char *tab; len > 0 && (tab = memchr(line, '\t', len));) {
		strbuf_escaped(out, line, (size_t)(tab - line));
		strbuf_addc(out, '\t');
		len -= (size_t)(tab - line) + 1;
		line = tab + 1;
	}
	strbuf_escaped(out, line, len);
	strbuf_add(out, color ? "\033[m\n" : "\n");
}

static void add_lines(struct strbuf *out, const char *text, bool colors)
{
	/* the two names say nothing: the line above has the path */
	for (int i = 0; i < 2 && (*text == '-' || *text == '+'); i++)
		text += strcspn(text, "\n") + 1;
	while (*text) {
		const size_t len = strcspn(text, "\n");

		add_line(out, text, len, colors);
		text += len + (text[len] == '\n');
	}
}

int changes_content(const struct changes_set *set, const struct diff_entry *e,
		    bool colors, struct strbuf *out, struct error *err)
{
	_cleanup_fd_ int lower = -1, upper = -1, old = -1, new = -1;
	struct arena arena = { 0 };
	char *text;

	if (e->kind == DIFF_MODE || (!S_ISREG(e->mode) && !S_ISREG(e->old_mode)))
		return 0;
	if (changes_open_tree(set, e->tree, &lower, &upper, err) < 0)
		return -1;
	old = open_side(lower, e->from ? e->from : e->path, e->old_mode);
	new = open_side(upper, e->path, e->mode);
	if ((old == -2 || new == -2) && errno == ENAMETOOLONG) {
		strbuf_add(out, "  (its path is too long to open it)\n");
		return 0;
	}
	if (old == -2 || new == -2)
		return error_sys(err, "cannot open \"%s\"", e->path);
	if (!is_text(old) || !is_text(new)) {
		strbuf_add(out, "  (no text, or too long)\n");
		return 0;
	}
	text = run_diff(&arena, old, new, err);
	if (text)
		add_lines(out, text, colors);
	arena_done(&arena);
	return text ? 0 : -1;
}

pid_t changes_pager(void)
{
	const char *pager = getenv("PAGER");
	int ends[2];
	pid_t pid;

	if (!isatty(STDOUT_FILENO) || pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		if (dup3(ends[0], STDIN_FILENO, 0) == 0) {
			(void)setenv("LESS", "FRX", 0);
			(void)execl("/bin/sh", "sh", "-c",
				    pager && *pager ? pager : "less", (char *)NULL);
		}
		_exit(EXIT_SBOX);
	}
	if (pid > 0)
		(void)dup3(ends[1], STDOUT_FILENO, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pid > 0 ? pid : 0;
}

void changes_pager_end(pid_t pager)
{
	if (pager <= 0)
		return;
	(void)close(STDOUT_FILENO);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
}
