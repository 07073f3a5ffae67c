/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print-net.c - the network of a plan, for people and programs */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "base/json.h"
#include "plan/parts.h"
#include "policy/egress.h"

static const char *const modes[] = {
	[NET_NONE] = "none",
	[NET_HOST] = "host",
	[NET_SLIRP4NETNS] = "slirp4netns",
	[NET_PASTA] = "pasta",
	[NET_FILTERED] = "filtered",
	[NET_JOIN] = "join:",
};

void plan_net_mode(const struct net_plan *net, struct strbuf *out)
{
	strbuf_printf(out, "%s%s", modes[net->mode], net->join ? net->join : "");
}

static void print_origin(struct strbuf *out, const struct srcpos *pos)
{
	if (!pos->file)
		return;
	strbuf_add(out, ", ");
	strbuf_escaped(out, pos->file, strlen(pos->file));
	strbuf_printf(out, ":%u", pos->line);
}

static void print_ports(const struct net_plan *net, struct strbuf *out)
{
	for (size_t i = 0; i < net->publish_len; i++) {
		strbuf_add(out, "  publish ");
		net_publish_text(&net->publish[i], out);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < net->reach_len; i++) {
		strbuf_add(out, "  reach ");
		net_reach_text(&net->reach[i], out);
		strbuf_add(out, " of the host\n");
	}
}

static void name_text(const struct net_name *name, struct strbuf *out)
{
	strbuf_printf(out, "%s %s%s", name->accept ? "accept" : "reject",
		      name->below ? "*." : "", name->name);
	if (name->first)
		strbuf_printf(out, " port %u", name->first);
	if (name->first != name->last)
		strbuf_printf(out, "-%u", name->last);
	if (name->protocol)
		strbuf_printf(out, " %s", name->protocol == IPPROTO_TCP ? "tcp" : "udp");
}

/* What net.mode = "filtered" lets through, and where its names may lead. */
static void print_filter(const struct net_plan *net, struct strbuf *out)
{
	const struct net_filter *filter = &net->filter;

	for (size_t i = 0; i < filter->names_len; i++) {
		strbuf_add(out, "  ");
		name_text(&filter->names[i], out);
		strbuf_printf(out, "  # %s",
			      filter->names[i].accept ? "net.allow" : "net.deny");
		print_origin(out, &filter->names[i].pos);
		strbuf_addc(out, '\n');
	}
	if (filter->upstream)
		strbuf_printf(out, "  names are reached through the proxy %s, port %u\n",
			      filter->upstream, filter->upstream_port);
	if (filter->proxy)
		strbuf_printf(out, "  a proxy inside at port %d\n", EGRESS_PROXY_PORT);
	strbuf_add(out, filter->tls_any
				? "  TLS may speak of any name: net.tls = \"any\"\n"
				: "  TLS and HTTP have to speak of the same name\n");
	strbuf_add(out,
		   "  an address is reached as such by net.allow alone, and names lead "
		   "only to these:\n");
}

void plan_print_net(const struct net_plan *net, struct strbuf *out)
{
	static const char *const about[] = {
		[NET_NONE] = " (loopback only)",
		[NET_HOST] = " (not isolated)",
		[NET_SLIRP4NETNS] = "",
		[NET_PASTA] = "",
		[NET_FILTERED] = " (what is listed, by sbox-egress)",
		[NET_JOIN] = " (that of another sandbox, whose rules hold)",
	};
	char text[NET_ADDR_TEXT];

	strbuf_add(out, "network: ");
	plan_net_mode(net, out);
	strbuf_printf(out, "%s\n", about[net->mode]);
	print_ports(net, out);
	if (!net->helper && !net->filtered && !net->join)
		return;
	strbuf_add(out, "  name servers:");
	for (size_t i = 0; i < net->dns_len; i++)
		strbuf_printf(out, " %s", net_addr_text(&net->dns[i], false, text));
	strbuf_add(out, net->dns_len ? "\n" : " none\n");
	if (net->filtered)
		print_filter(net, out);
	for (size_t i = 0; i < net->rules_len; i++) {
		strbuf_add(out, "  ");
		net_rule_text(&net->rules[i], out);
		strbuf_printf(out, "  # %s", net->rules[i].why);
		print_origin(out, &net->rules[i].pos);
		strbuf_addc(out, '\n');
	}
	if (net->rules_len == 0 && !net->join)
		strbuf_add(out, "  no rules: net.scope = \"any\"\n");
}

/* As an object that is still open. */
static void json_rule(const struct net_rule *rule, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	net_rule_text(rule, &text);
	json_object(out, NULL);
	json_text(out, "rule", strbuf_str(&text));
	json_text(out, "why", rule->why);
	if (rule->pos.file)
		json_format(out, "from", "%s:%u", rule->pos.file, rule->pos.line);
	else
		json_null(out, "from");
}

