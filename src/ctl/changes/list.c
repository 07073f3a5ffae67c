/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list.c - sboxctl changes list: the change sets of this user */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "ctl/changes/changes.h"
#include "run/say.h"

struct listed {
	const char *name;
	const char *state;                 /* or why it cannot be told */
	const struct changes_about *about; /* NULL: not known */
};

static struct listed look_at_set(struct ctl *ctl, int dir, const char *name)
{
	struct error err = { .status = EXIT_SBOX };
	struct changes_set set = CHANGES_SET_NONE;
	struct listed listed = { .name = name };
	struct changes_about *about;

	if (changes_open(
		    &(struct changes_home){ dir, ctl->caller.state_dir, &ctl->arena },
		    name, &set, &err) < 0) {
		listed.state = changes_is_locked(dir, name)
				       ? "in use"
				       : arena_strdup(&ctl->arena, err.msg);
		return listed;
	}
	about = arena_alloc(&ctl->arena, sizeof *about);
	*about = set.about;
	listed.about = about;
	/* nobody has the lock, so whoever ran was killed */
	listed.state =
		set.state == CHANGES_RUNNING ? "stopped" : changes_state_name(set.state);
	changes_close(&set);
	return listed;
}

static void add_command(struct strbuf *out, const char *const *command)
{
	for (size_t i = 0; command && command[i]; i++) {
		strbuf_add(out, i ? " " : "");
		strbuf_escaped(out, command[i], strlen(command[i]));
	}
}

static void print_row(struct strbuf *out, const struct listed *listed)
{
	const struct changes_about *about = listed->about;
	char when[32] = "";

	if (about) {
		const time_t since = (time_t)about->since;
		struct tm tm;

		if (localtime_r(&since, &tm))
			(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
	}
	strbuf_printf(out, "%-20s  %-10s  %-16s  ", listed->name, listed->state, when);
	if (about)
		add_command(out, about->command);
	strbuf_addc(out, '\n');
}

static void print_object(struct strbuf *out, const struct listed *listed)
{
	const struct changes_about *about = listed->about;

	json_object(out, NULL);
	json_text(out, "name", listed->name);
	json_text(out, "state", listed->state);
	if (about) {
		json_number(out, "since", about->since);
		json_texts(out, "profiles", about->profiles);
		json_texts(out, "command", about->command);
		json_array(out, "trees");
		for (size_t i = 0; i < about->trees_len; i++) {
			json_object(out, NULL);
			json_text(out, "lower", about->trees[i].lower);
			json_text(out, "target", about->trees[i].target);
			json_object_end(out);
		}
		json_array_end(out);
	}
	json_object_end(out);
}

/* The newest last; what cannot be told is first. */
static int by_age(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	const int64_t left = x->about ? x->about->since : 0;
	const int64_t right = y->about ? y->about->since : 0;

	return left != right ? (left > right) - (left < right)
			     : strverscmp(x->name, y->name);
}

int changes_list(struct ctl *ctl, const struct changes_request *request)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1;
	const char *const *names;
	struct listed *list = NULL;
	size_t len = 0;

	if (changes_open_dir(ctl->caller.state_dir, false, &dir, &err) < 0 ||
	    changes_names(dir, &ctl->arena, &names, &err) < 0)
		return say_error(&err);
	for (; *names; names++)
		if (!request->names[0] || strcmp(request->names[0], *names) == 0)
			*(struct listed *)arena_append(&ctl->arena, &list, &len,
						       sizeof *list) =
				look_at_set(ctl, dir, *names);
	if (len > 1)
		qsort(list, len, sizeof *list, by_age);
	if (request->json)
		json_array(&out, NULL);
	else
		strbuf_printf(&out, "%-20s  %-10s  %-16s  %s\n", "NAME", "STATE", "SINCE",
			      "COMMAND");
	for (size_t i = 0; i < len; i++)
		if (request->json)
			print_object(&out, &list[i]);
		else
			print_row(&out, &list[i]);
	if (request->json) {
		json_array_end(&out);
		strbuf_addc(&out, '\n');
	}
	return say_answer(&out);
}
