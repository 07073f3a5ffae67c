/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor.c - sboxctl doctor: what sbox can do here, and what mends the rest */
#include "config.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "ctl/ctl.h"
#include "ctl/doctor/doctor.h"
#include "run/say.h"

enum need {
	ALONE,
	IS_NEEDED, /* by those below that are not alone */
	NEEDS_ALL,
};

/* In the order of causes: what stands below may need what stands above. */
static const struct check {
	const char *name, *title;
	enum need need;
	const char *lost; /* without it */
	look_fn *look;
} checks[] = {
	{ "kernel", "kernel", IS_NEEDED, "everything: sbox does not run", look_kernel },
	{ "security-modules", "security modules", ALONE, "everything: sbox does not run",
	  look_modules },
	{ "user-namespaces", "user namespaces", IS_NEEDED,
	  "everything: sbox does not run", look_userns },
	{ "namespaces", "other namespaces", IS_NEEDED,
	  "everything, unless namespaces.share names the kind", look_namespaces },
	{ "system-calls", "system calls", NEEDS_ALL, "everything: sbox does not run",
	  look_calls },
	{ "proc", "/proc", NEEDS_ALL,
	  "fs.proc = \"fresh\", which profiles have by default", look_proc },
	{ "overlay", "overlay", NEEDS_ALL,
	  "[[fs.mount]] of type \"overlay\" and fs.root_mode = \"overlay\"",
	  look_overlay },
	{ "seccomp", "seccomp", ALONE,
	  "all profiles but those with seccomp.base = \"none\"", look_seccomp },
	{ "landlock", "Landlock", ALONE,
	  "a second fence around files, signals and sockets", look_landlock },
	{ "nf-tables", "nf_tables", NEEDS_ALL,
	  "net.mode = \"slirp4netns\" and \"pasta\" unless net.scope = \"any\"",
	  look_nftables },
	{ "tun", "/dev/net/tun", NEEDS_ALL, "net.mode = \"slirp4netns\" and \"pasta\"",
	  look_tun },
	{ "profile", "default profile", IS_NEEDED, "sbox without --profile",
	  look_profile },
	{ "subordinate-ids", "subordinate ids", NEEDS_ALL,
	  "identity.map = \"subids\": more than one user id inside", look_subids },
	{ "slirp4netns", "slirp4netns", NEEDS_ALL, "net.mode = \"slirp4netns\"",
	  look_slirp4netns },
	{ "pasta", "pasta", NEEDS_ALL, "net.mode = \"pasta\"", look_pasta },
	{ "cgroup", "cgroup limits", NEEDS_ALL, "limits of memory and CPU time",
	  look_cgroup },
	{ "start", "sbox", ALONE, "everything: sbox does not run", look_start },
};

enum { CHECKS = sizeof checks / sizeof checks[0], START = CHECKS - 1 };

static const char *const verdicts[] = { "works", "limited", "missing" };

/* ------------------------------------------------------------ findings */

static void not_tried(struct finding *ret)
{
	*ret = (struct finding){ .state = STATE_MISSING,
				 .found = "not tried, as what it needs is missing",
				 .skipped = true };
}

static void look_at_all(struct doctor *doctor, struct finding *findings)
{
	bool possible = true;

	for (int i = 0; i < CHECKS; i++) {
		struct finding *found = &findings[i];

		if (possible || checks[i].need == ALONE)
			checks[i].look(doctor, found);
		else
			not_tried(found);
		if (found->state == STATE_WORKS)
			continue;
		if (checks[i].need == IS_NEEDED)
			possible = false;
		if (!found->lost)
			found->lost = checks[i].lost;
	}
}

/* ------------------------------------------------------------ printing */

static void print_finding(const struct check *check, const struct finding *f,
			  struct strbuf *out)
{
	strbuf_printf(out, "%-8s %-17s ", verdicts[f->state], check->title);
	strbuf_escaped(out, f->found, strlen(f->found));
	strbuf_addc(out, '\n');
	if (f->state == STATE_WORKS || f->skipped)
		return;
	strbuf_printf(out, "%9slost: %s\n", "", f->lost);
	if (!f->mend)
		return;
	strbuf_printf(out, "%9s%s: ", "", f->command ? "as root run" : "mend");
	strbuf_escaped(out, f->mend, strlen(f->mend));
	strbuf_addc(out, '\n');
}

static void print_all(const struct finding *findings, struct strbuf *out)
{
	int counts[3] = { 0 };

	for (int i = 0; i < CHECKS; i++) {
		print_finding(&checks[i], &findings[i], out);
		counts[findings[i].state]++;
	}
	strbuf_printf(out, "%s: %d works, %d limited, %d missing\n",
		      findings[START].state == STATE_WORKS
			      ? "sbox runs on this machine"
			      : "sbox does not run on this machine",
		      counts[STATE_WORKS], counts[STATE_LIMITED], counts[STATE_MISSING]);
}

static void print_findings_json(const struct doctor *doctor,
				const struct finding *findings, struct strbuf *out)
{
	json_object(out, NULL);
	json_number(out, "doctor", 1);
	json_text(out, "sbox", PACKAGE_VERSION);
	json_text(out, "distribution", distro_name(doctor->distro));
	json_bool(out, "runs", findings[START].state == STATE_WORKS);
	json_array(out, "findings");
	for (int i = 0; i < CHECKS; i++) {
		const struct finding *f = &findings[i];

		json_object(out, NULL);
		json_text(out, "name", checks[i].name);
		json_text(out, "verdict", verdicts[f->state]);
		json_text(out, "found", f->found);
		json_text(out, "lost", f->lost);
		json_text(out, "command", f->command ? f->mend : NULL);
		json_text(out, "advice", f->command ? NULL : f->mend);
		json_object_end(out);
	}
	json_array_end(out);
	json_object_end(out);
	strbuf_addc(out, '\n');
}

/* ------------------------------------------------------------ the subcommand */

/* The sbox that was installed with us, whatever PATH says: the two are one version. */
static const char *find_sbox(struct arena *arena)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *path;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	path = path_join(arena, self, "sbox");
	return access(path, X_OK) == 0 ? path : NULL;
}

int ctl_doctor(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct doctor doctor = { .arena = &ctl->arena,
				 .distro = distro_here(),
				 .sbox = find_sbox(&ctl->arena) };
	struct finding findings[CHECKS] = { 0 };
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	int status;

	if (argc > 1 && !json)
		return ctl_usage("doctor", "it takes --json and nothing else");
	look_at_all(&doctor, findings);
	if (json)
		print_findings_json(&doctor, findings, &out);
	else
		print_all(findings, &out);
	status = say_answer(&out);
	return status ? status : findings[START].state ? CTL_NO : 0;
}
