/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* path.c - what the command may do with a path; see verdict.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "policy/devlist.h"
#include "verdict/verdict.h"

struct question {
	const struct view *view;
	const char *path; /* as it was asked for */
	struct path_verdict *path_verdict;
	struct verdict *verdict;
};

static void all(struct question *q, enum answer read, enum answer write, enum answer exec)
{
	q->path_verdict->may[PATH_READ] = read;
	q->path_verdict->may[PATH_WRITE] = write;
	q->path_verdict->may[PATH_EXEC] = exec;
	q->verdict->answer = read;
}

/* Where the step that covers the place stands. */
static const char *top_of(const struct question *q)
{
	const struct step *step = q->path_verdict->place.step;

	return step ? q->view->at[step - q->view->plan->steps] : "/";
}

/* Whether the place is a file that sbox makes, so that its mode is the plan's. */
static bool made_file(const struct place *place)
{
	return place->maker && place->maker->type == STEP_FILE;
}

static bool writable(const struct question *q)
{
	const struct place *place = &q->path_verdict->place;
	const struct step *step = place->step;
	const char *below = path_below(place->path, top_of(q));

	if (place->protect || (made_file(place) && (place->maker->mode & 0222) == 0))
		return false;
	if (!step)
		return !q->view->plan->root_readonly;
	switch (step->type) {
	case STEP_BIND:
		/* a file of the profile's lies over the host's, read-only */
		return !step->readonly && !place->maker &&
		       !(strcmp(step->target, "/") == 0 && q->view->plan->root_readonly);
	case STEP_TMPFS:
	case STEP_OVERLAY:
		if (step->changes && place->maker)
			return false; /* nor is it in a change set */
		return !step->readonly &&
		       !(strcmp(step->target, "/") == 0 && q->view->plan->root_readonly);
	case STEP_MQUEUE:
		return true;
	case STEP_DEV: /* the directory is full; what is in it is used */
		return place->kind == PLACE_FILE || strncmp(below, "pts/", 4) == 0 ||
		       path_within(below, "shm");
	case STEP_PROC:
		return *below != '\0' && !path_within(below, "sys");
	case STEP_DENY:
	case STEP_FILE:
	case STEP_SYMLINK:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_READONLY:
	case STEP_CHMOD:
		break;
	}
	return false;
}

static bool executable(const struct question *q)
{
	const struct place *place = &q->path_verdict->place;

	if (made_file(place) && (place->maker->mode & 0111) == 0)
		return false;
	if (!place->step)
		return true;
	return (place->step->type == STEP_BIND || place->step->type == STEP_TMPFS ||
		place->step->type == STEP_OVERLAY) &&
	       !place->step->noexec;
}

/* The step that covers the place, in words. */
static const char *describe(const struct question *q)
{
	const struct step *step = q->path_verdict->place.step;
	struct arena *arena = q->view->arena;
	const char *how, *noexec;

	if (!step)
		return q->view->plan->root_readonly
			       ? "the root of the sandbox, in memory and read-only"
			       : "the root of the sandbox, in memory";
	how = step->readonly ? "read-only" : "writable";
	noexec = step->noexec ? ", noexec" : "";
	switch (step->type) {
	case STEP_BIND:
		if (step->cache)
			return arena_printf(
				arena, "the private cache \"%s\", kept for later runs",
				step->cache);
		return arena_printf(arena, "shows \"%s\" of the host, %s%s", step->source,
				    how, noexec);
	case STEP_TMPFS:
		return arena_printf(arena, "an empty directory in memory, %s%s", how,
				    noexec);
	case STEP_OVERLAY:
		if (step->changes)
			return arena_printf(
				arena,
				"shows \"%s\" of the host, and what is written "
				"goes to the change set, not there%s",
				step->source, noexec);
		return arena_printf(arena, "layers over \"%s\", %s%s", step->lowers[0],
				    step->readonly ? "read-only"
				    : step->upper  ? "changes are kept"
						   : "changes are thrown away",
				    noexec);
	case STEP_MQUEUE:
		return "the message queues of the sandbox";
	case STEP_DEV:
		return "the sandbox's own /dev";
	case STEP_PROC:
		return "the sandbox's own /proc; the kernel decides file by file";
	case STEP_DENY:
		return "denied: something empty covers it";
	case STEP_FILE:
	case STEP_SYMLINK:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_READONLY:
	case STEP_CHMOD:
		break;
	}
	return "";
}

