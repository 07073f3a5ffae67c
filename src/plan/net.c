/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net.c - the network: rules, name servers, published ports
 *
 * Theory of operation
 *
 * A helper (slirp4netns, pasta) carries the command's packets as an ordinary program
 * of the caller, so it can reach whatever the caller can: services on the host's own
 * addresses, the cloud's metadata service, the printer next door. No option of a helper
 * closes all of that. The rules do, which the kernel applies to what leaves the
 * sandbox's network namespace. The first that matches decides:
 *
 *	loopback, established       accept   nothing leaves, or it was decided before
 *	IPv6                        reject   unless net.ipv6
 *	net.deny                    reject   so deny wins
 *	net.allow                   accept
 *	name servers, port 53       accept   net.dns, or the host's
 *	the host's own addresses    reject   unless net.scope = "any"
 *	link-local, metadata        reject   unless net.scope = "any"
 *	the helper's network        reject   unless net.scope = "any"
 *	private ranges              reject   unless net.scope = "lan" or "any"
 *	the rest                    accept
 *
 * With net.mode = "filtered" no packet leaves, and sbox-egress makes the connections. The
 *same rules, without the first two lines, tell it to which addresses a name may lead.
 *
 * An IPv4 address has forms in IPv6, which a translator or a tunnel on the way turns back
 * into it. So what closes the one closes the others.
 *
 * The host's addresses are those that it has at the start. The helper's name server is
 * left out of the default, because it asks the host's resolver with the host's own view
 * of private names, and because every name that it is asked leaves the machine.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "plan/parts.h"
#include "policy/egress.h"

#define RULES_MAX                                                                        \
	((size_t)400) /* what fits one message of netlink(7) with default limits */

static const struct {
	const char *network, *why;
} closed_always[] = {
	{ "0.0.0.0/8", "no address of another host" },
	{ "127.0.0.0/8", "loopback" },
	{ "169.254.0.0/16", "link-local, metadata services" },
	{ "224.0.0.0/4", "multicast" },
	{ "240.0.0.0/4", "reserved, broadcast" },
	{ "10.0.2.0/24", "the helper's network, 10.0.2.2 is the host" },
	{ "100.100.100.200", "metadata service" },
	{ "168.63.129.16", "metadata service" },
	{ "[::]/96", "loopback, and IPv4 addresses written as IPv6" },
	{ "[::ffff:0:0]/96", "IPv4 addresses written as IPv6" },
	{ "[::ffff:0:0:0]/96", "IPv4 addresses written as IPv6" },
	{ "[64:ff9b:1::]/48", "NAT64 of a private network" },
	{ "[2001::]/32", "Teredo: an IPv4 address in IPv6" },
	{ "[2002::]/16", "6to4: an IPv4 address in IPv6" },
	{ "[fe80::]/10", "link-local" },
	{ "[ff00::]/8", "multicast" },
	{ "[fd00::]/64", "the helper's network, fd00::2 is the host" },
	{ "[fd00:ec2::254]", "metadata service" },
}, closed_public[] = {
	{ "10.0.0.0/8", "private" },
	{ "172.16.0.0/12", "private" },
	{ "192.168.0.0/16", "private" },
	{ "100.64.0.0/10", "private, shared by a provider" },
	{ "192.0.0.0/24", "protocol assignments" },
	{ "198.18.0.0/15", "benchmarks, often private" },
	{ "[fc00::]/7", "private" },
	{ "[fec0::]/10", "private, deprecated" },
};

/*
 * Where in IPv6 an IPv4 address is found again: behind this prefix. The first is the one
 * that is not closed as a whole, because a network without IPv4 has all the world there.
 */
