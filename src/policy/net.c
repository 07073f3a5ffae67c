/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net.c - addresses, rules and published ports as profiles write them; see net.h */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/net.h"
#include "policy/units.h"

#define TEXT_MAX 128   /* of a port; the longest that means something is shorter */
#define TARGET_MAX 512 /* of a rule, the same */

int net_addr_parse(const char *s, struct net_addr *ret)
{
	struct net_addr addr = { .family = strchr(s, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(addr.family, s, addr.bytes) != 1)
		return -1;
	*ret = addr;
	return 0;
}

int net_addr_parse_bytes(const char *s, size_t len, struct net_addr *ret)
{
	char text[NET_ADDR_TEXT];

	if (len >= sizeof text || memchr(s, '\0', len))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	return net_addr_parse(text, ret);
}

const char *net_addr_text(const struct net_addr *addr, bool brackets, char *buf)
{
	char text[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(addr->family, addr->bytes, text, sizeof text);
	(void)snprintf(buf, NET_ADDR_TEXT,
		       brackets && addr->family == AF_INET6 ? "[%s]" : "%s", text);
	return buf;
}

bool net_addr_is_loopback(const struct net_addr *addr)
{
	static const unsigned char one[16] = { [15] = 1 };

	return addr->family == AF_INET ? addr->bytes[0] == 127
				       : memcmp(addr->bytes, one, sizeof one) == 0;
}

/* Cuts "/tcp" or "/udp" off the end of @s. */
static int cut_protocol(char *s)
{
	size_t len = strlen(s);
	char *end = len >= 4 ? s + len - 4 : s + len;
	int protocol = strcmp(end, "/tcp") == 0   ? IPPROTO_TCP
		       : strcmp(end, "/udp") == 0 ? IPPROTO_UDP
						  : 0;

	if (protocol)
		*end = '\0';
	return protocol;
}

static int parse_port(const char *s, int64_t min, uint16_t *ret)
{
	int64_t port;

	if (units_number(s, UINT16_MAX, &port) < 0 || port < min)
		return -1;
	*ret = (uint16_t)port;
	return 0;
}

static bool has_bits_behind(const struct net_addr *addr, unsigned prefix)
{
	unsigned bits = addr->family == AF_INET ? 32 : 128;

	for (unsigned i = prefix; i < bits; i++)
		if (addr->bytes[i / 8] >> (7 - i % 8) & 1)
			return true;
	return false;
}

/* "22,443,8000-8010" */
static const char *parse_spans(char *s, struct net_target *target)
{
	for (char *next = s; next;) {
		struct net_span *span = &target->spans[target->spans_len];
		char *one = next, *dash;

		if (target->spans_len == NET_SPANS_MAX)
			return "these are too many ports for one entry";
		next = strchr(one, ',');
		if (next)
			*next++ = '\0';
		dash = strchr(one, '-');
		if (dash)
			*dash++ = '\0';
		if (parse_port(one, 1, &span->first) < 0 ||
		    parse_port(dash ? dash : one, 1, &span->last) < 0)
			return "a port is a number from 1 to 65535, a range "
			       "\"1000-2000\", a list \"22,443\"";
		if (span->first > span->last)
			return "the range of ports is empty";
		target->spans_len++;
	}
	return NULL;
}

/* What a "*" stands for; *s moves behind "*.". */
static const char *cut_wildcard(char **s, struct net_target *target)
{
	if (strncmp(*s, "*.", 2) == 0) {
		target->below = true;
		*s += 2;
	} else if (strcmp(*s, "*") == 0) {
		return "a \"*\" needs a domain behind it, \"*.example.org\"; a network "
		       "that is open as a whole is net.mode = \"auto\"";
	}
	return strchr(*s, '*') ? "a \"*\" stands for whole labels in front: "
				 "\"*.example.org\""
			       : NULL;
}

static const char *parse_name(char *s, struct net_target *target)
{
	const char *wrong = cut_wildcard(&s, target);

	return wrong ? wrong : hostname_parse(s, strlen(s), target->name);
}

/* @s: "NAME" or "ADDRESS", @prefix: "LEN" or NULL. */
static const char *parse_host(char *s, const char *prefix, struct net_target *target)
{
	int64_t bits;

	if (net_addr_parse(s, &target->addr) < 0)
		return prefix ? "a prefix length stands behind an address, and this is "
				"none"
			      : parse_name(s, target);
	bits = target->addr.family == AF_INET ? 32 : 128;
	if (prefix && units_number(prefix, bits, &bits) < 0)
		return "the prefix length does not fit the address";
	target->prefix = (unsigned)bits;
	return has_bits_behind(&target->addr, target->prefix)
		       ? "the address has bits set behind the prefix"
		       : NULL;
}

/* Parts "HOST[/LEN]" from what follows; *ret_rest is "" or ":PORTS". NULL: no "]". */
static char *split_host(char *s, char **ret_rest)
{
	char *addr = s, *end;

	if (*s != '[') {
		end = s + strcspn(s, ":");
		*ret_rest = end;
		return addr;
	}
	addr = s + 1;
	end = strchr(addr, ']');
	if (!end)
		return NULL;
	if (end[1] == '/') { /* [fd00::]/8 is [fd00::/8] */
		size_t len = strspn(end + 2, "0123456789") + 1;

		memmove(end, end + 1, len);
		end[len] = '\0';
		*ret_rest = end + len + 1;
		return addr;
	}
	*end = '\0';
	*ret_rest = end + 1;
	return addr;
}

/* Cuts "tcp:", "udp:", "/tcp" or "/udp" off; *s moves behind the first two. */
static const char *cut_protocols(char **s, int *ret)
{
	bool tcp = strncmp(*s, "tcp:", 4) == 0, udp = strncmp(*s, "udp:", 4) == 0;

	*ret = cut_protocol(*s);
	if (!tcp && !udp)
		return NULL;
	if (*ret)
		return "the protocol is said twice";
	*ret = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	*s += 4;
	return NULL;
}

const char *net_target_parse(const char *s, struct net_target *ret)
{
	struct net_target target = { .spans_len = 0 };
	char text[TARGET_MAX], *p = text, *host, *rest, *slash;
	const char *wrong;

	if ((size_t)snprintf(text, sizeof text, "%s", s) >= sizeof text)
		return "this is too long";
	if (strstr(text, "://"))
		return "an entry is a host and its ports, no URL: \"example.org:443\"";
	wrong = cut_protocols(&p, &target.protocol);
	if (wrong)
		return wrong;
	host = split_host(p, &rest);
	if (!host)
		return "the \"]\" is missing";
	if (host == p && strchr(rest + (*rest == ':'), ':'))
		return "an IPv6 address stands in brackets: \"[fd00::1]:443/tcp\"";
	if (*rest && *rest != ':')
		return "behind the host a port is written as \":443\"";
	if (*rest)
		*rest++ = '\0';
	else
		rest = NULL;
	slash = strchr(host, '/');
	if (slash)
		*slash++ = '\0';
	wrong = parse_host(host, slash, &target);
	if (!wrong && rest)
		wrong = parse_spans(rest, &target);
	if (!wrong)
		*ret = target;
	return wrong;
}

const char *net_rule_parse(const char *s, struct net_rule *ret)
{
	struct net_target target;
	const char *wrong = net_target_parse(s, &target);

	if (wrong)
		return wrong;
	if (*target.name)
		return "this is no IP address";
	if (target.spans_len > 1)
		return "this takes one port or one range of them";
	ret->addr = target.addr;
	ret->prefix = target.prefix;
	ret->protocol = target.protocol;
	ret->first = target.spans_len ? target.spans[0].first : ret->first;
	ret->last = target.spans_len ? target.spans[0].last : ret->last;
	return NULL;
}

/* The address in front of the ports, if there is one; *s moves behind it. */
static const char *publish_address(char **s, struct net_publish *publish)
{
	char *addr = *s, *end;

	if (*addr == '[') {
		addr++;
		end = strchr(addr, ']');
		if (!end || end[1] != ':')
			return "behind \"]\" a port is missing";
		*end++ = '\0';
	} else {
		end = strchr(addr, ':');
		if (!strchr(addr, '.') && !(end && strchr(end + 1, ':')))
			return NULL;
		end = strchr(addr, ':');
		if (!end)
			return "the port is missing";
	}
	*end = '\0';
	*s = end + 1;
	return net_addr_parse(addr, &publish->addr) < 0
		       ? "what is in front of the ports is no IP address (names are not "
			 "looked up, and IPv6 stands in brackets)"
		       : NULL;
}

/* "8080" or "8000-8010": the first of them, and in *ret_more how many come behind it. */
static const char *parse_span(char *s, int64_t min, uint16_t *ret_first,
			      uint16_t *ret_more)
{
	char *dash = strchr(s, '-');
	uint16_t last;

	if (dash)
		*dash++ = '\0';
	if (strspn(s, "0123456789") == 0)
		return "in front of the ports stands an address in numbers, such as "
		       "127.0.0.1, or nothing";
	if (parse_port(s, dash ? 1 : min, ret_first) < 0 ||
	    parse_port(dash ? dash : s, dash ? 1 : min, &last) < 0)
		return "write HOST_PORT:PORT, numbers up to 65535 or ranges such as "
		       "8000-8010; a host port of 0 is a free one";
	if (last < *ret_first)
		return "the range of ports is empty";
	*ret_more = (uint16_t)(last - *ret_first);
	return *ret_more < PUBLISH_RANGE_MAX ? NULL : "a range has at most 256 ports";
}

const char *net_publish_parse(const char *s, struct net_publish *ret)
{
	struct net_publish publish = *ret;
	char text[TEXT_MAX], host[TEXT_MAX], *p = text, *colon;
	const char *wrong;
	uint16_t more;

	if ((size_t)snprintf(text, sizeof text, "%s", s) >= sizeof text)
		return "this is too long";
	publish.protocol = cut_protocol(text);
	if (!publish.protocol)
		publish.protocol = IPPROTO_TCP;
	(void)net_addr_parse("127.0.0.1", &publish.addr);
	wrong = publish_address(&p, &publish);
	if (wrong)
		return wrong;
	colon = strchr(p, ':');
	if (colon)
		*colon++ = '\0';
	(void)snprintf(host, sizeof host, "%s", p);
	wrong = parse_span(host, 0, &publish.host_port, &publish.more);
	if (!wrong)
		wrong = parse_span(colon ? colon : p, 1, &publish.port, &more);
	if (!wrong && more != publish.more)
		wrong = "the two ranges of ports differ in length";
	if (wrong)
		return wrong;
	*ret = publish;
	return NULL;
}

static const char *protocol_text(int protocol)
{
	return protocol == IPPROTO_TCP ? "tcp" : "udp";
}

void net_rule_text(const struct net_rule *rule, struct strbuf *out)
{
	static const char *const matches[] = {
		[NET_MATCH_LOOPBACK] = "the sandbox's own loopback",
		[NET_MATCH_ESTABLISHED] = "established connections",
		[NET_MATCH_NEIGHBOURS] = "IPv6 neighbour discovery",
	};
	char text[NET_ADDR_TEXT];
	unsigned bits = rule->addr.family == AF_INET ? 32 : 128;

	strbuf_add(out, rule->accept ? "accept " : "reject ");
	if (rule->match != NET_MATCH_ADDRESS) {
		strbuf_add(out, matches[rule->match]);
		return;
	}
	if (rule->addr.family == AF_UNSPEC)
		strbuf_add(out, "everything else");
	else
		strbuf_add(out, net_addr_text(&rule->addr, false, text));
	if (rule->addr.family != AF_UNSPEC && rule->prefix < bits)
		strbuf_printf(out, "/%u", rule->prefix);
	if (rule->first)
		strbuf_printf(out, " port %u", rule->first);
	if (rule->first != rule->last)
		strbuf_printf(out, "-%u", rule->last);
	if (rule->protocol)
		strbuf_printf(out, " %s", protocol_text(rule->protocol));
}

static void add_span(struct strbuf *out, unsigned first, unsigned more)
{
	strbuf_printf(out, "%u", first);
	if (more > 0)
		strbuf_printf(out, "-%u", first + more);
}

void net_publish_text(const struct net_publish *publish, struct strbuf *out)
{
	char text[NET_ADDR_TEXT];

	strbuf_add(out, net_addr_text(&publish->addr, true, text));
	strbuf_add(out, ":");
	if (publish->host_port)
		add_span(out, publish->host_port, publish->more);
	else
		strbuf_add(out, "(a free port)");
	strbuf_add(out, " -> ");
	add_span(out, publish->port, publish->more);
	strbuf_printf(out, "/%s", protocol_text(publish->protocol));
}

void net_reach_text(const struct net_publish *reach, struct strbuf *out)
{
	char text[NET_ADDR_TEXT];

	strbuf_printf(out, "%u/%s -> %s:%u", reach->port, protocol_text(reach->protocol),
		      net_addr_text(&reach->addr, true, text), reach->host_port);
}

/* The rest of the line at *@line if it starts with @keyword, else NULL. */
static const char *after_keyword(const char *line, const char *keyword)
{
	size_t len = strlen(keyword);

	line += strspn(line, " \t");
	if (strncmp(line, keyword, len) != 0 || !strchr(" \t", line[len]))
		return NULL;
	line += len;
	return line + strspn(line, " \t");
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

void net_resolv_servers(struct arena *arena, const char *text, struct net_addr **list,
			size_t *len)
{
	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = after_keyword(line, "nameserver");
		char word[NET_ADDR_TEXT];
		struct net_addr addr;

		if (!value)
			continue;
		(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(value, " \t\r\n"),
			       value);
		if (net_addr_parse(word, &addr) == 0 && !net_addr_is_loopback(&addr))
			*(struct net_addr *)arena_append(arena, list, len, sizeof addr) =
				addr;
	}
}

bool net_resolv_only_ipv6(const char *text)
{
	bool any = false;

	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = after_keyword(line, "nameserver");

		if (value && !memchr(value, ':', strcspn(value, " \t\r\n")))
			return false;
		any = any || value;
	}
	return any;
}

/* What a resolver takes of a word: no character that would part or end a line. */
static bool is_resolver_word(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((word[i] >= 'a' && word[i] <= 'z') ||
		      (word[i] >= 'A' && word[i] <= 'Z') ||
		      (word[i] >= '0' && word[i] <= '9') || strchr(".-_:", word[i])))
			return false;
	return len > 0;
}

const char *net_resolv_words(struct arena *arena, const char *text, const char *keyword)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	for (const char *line = text; *line; line = next_line(line)) {
		const char *word = after_keyword(line, keyword);

		if (!word)
			continue;
		/* of several lines the last one counts: resolv.conf(5) */
		strbuf_done(&out);
		for (size_t len; *word && *word != '\n'; word += len) {
			word += strspn(word, " \t\r");
			len = strcspn(word, " \t\r\n");
			if (is_resolver_word(word, len))
				strbuf_printf(&out, " %.*s", (int)len, word);
		}
	}
	return out.len ? arena_strdup(arena, strbuf_str(&out)) : NULL;
}
