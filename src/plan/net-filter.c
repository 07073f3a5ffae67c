/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net-filter.c - net.mode = "filtered": rules by name, the ports for them, the proxies
 *
 * Theory of operation
 *
 * The network namespace leads nowhere. All addresses are the sandbox's own there, and at
 * each port that an entry of net.allow names something listens, which is handed to
 * sbox-egress (src/egress). So an entry without ports means the two of the web, and not
 * all.
 */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "plan/parts.h"
#include "policy/egress.h"
#include "policy/units.h"

static const struct net_span web[] = { { 80, 80 }, { 443, 443 } };

#define WEB_LEN (sizeof web / sizeof web[0])

bool plan_target(struct planner *p, const struct text *text, struct net_target *ret)
{
	const char *wrong = net_target_parse(text->s, ret);

	if (wrong)
		diag_add(p->diags, &text->pos, "\"%s\": %s", text->s, wrong);
	return !wrong;
}

static void add_port(struct planner *p, uint16_t **list, size_t *len, uint16_t port)
{
	for (size_t i = 0; i < *len; i++)
		if ((*list)[i] == port)
			return;
	*(uint16_t *)arena_append(p->arena, list, len, sizeof **list) = port;
}

/* The ports of @target, where nothing said means those of the web. */
void plan_filter_ports(struct net_target *target)
{
	if (target->spans_len > 0)
		return;
	memcpy(target->spans, web, sizeof web);
	target->spans_len = WEB_LEN;
}

/* Why nothing can be listened at for an entry that accepts @port; NULL: it can. */
static const char *is_taken(const struct planner *p, int protocol, unsigned port)
{
	const struct net_plan *net = &p->plan->net;

	if (port == EGRESS_DNS_PORT)
		return "port 53 is answered by sbox itself, whatever server is asked: "
		       "leave "
		       "it out";
	if (net->filter.proxy && port == EGRESS_PROXY_PORT && protocol == IPPROTO_TCP)
		return "port 3128 is that of net.proxy";
	for (size_t i = 0; protocol == IPPROTO_TCP && i < net->reach_len; i++)
		if (net->reach[i].port == port)
			return "the same port inside leads to the host (net.reach): give "
			       "that one another number, such as \"5432:15432\"";
	for (size_t i = 0; protocol == IPPROTO_TCP && i < net->publish_len; i++)
		if (net->publish[i].port == port)
			return "the same port inside is published: at this port sbox "
			       "listens there for net.allow";
	return NULL;
}

/* Listens at the ports of @target. Returns what is wrong, or NULL. */
static const char *listen_at_all(struct planner *p, const struct net_target *target)
{
	struct net_filter *filter = &p->plan->net.filter;
	const int protocol = target->protocol == IPPROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP;

	for (size_t i = 0; i < target->spans_len; i++) {
		const struct net_span *span = &target->spans[i];

		if (span->last - span->first >= EGRESS_PORTS_MAX)
			return "at each port sbox listens inside, and 240 are the most";
		for (unsigned port = span->first; port <= span->last; port++) {
			const char *taken = is_taken(p, protocol, port);

			if (taken)
				return taken;
			if (protocol == IPPROTO_UDP)
				add_port(p, &filter->udp, &filter->udp_len,
					 (uint16_t)port);
			else
				add_port(p, &filter->tcp, &filter->tcp_len,
					 (uint16_t)port);
		}
	}
	return filter->tcp_len > EGRESS_PORTS_MAX || filter->udp_len > EGRESS_PORTS_MAX
		       ? "at each port sbox listens inside, and 240 are the most"
		       : NULL;
}

static void add_name(struct planner *p, const struct net_target *target,
		     const struct net_span *span, const struct srcpos *pos)
{
	struct net_filter *filter = &p->plan->net.filter;
	struct net_name *name =
		arena_append(p->arena, &filter->names, &filter->names_len, sizeof *name);

	*name = (struct net_name){ .accept = span != NULL,
				   .below = target->below,
				   .name = arena_strdup(p->arena, target->name),
				   .protocol = target->protocol,
				   .pos = *pos };
	if (span) {
		name->first = span->first;
		name->last = span->last;
	}
}

/* Names that never lead outside, whatever is allowed. */
static const char *cannot_lead_out(const struct net_target *target)
{
	if (strcmp(target->name, "localhost") == 0 ||
	    hostname_is_below(target->name, "localhost"))
		return "this is the sandbox itself, and would never match; net.reach "
		       "(--reach=PORT) leads to a port of the host's loopback";
	return NULL;
}

static void add_accepted(struct planner *p, const struct text *text)
{
	struct net_target target;
	const char *wrong;

	if (!plan_target(p, text, &target))
		return;
	plan_filter_ports(&target);
	if (*target.name && target.protocol == 0)
		target.protocol = IPPROTO_TCP;
	wrong = *target.name ? cannot_lead_out(&target) : NULL;
	if (!wrong)
		wrong = listen_at_all(p, &target);
	if (wrong)
		diag_add(p->diags, &text->pos, "\"%s\": %s", text->s, wrong);
	for (size_t i = 0; !wrong && *target.name && i < target.spans_len; i++)
		add_name(p, &target, &target.spans[i], &text->pos);
}

static void add_rejected(struct planner *p, const struct text *text)
{
	struct net_target target;

	if (!plan_target(p, text, &target) || !*target.name)
		return;
	if (target.spans_len == 0)
		add_name(p, &target, NULL, &text->pos);
	for (size_t i = 0; i < target.spans_len; i++) {
		struct net_filter *filter = &p->plan->net.filter;

		add_name(p, &target, &target.spans[i], &text->pos);
		filter->names[filter->names_len - 1].accept = false;
	}
}

