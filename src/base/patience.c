/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* patience.c - tells a person what takes longer than a second; see patience.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/patience.h"

void patience_begin(struct patience *p, const char *fmt, ...)
{
	va_list args;

	if (!p || !p->tell)
		return;
	va_start(args, fmt);
	(void)vsnprintf(p->what, sizeof p->what, fmt, args);
	va_end(args);
	p->due = clock_ms() + PATIENCE_MS;
}

void patience_end(struct patience *p)
{
	if (p)
		p->due = 0;
}

void patience_look(struct patience *p)
{
	if (!p || p->due == 0 || clock_ms() < p->due)
		return;
	p->due = 0;
	p->tell(p->what);
}

void patience_wait(struct patience *p, int fd)
{
	struct pollfd ready = { fd, POLLIN, 0 };
	int n = 0;

	while (fd >= 0 && p && p->due != 0 && (n == 0 || (n < 0 && errno == EINTR))) {
		n = poll(&ready, 1, clock_left(p->due));
		if (n == 0)
			patience_look(p);
	}
}