static const struct form {
	unsigned char prefix[12];
	unsigned bits;
	const char *why;
} forms[] = {
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, "behind NAT64" }, /* RFC 6052 */
	{ { 0x20, 0x02 }, 16, "by 6to4" },                  /* RFC 3056 */
	{ { 0 }, 96, "written as IPv6" },                   /* RFC 4291, 2.5.5.1 */
	{ { [10] = 0xff, [11] = 0xff }, 96, "written as IPv6" },
	{ { [8] = 0xff, [9] = 0xff }, 96, "written as IPv6" }, /* RFC 2765 */
};

#define OPEN_FORMS 1 /* how many of them */

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct net_rule *add_rule(struct planner *p, bool accept, const char *why,
				 const struct srcpos *pos)
{
	struct net_plan *net = &p->plan->net;
	struct net_rule *rule =
		arena_append(p->arena, &net->rules, &net->rules_len, sizeof *rule);

	*rule = (struct net_rule){ .accept = accept, .why = why };
	if (pos)
		rule->pos = *pos;
	return rule;
}

/* @rule as it is, or, if it names ports but no protocol, for both that have ports. */
static void add_expanded(struct planner *p, const struct net_rule *rule)
{
	bool both = rule->first && !rule->protocol;
	struct net_rule *added = add_rule(p, rule->accept, rule->why, NULL);

	*added = *rule;
	if (!both)
		return;
	added->protocol = IPPROTO_TCP;
	added = add_rule(p, rule->accept, rule->why, NULL);
	*added = *rule;
	added->protocol = IPPROTO_UDP;
}

/* Whether IPv6 addresses can be reached; the host's, where it is the host that looks
 * names up. */
static bool leads_to_ipv6(const struct planner *p)
{
	return p->plan->net.ipv6 || p->plan->net.filtered;
}

/* Adds @rule for the first @len forms that its IPv4 address has in IPv6. */
static void add_forms(struct planner *p, const struct net_rule *rule, size_t len)
{
	if (rule->addr.family != AF_INET || !leads_to_ipv6(p))
		return;
	for (size_t i = 0; i < len; i++) {
		const struct form *form = &forms[i];
		struct net_rule in_ipv6 = *rule;

		in_ipv6.addr = (struct net_addr){ .family = AF_INET6 };
		memcpy(in_ipv6.addr.bytes, form->prefix, sizeof form->prefix);
		memcpy(in_ipv6.addr.bytes + form->bits / 8, rule->addr.bytes, 4);
		in_ipv6.prefix = form->bits + rule->prefix;
		in_ipv6.why = arena_printf(p->arena, "%s, %s", rule->why, form->why);
		add_expanded(p, &in_ipv6);
	}
}

/* Whether @target can be a rule of packets; else it is told. */
static bool is_by_address(struct planner *p, const struct text *text,
			  const struct net_target *target)
{
	if (!*target->name)
		return true;
	diag_add(p->diags, &text->pos,
		 "\"%s\" is a name, and one address may have many, so a rule for packets "
		 "cannot be by name: net.mode = \"filtered\" (--net=filtered) has rules "
		 "by "
		 "name",
		 text->s);
	return false;
}

static void add_target(struct planner *p, const struct text *text,
		       const struct net_target *target, bool accept)
{
	struct net_rule rule = { .accept = accept,
				 .addr = target->addr,
				 .prefix = target->prefix,
				 .protocol = target->protocol,
				 .why = accept ? "net.allow" : "net.deny",
				 .pos = text->pos };

	if (accept && rule.prefix > 0 && net_addr_is_loopback(&rule.addr)) {
		diag_add(p->diags, &text->pos,
			 "\"%s\" is the sandbox's own loopback; the host's cannot be "
			 "reached so; net.reach (--reach=PORT) leads a port of 127.0.0.1 "
			 "inside to the same one of the host",
			 text->s);
		return;
	}
	if (accept && !plan_has_family(p, &rule.addr, text))
		return;
	for (size_t i = 0; i == 0 || i < target->spans_len; i++) {
		if (target->spans_len > 0) {
			rule.first = target->spans[i].first;
			rule.last = target->spans[i].last;
		}
		add_expanded(p, &rule);
		if (!accept)
			add_forms(p, &rule, LEN(forms));
	}
}

