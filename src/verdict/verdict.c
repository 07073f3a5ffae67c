/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verdict.c - reasons, and the environment; see verdict.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "policy/vars.h"
#include "verdict/verdict.h"

void verdict_why(struct verdict *verdict, struct arena *arena, const struct srcpos *pos,
		 const char *fmt, ...)
{
	struct diag *diag =
		arena_append(arena, &verdict->why, &verdict->why_len, sizeof *diag);
	char msg[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	*diag = (struct diag){ *pos, arena_strdup(arena, msg) };
}

static bool caller_has(const struct host *host, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *var = host->environ; *var; var++)
		if (strncmp(*var, name, len) == 0 && (*var)[len] == '=')
			return true;
	return false;
}

void verdict_env(const struct policy *policy, const struct host *host,
		 struct arena *arena, const char *name, struct verdict *ret)
{
	const struct pair *set = pairs_get(&policy->env.set, name);
	const struct text *pass = plan_env_pass(policy, name, strlen(name));
	bool has = caller_has(host, name);

	*ret = (struct verdict){ .answer = set || pass ? ANSWER_YES : ANSWER_NO };
	if (set) {
		ret->says = arena_printf(arena, "set to \"%s\"", set->value);
		if (pass && has)
			verdict_why(ret, arena, &pass->pos,
				    "the caller's value is let through ...");
		verdict_why(ret, arena, &set->pos, "%sset by the profile",
			    pass && has ? "... but " : "");
	} else if (pass) {
		ret->says = has ? "the caller's value is let through"
				: "it would be let through, but the caller has it not";
		verdict_why(ret, arena, &pass->pos, "\"%s\" lets it through", pass->s);
	} else {
		ret->says = has ? "the caller has it, and the command does not get it"
				: "neither the caller nor the profile has it";
		verdict_why(ret, arena, &(struct srcpos){ 0 },
			    "no line of a profile lists it: env.pass = [\"%s\"] would "
			    "let it through, env.set.%s = \"...\" would set it",
			    name, name);
	}
}

void verdict_reasons_json(const struct verdict *verdict, struct strbuf *out)
{
	json_array(out, "why");
	for (size_t i = 0; i < verdict->why_len; i++) {
		const struct diag *why = &verdict->why[i];

		json_object(out, NULL);
		json_text(out, "text", why->msg);
		json_text(out, "file", why->pos.file);
		if (why->pos.file)
			json_number(out, "line", why->pos.line);
		else
			json_null(out, "line");
		json_object_end(out);
	}
	json_array_end(out);
}
