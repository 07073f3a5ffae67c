/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-new.c - sboxctl profile new: a profile to begin with */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "ctl/profile.h"
#include "run/say.h"

/* Every line that grants something is a comment: a new profile adds nothing yet. */
static const char body[] =
	"\n"
	"[fs]\n"
	"# Shown read-only, and writable. \"?\" in front: skip it where it is missing;\n"
	"# \":\" shows it under another name.\n"
	"# read = [\"${CWD}\", \"?/srv/data:/data\"]\n"
	"# write = [\"${CWD}/out\"]\n"
	"# Never visible, whatever shows it; visible, but read-only and in its place.\n"
	"# deny = [\"?${CWD}/.env\"]\n"
	"# protect = [\"?${CWD}/.git/hooks\"]\n"
	"# Empty directories in memory, gone with the command.\n"
	"# tmpfs = [\"/home/me\"]\n"
	"# A directory that is kept for later runs, and that nothing outside shares.\n"
	"# cache = [\"mytool\", \"npm:.npm\"]\n"
	"\n"
	"[identity]\n"
	"# root (by name alone), caller, or \"UID:GID\".\n"
	"# user = \"caller\"\n"
	"\n"
	"[env]\n"
	"# The environment starts empty: what of yours goes through, and what is new.\n"
	"# pass = [\"EDITOR\", \"MYTOOL_*\"]\n"
	"# set = { HOME = \"/home/me\" }\n"
	"\n"
	"[net]\n"
	"# none, filtered (the hosts that allow lists), auto, slirp4netns or pasta (the "
	"Internet,\n"
	"# not your network), host (all of it).\n"
	"# mode = \"filtered\"\n"
	"# allow = [\"registry.npmjs.org\", \"github.com:22,443\"]\n"
	"\n"
	"[limits]\n"
	"# wall = \"30m\"\n"
	"# pids = 512\n";

static bool quoted_ok(const char *s)
{
	return strpbrk(s, "\"\\$") == NULL && s[strcspn(s, "\n\r\t")] == '\0';
}

/* @extends, or else @parent, and @bundles; both lists end with NULL. */
static void add_extends(const char *const *extends, const char *parent,
			const char *const *bundles, struct strbuf *out)
{
	const char *const alone[] = { parent, NULL };

	strbuf_add(out, "# Applied first; what is listed here is added to theirs.\n"
			"extends = [");
	for (const char *const *name = extends[0] ? extends : alone; *name; name++)
		strbuf_printf(out, "%s\"%s\"",
			      strbuf_str(out)[out->len - 1] == '[' ? "" : ", ", *name);
	for (; *bundles; bundles++)
		strbuf_printf(out, ", \"%s\"", *bundles);
	strbuf_add(out, "]\n");
}

static void add_template(const char *const *extends, struct strbuf *out)
{
	static const char *const none[] = { NULL };

	strbuf_add(out, "#:schema file://" SCHEMAFILE "\n"
			"# Every key is described in sbox.toml(5). Try it:\n"
			"#     sboxctl profile check THIS-FILE\n"
			"#     sbox -p THIS-FILE --dry-run -- COMMAND\n"
			"version = 1\n"
			"description = \"\"\n");
	add_extends(extends, "base", none, out);
	strbuf_add(out, body);
}

/* For the project in the current directory. -1: it is none that is known. */
static int add_detected(const char *const *extends, struct strbuf *out, struct error *err)
{
	_cleanup_detected_ struct detected found = { 0 };

	profile_detect(&found);
	if (found.names.len == 0)
		return error_set(err,
				 "nothing here says what the project is (package.json, "
				 "Cargo.toml, CMakeLists.txt and so on): leave --detect "
				 "out, or go to the project's directory");
	strbuf_printf(out,
		      "#:schema file://" SCHEMAFILE "\n"
		      "# Of this project sboxctl found: %s.\n%s",
		      strbuf_str(&found.names), strbuf_str(&found.notes));
	if (found.bundles_len > 0)
		strbuf_add(
			out,
			"# What is fetched and compiled stays in private caches for the "
			"next run; projects with\n"
			"# the same caches have to trust each other: \"sboxctl cache\", "
			"fs.cache in sbox.toml(5).\n");
	strbuf_printf(out,
		      "# Every key is described in sbox.toml(5).\n"
		      "version = 1\n"
		      "description = \"%s\"\n",
		      strbuf_str(&found.names));
	add_extends(extends, "build", found.bundles, out);
	strbuf_add(out, strbuf_str(&found.body));
	return 0;
}

/* The directory of the caller's profiles and those above it. */
static void make_dirs(const char *dir)
{
	char path[PATH_MAX];

	for (size_t i = 1; dir[i - 1] && i < sizeof path; i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		memcpy(path, dir, i);
		path[i] = '\0';
		(void)mkdir(path, 0700); /* what comes of it, open() tells */
	}
}

/* Where @name is to be written, as for sbox -p: a path has a slash. */
static const char *place(struct ctl *ctl, const char *name, struct error *err)
{
	const char *dir;

	if (strchr(name, '/'))
		return name;
	if (!profile_name_ok(name)) {
		(void)error_set(err, "\"%s\" is no name of a profile", name);
		return NULL;
	}
	if (!ctl->caller.config_dir) {
		(void)error_set(err, "neither XDG_CONFIG_HOME nor HOME says where your "
				     "profiles are");
		return NULL;
	}
	dir = path_join(&ctl->arena, ctl->caller.config_dir, "profiles");
	make_dirs(dir);
	return arena_printf(&ctl->arena, "%s/%s.toml", dir, name);
}

int profile_new(struct ctl *ctl, const char *name, const char *const *extends,
		const struct request *options)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, answer = { 0 };
	struct error err = { .status = EXIT_SBOX };
	const char *path;
	_cleanup_fd_ int fd = -1;

	for (size_t i = 0; extends[i]; i++)
		if (!quoted_ok(extends[i]))
			return ctl_usage("profile", "\"%s\" cannot be extended by new",
					 extends[i]);
	if (options->from_run) {
		if (profile_from_run(ctl, options->from_run, &text, &err) < 0)
			return say_error(&err);
	} else if (!options->detect) {
		add_template(extends, &text);
	} else if (add_detected(extends, &text, &err) < 0) {
		return say_error(&err);
	}
	path = place(ctl, name, &err);
	if (!path)
		return say_error(&err);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		(void)error_sys(&err, "%s", path);
	/* not the caller's umask: a profile that others can write to is refused, and what
	 * stood on a command line may be nobody else's to read */
	else if (fchmod(fd, options->from_run ? 0600 : 0644) < 0 ||
		 io_write_all(fd, strbuf_str(&text), text.len) < 0)
		(void)error_sys(&err, "cannot write %s", path);
	else {
		strbuf_printf(&answer, "%s\n", path);
		return say_answer(&answer);
	}
	return say_error(&err);
}
