/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sources.c - what the profile shows, as steps that are not in order yet; see plan.h
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/parts.h"
#include "policy/forms.h"
#include "policy/units.h"

static const char *type_name(mode_t type)
{
	switch (type) {
	case S_IFSOCK:
		return "a socket";
	case S_IFIFO:
		return "a FIFO";
	case S_IFBLK:
	case S_IFCHR:
		return "a device";
	case S_IFDIR:
		return "a directory";
	default:
		return "a file";
	}
}

static void note_writable(struct planner *p, const char *path)
{
	struct host_file file;

	if (path && p->host->lookup(p->host, path, &file) == 0)
		*(const char **)arena_append(p->arena, &p->writable, &p->writable_len,
					     sizeof *p->writable) = file.real;
}

/* Every directory of the host that the command can change, by whatever mount. */
static void collect_writable(struct planner *p)
{
	const struct policy *policy = p->policy;
	struct fsspec spec;

	for (size_t i = 0; i < policy->fs.write.len; i++)
		if (fsspec_parse(p->arena, policy->fs.write.items[i].s, NULL, &spec) == 0)
			note_writable(p, spec.source);
	for (size_t i = 0; i < policy->fs.mount.len; i++) {
		const struct mount *m = &policy->fs.mount.items[i];

		if (m->type.value == MOUNT_BIND && m->readonly.pos.file &&
		    !m->readonly.value && m->source.s)
			note_writable(p, path_clean(p->arena, m->source.s));
		if (m->type.value == MOUNT_OVERLAY)
			note_writable(p, m->upper.s);
	}
	if (policy->fs.root_mode.value == ROOT_RW)
		note_writable(p, policy->fs.root.s);
}

static bool in_writable(const struct planner *p, const char *real)
{
	for (size_t i = 0; i < p->writable_len; i++)
		if (path_within(real, p->writable[i]))
			return true;
	return false;
}

/*
 * A path below a directory that the command may write to could have been swapped for a
 * symlink by an earlier command. So from where a path enters such a directory on, no
 * symlink is followed: the rest must be found under the names that were written.
 */
bool plan_swapped(const struct planner *p, const char *source, const char *real)
{
	struct host_file file;

	if (strcmp(source, real) == 0) /* no symlink at all */
		return false;
	for (const char *end = source + 1; *end; end++) {
		const char *above;
		int errnum;

		if (*end != '/')
			continue;
		above = arena_strndup(p->arena, source, (size_t)(end - source));
		errnum = p->host->lookup(p->host, above, &file);
		if (errnum) /* behind what is missing nothing can be swapped */
			return errnum != ENOENT && errnum != ENOTDIR;
		if (in_writable(p, file.real))
			return strcmp(path_join(p->arena, file.real, end + 1), real) != 0;
	}
	return false;
}

bool plan_dangling(const struct planner *p, const char *source)
{
	const char *above = source, *missing = NULL;
	struct host_file file;

	while (p->host->lookup(p->host, above, &file) != 0) {
		if (strcmp(above, "/") == 0)
			return false;
		missing = path_last(above);
		above = path_parent(p->arena, above);
	}
	return missing && in_writable(p, file.real) &&
	       p->host->link(p->host, path_join(p->arena, file.real, missing));
}

void plan_leave_out(struct planner *p, const char *target, const char *why,
		    const struct srcpos *pos)
{
	*(struct left_out *)arena_append(
		p->arena, &p->plan->left_out, &p->plan->left_out_len,
		sizeof *p->plan->left_out) = (struct left_out){ target, why, *pos };
}

/* An entry that may be skipped, and is. */
static void skip(struct planner *p, const char *source, const char *target,
		 const struct srcpos *pos)
{
	struct host_file file;

	if (p->host->lookup(p->host, source, &file) != 0)
		plan_leave_out(p, target,
			       arena_printf(p->arena,
					    "skipped, because the host has no \"%s\"",
					    source),
			       pos);
}

