/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print-net.c - the network of a plan, for people and programs */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "plan/parts.h"

static const char *const modes[] = {
	[NET_NONE] = "none",   [NET_HOST] = "host",  [NET_SLIRP4NETNS] = "slirp4netns",
	[NET_PASTA] = "pasta", [NET_JOIN] = "join:",
};

void plan_net_mode(const struct net_plan *net, struct strbuf *out)
{
	strbuf_printf(out, "%s%s", modes[net->mode], net->join ? net->join : "");
}

static void print_pos(struct strbuf *out, const struct srcpos *pos)
{
	if (!pos->file)
		return;
	strbuf_add(out, ", ");
	strbuf_escaped(out, pos->file, strlen(pos->file));
	strbuf_printf(out, ":%u", pos->line);
}

void plan_print_net(const struct net_plan *net, struct strbuf *out)
{
	static const char *const about[] = {
		[NET_NONE] = " (loopback only)",
		[NET_HOST] = " (not isolated)",
		[NET_SLIRP4NETNS] = "",
		[NET_PASTA] = "",
		[NET_JOIN] = " (that of another sandbox, whose rules hold)",
	};
	char text[NET_ADDR_TEXT];

	strbuf_add(out, "network: ");
	plan_net_mode(net, out);
	strbuf_printf(out, "%s\n", about[net->mode]);
	if (!net->helper && !net->join)
		return;
	strbuf_add(out, "  name servers:");
	for (size_t i = 0; i < net->dns_len; i++)
		strbuf_printf(out, " %s", net_addr_text(&net->dns[i], false, text));
	strbuf_add(out, net->dns_len ? "\n" : " none\n");
	for (size_t i = 0; i < net->publish_len; i++) {
		strbuf_add(out, "  publish ");
		net_publish_text(&net->publish[i], out);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < net->rules_len; i++) {
		strbuf_add(out, "  ");
		net_rule_text(&net->rules[i], out);
		strbuf_printf(out, "  # %s", net->rules[i].why);
		print_pos(out, &net->rules[i].pos);
		strbuf_addc(out, '\n');
	}
	if (net->rules_len == 0 && !net->join)
		strbuf_add(out, "  no rules: net.scope = \"any\"\n");
}

/* Without the brace that ends it. */
static void json_rule(const struct net_rule *rule, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, from = { 0 };

	net_rule_text(rule, &text);
	strbuf_add(out, "{\"rule\":");
	strbuf_json(out, strbuf_str(&text));
	strbuf_add(out, ",\"why\":");
	strbuf_json(out, rule->why);
	strbuf_add(out, ",\"from\":");
	if (rule->pos.file) {
		strbuf_printf(&from, "%s:%u", rule->pos.file, rule->pos.line);
		strbuf_json(out, strbuf_str(&from));
	} else {
		strbuf_add(out, "null");
	}
}

/* "ipv6", "dns" and "publish" */
static void json_common(const struct net_plan *net, struct strbuf *out)
{
	char text[NET_ADDR_TEXT];

	strbuf_printf(out, "\"ipv6\":%s,\"dns\":[", net->ipv6 ? "true" : "false");
	for (size_t i = 0; i < net->dns_len; i++)
		strbuf_printf(out, "%s\"%s\"", i ? "," : "",
			      net_addr_text(&net->dns[i], false, text));
	strbuf_add(out, "],\"publish\":[");
	for (size_t i = 0; i < net->publish_len; i++) {
		const struct net_publish *p = &net->publish[i];

		strbuf_printf(out,
			      "%s{\"address\":\"%s\",\"host_port\":%u,\"port\":%u,"
			      "\"protocol\":\"%s\"}",
			      i ? "," : "", net_addr_text(&p->addr, false, text),
			      p->host_port, p->port,
			      p->protocol == IPPROTO_TCP ? "tcp" : "udp");
	}
	strbuf_addc(out, ']');
}

void plan_json_net(const struct net_plan *net, struct strbuf *out)
{
	strbuf_add(out, "\"network\":\"");
	plan_net_mode(net, out);
	strbuf_add(out, "\",\"net\":{");
	json_common(net, out);
	strbuf_add(out, ",\"rules\":[");
	for (size_t i = 0; i < net->rules_len; i++) {
		strbuf_add(out, i ? "," : "");
		json_rule(&net->rules[i], out);
		strbuf_addc(out, '}');
	}
	strbuf_add(out, "]},");
}

void net_report_json(const struct net_plan *net, const struct net_usage *usage,
		     const char *lost, struct strbuf *out)
{
	strbuf_add(out, "{\"mode\":\"");
	plan_net_mode(net, out);
	strbuf_add(out, "\",");
	json_common(net, out);
	strbuf_add(out, ",\"bytes\":");
	if (usage->counted)
		strbuf_printf(out, "{\"in\":%llu,\"out\":%llu}",
			      (unsigned long long)usage->in,
			      (unsigned long long)usage->out);
	else
		strbuf_add(out, "null");
	strbuf_add(out, ",\"rules\":[");
	for (size_t i = 0; i < net->rules_len; i++) {
		const struct net_count *count = usage->rules ? &usage->rules[i] : NULL;

		strbuf_add(out, i ? "," : "");
		json_rule(&net->rules[i], out);
		if (count)
			strbuf_printf(out, ",\"packets\":%llu,\"bytes\":%llu}",
				      (unsigned long long)count->packets,
				      (unsigned long long)count->bytes);
		else
			strbuf_add(out, ",\"packets\":null,\"bytes\":null}");
	}
	strbuf_add(out, "],\"helper_ended\":");
	if (lost)
		strbuf_json(out, lost);
	else
		strbuf_add(out, "null");
	strbuf_addc(out, '}');
}