static void add_listed(struct planner *p, const struct texts *texts, bool accept)
{
	for (size_t i = 0; i < texts->len; i++) {
		const struct text *text = &texts->items[i];
		struct net_target target;

		if (p->plan->net.filtered) { /* which plan_net_filter() has looked at */
			if (net_target_parse(text->s, &target) != NULL || *target.name)
				continue;
			if (accept)
				plan_filter_ports(&target);
			if (accept && !target.protocol)
				target.protocol = IPPROTO_TCP;
			add_target(p, text, &target, accept);
		} else if (plan_target(p, text, &target) &&
			   is_by_address(p, text, &target)) {
			add_target(p, text, &target, accept);
		}
	}
}

static void add_closed(struct planner *p, const char *network, const char *why)
{
	struct net_rule rule = { .why = why, .pos = p->policy->net.scope.pos };

	if (net_rule_parse(network, &rule) != NULL ||
	    (rule.addr.family == AF_INET6 && !leads_to_ipv6(p)))
		return;
	*add_rule(p, false, why, NULL) = rule;
	add_forms(p, &rule, OPEN_FORMS);
}

static void add_host_addresses(struct planner *p)
{
	for (size_t i = 0; i < p->host->addresses_len; i++) {
		const struct net_addr *addr = &p->host->addresses[i];
		struct net_rule *rule, copy;

		if (addr->family == AF_INET6 && !leads_to_ipv6(p))
			continue;
		rule = add_rule(p, false, "an address of the host",
				&p->policy->net.scope.pos);
		rule->addr = *addr;
		rule->prefix = addr->family == AF_INET ? 32 : 128;
		copy = *rule; /* which moves when others are added */
		add_forms(p, &copy, OPEN_FORMS);
	}
}

static void add_servers(struct planner *p)
{
	const struct net_plan *net = &p->plan->net;
	const struct texts *dns = &p->policy->net.dns;

	for (size_t i = 0; i < net->dns_len; i++)
		add_expanded(p,
			     &(struct net_rule){
				     .accept = true,
				     .addr = net->dns[i],
				     .prefix = net->dns[i].family == AF_INET ? 32 : 128,
				     .first = 53,
				     .last = 53,
				     .why = "name server",
				     .pos = dns->len ? dns->items[0].pos
						     : (struct srcpos){ 0 } });
}

/* What packets need beside the lists. */
static void add_first(struct planner *p)
{
	const struct srcpos *ipv6 = &p->policy->net.ipv6.pos;

	add_rule(p, true, "nothing leaves", NULL)->match = NET_MATCH_LOOPBACK;
	add_rule(p, true, "decided before", NULL)->match = NET_MATCH_ESTABLISHED;
	if (p->plan->net.ipv6)
		add_rule(p, true, "how IPv6 works", NULL)->match = NET_MATCH_NEIGHBOURS;
	else
		add_rule(p, false, "net.ipv6 is not set", ipv6)->addr.family = AF_INET6;
}

static void add_rules(struct planner *p)
{
	const struct policy *policy = p->policy;
	size_t most;
	int scope = policy->net.scope.value;

	if (!p->plan->net.filtered)
		add_first(p);
	add_listed(p, &policy->net.deny, false);
	add_listed(p, &policy->net.allow, true);
	if (!p->plan->net.filtered)
		add_servers(p);
	if (scope != NET_SCOPE_ANY) {
		add_host_addresses(p);
		for (size_t i = 0; i < LEN(closed_always); i++)
			add_closed(p, closed_always[i].network, closed_always[i].why);
	}
	for (size_t i = 0; scope == NET_SCOPE_PUBLIC && i < LEN(closed_public); i++)
		add_closed(p, closed_public[i].network, closed_public[i].why);
	add_rule(p, true, p->plan->net.filtered ? "a public address" : "net.scope",
		 &policy->net.scope.pos);
	if (!p->plan->net.rules_needed)
		p->plan->net.rules_len = 0; /* all of them together refuse nothing */
	most = p->plan->net.filtered ? EGRESS_RULES_MAX : RULES_MAX;
	if (p->plan->net.rules_len > most)
		diag_add(p->diags, &policy->net.mode.pos,
			 "these are %zu rules for the network, %zu is the most",
			 p->plan->net.rules_len, most);
}

