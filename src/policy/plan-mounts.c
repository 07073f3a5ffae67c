/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan-mounts.c - the mounts of the new root in their order; see plan.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "policy/keys.h"
#include "policy/plan-parts.h"
#include "policy/units.h"

/* Of the tmpfs root: directories, small files; it is read-only for the command. */
#define ROOT_SIZE (INT64_C(64) << 20)
#define ROOT_INODES 65536

#define LINKS_MAX 8

struct step *plan_step(struct planner *p, enum step_type type, const char *target,
		       const struct srcpos *pos)
{
	struct step *step = arena_append(p->arena, &p->plan->steps, &p->plan->steps_len,
					 sizeof *step);

	step->type = type;
	step->target = target;
	if (pos)
		step->pos = *pos;
	return step;
}

const char *step_origin(const struct step *step, size_t n)
{
	size_t lowers = 0;

	if (step->type == STEP_BIND)
		return n == 0 ? step->source : NULL;
	if (step->type != STEP_OVERLAY)
		return NULL;
	for (; step->lowers[lowers]; lowers++)
		if (lowers == n)
			return step->lowers[lowers];
	return n == lowers ? step->upper : NULL;
}

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

		if (*end != '/')
			continue;
		above = arena_strndup(p->arena, source, (size_t)(end - source));
		if (p->host->lookup(p->host, above, &file) == 0 &&
		    in_writable(p, file.real))
			return strcmp(path_join(p->arena, file.real, end + 1), real) != 0;
	}
	return false;
}

