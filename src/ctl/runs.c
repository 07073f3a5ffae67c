/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* runs.c - sboxctl runs: the last runs that failed */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "run/kept.h"
#include "run/say.h"

static void add_run_line(const struct kept_run *run, struct strbuf *out)
{
	strbuf_printf(out, "%-22s %6d  %-16s ", run->id, (int)run->status, run->why);
	strbuf_escaped(out, run->cwd, strlen(run->cwd));
	strbuf_add(out, ": ");
	for (size_t i = 0; run->command[i]; i++) {
		strbuf_add(out, i ? " " : "");
		strbuf_escaped(out, run->command[i], strlen(run->command[i]));
	}
	strbuf_addc(out, '\n');
}

static void add_run_object(const struct kept_run *run, struct strbuf *out)
{
	json_object(out, NULL);
	json_text(out, "run", run->id);
	json_number(out, "status", run->status);
	json_text(out, "why", run->why);
	json_text(out, "cwd", run->cwd);
	json_texts(out, "options", run->options);
	json_texts(out, "command", run->command);
	json_object_end(out);
}

int ctl_runs(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct kept_runs runs;

	if (argc > 1 && !json)
		return ctl_usage("runs", "\"%s\": it takes --json and nothing else",
				 argv[1]);
	kept_list(&ctl->caller, &runs);
	if (json)
		json_array(&out, NULL);
	else
		strbuf_printf(&out, "%-22s %6s  %-16s %s\n", "RUN", "STATUS", "WHY",
			      "DIRECTORY: COMMAND");
	for (size_t i = 0; i < runs.len; i++)
		if (json)
			add_run_object(&runs.list[i], &out);
		else
			add_run_line(&runs.list[i], &out);
	if (json) {
		json_array_end(&out);
		strbuf_addc(&out, '\n');
	}
	return say_answer(&out);
}