/* The command could take the rules away if it owned the network namespace. */
static void check_owner(struct planner *p)
{
	const struct policy *policy = p->policy;

	p->plan->net.rules_needed =
		policy->net.scope.value != NET_SCOPE_ANY || policy->net.deny.len > 0;
	if (!policy->namespaces.inner.value && p->plan->net.rules_needed)
		diag_add(p->diags, &policy->namespaces.inner.pos,
			 "with namespaces.inner = false the command could remove the "
			 "rules of its network: that needs net.scope = \"any\" and no "
			 "net.deny");
}

/* ---------------------------------------------------------- published ports */

/* The reason why this network cannot publish @publish; NULL: it can. */
static const char *cannot_publish(const struct planner *p,
				  const struct net_publish *publish)
{
	if (publish->relay)
		return NULL;
	if (p->plan->net.filtered)
		return "with net.mode = \"filtered\" only TCP ports are published";
	if (!p->plan->net.helper)
		return "without a network only TCP ports of the host's loopback lead "
		       "inside: set net.mode = \"slirp4netns\" or \"pasta\"";
	if (publish->addr.family == AF_INET6 && !p->plan->net.ipv6)
		return "an IPv6 address needs net.ipv6 = true";
	if (p->plan->net.mode != NET_SLIRP4NETNS)
		return publish->protocol == IPPROTO_UDP &&
				       net_addr_is_loopback(&publish->addr)
			       ? "pasta loses the answers of UDP on a loopback address: "
				 "publish it on another address of the host"
			       : NULL;
	if (publish->addr.family == AF_INET6)
		return "slirp4netns publishes on IPv4 addresses only: use net.mode = "
		       "\"pasta\"";
	if (publish->protocol == IPPROTO_UDP && net_addr_is_loopback(&publish->addr))
		return "slirp4netns loses the answers of UDP on a loopback address when "
		       "the host's loopback is closed: publish it on another address of "
		       "the host";
	return NULL;
}

static bool same_place(const struct net_publish *a, const struct net_publish *b)
{
	return a->host_port && a->host_port == b->host_port &&
	       a->protocol == b->protocol &&
	       memcmp(&a->addr, &b->addr, sizeof a->addr) == 0;
}

/* Plans one port of net.publish. Returns what is wrong with it, or NULL. */
static const char *plan_published(struct planner *p, const struct net_publish *publish)
{
	struct net_plan *net = &p->plan->net;
	const char *wrong = cannot_publish(p, publish);

	for (size_t i = 0; !wrong && i < net->publish_len; i++)
		if (same_place(&net->publish[i], publish))
			wrong = "this port of the host is published twice";
	if (!wrong)
		*(struct net_publish *)arena_append(p->arena, &net->publish,
						    &net->publish_len, sizeof *publish) =
			*publish;
	return wrong;
}

/* Plans one port of net.reach. As above. */
static const char *plan_reached(struct planner *p, const struct net_publish *reach)
{
	struct net_plan *net = &p->plan->net;

	if (reach->protocol != IPPROTO_TCP || !net_addr_is_loopback(&reach->addr))
		return "only TCP ports of the host's loopback are reached so: addresses "
		       "of its network are opened by net.allow";
	if (!reach->host_port)
		return "say which port of the host it leads to";
	for (size_t i = 0; i < net->reach_len; i++)
		if (net->reach[i].port == reach->port)
			return "this port inside leads outside twice";
	for (size_t i = 0; i < net->publish_len; i++)
		if (net->publish[i].relay && net->publish[i].port == reach->port)
			return "this port inside is published, and would lead outside "
			       "again";
	*(struct net_publish *)arena_append(p->arena, &net->reach, &net->reach_len,
					    sizeof *reach) = *reach;
	return NULL;
}