/* Whether @deny rejects all that @allow accepts. */
static bool covers(const struct net_name *deny, const struct net_name *allow)
{
	bool names = deny->below ? hostname_is_below(allow->name, deny->name) ||
					   (allow->below &&
					    strcmp(allow->name, deny->name) == 0)
				 : !allow->below && strcmp(allow->name, deny->name) == 0;

	return names && !deny->accept &&
	       (!deny->protocol || deny->protocol == allow->protocol) &&
	       (!deny->first ||
		(deny->first <= allow->first && allow->last <= deny->last));
}

static void check_useless(struct planner *p)
{
	const struct net_filter *filter = &p->plan->net.filter;

	for (size_t i = 0; i < filter->names_len; i++)
		for (size_t k = 0; filter->names[i].accept && k < filter->names_len; k++)
			if (covers(&filter->names[k], &filter->names[i])) {
				diag_add(p->diags, &filter->names[i].pos,
					 "\"%s%s\" can never match: net.deny (%s:%u) "
					 "rejects it",
					 filter->names[i].below ? "*." : "",
					 filter->names[i].name, filter->names[k].pos.file,
					 filter->names[k].pos.line);
				break;
			}
}

/* "[USER:PASSWORD@]HOST:PORT" behind "http://". What is wrong with it, or NULL. */
static const char *parse_upstream(struct planner *p, const char *s)
{
	struct net_filter *filter = &p->plan->net.filter;
	const char *at = strrchr(s, '@');
	struct net_target target;
	char *text = arena_strdup(p->arena, at ? at + 1 : s);
	size_t len = strlen(text);
	const char *wrong;

	if (len > 0 && text[len - 1] == '/')
		text[len - 1] = '\0';
	wrong = net_target_parse(text, &target);
	if (wrong)
		return wrong;
	if (target.below || target.protocol || target.spans_len != 1 ||
	    target.spans[0].first != target.spans[0].last ||
	    (!*target.name &&
	     target.prefix != (target.addr.family == AF_INET ? 32 : 128)))
		return "write one host and one port";
	filter->upstream_auth = at ? arena_strndup(p->arena, s, (size_t)(at - s)) : "";
	if (strlen(filter->upstream_auth) >=
	    sizeof((struct egress_head *)NULL)->upstream_auth)
		return "the user and password are too long";
	if (*target.name) {
		filter->upstream = arena_strdup(p->arena, target.name);
	} else {
		char *buf = arena_alloc(p->arena, NET_ADDR_TEXT);

		filter->upstream = net_addr_text(&target.addr, false, buf);
	}
	filter->upstream_port = target.spans[0].first;
	return NULL;
}

static void check_upstream(struct planner *p)
{
	static const char scheme[] = "http://";
	const struct text *upstream = &p->policy->net.upstream;
	const char *wrong;

	if (!upstream->s)
		return;
	wrong = strncmp(upstream->s, scheme, sizeof scheme - 1) == 0
			? parse_upstream(p, upstream->s + sizeof scheme - 1)
			: "write \"http://HOST:PORT\": a proxy that takes CONNECT is "
			  "spoken to "
			  "in HTTP";
	if (wrong) /* it may hold a password */
		diag_add(p->diags, &upstream->pos, "net.upstream: %s", wrong);
}

static void check_egress(struct planner *p)
{
	const struct srcpos *pos = &p->policy->net.mode.pos;
	struct plan_companion *companion;

	if (!p->host->egress) {
		diag_add(p->diags, pos,
			 "net.mode = \"filtered\" needs the program " EGRESS_PROGRAM
			 ", which is installed with sbox and is not there");
		return;
	}
	companion = plan_add_companion(p, EGRESS_PROGRAM, p->host->egress);
	companion->purpose = "makes the connections that net.allow lists";
	companion->network = true;
	companion->kill = p->plan->net.kill;
	companion->pos = *pos;
}

static void refuse_for_filter(struct planner *p)
{
	const struct policy *policy = p->policy;

	if (policy->net.dns.len > 0)
		diag_add(
			p->diags, &policy->net.dns.items[0].pos,
			"net.dns has no meaning with net.mode = \"filtered\", where sbox "
			"answers and the host looks names up");
	if (policy->net.scope.value != NET_SCOPE_PUBLIC)
		diag_add(p->diags, &policy->net.scope.pos,
			 "net.scope has no meaning with net.mode = \"filtered\", where "
			 "private addresses are opened one by one: net.allow = "
			 "[\"10.1.0.0/16:443\"]");
}

void plan_net_filter(struct planner *p)
{
	const struct policy *policy = p->policy;
	struct net_filter *filter = &p->plan->net.filter;

	filter->tls_any = policy->net.tls.value == NET_TLS_ANY;
	filter->proxy = policy->net.proxy.value;
	check_egress(p);
	refuse_for_filter(p);
	check_upstream(p);
	for (size_t i = 0; i < policy->net.deny.len; i++)
		add_rejected(p, &policy->net.deny.items[i]);
	for (size_t i = 0; i < policy->net.allow.len; i++)
		add_accepted(p, &policy->net.allow.items[i]);
	check_useless(p);
	if (filter->names_len > EGRESS_NAMES_MAX)
		diag_add(p->diags, &policy->net.mode.pos,
			 "these are %zu rules by name, %d is the most", filter->names_len,
			 EGRESS_NAMES_MAX);
}