/* Looks a source up; false: it is to be left out, with or without a mistake told. */
static bool find_source(struct planner *p, const char *source, bool optional,
			const struct srcpos *pos, struct host_file *file)
{
	const bool root = pos == &p->policy->fs.root.pos; /* cannot be skipped */
	int errnum = p->host->lookup(p->host, source, file);

	if (errnum) {
		if (optional && (errnum == ENOENT || errnum == ENOTDIR))
			return false;
		if (errnum == ENOENT)
			diag_add(p->diags, pos, "\"%s\" does not exist%s%s%s", source,
				 root ? "" : " (\"?", root ? "" : source,
				 root ? "" : "\" would skip it)");
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

	if (fsspec_parse(p->arena, text->s, NULL, &spec) < 0 ||
	    !find_source(p, spec.source, spec.optional, &text->pos, &file))
		return;
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

/* What a [[fs.mount]] of each type needs and may have. */
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
	[MOUNT_MQUEUE] = { STEP_MQUEUE },
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
	if (!find_source(p, source, m->optional.value, &m->source.pos, &file))
		return;
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
	for (size_t i = 0; i < p->plan->steps_len; i++)
		if (path_within(target, p->plan->steps[i].target))
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
 * file, or come into a layer over it. A file system that is written to is left alone.
 */
static void add_root_resolv_conf(struct planner *p, const char *root)
{
	const char *path = path_join(p->arena, root, "etc/resolv.conf");
	struct host_file file;
	int errnum = p->host->lookup(p->host, path, &file);

	if (p->plan->net.dns_len == 0)
		return;
	if (errnum == 0 ? file.type == S_IFREG && !file.symlink
			: p->policy->fs.root_mode.value != ROOT_RW)
		add_file(p, "/etc/resolv.conf", p->plan->net.resolv_conf);
}

/* Small files without which libc does not know who and where it is. */
static void add_identity_files(struct planner *p)
{
	const char *name = p->plan->hostname ? p->plan->hostname : "localhost";

	if (p->policy->fs.root.s) { /* a root directory brings its own */
		add_root_resolv_conf(p, p->policy->fs.root.s);
		return;
	}
	add_file(p, "/etc/passwd", plan_passwd(p));
	add_file(p, "/etc/group", plan_group(p));
	add_file(p, "/etc/hosts",
		 arena_printf(p->arena, "127.0.0.1 localhost %s\n::1 localhost\n", name));
	add_file(p, "/etc/nsswitch.conf",
		 "passwd: files\ngroup: files\nhosts: files dns\n");
	if (p->plan->net.resolv_conf)
		add_file(p, "/etc/resolv.conf", p->plan->net.resolv_conf);
}

static int by_target(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	int c = strcmp(x->target, y->target);

	if (c != 0)
		return c;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_depth(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	size_t dx = path_depth(x->target), dy = path_depth(y->target);

	if (dx != dy)
		return dx < dy ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Two steps of one layer for one target: nobody can tell which was meant. */
static void told_twice(struct planner *p, const struct step *first,
		       const struct step *second)
{
	diag_add(p->diags, &second->pos,
		 "\"%s\" is mounted here and at %s:%u already: one of them must go",
		 second->target, first->pos.file ? first->pos.file : "sbox",
		 first->pos.line);
}

/* One step for each target: that of the latest layer. */
static void drop_replaced(struct planner *p)
{
	struct step *steps = p->plan->steps;
	size_t kept = 0;

	qsort(steps, p->plan->steps_len, sizeof *steps, by_target);
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *last = kept ? &steps[kept - 1] : NULL;

		if (!last || strcmp(last->target, steps[i].target) != 0) {
			steps[kept++] = steps[i];
			continue;
		}
		if (last->layer == steps[i].layer && steps[i].pos.file)
			told_twice(p, last, &steps[i]);
		*last = steps[i];
	}
	p->plan->steps_len = kept;
}

/* What is needed to find steps by their target: the list is sorted by it for a while. */
static const struct step *find_step(const struct planner *p, const char *target)
{
	size_t lo = 0, hi = p->plan->steps_len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->index[mid].target, target);

		if (c == 0)
			return &p->index[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct step *plan_step_above(const struct planner *p, const char *target,
				   bool itself)
{
	const struct step *step;

	if (itself) {
		step = find_step(p, target);
		if (step)
			return step;
	}
	while (strcmp(target, "/") != 0) {
		target = path_parent(p->arena, target);
		step = find_step(p, target);
		if (step)
			return step;
	}
	return NULL;
}

bool plan_shows(const struct planner *p, const char *path)
{
	const struct step *step = plan_step_above(p, path, true);

	for (size_t n = 0; step && step_origin(step, n); n++)
		if (strcmp(path_join(p->arena, step_origin(step, n),
				     path_below(path, step->target)),
			   path) == 0)
			return true;
	return false;
}

/* Where symlink @link, which stands at @path, points to by its words; NULL: too far up.
 */
static const char *link_target(struct arena *arena, const char *path, const char *link)
{
	const char *dir = *link == '/' ? "/" : path_parent(arena, path);

	while (strncmp(link, "../", 3) == 0) {
		if (strcmp(dir, "/") == 0)
			return NULL;
		dir = path_parent(arena, dir);
		link += 3;
	}
	link += strspn(link, "/");
	return path_clean(arena, path_join(arena, dir, link));
}

/* Whether what is found by following @step's link inside is what it is outside. */
static bool link_works(const struct planner *p, const struct step *step)
{
	const char *target = link_target(p->arena, step->target, step->link);

	return target && !path_within(target, step->target) &&
	       plan_shows(p, path_parent(p->arena, target)) &&
	       plan_shows(p, step->source);
}

/*
 * /bin -> usr/bin stays a symlink where its target is visible under its own name
 * anyway; else what it points to stands in its place.
 */
static void keep_symlinks(struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *step = &p->index[i];

		if (step->type != STEP_BIND || !step->link || !step->readonly ||
		    !link_works(p, step))
			continue;
		step->type = STEP_SYMLINK;
		step->source = step->link;
	}
}

/* A mount point on the host is used as it is: of its kind, or the very link that is
 * wanted. */
static bool usable(const struct planner *p, const struct step *step, const char *path)
{
	bool dir = step->file_type == S_IFDIR || step->file_type == 0;
	struct host_file file;

	if (step->type == STEP_DIR || p->host->lookup(p->host, path, &file) != 0)
		return false;
	if (step->type == STEP_SYMLINK)
		return file.symlink && strcmp(file.symlink, step->source) == 0;
	if (step->type == STEP_FILE)
		dir = false;
	return (file.type == S_IFDIR) == dir;
}

/*
 * Whether a mount point for @step, at @target, can be had: nothing is made on the host
 * for it. A symlink on the way is followed as it will be inside.
 */
static bool mount_point_ok(const struct planner *p, const struct step *step,
			   const char *target, unsigned depth)
{
	const struct step *above = plan_step_above(p, target, depth > 0);
	const char *below, *link;

	if (!above || depth > LINKS_MAX)
		return !above;
	below = path_below(target, above->target);
	switch (above->type) {
	case STEP_FILE:
		return false;
	case STEP_BIND:
		return usable(p, step, path_join(p->arena, above->source, below));
	case STEP_SYMLINK:
		link = link_target(p->arena, above->target, above->source);
		return link && *below &&
		       mount_point_ok(p, step, path_join(p->arena, link, below),
				      depth + 1);
	case STEP_TMPFS:
	case STEP_OVERLAY:
	case STEP_DIR:
	case STEP_MQUEUE:
	case STEP_DEV:
	case STEP_PROC:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_DENY:
		break; /* not of the host: it is made there */
	}
	return true;
}

static void check_mount_points(struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *step = &p->index[i];
		const struct step *above = plan_step_above(p, step->target, false);

		if (!above || mount_point_ok(p, step, step->target, 0))
			continue;
		if (above->type == STEP_BIND && strcmp(above->target, "/") == 0 &&
		    p->policy->fs.root.s && p->policy->fs.root_mode.value != ROOT_RW) {
			p->plan->root_overlay = true;
			continue;
		}
		diag_add(p->diags, &step->pos,
			 "\"%s\" has no mount point of its kind in \"%s\" (%s:%u), and "
			 "sbox makes none on the host: create it there",
			 step->target,
			 above->type == STEP_BIND ? above->source : above->target,
			 above->pos.file ? above->pos.file : "sbox", above->pos.line);
	}
}

/*
 * A root directory without all the mount points that are needed: they are made in
 * a layer over it, which nobody can write to when the command starts.
 */
static void root_to_overlay(struct planner *p, struct step *root)
{
	const char *source = root->source;

	root->type = STEP_OVERLAY;
	root->lowers = arena_alloc(p->arena, 2 * sizeof *root->lowers);
	root->lowers[0] = source;
	root->size = p->policy->limits.tmpfs.value;
	root->inodes = p->policy->limits.inodes.value;
}

/* fs.read or fs.write of "/" is a root as well, and as writable as it says. */
static void root_of_the_host(struct planner *p)
{
	const struct step *root = find_step(p, "/");

	if (root && root->type == STEP_BIND && !p->policy->fs.root.s)
		p->plan->root_readonly = root->readonly;
}

static void add_root(struct planner *p)
{
	const struct text *dir = &p->policy->fs.root;
	enum root_mode mode = (enum root_mode)p->policy->fs.root_mode.value;
	struct host_file file;

	p->plan->root_size = ROOT_SIZE;
	p->plan->root_inodes = ROOT_INODES;
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

static void add_all(struct planner *p)
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

/* The host's own /dev or /proc cannot be shown below ours; say so, do not cover it. */
static void check_reserved(struct planner *p)
{
	for (size_t i = 0; i + 1 < p->plan->steps_len; i++) {
		const struct step *a = &p->index[i];
		const char *key = strcmp(a->target, "/dev") == 0    ? "fs.dev"
				  : strcmp(a->target, "/proc") == 0 ? "fs.proc"
								    : NULL;

		if (key && strcmp(a->target, p->index[i + 1].target) == 0 && a->pos.file)
			diag_add(p->diags, &a->pos,
				 "\"%s\" is mounted by sbox: set %s = \"none\" "
				 "to put something else there",
				 a->target, key);
	}
}

static bool denied(const struct planner *p, const char *path)
{
	const struct texts *deny = &p->policy->fs.deny;
	struct host_file file;
	struct fsspec spec;

	for (size_t i = 0; i < deny->len; i++)
		if (fsspec_parse(p->arena, deny->items[i].s, NULL, &spec) == 0 &&
		    p->host->lookup(p->host, spec.source, &file) == 0 &&
		    path_within(path, file.real))
			return true;
	return false;
}

/* The profile's directory, else the caller's where the command can see it, else the root.
 */
static void choose_cwd(struct planner *p)
{
	const char *cwd = p->host->cwd;

	if (p->policy->process.cwd.s)
		p->plan->cwd = p->policy->process.cwd.s;
	else if (cwd && plan_shows(p, cwd) && !denied(p, cwd))
		p->plan->cwd = cwd;
	else
		p->plan->cwd = "/";
}

void plan_mounts(struct planner *p)
{
	struct step *steps;

	add_all(p);
	add_identity_files(p);
	for (size_t i = 0; i < p->plan->steps_len; i++)
		p->plan->steps[i].order = (unsigned)i;
	steps = p->plan->steps;
	p->index = steps;
	qsort(steps, p->plan->steps_len, sizeof *steps, by_target);
	check_reserved(p);
	drop_replaced(p);
	keep_symlinks(p);
	check_mount_points(p);
	choose_cwd(p);
	root_of_the_host(p);
	if (p->plan->root_overlay && find_step(p, "/"))
		root_to_overlay(p, (struct step *)find_step(p, "/"));
	qsort(steps, p->plan->steps_len, sizeof *steps, by_depth);
	p->index = NULL;
}
