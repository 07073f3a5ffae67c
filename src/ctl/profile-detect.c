/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile-detect.c - what the project in the current directory is, as a profile
 *
 * By the names of files alone: nothing that a project brings is read, so nothing in it
 * can put a line into a profile. What is found is one row of a table each.
 */
#include "config.h"

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
	const char *bundle;      /* the profile of its tools and caches; NULL: none */
	const char *hosts; /* the one of the hosts that it fetches from; NULL: none */
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
	  "toolchain-node",
	  "net-npm" },
	{ "python",
	  { "pyproject.toml", "setup.py" },
	  "sh -c 'python3 -m venv .venv && .venv/bin/pip install -e .'",
	  "python3 -m unittest",
	  python_path,
	  "toolchain-python",
	  "net-python" },
	{ "python",
	  { "requirements.txt" },
	  "sh -c 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt'",
	  "python3 -m unittest",
	  python_path,
	  "toolchain-python",
	  "net-python" },
	{ "rust",
	  { "Cargo.toml" },
	  "cargo fetch",
	  "cargo build --offline",
	  NULL,
	  "toolchain-rust",
	  "net-rust" },
	{ "go",
	  { "go.mod" },
	  "go mod download",
	  "go build ./...",
	  NULL,
	  "toolchain-go",
	  "net-go" },
	{ "java",
	  { "pom.xml" },
	  "mvn dependency:go-offline",
	  "mvn -o package",
	  NULL,
	  "toolchain-java",
	  "net-java" },
	{ "java",
	  { "build.gradle", "build.gradle.kts" },
	  "gradle dependencies",
	  "gradle --offline build",
	  NULL,
	  "toolchain-java",
	  "net-java" },
	{ "java", { "build.xml" }, NULL, "ant", NULL, NULL, NULL },
	{ "ruby",
	  { "Gemfile" },
	  "sh -c 'bundle config set --local path vendor/bundle && bundle install'",
	  "bundle exec rake",
	  NULL,
	  NULL,
	  NULL },
	{ "php",
	  { "composer.json" },
	  "composer install",
	  "phpunit",
	  php_path,
	  NULL,
	  NULL },
	{ "c",
	  { "Makefile", "GNUmakefile", "makefile" },
	  NULL,
	  "make",
	  NULL,
	  "toolchain-c",
	  NULL },
	{ "c",
	  { "CMakeLists.txt" },
	  NULL,
	  "sh -c 'cmake -B build && cmake --build build'",
	  NULL,
	  "toolchain-c",
	  NULL },
	{ "c",
	  { "meson.build" },
	  NULL,
	  "sh -c 'meson setup build && ninja -C build'",
	  NULL,
	  "toolchain-c",
	  NULL },
	{ "c",
	  { "configure" },
	  NULL,
	  "sh -c './configure && make'",
	  NULL,
	  "toolchain-c",
	  NULL },
	{ "c",
	  { "configure.ac" },
	  NULL,
	  "sh -c 'autoreconf -fi && ./configure && make'",
	  NULL,
	  "toolchain-c",
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
		strbuf_printf(out, "#     sbox -p THIS-FILE %s%s -- %s\n",
			      kind->hosts ? "-p " : "--net=auto",
			      kind->hosts ? kind->hosts : "", kind->fetch);
	strbuf_printf(out, "#     sbox -p THIS-FILE -- %s\n", kind->build);
}

static void add_item(struct strbuf *list, const char *item)
{
	strbuf_printf(list, "%s\"%s\"", list->len ? ", " : "", item);
}

/* @path: a list without its brackets. */
static void add_env_and_net(const struct strbuf *path, struct strbuf *out)
{
	if (path->len)
		strbuf_printf(out,
			      "\n[env]\n"
			      "# In front of PATH; what is not there does no harm.\n"
			      "path = [%s]\n",
			      path->s);
	strbuf_add(out, "\n[net]\n"
			"# Hosts by name, in each run; better by -p net-... in those "
			"that fetch.\n"
			"# mode = \"filtered\"\n"
			"# allow = [\"example.org:443\"]\n"
			"\n[limits]\n"
			"# wall = \"30m\"\n");
}

void profile_detect(struct detected *ret)
{
	_cleanup_strbuf_ struct strbuf path = { 0 };
	const char *last = ""; /* a kind may have more than one row: the first counts */

	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *kind = &project_kinds[i];
		const char *mark = mark_of(kind);

		if (!mark || strcmp(kind->name, last) == 0)
			continue;
		last = kind->name;
		strbuf_printf(&ret->names, "%s%s (%s)", ret->names.len ? ", " : "", last,
			      mark);
		add_notes(kind, &ret->notes);
		for (size_t n = 0; kind->path && kind->path[n]; n++)
			add_item(&path, kind->path[n]);
		if (kind->bundle)
			ret->bundles[ret->bundles_len++] = kind->bundle;
	}
	add_env_and_net(&path, &ret->body);
}

void detected_done(struct detected *detected)
{
	strbuf_done(&detected->names);
	strbuf_done(&detected->notes);
	strbuf_done(&detected->body);
}