/* What can be done about a source that is not there. */
static const char *missing_cure(struct planner *p, const char *source,
				const struct srcpos *pos)
{
	const struct texts *write = &p->policy->fs.write;

	if (pos == &p->policy->fs.root.pos) /* cannot be skipped */
		return "";
	for (size_t i = 0; i < write->len; i++)
		if (pos == &write->items[i].pos)
			return arena_printf(
				p->arena,
				" (\"?%s\" would skip it; to be written to "
				"it must be made first, by mkdir -p, or a file by touch)",
				source);
	return arena_printf(p->arena, " (\"?%s\" would skip it)", source);
}

/* Looks a source up; false: it is to be left out, with or without a mistake told. */
static bool find_source(struct planner *p, const char *source, bool optional,
			const struct srcpos *pos, struct host_file *file)
{
	int errnum = p->host->lookup(p->host, source, file);

	if (errnum) {
		if (optional && (errnum == ENOENT || errnum == ENOTDIR))
			return false;
		if (errnum == ENOENT)
			diag_add(p->diags, pos, "\"%s\" does not exist%s", source,
				 missing_cure(p, source, pos));
		else
			diag_add(p->diags, pos, "\"%s\": %s", source, strerror(errnum));
		return false;
	}
	if (plan_swapped(p, source, file->real)) {
		diag_add(p->diags, pos,
			 "\"%s\" leads to \"%s\" by a symbolic link inside a writable "
			 "directory: "
			 "a command could have put it there; name the target itself",
			 source, file->real);
		return false;
	}
	return true;
}

static void bind_step(struct planner *p, const struct host_file *file, const char *target,
		      const struct srcpos *pos, bool readonly)
{
	struct step *step = plan_step(p, STEP_BIND, target, pos);

	step->source = file->real;
	step->dev = file->dev;
	step->ino = file->ino;
	step->file_type = file->type;
	step->readonly = readonly;
}

/* An entry of fs.read or fs.write. */
static void add_bind(struct planner *p, const struct text *text, bool readonly)
{
	struct host_file file;
	struct fsspec spec;
	struct step *step;

	if (fsspec_parse(p->arena, text->s, NULL, &spec) < 0)
		return;
	if (!find_source(p, spec.source, spec.optional, &text->pos, &file)) {
		skip(p, spec.source, spec.target, &text->pos);
		return;
	}
	if (file.type != S_IFDIR && file.type != S_IFREG) {
		diag_add(p->diags, &text->pos,
			 "\"%s\" is %s: that needs a [[fs.mount]] with type = \"socket\" "
			 "or "
			 "\"device\"",
			 spec.source, type_name(file.type));
		return;
	}
	bind_step(p, &file, spec.target, &text->pos, readonly);
	step = &p->plan->steps[p->plan->steps_len - 1];
	step->layer = text->layer;
	if (file.symlink && strcmp(spec.source, spec.target) == 0)
		step->link = file.symlink; /* see keep_symlinks() */
}

static void add_tmpfs(struct planner *p, const struct text *text)
{
	struct fsspec spec;
	struct step *step;

	if (fsspec_parse(p->arena, text->s, NULL, &spec) < 0)
		return;
	if (spec.optional || spec.source != spec.target) {
		diag_add(p->diags, &text->pos, "fs.tmpfs takes plain paths, not \"%s\"",
			 text->s);
		return;
	}
	step = plan_step(p, STEP_TMPFS, spec.target, &text->pos);
	step->layer = text->layer;
	step->size = p->policy->limits.tmpfs.value;
	step->inodes = p->policy->limits.inodes.value;
	step->mode =
		strcmp(spec.target, "/tmp") == 0 || strcmp(spec.target, "/var/tmp") == 0
			? 01777
			: 0755;
}

/* The keys that a [[fs.mount]] of each type needs or may have. */
struct mount_rule {
	enum step_type step;
	bool source, content, overlay, tmpfs, mode, flags;
};