/* @plan: what to do with each port of @texts. */
static void plan_ports(struct planner *p, const struct texts *texts,
		       const char *(*plan)(struct planner *p,
					   const struct net_publish *port))
{
	for (size_t i = 0; i < texts->len; i++) {
		struct net_publish port = { .pos = texts->items[i].pos };
		const char *wrong = net_publish_parse(texts->items[i].s, &port);
		unsigned more = port.more;

		port.more = 0;
		port.relay = !wrong && port.protocol == IPPROTO_TCP &&
			     (p->plan->net.filtered || net_addr_is_loopback(&port.addr));
		for (unsigned n = 0; !wrong && n <= more; n++) {
			wrong = plan(p, &port);
			port.host_port++;
			port.port++;
		}
		if (wrong)
			diag_add(p->diags, &port.pos, "\"%s\": %s", texts->items[i].s,
				 wrong);
	}
}

/* ------------------------------------------------------------------ the rest */

static void check_helper(struct planner *p)
{
	bool pasta = p->plan->net.mode == NET_PASTA;
	bool any = p->policy->net.mode.value == NET_AUTO;
	const struct srcpos *pos = &p->policy->net.mode.pos;
	const char *path = pasta ? p->host->pasta : p->host->slirp4netns;

	if (path) {
		struct plan_companion *companion =
			plan_add_companion(p, pasta ? "pasta" : "slirp4netns", path);

		companion->purpose = "carries the network's packets";
		companion->network = true;
		companion->kill = p->plan->net.kill;
		companion->pos = *pos;
	} else {
		diag_add(p->diags, pos,
			 "%s installed: install the package \"%s\", or set "
			 "net.mode to something else",
			 pasta ? "pasta is not"
			 : any ? "neither slirp4netns nor pasta is"
			       : "slirp4netns is not",
			 pasta ? "passt" : "slirp4netns");
	}
	if (p->host->tun_errno)
		diag_add(p->diags, pos,
			 "/dev/net/tun cannot be opened (%s), and %s needs it: %s",
			 strerror(p->host->tun_errno), pasta ? "pasta" : "slirp4netns",
			 p->host->tun_errno == EACCES || p->host->tun_errno == EPERM
				 ? "its mode should be 0666"
				 : "load the kernel module \"tun\"");
}

static void check_addresses(struct planner *p)
{
	if (p->host->addresses_error && p->plan->net.rules_needed)
		diag_add(p->diags, &p->policy->net.mode.pos,
			 "the host's own addresses, which net.scope closes, cannot be "
			 "read: %s",
			 p->host->addresses_error);
}

static void refuse_list(struct planner *p, const struct texts *list, const char *why)
{
	if (list->len > 0)
		diag_add(p->diags, &list->items[0].pos, "%s", why);
}

/* Refuses settings that the host's network cannot enforce, or that mean nothing there. */
static void refuse_for_host(struct planner *p)
{
	const struct policy *policy = p->policy;

	refuse_list(p, &policy->net.deny,
		    "net.deny cannot be enforced with net.mode = \"host\"");
	if (policy->net.scope.pos.file && policy->net.scope.value != NET_SCOPE_ANY)
		diag_add(p->diags, &policy->net.scope.pos,
			 "net.scope cannot be enforced with net.mode = \"host\"");
	refuse_list(p, &policy->net.publish,
		    "net.publish has no meaning with net.mode = \"host\", where the "
		    "command listens on the host itself");
	refuse_list(p, &policy->net.reach,
		    "net.reach has no meaning with net.mode = \"host\", where all can be "
		    "reached");
	refuse_list(p, &policy->net.allow,
		    "net.allow has no meaning with net.mode = \"host\", where all can be "
		    "reached");
	refuse_list(p, &policy->net.dns,
		    "net.dns has no meaning with net.mode = \"host\", where the name "
		    "servers are the host's");
	refuse_list(p, &policy->net.search,
		    "net.search has no meaning with net.mode = \"host\", where the "
		    "domains are the host's");
}