static void json_ports(const char *name, const struct net_publish *ports, size_t len,
		       struct strbuf *out)
{
	char text[NET_ADDR_TEXT];

	json_array(out, name);
	for (size_t i = 0; i < len; i++) {
		json_object(out, NULL);
		json_text(out, "address", net_addr_text(&ports[i].addr, false, text));
		json_number(out, "host_port", ports[i].host_port);
		json_number(out, "port", ports[i].port);
		json_text(out, "protocol",
			  ports[i].protocol == IPPROTO_TCP ? "tcp" : "udp");
		json_object_end(out);
	}
	json_array_end(out);
}

/* "ipv6", "dns", "publish" and "reach" */
static void json_common(const struct net_plan *net, struct strbuf *out)
{
	char text[NET_ADDR_TEXT];

	json_bool(out, "ipv6", net->ipv6);
	json_array(out, "dns");
	for (size_t i = 0; i < net->dns_len; i++)
		json_text(out, NULL, net_addr_text(&net->dns[i], false, text));
	json_array_end(out);
	json_ports("publish", net->publish, net->publish_len, out);
	json_ports("reach", net->reach, net->reach_len, out);
}

/* The members that net.mode = "filtered" has in addition. */
static void json_names(const struct net_filter *filter, struct strbuf *out)
{
	json_array(out, "names");
	for (size_t i = 0; i < filter->names_len; i++) {
		const struct net_name *name = &filter->names[i];
		_cleanup_strbuf_ struct strbuf text = { 0 };

		name_text(name, &text);
		json_object(out, NULL);
		json_text(out, "rule", strbuf_str(&text));
		if (name->pos.file)
			json_format(out, "from", "%s:%u", name->pos.file, name->pos.line);
		else
			json_null(out, "from");
		json_object_end(out);
	}
	json_array_end(out);
	json_text(out, "tls", filter->tls_any ? "any" : "match");
	json_bool(out, "proxy", filter->proxy);
	json_text(out, "upstream", filter->upstream);
}

/* Under @name, as net.mode has it. */
static void json_mode(const struct net_plan *net, const char *name, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf mode = { 0 };

	plan_net_mode(net, &mode);
	json_text(out, name, strbuf_str(&mode));
}

void plan_json_net_mode(const struct net_plan *net, struct strbuf *out)
{
	json_mode(net, "network", out);
}

void plan_json_net(const struct net_plan *net, struct strbuf *out)
{
	plan_json_net_mode(net, out);
	json_object(out, "net");
	json_common(net, out);
	json_array(out, "rules");
	for (size_t i = 0; i < net->rules_len; i++) {
		json_rule(&net->rules[i], out);
		json_object_end(out);
	}
	json_array_end(out);
	if (net->filtered)
		json_names(&net->filter, out);
	json_object_end(out);
}

static void json_counted(const struct net_rule *rule, const struct net_count *count,
			 struct strbuf *out)
{
	json_rule(rule, out);
	if (count) {
		json_count(out, "packets", count->packets);
		json_count(out, "bytes", count->bytes);
	} else {
		json_null(out, "packets");
		json_null(out, "bytes");
	}
	json_object_end(out);
}

void net_tally_json(const struct egress_tally *tally, struct strbuf *out)
{
	json_array(out, "hosts");
	for (uint32_t i = 0; i < tally->len; i++) {
		const struct egress_row *row = &tally->rows[i];

		json_object(out, NULL);
		json_text(out, "host", row->host);
		if (row->port)
			json_number(out, "port", row->port);
		else
			json_null(out, "port");
		json_text(out, "protocol", row->protocol == IPPROTO_TCP ? "tcp" : "udp");
		json_bool(out, "let_through", row->why == EGRESS_LET_THROUGH);
		json_text(out, "why", egress_why(row->why));
		json_text(out, "other", *row->other ? row->other : NULL);
		json_count(out, "times", row->times);
		json_count(out, "in", row->in);
		json_count(out, "out", row->out);
		json_object_end(out);
	}
	json_array_end(out);
	json_count(out, "left_out", tally->left_out);
}

void net_report_json(const struct net_plan *net, const struct net_usage *usage,
		     struct strbuf *out)
{
	json_object(out, "net");
	json_mode(net, "mode", out);
	json_common(net, out);
	if (usage->counted) {
		json_object(out, "bytes");
		json_count(out, "in", usage->in);
		json_count(out, "out", usage->out);
		json_object_end(out);
	} else {
		json_null(out, "bytes");
	}
	json_array(out, "rules");
	for (size_t i = 0; i < net->rules_len; i++)
		json_counted(&net->rules[i], usage->rules ? &usage->rules[i] : NULL, out);
	json_array_end(out);
	if (net->filtered)
		json_names(&net->filter, out);
	if (usage->tally)
		net_tally_json(usage->tally, out);
	json_object_end(out);
}