static const struct mount_rule mount_rules[] = {
	[MOUNT_BIND] = { STEP_BIND, .source = true, .flags = true },
	[MOUNT_TMPFS] = { STEP_TMPFS, .tmpfs = true, .mode = true, .flags = true },
	[MOUNT_OVERLAY] = { STEP_OVERLAY, .overlay = true, .flags = true },
	[MOUNT_FILE] = { STEP_FILE, .content = true, .mode = true },
	[MOUNT_SYMLINK] = { STEP_SYMLINK, .source = true },
	[MOUNT_DIR] = { STEP_DIR, .mode = true },
	[MOUNT_MQUEUE] = { .step = STEP_MQUEUE },
	[MOUNT_SOCKET] = { STEP_BIND, .source = true },
	[MOUNT_DEVICE] = { STEP_BIND, .source = true },
};

static const char *const mount_names[] = { "bind",   "tmpfs",   "overlay",
					   "file",   "symlink", "dir",
					   "mqueue", "socket",  "device" };

static void mount_key(struct planner *p, const struct mount *mount, const char *name,
		      const struct srcpos *set, bool allowed)
{
	if (set->file && !allowed)
		diag_add(p->diags, set, "a mount of type \"%s\" takes no \"%s\"",
			 mount_names[mount->type.value], name);
}

static bool mount_keys_ok(struct planner *p, const struct mount *m)
{
	const struct mount_rule *rule = &mount_rules[m->type.value];
	const char *type = mount_names[m->type.value];
	size_t before = p->diags->total;

	mount_key(p, m, "source", &m->source.pos, rule->source);
	mount_key(p, m, "content", &m->content.pos, rule->content);
	mount_key(p, m, "upper", &m->upper.pos, rule->overlay);
	mount_key(p, m, "work", &m->work.pos, rule->overlay);
	mount_key(p, m, "size", &m->size.pos, rule->tmpfs);
	mount_key(p, m, "inodes", &m->inodes.pos, rule->tmpfs);
	mount_key(p, m, "mode", &m->mode.pos, rule->mode);
	mount_key(p, m, "readonly", &m->readonly.pos, rule->flags);
	mount_key(p, m, "noexec", &m->noexec.pos, rule->flags);
	mount_key(p, m, "optional", &m->optional.pos, rule->source);
	if (m->lower.len > 0)
		mount_key(p, m, "lower", &m->lower.items[0].pos, rule->overlay);
	if (rule->source && !m->source.s)
		diag_add(p->diags, &m->pos, "a mount of type \"%s\" needs a \"source\"",
			 type);
	if (rule->content && !m->content.s)
		diag_add(p->diags, &m->pos, "a mount of type \"%s\" needs a \"content\"",
			 type);
	if (rule->overlay && m->lower.len == 0)
		diag_add(p->diags, &m->pos,
			 "an overlay needs at least one \"lower\" directory");
	if (rule->overlay && !m->upper.s != !m->work.s)
		diag_add(p->diags, &m->pos, "\"upper\" and \"work\" go together");
	return p->diags->total == before;
}

static void add_bind_mount(struct planner *p, const struct mount *m)
{
	const char *source = path_clean(p->arena, m->source.s);
	mode_t wanted = m->type.value == MOUNT_SOCKET ? S_IFSOCK : S_IFDIR;
	bool device = m->type.value == MOUNT_DEVICE, ok;
	struct host_file file;
	struct step *step;

	if (!source) {
		diag_add(p->diags, &m->source.pos,
			 "\"%s\" is not an absolute path without \"..\"", m->source.s);
		return;
	}
	if (!find_source(p, source, m->optional.value, &m->source.pos, &file)) {
		skip(p, source, m->target.s, &m->pos);
		return;
	}
	if (device)
		ok = file.type == S_IFCHR || file.type == S_IFBLK;
	else
		ok = file.type == wanted || (wanted == S_IFDIR && file.type == S_IFREG);
	if (!ok) {
		diag_add(p->diags, &m->source.pos,
			 "\"%s\" is %s, the mount's type is \"%s\"", source,
			 type_name(file.type), mount_names[m->type.value]);
		return;
	}
	bind_step(p, &file, m->target.s, &m->pos,
		  m->type.value == MOUNT_BIND &&
			  (!m->readonly.pos.file || m->readonly.value));
	step = &p->plan->steps[p->plan->steps_len - 1];
	step->layer = m->layer;
	step->verbatim = device;
	step->noexec = m->noexec.value || m->type.value != MOUNT_BIND;
}