/* Mounts have nodev, but for devices that a profile names. */
static bool closed_device(const struct place *place)
{
	bool device = place->type == S_IFCHR || place->type == S_IFBLK;

	return device && place->step && place->step->type != STEP_DEV &&
	       !place->step->verbatim;
}

/*
 * Being read-only keeps nobody from writing to a FIFO (mount_namespaces(7) and open(2)
 * speak of the file system alone). Landlock does, unless a directory at or above it may
 * be written to: its rules hold for all that is below them, other mounts included.
 */
static bool may_write_fifo(const struct question *q)
{
	const struct view *view = q->view;
	const char *path = q->path_verdict->place.path;

	for (size_t i = 0; view->plan->landlock && i < view->plan->steps_len; i++)
		if (step_may_write(&view->plan->steps[i]) && view->at[i] &&
		    path_within(path, view->at[i]))
			return true;
	return !view->plan->landlock;
}

static void why_protected(struct question *q, const struct step *protect)
{
	if (protect->guard)
		verdict_why(q->verdict, q->view->arena, &protect->pos,
			    "guarded: read-only, and kept in its place; %s (%s: %s)",
			    protect->guard->place, protect->guard->program,
			    protect->guard->why);
	else
		verdict_why(q->verdict, q->view->arena, &protect->pos,
			    "%sprotected: read-only, and kept in its place",
			    protect->pos.file
				    ? ""
				    : "sbox's own files and the profiles in use are ");
}

static void why_mount(struct question *q)
{
	const struct place *place = &q->path_verdict->place;
	const struct srcpos none = { 0 };
	const struct srcpos *pos = place->step ? &place->step->pos : &none;

	verdict_why(q->verdict, q->view->arena, pos, "%s%s",
		    pos->file ? "" : "sbox itself: ", describe(q));
	if (place->maker)
		verdict_why(q->verdict, q->view->arena, &place->maker->pos,
			    "%s made in it",
			    place->maker->type != STEP_FILE ? "a directory"
			    : place->maker->source ? "a copy of the host's file, which "
						     "belongs to the command and is"
						   : "a file");
	if (place->protect)
		why_protected(q, place->protect);
	if (place->type == S_IFSOCK)
		verdict_why(q->verdict, q->view->arena, &none,
			    "it is a socket: connecting to it is no writing, and works");
	if (place->type == S_IFIFO)
		verdict_why(q->verdict, q->view->arena, &none,
			    "it is a FIFO: no mount keeps it from being written to, and "
			    "Landlock does %s",
			    may_write_fifo(q) ? "not either" : "it");
	if (closed_device(place))
		verdict_why(q->verdict, q->view->arena, &none,
			    "it is a device, which only a [[fs.mount]] of type "
			    "\"device\" opens");
}

/* "read-only", "readable and writable", ... */
static const char *summary(const struct question *q)
{
	const enum answer *may = q->path_verdict->may;

	if (may[PATH_WRITE] == ANSWER_YES)
		return may[PATH_EXEC] == ANSWER_YES ? "readable, writable and executable"
						    : "readable and writable";
	return may[PATH_EXEC] == ANSWER_YES ? "readable and executable, not writable"
					    : "readable, neither writable nor executable";
}

static void present(struct question *q)
{
	const struct place *place = &q->path_verdict->place;
	bool write = place->type == S_IFIFO ? may_write_fifo(q) : writable(q);
	bool runs =
		place->kind == PLACE_DIR || place->type == S_IFREG || made_file(place);

	all(q, ANSWER_YES, write ? ANSWER_YES : ANSWER_NO,
	    runs && executable(q) ? ANSWER_YES : ANSWER_NO);
	q->verdict->says = summary(q);
	if (closed_device(place)) {
		all(q, ANSWER_NO, ANSWER_NO, ANSWER_NO);
		q->verdict->says = "there, but cannot be opened";
	}
	why_mount(q);
}

