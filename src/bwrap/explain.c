/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.c - arguments as a profile; see explain.h */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "bwrap/explain.h"

/* As a basic string of TOML, in which JSON's escapes are the same. */
static void add_value(struct strbuf *out, const char *key, const char *value)
{
	strbuf_printf(out, "%s = ", key);
	strbuf_json(out, value);
	strbuf_addc(out, '\n');
}

/* "$" begins a variable in a profile. */
static const char *without_variables(const struct bwrap *b, const char *text)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	for (; *text; text++) {
		if (*text == '$')
			strbuf_addc(&out, '$');
		strbuf_addc(&out, *text);
	}
	return arena_strdup(b->arena, strbuf_str(&out));
}

static bool is_covered_later(const struct plan_given *plan, size_t i)
{
	for (size_t k = i + 1; k < plan->steps_len; k++) {
		const struct step *later = &plan->steps[k];

		if (later->type != STEP_SYMLINK && later->type != STEP_DIR &&
		    later->type != STEP_CHMOD && later->type != STEP_READONLY &&
		    path_within(plan->steps[i].target, later->target))
			return true;
	}
	return false;
}

/* --remount-ro behind it. */
static bool is_remounted(const struct plan_given *plan, size_t i)
{
	for (size_t k = i + 1; k < plan->steps_len; k++)
		if (plan->steps[k].type == STEP_READONLY &&
		    strcmp(plan->steps[k].target, plan->steps[i].target) == 0)
			return true;
	return false;
}

static const char *mount_type_of(const struct step *step)
{
	switch (step->type) {
	case STEP_BIND:
		return step->file_type == S_IFSOCK                    ? "socket"
		       : step->file_type == S_IFCHR && step->verbatim ? "device"
								      : "bind";
	case STEP_TMPFS:
		return "tmpfs";
	case STEP_OVERLAY:
		return "overlay";
	case STEP_SYMLINK:
		return "symlink";
	case STEP_DIR:
		return "dir";
	case STEP_MQUEUE:
		return "mqueue";
	case STEP_FILE:
	case STEP_DEV:
	case STEP_PROC:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_DENY:
	case STEP_READONLY:
	case STEP_CHMOD:
		break;
	}
	return NULL;
}

static void explain_overlay(const struct bwrap *b, const struct step *step,
			    struct strbuf *out)
{
	strbuf_add(out, "lower = [");
	for (size_t i = 0; step->lowers[i]; i++) {
		strbuf_add(out, i ? ", " : "");
		strbuf_json(out, without_variables(b, step->lowers[i]));
	}
	strbuf_add(out, "]\n");
	if (!step->upper)
		return;
	add_value(out, "upper", without_variables(b, step->upper));
	add_value(out, "work", without_variables(b, step->work));
}

static void explain_mount(const struct bwrap *b, const struct step *step, bool readonly,
			  struct strbuf *out)
{
	const bool sizes = step->type == STEP_TMPFS;

	strbuf_printf(out, "\n[[fs.mount]]\ntype = \"%s\"\n", mount_type_of(step));
	if (step->source)
		add_value(out, "source", without_variables(b, step->source));
	if (step->type == STEP_OVERLAY)
		explain_overlay(b, step, out);
	add_value(out, "target", without_variables(b, step->target));
	if (sizes || step->type == STEP_DIR)
		strbuf_printf(out, "mode = \"%04o\"\n", step->mode);
	if (step->type == STEP_BIND || step->type == STEP_OVERLAY || sizes)
		strbuf_printf(out, "readonly = %s\n", readonly ? "true" : "false");
}

static void explain_step(const struct bwrap *b, const struct plan_given *plan, size_t i,
			 struct strbuf *out)
{
	const struct step *step = &plan->steps[i];

	if (is_covered_later(plan, i) || step->type == STEP_READONLY)
		return;
	if (strcmp(step->target, "/") == 0 && step->type == STEP_TMPFS)
		return; /* so is every root */
	if ((step->type == STEP_DEV && strcmp(step->target, "/dev") == 0) ||
	    (step->type == STEP_PROC && strcmp(step->target, "/proc") == 0))
		return; /* so are every /dev and every /proc */
	if (mount_type_of(step)) {
		explain_mount(b, step, step->readonly || is_remounted(plan, i), out);
		return;
	}
	strbuf_add(out, "\n# no profile has this: ");
	strbuf_escaped(out, step->target, strlen(step->target));
	strbuf_printf(out, " (%s)\n",
		      step->type == STEP_FILE  ? "a file from a descriptor"
		      : step->type == STEP_DEV ? "a second /dev"
					       : "a second /proc, or --chmod");
}

static void explain_switches(const struct bwrap *b, const struct policy *policy,
			     struct strbuf *out)
{
	strbuf_add(out, "[identity]\n");
	add_value(out, "user", policy->identity.user.s);
	add_value(out, "map", "single");
	if (policy->identity.hostname.s)
		add_value(out, "hostname",
			  without_variables(b, policy->identity.hostname.s));
	strbuf_printf(out, "\n[namespaces]\nnested = %s\nshare = [",
		      policy->namespaces.nested.value ? "true" : "false");
	for (size_t i = 0; i < policy->namespaces.share.len; i++)
		strbuf_printf(out, "%s\"%s\"", i ? ", " : "",
			      policy->namespaces.share.items[i].s);
	strbuf_printf(out, "]\n\n[net]\nmode = \"%s\"\n", b->net ? "none" : "host");
	strbuf_printf(out, "\n[process]\ndie_with_parent = %s\n",
		      b->with_parent ? "true" : "false");
	if (b->chdir)
		add_value(out, "cwd", without_variables(b, b->chdir));
	strbuf_add(out, "\n[env]\npass = [\"*\"]\n");
	if (b->filters_len > 0)
		strbuf_add(out,
			   "\n# --seccomp: seccomp.programs takes files, and here are "
			   "descriptors\n");
	if (b->as_pid_1)
		strbuf_add(out,
			   "\n# --as-pid-1: the command is process 2 of a profile\n");
}

void bwrap_explain(const struct bwrap *b, const struct bwrap_wanted *wanted,
		   struct strbuf *out)
{
	const struct plan_given *plan = &wanted->plan;
	bool dev = false, proc = false;

	strbuf_add(out, "# of a command line of bwrap, for sbox -p\n");
	for (size_t i = 0; i < plan->steps_len; i++) {
		dev = dev || strcmp(plan->steps[i].target, "/dev") == 0;
		proc = proc || strcmp(plan->steps[i].target, "/proc") == 0;
	}
	explain_switches(b, &wanted->policy, out);
	if (!dev || !proc)
		strbuf_printf(out, "\n[fs]\n%s%s", dev ? "" : "dev = \"none\"\n",
			      proc ? "" : "proc = \"none\"\n");
	for (size_t i = 0; i < plan->steps_len; i++)
		explain_step(b, plan, i, out);
}