/* The canonical path of an overlay's directory, NULL after a mistake. */
static const char *overlay_dir(struct planner *p, const struct text *text)
{
	struct host_file file;

	if (!find_source(p, text->s, false, &text->pos, &file))
		return NULL;
	if (file.type == S_IFDIR)
		return file.real;
	diag_add(p->diags, &text->pos, "\"%s\" is %s, an overlay is made of directories",
		 text->s, type_name(file.type));
	return NULL;
}

static void add_overlay(struct planner *p, const struct mount *m)
{
	struct step *step = plan_step(p, STEP_OVERLAY, m->target.s, &m->pos);

	step->layer = m->layer;
	step->lowers = arena_alloc(p->arena, (m->lower.len + 1) * sizeof *step->lowers);
	for (size_t i = 0; i < m->lower.len; i++)
		step->lowers[i] = overlay_dir(p, &m->lower.items[i]);
	if (m->upper.s) {
		step->upper = overlay_dir(p, &m->upper);
		step->work = overlay_dir(p, &m->work);
	}
	step->readonly = m->readonly.value;
	step->noexec = m->noexec.value;
	step->size = p->policy->limits.tmpfs.value;
	step->inodes = p->policy->limits.inodes.value;
}

static void add_mount(struct planner *p, const struct mount *m)
{
	const struct mount_rule *rule = &mount_rules[m->type.value];
	struct step *step;

	if (!mount_keys_ok(p, m))
		return;
	if (rule->step == STEP_BIND) {
		add_bind_mount(p, m);
		return;
	}
	if (rule->step == STEP_OVERLAY) {
		add_overlay(p, m);
		return;
	}
	if (rule->step == STEP_MQUEUE && !(p->plan->clone_flags & CLONE_NEWIPC))
		diag_add(p->diags, &m->pos,
			 "mqueue needs an IPC namespace: it shares the host's");
	step = plan_step(p, rule->step, m->target.s, &m->pos);
	step->layer = m->layer;
	step->source = m->source.s;
	step->content = m->content.s;
	step->readonly = m->readonly.value;
	step->noexec = m->noexec.value;
	step->size = m->size.pos.file ? m->size.value : p->policy->limits.tmpfs.value;
	step->inodes =
		m->inodes.pos.file ? m->inodes.value : p->policy->limits.inodes.value;
	step->mode = rule->step == STEP_FILE ? 0644 : 0755;
	if (m->mode.s)
		(void)units_mode(m->mode.s, &step->mode); /* checked before */
}

/* Whether some step stands at @target or makes up the directory that it is in. */
static bool provided(const struct planner *p, const char *target)
{
	bool root = p->policy->fs.root.s != NULL;

	for (size_t i = 0; i < p->plan->steps_len; i++)
		if (!(root && strcmp(p->plan->steps[i].target, "/") == 0) &&
		    path_within(target, p->plan->steps[i].target))
			return true;
	return false;
}

static void add_file(struct planner *p, const char *target, const char *content)
{
	struct step *step;

	if (provided(p, target))
		return;
	step = plan_step(p, STEP_FILE, target, NULL);
	step->content = content;
	step->mode = 0644;
}

/*
 * But not its own name servers: those of the network that it gets take the place of its
 * file, or come into a layer over it, where they replace what may be a link. A file
 * system that is written to keeps what it has, unless that can be covered.
 */
static void add_root_resolv_conf(struct planner *p, const char *root)
{
	const char *path = path_join(p->arena, root, "etc/resolv.conf");
	struct host_file file;
	bool covered = p->host->lookup(p->host, path, &file) == 0 &&
		       file.type == S_IFREG && !file.symlink;
	bool layer = p->policy->fs.root_mode.value != ROOT_RW;

	if (p->plan->net.dns_len == 0 || !(covered || layer))
		return;
	add_file(p, "/etc/resolv.conf", p->plan->net.resolv_conf);
	if (!covered)
		p->plan->root_overlay = true;
}

