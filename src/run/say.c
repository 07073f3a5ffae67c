/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* say.c - what sbox and sboxctl tell a person; see say.h */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "run/color.h"
#include "run/say.h"

void say(const struct strbuf *text)
{
	(void)io_write_all(STDERR_FILENO, strbuf_str(text), text->len);
}

void say_mistakes(const struct strbuf *mistakes)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_addn(&text, strbuf_str(mistakes), mistakes->len);
	color_mistakes(&text);
	say(&text);
}

/* "sbox: " or "sboxctl: ", @what as it is and @about escaped, in one write. */
static void say_line(const char *prefix, const char *what, const char *about,
		     void (*color)(struct strbuf *))
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "%s%s: %s", prefix, say_program, what);
	strbuf_escaped(&text, about, strlen(about));
	strbuf_addc(&text, '\n');
	color(&text);
	say(&text);
}

int say_error_as(const char *prefix, const struct error *err)
{
	say_line(prefix, "", err->msg, color_error);
	return err->status ? err->status : EXIT_SBOX;
}

int say_error(const struct error *err)
{
	return say_error_as("", err);
}

void say_warning(const char *what, const char *about)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "warning: %s", what);
	say_line("", strbuf_str(&text), about, color_warning);
}

void say_waiting(const char *what)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct pollfd ready = { STDERR_FILENO, POLLOUT, 0 };
	bool terminal = isatty(STDERR_FILENO) == 1;

	if (poll(&ready, 1, 0) != 1) /* as a terminal that was stopped (Ctrl-S) */
		return;
	strbuf_printf(&text, "%s%s: %s%s\n", terminal ? "\r" : "", say_program, what,
		      terminal ? "\r" : "");
	say(&text);
}

int say_answer(const struct strbuf *text)
{
	struct error err = { .status = EXIT_SBOX };

	if (io_write_all(STDOUT_FILENO, strbuf_str(text), text->len) == 0)
		return 0;
	(void)error_sys(&err, "cannot write to standard output");
	return say_error(&err);
}
