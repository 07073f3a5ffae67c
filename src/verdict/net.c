/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net.c - a packet's way through the plan's rules; see verdict.h */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "policy/units.h"
#include "verdict/verdict.h"

/* Makes the address what the kernel takes it for: see ip(7) and ipv6(7). */
static void normalize(struct net_addr *addr)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char none[sizeof addr->bytes] = { 0 };
	bool inet = addr->family == AF_INET;

	if (!inet && memcmp(addr->bytes, mapped, sizeof mapped) == 0) {
		memmove(addr->bytes, addr->bytes + 12, 4);
		memset(addr->bytes + 4, 0, sizeof addr->bytes - 4);
		addr->family = AF_INET;
		inet = true;
	}
	if (memcmp(addr->bytes, none, inet ? 4 : 16) == 0)
		(void)net_addr_parse(inet ? "127.0.0.1" : "::1", addr);
}

const char *packet_parse(struct arena *arena, const char *s, struct packet *ret)
{
	char *text = arena_strdup(arena, s), *slash = strrchr(text, '/'), *colon;
	struct packet packet = { .protocol = IPPROTO_TCP };
	bool brackets = *text == '[';
	int64_t port;

	if (slash && strcmp(slash, "/udp") == 0)
		packet.protocol = IPPROTO_UDP;
	else if (slash && strcmp(slash, "/tcp") != 0)
		return "behind the port only /tcp or /udp can stand";
	if (slash)
		*slash = '\0';
	colon = strrchr(text, ':');
	if (!colon || units_number(colon + 1, 65535, &port) < 0 || port == 0)
		return "write HOST:PORT, the port as a number";
	*colon = '\0';
	if (brackets && (colon == text || colon[-1] != ']'))
		return "the \"]\" is missing";
	if (brackets) {
		colon[-1] = '\0';
		text++;
	} else if (strchr(text, ':')) {
		return "an IPv6 address stands in brackets: \"[fd00::1]:443\"";
	}
	packet.host = text;
	packet.port = (uint16_t)port;
	/* the one name that every sandbox knows: see plan_identity_files() */
	if (net_addr_parse(strcmp(text, "localhost") == 0 ? "127.0.0.1" : text,
			   &packet.addr) < 0) {
		packet.addr = (struct net_addr){ .family = AF_UNSPEC };
		if (!*text || brackets)
			return "this is no address";
	}
	packet.family = packet.addr.family == AF_INET6 ? AF_INET6 : AF_INET;
	if (packet.addr.family != AF_UNSPEC)
		normalize(&packet.addr);
	*ret = packet;
	return NULL;
}

static bool same_bits(const struct net_addr *a, const struct net_addr *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned mask = 0xff00U >> rest & 0xff;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0;
}

/* Whether the kernel leads it to the sandbox's own loopback device. */
static bool stays_inside(const struct net_plan *net, const struct net_addr *addr)
{
	static const char *const own[] = { NET_ADDRESS, NET_ADDRESS6 };
	const unsigned len = !net->helper ? 0 : net->ipv6 ? 2 : 1;
	struct net_addr mine;

	if (net_addr_is_loopback(addr))
		return true;
	for (unsigned i = 0; i < len; i++)
		if (net_addr_parse(own[i], &mine) == 0 && mine.family == addr->family &&
		    same_bits(&mine, addr, mine.family == AF_INET ? 32 : 128))
			return true;
	return false;
}

static bool rule_matches(const struct net_rule *rule, const struct packet *packet,
			 bool inside)
{
	switch (rule->match) {
	case NET_MATCH_LOOPBACK:
		return inside;
	case NET_MATCH_ESTABLISHED: /* the first packet belongs to nothing yet */
	case NET_MATCH_NEIGHBOURS:  /* neither TCP nor UDP */
		return false;
	case NET_MATCH_ADDRESS:
		break;
	}
	if (rule->protocol && rule->protocol != packet->protocol)
		return false;
	if (rule->first && (packet->port < rule->first || packet->port > rule->last))
		return false;
	return rule->addr.family == AF_UNSPEC ||
	       (rule->addr.family == packet->addr.family &&
		same_bits(&rule->addr, &packet->addr, rule->prefix));
}

/* The first rule that matches decides, as in the kernel. */
static void ask_rules(const struct net_plan *net, struct arena *arena,
		      const struct packet *packet, struct verdict *ret)
{
	bool inside = stays_inside(net, &packet->addr);

	for (size_t i = 0; i < net->rules_len; i++) {
		const struct net_rule *rule = &net->rules[i];
		_cleanup_strbuf_ struct strbuf text = { 0 };

		if (!rule_matches(rule, packet, inside))
			continue;
		net_rule_text(rule, &text);
		ret->answer = rule->accept ? ANSWER_YES : ANSWER_NO;
		ret->says = !rule->accept ? "rejected"
			    : inside      ? "reaches the sandbox itself, not the host"
					  : "let through";
		verdict_why(ret, arena, &rule->pos, "rule %zu: %s (%s)", i + 1,
			    strbuf_str(&text), rule->why);
		return;
	}
	/* the last rule matches everything, so this is a helper without rules */
	ret->answer = ANSWER_YES;
	ret->says = inside ? "reaches the sandbox itself, not the host"
			   : "let through: there are no rules";
	verdict_why(ret, arena, &net->pos,
		    "net.scope = \"any\", and net.deny lists nothing");
}

