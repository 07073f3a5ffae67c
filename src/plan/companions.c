/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companions.c - programs outside that a sandbox needs: rows of the plan, and their words
 */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "plan/parts.h"

struct plan_companion *plan_add_companion(struct planner *p, const char *name,
					  const char *path)
{
	struct plan *plan = p->plan;
	struct plan_companion *new =
		arena_append(p->arena, &plan->companions, &plan->companions_len,
			     sizeof *plan->companions);

	new->name = name;
	new->path = path;
	return new;
}

const struct plan_companion *plan_companion(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->companions_len; i++)
		if (strcmp(plan->companions[i].name, name) == 0)
			return &plan->companions[i];
	return NULL;
}

/* As an object that is still open. */
static void json_companion(const struct plan_companion *c, struct strbuf *out)
{
	json_object(out, NULL);
	json_text(out, "name", c->name);
	json_text(out, "path", c->path);
	json_text(out, "purpose", c->purpose);
	json_text(out, "at_its_end", c->kill ? "kill" : "continue");
}

void plan_json_companions(const struct plan *plan, struct strbuf *out)
{
	json_array(out, "companions");
	for (size_t i = 0; i < plan->companions_len; i++) {
		json_companion(&plan->companions[i], out);
		json_object_end(out);
	}
	json_array_end(out);
}

void companions_json(const struct plan *plan, const char *lost, struct strbuf *out)
{
	json_array(out, "companions");
	for (size_t i = 0; i < plan->companions_len; i++) {
		const struct plan_companion *c = &plan->companions[i];

		json_companion(c, out);
		json_text(out, "ended", c->network ? lost : NULL);
		json_object_end(out);
	}
	json_array_end(out);
}