/* Where else what the host calls by the asked-for name is seen. */
static void why_elsewhere(struct question *q)
{
	const struct plan *plan = q->view->plan;
	struct arena *arena = q->view->arena;

	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct step *step = &plan->steps[i];

		if ((step->type == STEP_BIND || step->changes) && step->source &&
		    path_within(q->path, step->source) &&
		    strcmp(step->source, step->target) != 0)
			verdict_why(q->verdict, arena, &step->pos,
				    "what the host calls so is shown as \"%s\"",
				    path_join(arena, step->target,
					      path_below(q->path, step->source)));
	}
}

/* Adds why steps that would show something there are not mounted. */
static void why_left_out(struct question *q)
{
	const struct plan *plan = q->view->plan;
	const char *top = top_of(q);

	for (size_t i = 0; i < plan->left_out_len; i++) {
		const struct left_out *out = &plan->left_out[i];

		if (path_within(q->path_verdict->place.path, out->target) &&
		    path_within(out->target, top))
			verdict_why(q->verdict, q->view->arena, &out->pos, "%s",
				    out->why);
	}
}

/* The value of "NAME=" in @environ; NULL: it is not there. */
static const char *value_in(const char *const *environ, const char *name)
{
	const size_t len = strlen(name);

	for (; environ && *environ; environ++)
		if (strncmp(*environ, name, len) == 0)
			return *environ + len;
	return NULL;
}

/*
 * The entry of fs.read that would show the path where a program would look for it: what
 * is below the caller's home directory it looks for below its own.
 */
static const char *entry_for(const struct question *q)
{
	struct arena *arena = q->view->arena;
	const char *path = q->path_verdict->place.path;
	const char *home = value_in(q->view->host->environ, "HOME=");
	const char *inside = value_in(q->view->plan->environ, "HOME=");

	if (!home || !inside || *home != '/' || !path_is_clean(home) ||
	    !path_is_clean(inside) || strcmp(home, inside) == 0 ||
	    strcmp(home, "/") == 0 || !path_within(path, home) || strcmp(path, home) == 0)
		return path;
	return arena_printf(arena, "%s:%s", path,
			    path_join(arena, inside, path_below(path, home)));
}

static void why_not_shown(struct question *q)
{
	/* behind links nothing can be shown but where they lead */
	const char *path = q->path_verdict->place.path, *entry = entry_for(q);
	const bool same = strcmp(path, entry) == 0;

	verdict_why(q->verdict, q->view->arena, &(struct srcpos){ 0 },
		    "no line of a profile shows it: fs.read = [\"%s\"] would%s%s%s", path,
		    same ? "" : ", and where a command looks for it [\"",
		    same ? "" : entry, same ? "" : "\"]");
}

static void absent(struct question *q)
{
	size_t links = q->verdict->why_len;
	bool create = writable(q);

	all(q, ANSWER_NO, create ? ANSWER_YES : ANSWER_NO, ANSWER_NO);
	q->verdict->says =
		create ? "not there, but the command may create it" : "not there";
	why_elsewhere(q);
	why_left_out(q);
	if (q->path_verdict->place.step)
		why_mount(q);
	else if (q->verdict->why_len == links)
		why_not_shown(q);
}

/*
 * Whether @below /proc is an entry of /proc/1 that needs leave to trace it (ptrace(2)),
 * which nobody inside has over sbox's init.
 */
