/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.h - the facts about this machine that the planner asks for; see plan/host.h */
#ifndef SBOX_PROBE_H
#define SBOX_PROBE_H

#include "base/arena.h"
#include "plan/host.h"
#include "policy/policy.h"

/* The caller's account, looked up once and only if somebody asks. */
struct probe_account {
	struct arena *arena;
	bool asked;
	int errnum; /* the file is there and could not be read */
	struct host_account found;
};

/*
 * The caller's account, from the local file, without NSS, which a static program cannot
 * have: a user that only a directory service knows has neither name nor home here.
 */
const struct host_account *probe_account(struct probe_account *account);

/*
 * Fills *ret; everything in it lives in @account's arena. @policy says what will be asked
 * for: names and subordinate ids are looked up only if it can use them. @landlock_abi is
 * what the kernel offers; @account the caller's, by probe_account().
 */
void probe_host(struct probe_account *account, const struct policy *policy,
		int landlock_abi, struct host *ret);

/* The part of it that a network needs; nothing if there is none (probe-net.c). */
void probe_network(struct arena *arena, const struct policy *policy, struct host *ret);

/* Appends to *ret what host->copies() finds for @path, for a caller who is not root
 * (copies.c). */
void probe_copies(struct arena *arena, const char *path, struct host_copies *ret);

/* What host->bare_tmpfs() answers. From Linux 6.6 on it is one system call. */
const char *probe_bare_tmpfs(struct arena *arena);

/* The path of program @name, NULL: not found. Never by PATH: it runs with privilege. */
const char *probe_program(struct arena *arena, const char *name);
/* The same of a program that is installed with sbox. The environment names another
 * directory for an sbox that is not installed (SBOX_LIBEXECDIR). */
const char *probe_own_program(struct arena *arena, const char *name);

#endif
