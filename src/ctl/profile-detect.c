/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile-detect.c - what the project in the current directory is, as a profile
 *
 * By the names of files alone: nothing that a project brings is read, so nothing in it
 * can put a line into a profile. What is found is one row of a table each.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/profile.h"

#define MARKS_MAX 4

struct kind {
	const char *name;
	const char *marks[MARKS_MAX]; /* names of files; the first that is there counts */
	const char *fetch;       /* what needs a network, as one would type it; NULL */
	const char *build;       /* and what does not */
	const char *const *path; /* for env.path, NULL-terminated; NULL: none */
	const char *note;        /* what has to be known, a comment; NULL */
};

static const char *const node_path[] = { "${PROJECT}/node_modules/.bin", NULL };
static const char *const python_path[] = { "${PROJECT}/.venv/bin", "${PROJECT}/venv/bin",
					   NULL };
static const char *const php_path[] = { "${PROJECT}/vendor/bin", NULL };

static const struct kind project_kinds[] = {
	{ "node",
	  { "package.json" },
	  "npm install",
	  "npm test",
	  node_path,
	  "npm's cache is in memory, below /home/build, and gone at the end." },
	{ "python",
	  { "pyproject.toml", "setup.py" },
	  "sh -c 'python3 -m venv .venv && .venv/bin/pip install -e .'",
	  "python3 -m unittest",
	  python_path,
	  NULL },
	{ "python",
	  { "requirements.txt" },
	  "sh -c 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt'",
	  "python3 -m unittest",
	  python_path,
	  NULL },
	{ "rust",
	  { "Cargo.toml" },
	  "cargo fetch",
	  "cargo build --offline",
	  NULL,
	  "Crates go to CARGO_HOME below the project, so that they are still there next "
	  "time." },
	{ "go",
	  { "go.mod" },
	  "go mod vendor",
	  "go build ./...",
	  NULL,
	  "With vendor/ a build needs no network." },
	{ "java",
	  { "pom.xml" },
	  "mvn -Dmaven.repo.local=.m2 dependency:go-offline",
	  "mvn -o -Dmaven.repo.local=.m2 package",
	  NULL,
	  NULL },
	{ "java",
	  { "build.gradle", "build.gradle.kts" },
	  "gradle -g .gradle-home dependencies",
	  "gradle -g .gradle-home --offline build",
	  NULL,
	  NULL },
	{ "java", { "build.xml" }, NULL, "ant", NULL, NULL },
	{ "ruby",
	  { "Gemfile" },
	  "sh -c 'bundle config set --local path vendor/bundle && bundle install'",
	  "bundle exec rake",
	  NULL,
	  NULL },
	{ "php", { "composer.json" }, "composer install", "phpunit", php_path, NULL },
	{ "c", { "Makefile", "GNUmakefile", "makefile" }, NULL, "make", NULL, NULL },
	{ "c",
	  { "CMakeLists.txt" },
	  NULL,
	  "sh -c 'cmake -B build && cmake --build build'",
	  NULL,
	  NULL },
	{ "c",
	  { "meson.build" },
	  NULL,
	  "sh -c 'meson setup build && ninja -C build'",
	  NULL,
	  NULL },
	{ "c", { "configure" }, NULL, "sh -c './configure && make'", NULL, NULL },
	{ "c",
	  { "configure.ac" },
	  NULL,
	  "sh -c 'autoreconf -fi && ./configure && make'",
	  NULL,
	  NULL },
};

#define KINDS (sizeof project_kinds / sizeof project_kinds[0])

/* What is there of @kind in the current directory; NULL: nothing. */
static const char *mark_of(const struct kind *kind)
{
	struct stat st;

	for (size_t i = 0; i < MARKS_MAX && kind->marks[i]; i++)
		if (lstat(kind->marks[i], &st) == 0 && S_ISREG(st.st_mode))
			return kind->marks[i];
	return NULL;
}

static void add_notes(const struct kind *kind, struct strbuf *out)
{
	if (kind->fetch)
		strbuf_printf(out, "#     sbox -p THIS-FILE --net=auto -- %s\n",
			      kind->fetch);
	strbuf_printf(out, "#     sbox -p THIS-FILE -- %s\n", kind->build);
	if (kind->note)
		strbuf_printf(out, "# %s\n", kind->note);
}

/* rustup's tools lie below the home directory: shown, but for what publishes one. */
static void add_rustup(const char *home, struct strbuf *reads, struct strbuf *sets)
{
	struct stat st;
	const char *dir = home ? home : "/nonexistent";
	_cleanup_strbuf_ struct strbuf bin = { 0 };

	strbuf_printf(&bin, "%s/.cargo/bin", dir);
	strbuf_add(sets, "CARGO_HOME = \"${PROJECT}/.cargo-home\"");
	if (stat(strbuf_str(&bin), &st) < 0)
		return;
	strbuf_add(reads, "\"${HOME}/.cargo/bin\", \"?${HOME}/.rustup\"");
	strbuf_add(sets, ", RUSTUP_HOME = \"${HOME}/.rustup\"");
}

/* What is found goes into these texts: lists without their brackets. */
struct found {
	struct strbuf path, reads, sets;
};

static void add_item(struct strbuf *list, const char *item)
{
	strbuf_printf(list, "%s\"%s\"", list->len ? ", " : "", item);
}

static void add_kind(const struct kind *kind, struct found *found)
{
	for (size_t i = 0; kind->path && kind->path[i]; i++)
		add_item(&found->path, kind->path[i]);
	if (strcmp(kind->name, "rust") != 0)
		return;
	add_rustup(getenv("HOME"), &found->reads, &found->sets);
	if (found->reads.len)
		add_item(&found->path, "${HOME}/.cargo/bin");
}

static void add_found(const struct found *found, struct strbuf *out)
{
	if (found->reads.len)
		strbuf_printf(out, "\n[fs]\nread = [%s]\n", found->reads.s);
	if (found->path.len || found->sets.len)
		strbuf_add(out, "\n[env]\n");
	if (found->path.len)
		strbuf_printf(out,
			      "# In front of PATH; what is not there does no harm.\n"
			      "path = [%s]\n",
			      found->path.s);
	if (found->sets.len)
		strbuf_printf(out, "set = { %s }\n", found->sets.s);
	strbuf_add(out,
		   "\n[net]\n"
		   "# Public addresses only, in each run; better by --net=auto in those "
		   "that fetch.\n"
		   "# mode = \"auto\"\n"
		   "\n[limits]\n"
		   "# wall = \"30m\"\n");
}

size_t profile_detect(struct strbuf *names, struct strbuf *notes, struct strbuf *body)
{
	struct found found = { 0 };
	const char *last = ""; /* a kind may have more than one row: the first counts */
	size_t n = 0;

	for (size_t i = 0; i < KINDS; i++) {
		const char *mark = mark_of(&project_kinds[i]);

		if (!mark || strcmp(project_kinds[i].name, last) == 0)
			continue;
		last = project_kinds[i].name;
		strbuf_printf(names, "%s%s (%s)", n++ ? ", " : "", last, mark);
		add_notes(&project_kinds[i], notes);
		add_kind(&project_kinds[i], &found);
	}
	add_found(&found, body);
	strbuf_done(&found.path);
	strbuf_done(&found.reads);
	strbuf_done(&found.sets);
	return n;
}
