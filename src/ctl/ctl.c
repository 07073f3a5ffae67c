/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl.c - what the subcommands of sboxctl share; see ctl.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "run/say.h"

const char *const ctl_command[] = { "true", NULL };

int ctl_usage(const char *subcommand, const char *fmt, ...)
{
	struct error err = { .status = EXIT_SBOX };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err.msg, sizeof err.msg, fmt, ap);
	va_end(ap);
	(void)error_wrap(&err, "%s", subcommand);
	return say_error(&err);
}

int ctl_fail(const struct ctl *ctl, int status)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	diag_print(&ctl->diags, &text);
	say_mistakes(&text);
	return status;
}

void ctl_bytes(struct strbuf *out, uint64_t bytes)
{
	static const char units[] = "KMGTP";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	for (; value >= 1024 && unit + 1 < sizeof units - 1; unit++)
		value /= 1024;
	strbuf_printf(out, value < 10 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

void ctl_json_place(const struct srcpos *pos, struct strbuf *out)
{
	bool line = pos->file && pos->line;

	json_text(out, "file", pos->file);
	if (line)
		json_number(out, "line", pos->line);
	else
		json_null(out, "line");
	if (line && pos->col)
		json_number(out, "col", pos->col);
	else
		json_null(out, "col");
}
