/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net-dns.c - the name servers and domains of a sandbox's network; see parts.h */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "base/strbuf.h"
#include "plan/parts.h"

#define SERVERS_MAX 3 /* as many as a resolver reads: resolv.conf(5) */
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A family that the sandbox has not: told, because the entry would mean nothing. */
bool plan_has_family(struct planner *p, const struct net_addr *addr,
		     const struct text *text)
{
	if (addr->family != AF_INET6 || p->plan->net.ipv6)
		return true;
	diag_add(p->diags, &text->pos, "\"%s\" is IPv6, which needs net.ipv6 = true",
		 text->s);
	return false;
}

static void add_server(struct planner *p, const struct net_addr *addr)
{
	struct net_plan *net = &p->plan->net;

	*(struct net_addr *)arena_append(p->arena, &net->dns, &net->dns_len,
					 sizeof *addr) = *addr;
}

/* The words of net.dns that are no addresses. */
static bool is_forward(const struct text *text)
{
	return strcmp(text->s, "forward") == 0;
}

static bool is_none(const struct text *text)
{
	return strcmp(text->s, "none") == 0;
}

/*
 * Where the helper listens for questions to the host's resolver. It hands a question on
 * by the family that it came by.
 */
static bool find_forwarder(struct planner *p, const struct text *text,
			   struct net_addr *ret)
{
	const bool six =
		p->host->resolv_conf && net_resolv_only_ipv6(p->host->resolv_conf);

	if (six && !p->plan->net.ipv6 && p->plan->net.helper) {
		diag_add(p->diags, &text->pos,
			 "\"forward\" would ask the host's resolver, which has IPv6 "
			 "addresses only: that needs net.ipv6 = true");
		return false;
	}
	p->plan->net.forward6 = six;
	return net_addr_parse(six ? NET_FORWARDER6 : NET_FORWARDER, ret) == 0;
}

/* An entry of net.dns; false after a mistake, which is told, and for "none". */
static bool parse_server(struct planner *p, const struct text *text, struct net_addr *ret)
{
	if (is_forward(text) || is_none(text)) {
		if (p->policy->net.dns.len > 1)
			diag_add(p->diags, &text->pos, "\"%s\" stands alone in net.dns",
				 text->s);
		else if (is_forward(text))
			return find_forwarder(p, text, ret);
		return false;
	}
	if (net_addr_parse(text->s, ret) == 0 && !net_addr_is_loopback(ret))
		return true;
	diag_add(p->diags, &text->pos,
		 "\"%s\" is no address of a name server: net.dns takes addresses, "
		 "\"forward\" or \"none\"",
		 text->s);
	return false;
}

static void listed_servers(struct planner *p, const struct texts *dns)
{
	for (size_t i = 0; i < dns->len; i++) {
		const struct text *text = &dns->items[i];
		struct net_addr addr;

		if (!parse_server(p, text, &addr))
			continue;
		if (is_forward(text))
			p->plan->net.forward = true;
		if (is_forward(text) || plan_has_family(p, &addr, text))
			add_server(p, &addr);
	}
}

/* The servers behind the host's own, if that is only a stub on its loopback. */
static void host_servers(struct planner *p)
{
	const char *const texts[] = { p->host->resolv_conf, p->host->resolved_conf,
				      p->host->nm_conf };
	struct net_addr *found = NULL;
	bool left_out = false;
	size_t len = 0;

	for (size_t i = 0; i < LEN(texts) && p->plan->net.dns_len == 0; i++) {
		len = 0;
		if (texts[i])
			net_resolv_servers(p->arena, texts[i], &found, &len);
		for (size_t k = 0; k < len && p->plan->net.dns_len < SERVERS_MAX; k++)
			if (found[k].family == AF_INET || p->plan->net.ipv6)
				add_server(p, &found[k]);
			else
				left_out = true;
	}
	if (p->plan->net.dns_len > 0)
		return;
	diag_add(p->diags, &p->policy->net.mode.pos, "%s",
		 left_out ? "the host's resolv.conf names servers with IPv6 addresses "
			    "only: "
			    "net.ipv6 = true lets them be asked"
			  : "the host's resolv.conf names no server that can be reached "
			    "from a sandbox: set net.dns = [\"ADDRESS\"], [\"forward\"] "
			    "(the helper asks the host's resolver) or [\"none\"]");
}

/* sbox-egress, which answers whatever server is asked. */
static void own_server(struct planner *p)
{
	struct net_addr addr;

	(void)net_addr_parse("127.0.0.1", &addr);
	add_server(p, &addr);
}

static void check_domains(struct planner *p, const struct texts *search)
{
	for (size_t i = 0; i < search->len; i++)
		if (!*search->items[i].s || strpbrk(search->items[i].s, " \t\r\n#;"))
			diag_add(p->diags, &search->items[i].pos, "\"%s\" is no domain",
				 search->items[i].s);
}

/* The host's domains and options, timeouts among them, of whichever file has some. */
static void host_domains(struct planner *p, struct strbuf *out)
{
	static const char *const keywords[] = { "domain", "search", "options" };
	const char *const texts[] = { p->host->resolv_conf, p->host->resolved_conf,
				      p->host->nm_conf };
	const char *found[LEN(keywords)] = { NULL };

	for (size_t k = 0; k < LEN(keywords); k++)
		for (size_t i = 0; i < LEN(texts) && !found[k]; i++)
			found[k] = texts[i] ? net_resolv_words(p->arena, texts[i],
							       keywords[k])
					    : NULL;
	if (found[1]) /* it and "domain" exclude each other */
		found[0] = NULL;
	for (size_t k = 0; k < LEN(keywords); k++)
		if (found[k])
			strbuf_printf(out, "%s%s\n", keywords[k], found[k]);
}

void plan_check_dns(struct planner *p)
{
	const struct texts *dns = &p->policy->net.dns;
	struct net_addr addr;

	for (size_t i = 0; i < dns->len; i++)
		(void)parse_server(p, &dns->items[i], &addr);
	check_domains(p, &p->policy->net.search);
}

void plan_dns(struct planner *p)
{
	const struct texts *dns = &p->policy->net.dns, *search = &p->policy->net.search;
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char addr[NET_ADDR_TEXT];

	if (p->plan->net.filtered)
		own_server(p);
	else if (dns->len > 0)
		listed_servers(p, dns);
	else
		host_servers(p);
	strbuf_add(&text, "# made by sbox: net.dns, net.search\n");
	check_domains(p, search);
	if (search->len == 1 && strcmp(search->items[0].s, "host") == 0)
		host_domains(p, &text);
	else
		for (size_t i = 0; i < search->len; i++)
			strbuf_printf(&text, "%s%s%s", i ? " " : "search ",
				      search->items[i].s,
				      i + 1 == search->len ? "\n" : "");
	for (size_t i = 0; i < p->plan->net.dns_len; i++)
		strbuf_printf(&text, "nameserver %s\n",
			      net_addr_text(&p->plan->net.dns[i], false, addr));
	p->plan->net.resolv_conf = arena_strdup(p->arena, strbuf_str(&text));
}
