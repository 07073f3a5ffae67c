/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile.c - sboxctl profile: profiles as files */
#include "config.h"

#include <string.h>

#include "cli/say.h"
#include "ctl/ctl.h"

/* Every file of profile @name, parents first. -1: mistakes in ctl->diags. */
static int load(struct ctl *ctl, const char *name, struct profile_set *ret)
{
	struct policy policy;

	caller_profiles(&ctl->caller, &ctl->diags, ret);
	if (profile_load(ret, name, &(struct srcpos){ 0 }) < 0)
		return -1;
	return profile_merge(ret, NULL, 0, &policy);
}

static int fail_diags(struct ctl *ctl)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	diag_print(&ctl->diags, &text);
	say(&text);
	return CTL_NO;
}

/* All mistakes of all of them. */
static int check(struct ctl *ctl, char **names)
{
	struct profile_set set;
	int ret = 0;

	for (; *names; names++)
		if (load(ctl, *names, &set) < 0)
			ret = -1;
	return ret < 0 ? fail_diags(ctl) : 0;
}

/* The file that a name stands for. */
static int path(struct ctl *ctl, char **names)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct profile_set set;

	for (; *names; names++) {
		caller_profiles(&ctl->caller, &ctl->diags, &set);
		if (profile_load(&set, *names, &(struct srcpos){ 0 }) < 0)
			return fail_diags(ctl);
		strbuf_printf(&text, "%s\n", set.files[set.len - 1].path);
	}
	return say_answer(&text);
}

int ctl_profile(struct ctl *ctl, int argc, char **argv)
{
	if (argc < 3)
		return ctl_usage("profile", "say check or path, and a profile's name");
	if (strcmp(argv[1], "check") == 0)
		return check(ctl, argv + 2);
	if (strcmp(argv[1], "path") == 0)
		return path(ctl, argv + 2);
	return ctl_usage("profile", "\"%s\" is neither check nor path", argv[1]);
}
