/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* judge.h - what the rules say of names and addresses */
#ifndef SBOX_EGRESS_JUDGE_H
#define SBOX_EGRESS_JUDGE_H

#include "policy/egress.h"

/*
 * @name as of hostname_parse(). @port 0: whether it can be reached at any port and by any
 * protocol, so whether it is a name that exists for the command.
 */
enum egress_why judge_name(const struct egress_config *config, const char *name,
			   uint16_t port, int protocol);

/* Whether a rule accepts @name as it is, and not as one below another. */
bool judge_lists(const struct egress_config *config, const char *name);

/* An address that the command has used as such: only by a rule that lists it. */
enum egress_why judge_address(const struct egress_config *config,
			      const struct net_addr *addr, uint16_t port, int protocol);

/* An address that a name leads to. @ret_listed: a rule lists it, so it may be the host's.
 */
enum egress_why judge_found(const struct egress_config *config,
			    const struct net_addr *addr, uint16_t port, int protocol,
			    bool *ret_listed);

#endif