/*
 * The first name of a line is the canonical one, which hostname(1) -f prints; the name
 * without its domain is another of the same host (hosts(5)).
 */
static const char *hosts_file(const struct planner *p)
{
	const char *name = p->plan->hostname;
	int len = name ? (int)strcspn(name, ".") : 0;

	if (!name || strcmp(name, "localhost") == 0)
		return "127.0.0.1 localhost\n::1 localhost\n";
	return arena_printf(p->arena,
			    "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s%s%.*s\n",
			    name, name[len] ? " " : "", name[len] ? len : 0, name);
}

/* Of every sandbox the same: it tells nothing of the host, and builds do not differ. */
#define MACHINE_ID "73626f7873626f7873626f7873626f78"

/* Small files without which libc does not know who and where it is. */
void plan_identity_files(struct planner *p)
{
	if (p->policy->fs.root.s) { /* a root directory brings its own */
		add_root_resolv_conf(p, p->policy->fs.root.s);
		return;
	}
	add_file(p, "/etc/passwd", plan_passwd(p));
	add_file(p, "/etc/group", plan_group(p));
	add_file(p, "/etc/hosts", hosts_file(p));
	add_file(p, "/etc/machine-id", MACHINE_ID "\n");
	add_file(p, "/etc/nsswitch.conf",
		 "passwd: files\ngroup: files\nhosts: files dns\n");
	if (p->plan->net.resolv_conf)
		add_file(p, "/etc/resolv.conf", p->plan->net.resolv_conf);
}

static void add_root(struct planner *p)
{
	const struct text *dir = &p->policy->fs.root;
	enum root_mode mode = (enum root_mode)p->policy->fs.root_mode.value;
	struct host_file file;

	p->plan->root_readonly = true;
	if (!dir->s) {
		if (p->policy->fs.root_mode.pos.file)
			diag_add(p->diags, &p->policy->fs.root_mode.pos,
				 "fs.root_mode without fs.root means nothing");
		return;
	}
	p->plan->root_readonly = mode == ROOT_RO;
	if (!find_source(p, dir->s, false, &dir->pos, &file))
		return;
	if (file.type != S_IFDIR) {
		diag_add(p->diags, &dir->pos, "\"%s\" is %s, a root is a directory",
			 dir->s, type_name(file.type));
		return;
	}
	bind_step(p, &file, "/", &dir->pos, mode == ROOT_RO);
	p->plan->steps[p->plan->steps_len - 1].layer = dir->layer;
	p->plan->root_overlay = mode == ROOT_OVERLAY;
}

void plan_sources(struct planner *p)
{
	const struct policy *policy = p->policy;
	const struct texts *read = &policy->fs.read, *write = &policy->fs.write;

	collect_writable(p);
	add_root(p);
	for (size_t i = 0; i < read->len; i++)
		add_bind(p, &read->items[i], true);
	for (size_t i = 0; i < write->len; i++)
		add_bind(p, &write->items[i], false);
	for (size_t i = 0; i < policy->fs.tmpfs.len; i++)
		add_tmpfs(p, &policy->fs.tmpfs.items[i]);
	for (size_t i = 0; i < policy->fs.mount.len; i++)
		add_mount(p, &policy->fs.mount.items[i]);
	if (policy->fs.dev.value == DEV_MINIMAL)
		plan_step(p, STEP_DEV, "/dev", &policy->fs.dev.pos)->layer = UINT_MAX;
	if (policy->fs.proc.value == PROC_FRESH)
		plan_step(p, STEP_PROC, "/proc", &policy->fs.proc.pos)->layer = UINT_MAX;
	if (policy->fs.proc.value == PROC_BIND)
		add_bind(p, &(struct text){ "/proc", policy->fs.proc.pos, UINT_MAX },
			 true);
}
