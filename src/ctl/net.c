/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net.c - sboxctl net: what the filtered network of a running sandbox has let through */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "box/door/request.h"
#include "box/net/egress.h"
#include "ctl/running.h"
#include "plan/plan.h"
#include "run/refused.h"
#include "run/say.h"

static int ask_for_tally(struct ctl *ctl, const char *name, struct egress_tally *ret,
			 struct error *err)
{
	static const struct request_kind tally = { MSG_TALLY, MSG_TALLY, 1 };
	_cleanup_fd_ int dir = -1, socket = -1, file = -1;
	struct registry_entry entry;

	if (caller_find_running(&ctl->caller, name, &entry, &dir, err) < 0)
		return -1;
	if (dir < 0) {
		err->status = CTL_NO;
		return error_set(err,
				 "no sandbox called \"%s\" runs (\"sboxctl ps\" lists "
				 "them; --name gives one)",
				 name);
	}
	socket = request_connect(dir, &entry, err);
	if (socket < 0 || request_ask(socket, &tally, &file, err) < 0)
		return error_wrap(err, "%s", name);
	if (egress_read_tally(file, ret) < 0)
		return error_set(err, "%s: what its network has counted cannot be read",
				 name);
	return 0;
}

static int print_hosts(const struct egress_tally *tally)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	strbuf_printf(&out, "%-40s %11s %6s %8s %8s  %s\n", "HOST", "PORT", "TIMES", "IN",
		      "OUT", "VERDICT");
	for (uint32_t i = 0; i < tally->len; i++) {
		const struct egress_row *row = &tally->rows[i];
		char port[24] = "-";

		if (row->port)
			(void)snprintf(port, sizeof port, "%u/%s", row->port,
				       row->protocol == IPPROTO_TCP ? "tcp" : "udp");
		strbuf_printf(&out, "%-40s %11s %6u ", row->host, port, row->times);
		for (int way = 0; way < 2; way++) {
			_cleanup_strbuf_ struct strbuf bytes = { 0 };

			ctl_bytes(&bytes, way ? row->out : row->in);
			strbuf_printf(&out, "%8s ", strbuf_str(&bytes));
		}
		strbuf_printf(&out, " %s%s", row->why ? "no: " : "",
			      egress_why(row->why));
		if (*row->other)
			strbuf_printf(&out, ", %s", row->other);
		strbuf_addc(&out, '\n');
	}
	if (tally->left_out)
		strbuf_printf(&out, "and %u times others\n", tally->left_out);
	return say_answer(&out);
}

static int print_hosts_json(const struct egress_tally *tally)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	json_object(&out, NULL);
	net_tally_json(tally, &out);
	json_object_end(&out);
	strbuf_addc(&out, '\n');
	return say_answer(&out);
}

int ctl_net(struct ctl *ctl, int argc, char **argv)
{
	struct error err = { .status = EXIT_SBOX };
	const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	const char *name = argv[json ? 2 : 1];
	struct egress_tally *tally = arena_alloc(&ctl->arena, sizeof *tally);

	if (argc != (json ? 3 : 2) || *name == '-')
		return ctl_usage("net", "say [--json] and the NAME of a running sandbox");
	if (!sandbox_name_ok(name))
		return ctl_usage("net", "\"%s\" is no name of a sandbox", name);
	if (ask_for_tally(ctl, name, tally, &err) < 0)
		return say_error(&err);
	return json ? print_hosts_json(tally) : print_hosts(tally);
}