static void refuse_for_join(struct planner *p)
{
	const struct policy *policy = p->policy;

	refuse_list(p, &policy->net.deny,
		    "net.deny cannot be enforced with net.mode = \"join:NAME\"");
	refuse_list(p, &policy->net.publish,
		    "net.publish has no meaning with net.mode = \"join:NAME\"");
	refuse_list(p, &policy->net.reach,
		    "net.reach has no meaning with net.mode = \"join:NAME\"");
	refuse_list(p, &policy->net.allow,
		    "net.allow has no meaning with net.mode = \"join:NAME\", where the "
		    "rules are those of NAME");
	if (policy->net.scope.pos.file)
		diag_add(p->diags, &policy->net.scope.pos,
			 "net.scope cannot be enforced with net.mode = \"join:NAME\", "
			 "where the rules are those of NAME");
	if (!policy->namespaces.inner.value)
		diag_add(p->diags, &policy->namespaces.inner.pos,
			 "with namespaces.inner = false the network of another sandbox "
			 "cannot be joined");
}

/*
 * Without a network nothing of what the lists open is open, which may be what a caller
 * wants of a profile that has one.
 */
static void check_without(struct planner *p)
{
	const struct policy *policy = p->policy;
	const struct texts *const rules[] = { &policy->net.deny, &policy->net.allow };
	struct net_target target;

	for (size_t n = 0; n < LEN(rules); n++)
		for (size_t i = 0; i < rules[n]->len; i++)
			if (plan_target(p, &rules[n]->items[i], &target) && n > 0 &&
			    *target.name && !policy->net.mode.pos.file)
				diag_add(p->diags, &rules[n]->items[i].pos,
					 "\"%s\" opens nothing, for there is no network: "
					 "net.mode = \"filtered\" (--net=filtered) has "
					 "one",
					 rules[n]->items[i].s);
	plan_check_dns(p);
}

void plan_net(struct planner *p)
{
	const struct policy *policy = p->policy;
	struct net_plan *net = &p->plan->net;

	net->mode = (enum net_mode)policy->net.mode.value;
	/* what is said for want of both is said of the first */
	if (net->mode == NET_AUTO)
		net->mode = p->host->slirp4netns || !p->host->pasta ? NET_SLIRP4NETNS
								    : NET_PASTA;
	net->pos = policy->net.mode.pos;
	net->helper = net->mode == NET_SLIRP4NETNS || net->mode == NET_PASTA;
	net->filtered = net->mode == NET_FILTERED;
	net->kill = policy->net.on_helper_exit.value == NET_EXIT_KILL;
	if (net->mode == NET_HOST) {
		net->resolv_conf = p->host->resolv_conf;
		refuse_for_host(p);
	}
	if (net->mode == NET_NONE)
		check_without(p);
	net->ipv6 = policy->net.ipv6.value;
	if (net->mode == NET_JOIN) {
		net->join = policy->net.mode.arg;
		refuse_for_join(p);
		plan_dns(p);
	}
	if (net->mode == NET_NONE || net->helper || net->filtered) {
		plan_ports(p, &policy->net.publish, plan_published);
		plan_ports(p, &policy->net.reach, plan_reached);
	}
	if (net->filtered) {
		net->rules_needed = true;
		plan_net_filter(p);
	}
	if (net->helper) {
		check_helper(p);
		check_owner(p);
	}
	if (!net->helper && !net->filtered)
		return;
	check_addresses(p);
	plan_dns(p);
	add_rules(p);
}
