/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor-finding.c - the parts of a finding; see doctor.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "ctl/doctor/doctor.h"

void finding_works(struct doctor *doctor, struct finding *ret, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	*ret = (struct finding){ .state = STATE_WORKS,
				 .found = arena_strdup(doctor->arena, text) };
}

void finding_missing(struct finding *ret, struct doctor *doctor, const struct error *err)
{
	struct error told = *err;

	cause_filter(&told);
	*ret = (struct finding){ .state = STATE_MISSING,
				 .found = arena_strdup(doctor->arena, told.msg) };
}

void finding_refused(struct finding *ret, struct doctor *doctor, const struct error *err)
{
	const struct cause *cause = cause_namespaces(err->errnum);

	finding_missing(ret, doctor, err);
	if (!cause)
		return;
	ret->found = cause->what;
	ret->mend = cause->mend;
	ret->command = cause->command;
}
