/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parts.h - the pieces of the planner, for the files of plan/ alone; see plan.h */
#ifndef SBOX_PLAN_PARTS_H
#define SBOX_PLAN_PARTS_H

#include "plan/plan.h"

struct planner {
	const struct plan_input *input;
	const struct policy *policy;
	const struct host *host;
	struct arena *arena;
	struct diags *diags;
	struct plan *plan;
	const char **writable; /* canonical directories of the host that can be changed
				  inside */
	size_t writable_len;
	struct step *index; /* the steps while they are sorted by target, else NULL */
};

/* steps.c: appends a step of @type for @target. */
struct step *plan_step(struct planner *p, enum step_type type, const char *target,
		       const struct srcpos *pos);
/* The @n-th directory or file of the host that @step shows; NULL behind the last. */
const char *step_origin(const struct step *step, size_t n);

/* Takes the steps of p->input->given, and notes which of them are hidden. */
void plan_given_steps(struct planner *p);
/* The step for @target, NULL: none. Needs the index. */
const struct step *plan_find_step(const struct planner *p, const char *target);
/* Whether the host's canonical @path is what the command sees under that name. Needs the
 * index. */
bool plan_shows(const struct planner *p, const char *path);
/* The step at (@itself) or nearest above @target; NULL: only the tmpfs root. Needs the
 * index. */
const struct step *plan_step_above(const struct planner *p, const char *target,
				   bool itself);
/* Whether fs.deny hides the host's canonical @path. */
bool plan_denies(const struct planner *p, const char *path);

/* ids.c: maps, identity, capabilities */
void plan_ids(struct planner *p);
/* The map of the command's namespace onto an outer one of ids 0..@extra. */
void plan_inner_map(struct id_map *map, int64_t id, int64_t extra);
/* The command's home directory, a clean path; NULL: it has none. */
const char *plan_home(const struct planner *p);
/* What the command's user is called inside. */
const char *plan_user(const struct planner *p);
/* /etc/passwd and /etc/group as the command shall see them. */
const char *plan_passwd(const struct planner *p);
const char *plan_group(const struct planner *p);

/* limits.c: the means of each limit; the lines of --dry-run */
void plan_limits(struct planner *p);
void limits_print(const struct plan *plan, struct strbuf *out);
/* net.c: rules, ports */
void plan_net(struct planner *p);
/* net-filter.c: names, ports and the proxy of net.mode = "filtered", before the rules */
void plan_net_filter(struct planner *p);
/* The ports of an entry of net.allow that names none. */
void plan_filter_ports(struct net_target *target);
/* An entry of net.allow or net.deny; whether it is one, else it is told. */
bool plan_target(struct planner *p, const struct text *text, struct net_target *ret);
/* net-dns.c: name servers and domains; only whether they are such */
void plan_dns(struct planner *p);
void plan_check_dns(struct planner *p);
/* A family that the sandbox has not is told, because @text would mean nothing. */
bool plan_has_family(struct planner *p, const struct net_addr *addr,
		     const struct text *text);
/* companions.c: a new row; its part of plan_json() */
struct plan_companion *plan_add_companion(struct planner *p, const char *name,
					  const char *path);
void plan_json_companions(const struct plan *plan, struct strbuf *out);
/* print.c: "default", ... */
const char *plan_filter_name(const struct plan *plan);
/* print-net.c: its part of plan_print() and plan_json() */
void plan_print_net(const struct net_plan *net, struct strbuf *out);
void plan_json_net(const struct net_plan *net, struct strbuf *out);
/* The member "network", net.mode, of the object that is open in @out. */
void plan_json_net_mode(const struct net_plan *net, struct strbuf *out);
/* As net.mode has it. */
void plan_net_mode(const struct net_plan *net, struct strbuf *out);

/* sources.c: notes for explanations that nothing stands at @target */
void plan_leave_out(struct planner *p, const char *target, const char *why,
		    const struct srcpos *pos);
/* A step for everything that the profile shows, not in order yet */
void plan_sources(struct planner *p);
/* caches.c: a step for each private cache; the same */
void plan_caches(struct planner *p);
/* The canonical path of @p->input->caches, NULL: nobody knows it. */
const char *plan_caches_dir(const struct planner *p);
/* Small files without which libc does not know who and where it is. */
void plan_identity_files(struct planner *p);

/* mounts.c: the list of steps, in order */
void plan_mounts(struct planner *p);
/* Whether @source of the host is @real only by a symlink below a writable directory. */
bool plan_swapped(const struct planner *p, const char *source, const char *real);
/* Whether @source does not exist because a symlink in a writable directory leads nowhere.
 */
bool plan_dangling(const struct planner *p, const char *source);
/* copies.c: files whose owner matters, as the command's own; needs the index, which may
 * move */
void plan_copies(struct planner *p);
/* guards.c: protected and denied paths, put behind the mounts */
void plan_guards(struct planner *p);
/* changes.c: before the guards, with which steps a change set is written to; behind them,
 * what it consists of */
void plan_changes(struct planner *p);
void plan_changes_trees(struct planner *p);
/* The directory that @p's change set has its layers in, which nobody is to see; NULL. */
const char *plan_changes_place(struct planner *p);
/* instructions.c: plan->guard; the steps are the mounts */
void plan_instructions(struct planner *p);
#endif
