/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl.c - what the subcommands of sboxctl share; see ctl.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

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
	say(&text);
	return status;
}

void ctl_json_place(const struct srcpos *pos, struct strbuf *out)
{
	strbuf_add(out, "\"file\":");
	if (pos->file)
		strbuf_json(out, pos->file);
	else
		strbuf_add(out, "null");
	if (pos->file && pos->line)
		strbuf_printf(out, ",\"line\":%u", pos->line);
	else
		strbuf_add(out, ",\"line\":null");
	if (pos->file && pos->line && pos->col)
		strbuf_printf(out, ",\"col\":%u", pos->col);
	else
		strbuf_add(out, ",\"col\":null");
}