static bool of_init(const struct question *q, const char *below)
{
	static const char *const names[] = { "auxv", "cwd",  "environ", "exe", "fd",
					     "io",   "maps", "mem",     "root" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (path_within(below, arena_printf(q->view->arena, "1/%s", names[i])))
			return q->view->plan->has_inner;
	return false;
}

/*
 * An entry that the kernel makes while the command runs: there is no asking for it
 * beforehand. A message queue can be made in any case.
 */
static void runtime(struct question *q)
{
	const struct place *place = &q->path_verdict->place;
	const char *below = path_below(place->path, top_of(q));
	bool proc = place->step && place->step->type == STEP_PROC;
	bool queue = place->step && place->step->type == STEP_MQUEUE;
	enum answer write;

	for (const struct special_cover *c = special_covers; proc && c->name; c++) {
		if (strncmp(below, c->name, strlen(c->name)) != 0 ||
		    strchr("/", below[strlen(c->name)]) == NULL)
			continue;
		all(q, ANSWER_NO, ANSWER_NO, ANSWER_NO);
		q->verdict->says = "hidden";
		verdict_why(q->verdict, q->view->arena, &place->step->pos,
			    "sbox covers /proc/%s, which tells about the host", c->name);
		return;
	}
	if (proc && of_init(q, below)) {
		all(q, ANSWER_NO, ANSWER_NO, ANSWER_NO);
		q->verdict->says = "not readable";
		verdict_why(
			q->verdict, q->view->arena, &place->step->pos,
			"process 1 is sbox's own, and nothing inside may look into it");
		return;
	}
	write = !writable(q) ? ANSWER_NO : queue ? ANSWER_YES : ANSWER_UNKNOWN;
	all(q, ANSWER_UNKNOWN, write,
	    proc && write != ANSWER_NO ? ANSWER_UNKNOWN : ANSWER_NO);
	q->verdict->says = "what is there is known only while the command runs";
	why_mount(q);
}

static void unseen(struct question *q)
{
	bool create = writable(q);

	all(q, ANSWER_UNKNOWN, create ? ANSWER_UNKNOWN : ANSWER_NO, ANSWER_UNKNOWN);
	q->verdict->says = arena_printf(q->view->arena,
					"shown, but the caller cannot look at it: %s",
					strerror(q->path_verdict->place.errnum));
	why_mount(q);
}

/* Existing or not, it can be written to where the overlay can. */
static void unsure(struct question *q)
{
	all(q, ANSWER_UNKNOWN, writable(q) ? ANSWER_YES : ANSWER_NO, ANSWER_UNKNOWN);
	q->verdict->says = "a lower layer has it, which may be hidden";
	verdict_why(q->verdict, q->view->arena, &(struct srcpos){ 0 },
		    "\"%s\" hides what is below it if it is marked as opaque "
		    "(user.overlay.opaque), which the caller may not look at",
		    q->path_verdict->place.merged);
	why_mount(q);
}

static void decide(struct question *q)
{
	const struct place *place = &q->path_verdict->place;

	if (place->step && place->step->type == STEP_DENY) {
		all(q, ANSWER_NO, ANSWER_NO, ANSWER_NO);
		q->verdict->says = "hidden";
		why_mount(q);
		return;
	}
	switch (place->kind) {
	case PLACE_ABSENT:
		absent(q);
		break;
	case PLACE_UNSEEN:
		unseen(q);
		break;
	case PLACE_UNSURE:
		unsure(q);
		break;
	case PLACE_RUNTIME:
		runtime(q);
		break;
	case PLACE_DIR:
	case PLACE_FILE:
	case PLACE_LINK: /* always followed, so never here */
		present(q);
		break;
	}
}

void verdict_path(const struct view *view, const char *path, struct path_verdict *ret,
		  struct verdict *verdict)
{
	struct question q = { view, path, ret, verdict };
	struct hops hops = { 0 };
	int errnum;

	*ret = (struct path_verdict){ 0 };
	*verdict = (struct verdict){ .answer = ANSWER_NO };
	errnum = view_find(view, path, &ret->place, &hops);
	if (errnum == ELOOP)
		hops.len = 1; /* the others say no more */
	for (size_t i = 0; i < hops.len; i++)
		verdict_why(verdict, view->arena, &hops.list[i].pos,
			    "\"%s\" is a symbolic link to \"%s\"", hops.list[i].path,
			    hops.list[i].link);
	if (errnum == 0) {
		decide(&q);
		return;
	}
	all(&q, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	verdict->says = arena_printf(view->arena, "not there: %s", strerror(errnum));
	if (errnum != ELOOP)
		why_mount(&q);
}