/* Whether the rule by name speaks of @packet, whose host is @name. */
static bool name_matches(const struct net_name *rule, const struct packet *packet,
			 const char *name)
{
	if ((rule->protocol && rule->protocol != packet->protocol) ||
	    (rule->first && (packet->port < rule->first || packet->port > rule->last)))
		return false;
	return rule->below ? hostname_is_below(name, rule->name)
			   : strcmp(name, rule->name) == 0;
}

static void say_name_rule(const struct net_name *rule, struct arena *arena,
			  struct verdict *ret)
{
	ret->answer = rule->accept ? ANSWER_YES : ANSWER_NO;
	ret->says = rule->accept ? "connected to, by its name" : "refused";
	verdict_why(ret, arena, &rule->pos, "%s: %s%s",
		    rule->accept ? "net.allow" : "net.deny", rule->below ? "*." : "",
		    rule->name);
}

static void ask_names(const struct net_plan *net, struct arena *arena,
		      const struct packet *packet, struct verdict *ret)
{
	const struct net_name *accepts = NULL;
	char name[HOSTNAME_MAX + 1];
	const char *wrong = hostname_parse(packet->host, strlen(packet->host), name);

	ret->says = "refused: no rule lists it";
	for (size_t i = 0; !wrong && i < net->filter.names_len; i++) {
		const struct net_name *rule = &net->filter.names[i];

		if (!name_matches(rule, packet, name))
			continue;
		if (!rule->accept) {
			say_name_rule(rule, arena, ret);
			return;
		}
		accepts = accepts ? accepts : rule;
	}
	if (accepts)
		say_name_rule(accepts, arena, ret);
	else
		verdict_why(ret, arena, &net->pos, "net.mode = \"filtered\"; %s",
			    wrong ? wrong : "net.allow has no entry for it");
}

/* An address as such is reached only where an entry of net.allow lists it. */
static void ask_filtered(const struct net_plan *net, struct arena *arena,
			 const struct packet *packet, struct verdict *ret)
{
	if (packet->addr.family == AF_UNSPEC) {
		ask_names(net, arena, packet, ret);
		return;
	}
	ask_rules(net, arena, packet, ret);
	for (size_t i = 0; i < net->rules_len; i++) {
		if (!rule_matches(&net->rules[i], packet, false))
			continue;
		if (!net->rules[i].accept || net->rules[i].addr.family != AF_UNSPEC)
			return;
		break;
	}
	*ret = (struct verdict){ .answer = ANSWER_NO,
				 .says = "refused: no rule lists the address as such" };
	verdict_why(ret, arena, &net->pos,
		    "net.mode = \"filtered\"; net.allow has no entry for it");
}

/* The port inside that leads to the host's loopback and is asked about; NULL: none. */
static const struct net_publish *reached(const struct net_plan *net,
					 const struct packet *packet)
{
	struct net_addr listens;

	(void)net_addr_parse("127.0.0.1", &listens);
	for (size_t i = 0; i < net->reach_len; i++)
		if (packet->protocol == IPPROTO_TCP && packet->addr.family == AF_INET &&
		    same_bits(&packet->addr, &listens, 32) &&
		    packet->port == net->reach[i].port)
			return &net->reach[i];
	return NULL;
}

static void verdict_reached(struct arena *arena, const struct net_publish *port,
			    struct verdict *ret)
{
	char text[NET_ADDR_TEXT];

	ret->answer = ANSWER_YES;
	ret->says = arena_printf(arena, "leads to %s:%u of the host",
				 net_addr_text(&port->addr, true, text), port->host_port);
	verdict_why(ret, arena, &port->pos, "net.reach");
}

void verdict_net(const struct plan *plan, struct arena *arena,
		 const struct packet *packet, struct verdict *ret)
{
	const struct net_plan *net = &plan->net;
	const struct srcpos *mode = &net->pos;
	const struct net_publish *port = reached(net, packet);

	*ret = (struct verdict){ .answer = ANSWER_NO };
	if (net->mode == NET_HOST) {
		ret->answer = ANSWER_YES;
		ret->says = "the network is the host's, and not isolated";
		verdict_why(ret, arena, mode, "net.mode = \"host\"");
	} else if (port) {
		verdict_reached(arena, port, ret);
	} else if (!net->helper && packet->addr.family != AF_UNSPEC &&
		   stays_inside(net, &packet->addr)) {
		ret->answer = ANSWER_YES;
		ret->says = "reaches the sandbox itself, not the host";
		verdict_why(ret, arena, mode, "there is a loopback device");
	} else if (net->join) {
		ret->answer = ANSWER_UNKNOWN;
		ret->says = "the network is another sandbox's, and so are its rules";
		verdict_why(ret, arena, mode, "net.mode = \"join:%s\"", net->join);
	} else if (net->filtered) {
		ask_filtered(net, arena, packet, ret);
	} else if (!net->helper) {
		ret->says = "there is no network but a loopback device";
		verdict_why(ret, arena, mode, "net.mode = \"none\"%s",
			    mode->file ? "" : ", because no profile sets it");
	} else if (packet->addr.family == AF_UNSPEC && net->rules_len > 0) {
		ret->answer = ANSWER_UNKNOWN;
		ret->says = arena_printf(arena,
					 "the rules speak of addresses: ask for those "
					 "that \"getent ahosts %s\" prints",
					 packet->host);
	} else {
		ask_rules(net, arena, packet, ret);
	}
}
