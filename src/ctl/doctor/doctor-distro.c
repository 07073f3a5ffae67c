/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor-distro.c - which distribution this is, and its commands; see doctor.h */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/doctor/doctor.h"

#define FILE_MAX ((size_t)65536)

/* By the words of ID and ID_LIKE; as scripts/lib.sh has it. */
static const struct {
	const char *id;
	enum distro distro;
} ids[] = {
	{ "debian", DISTRO_DEBIAN }, { "ubuntu", DISTRO_DEBIAN },
	{ "fedora", DISTRO_FEDORA }, { "rhel", DISTRO_FEDORA },
	{ "arch", DISTRO_ARCH },
};

/* One row for each program: what brings it, by enum distro. */
static const struct {
	const char *program, *packages[DISTRO_UNKNOWN];
} packages[] = {
	{ "newuidmap", { "uidmap", "shadow-utils", "shadow" } },
	{ "slirp4netns", { "slirp4netns", "slirp4netns", "slirp4netns" } },
	{ "pasta", { "passt", "passt", "passt" } },
};

static enum distro find_word(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (strlen(ids[i].id) == len && strncmp(ids[i].id, word, len) == 0)
			return ids[i].distro;
	return DISTRO_UNKNOWN;
}

/* The first known word in the value of the line "KEY=..." of @text. */
static enum distro find_in(const char *text, const char *key)
{
	static const char quotes[] = "\"' ";
	enum distro found = DISTRO_UNKNOWN;
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *end;

		line += *line == '\n';
		if (strncmp(line, key, len) != 0)
			continue;
		end = line + strcspn(line, "\n");
		for (const char *p = line + len; p < end && found == DISTRO_UNKNOWN;) {
			size_t word = strcspn(p, "\"' \n");

			found = find_word(p, word);
			p += word;
			p += strspn(p, quotes);
		}
	}
	return found;
}

enum distro distro_here(void)
{
	struct arena arena = { 0 };
	enum distro found = DISTRO_UNKNOWN;
	char *text = NULL;

	if (io_read_file(AT_FDCWD, "/etc/os-release", FILE_MAX, &arena, &text) == 0 ||
	    io_read_file(AT_FDCWD, "/usr/lib/os-release", FILE_MAX, &arena, &text) == 0) {
		found = find_in(text, "ID=");
		if (found == DISTRO_UNKNOWN)
			found = find_in(text, "ID_LIKE=");
	}
	arena_done(&arena);
	return found;
}

const char *distro_name(enum distro distro)
{
	static const char *const names[] = { "debian", "fedora", "arch", "unknown" };

	return names[distro];
}

const char *distro_install(struct doctor *doctor, const char *program, bool again,
			   bool *ret_command)
{
	static const char *const verbs[][2] = {
		{ "apt-get install", "apt-get install --reinstall" },
		{ "dnf install", "dnf reinstall" },
		{ "pacman -S", "pacman -S" },
	};
	size_t i = 0;

	*ret_command = doctor->distro != DISTRO_UNKNOWN;
	if (!*ret_command)
		return arena_printf(doctor->arena, "%s the package that has %s",
				    again ? "install again" : "install", program);
	while (strcmp(packages[i].program, program) != 0)
		i++;
	return arena_printf(doctor->arena, "%s %s", verbs[doctor->distro][again],
			    packages[i].packages[doctor->distro]);
}

const char *distro_boot(struct doctor *doctor, const char *argument, bool *ret_command)
{
	*ret_command = true;
	if (doctor->distro == DISTRO_DEBIAN && access("/etc/default/grub", F_OK) == 0)
		return arena_printf(
			doctor->arena,
			"echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"' "
			">/etc/default/grub.d/sbox.cfg && update-grub && reboot",
			argument);
	if (doctor->distro == DISTRO_FEDORA && access("/usr/sbin/grubby", X_OK) == 0)
		return arena_printf(doctor->arena,
				    "grubby --update-kernel=ALL --args=%s && reboot",
				    argument);
	*ret_command = false;
	return arena_printf(doctor->arena,
			    "boot with %s on the kernel's command line, which is set in "
			    "the boot loader",
			    argument);
}
