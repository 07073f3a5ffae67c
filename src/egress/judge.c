/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* judge.c - what the rules say of names and addresses; see judge.h */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "egress/judge.h"

static bool is_meant(const struct egress_name *rule, const char *name)
{
	return rule->below ? hostname_is_below(name, rule->name)
			   : strcmp(name, rule->name) == 0;
}

/* Whether a rule for @first to @last and @rule_protocol speaks of them; 0 means any. */
static bool speaks_of(uint16_t first, uint16_t last, int rule_protocol, uint16_t port,
		      int protocol)
{
	return (rule_protocol == 0 || rule_protocol == protocol) &&
	       (first == 0 || (first <= port && port <= last));
}

enum egress_why judge_name(const struct egress_config *config, const char *name,
			   uint16_t port, int protocol)
{
	enum egress_why why = EGRESS_NOT_LISTED;

	for (uint32_t i = 0; i < config->head.names_len; i++) {
		const struct egress_name *rule = &config->names[i];
		/* asked of all ports, a rule that rejects some of them says nothing */
		bool applies = port == 0 ? rule->accept || (rule->first == 0 &&
							    rule->protocol == 0)
					 : speaks_of(rule->first, rule->last,
						     rule->protocol, port, protocol);

		if (!applies || !is_meant(rule, name))
			continue;
		if (!rule->accept)
			return EGRESS_DENIED;
		why = EGRESS_LET_THROUGH;
	}
	return why;
}

bool judge_lists(const struct egress_config *config, const char *name)
{
	for (uint32_t i = 0; i < config->head.names_len; i++)
		if (config->names[i].accept && !config->names[i].below &&
		    strcmp(config->names[i].name, name) == 0)
			return true;
	return false;
}

static bool has_prefix(const struct net_addr *addr, const struct egress_rule *rule)
{
	const unsigned whole = rule->prefix / 8, rest = rule->prefix % 8;
	const unsigned mask = 0xff00U >> rest & 0xff;

	if (rule->addr.family == AF_UNSPEC)
		return true;
	if (rule->addr.family != addr->family ||
	    memcmp(addr->bytes, rule->addr.bytes, whole) != 0)
		return false;
	return rest == 0 || ((addr->bytes[whole] ^ rule->addr.bytes[whole]) & mask) == 0;
}

/*
 * What the machine's own loopback is reached by, and no rule opens, however wide it is:
 * 127.0.0.0/8 and 0.0.0.0/8; ::1, :: and IPv4 addresses written as IPv6, which other
 * rules would be for.
 */
static bool is_never_meant(const struct net_addr *addr)
{
	static const unsigned char zeroes[12], mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (addr->family == AF_INET)
		return addr->bytes[0] == 0 || addr->bytes[0] == 127;
	return memcmp(addr->bytes, zeroes, sizeof zeroes) == 0 ||
	       memcmp(addr->bytes, mapped, sizeof mapped) == 0;
}

/* The first rule that matches; NULL: there is none. */
static const struct egress_rule *find_rule(const struct egress_config *config,
					   const struct net_addr *addr, uint16_t port,
					   int protocol)
{
	/* so that nobody looks at a rule for it: net.reach is for the host's loopback */
	if (is_never_meant(addr))
		return NULL;
	for (uint32_t i = 0; i < config->head.rules_len; i++) {
		const struct egress_rule *rule = &config->rules[i];

		if (speaks_of(rule->first, rule->last, rule->protocol, port, protocol) &&
		    has_prefix(addr, rule))
			return rule;
	}
	return NULL;
}

enum egress_why judge_address(const struct egress_config *config,
			      const struct net_addr *addr, uint16_t port, int protocol)
{
	const struct egress_rule *rule = find_rule(config, addr, port, protocol);

	return rule && rule->accept && rule->listed ? EGRESS_LET_THROUGH
						    : EGRESS_NOT_LISTED;
}

enum egress_why judge_found(const struct egress_config *config,
			    const struct net_addr *addr, uint16_t port, int protocol,
			    bool *ret_listed)
{
	const struct egress_rule *rule = find_rule(config, addr, port, protocol);

	*ret_listed = rule && rule->accept && rule->listed;
	return rule && rule->accept ? EGRESS_LET_THROUGH : EGRESS_INNER_ADDRESS;
}
