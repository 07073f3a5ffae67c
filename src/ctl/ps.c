/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ps.c - sboxctl ps: which sandboxes run, and what they use */
#include "config.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "ctl/running.h"
#include "run/say.h"

struct usage {
	size_t processes; /* process 1 not counted */
	int64_t memory;   /* bytes; what two have in common counts twice */
	uint64_t cpu;     /* ticks, of those that have ended too */
};

/* Of each sandbox of the list. */
static const struct usage *usages(struct arena *arena,
				  const struct registry_entries *list,
				  const struct procs *procs)
{
	struct usage *usage = arena_alloc(arena, (list->len + 1) * sizeof *usage);
	pid_t *inits = arena_alloc(arena, (list->len + 1) * sizeof *inits);
	const size_t *root;

	for (size_t i = 0; i < list->len; i++) {
		usage[i] = (struct usage){ 0 };
		inits[i] = list->list[i].init;
	}
	root = procs_roots(procs, inits, list->len, arena);
	for (size_t i = 0; i < procs->len; i++) {
		const struct proc *proc = &procs->list[i];
		struct usage *of = root[i] == NO_ROOT ? NULL : &usage[root[i]];

		if (!of)
			continue;
		of->processes += proc->pid != inits[root[i]];
		of->memory += proc->resident;
		of->cpu += proc->user + proc->system + proc->children_user +
			   proc->children_system;
	}
	return usage;
}

static double seconds_of_ticks(uint64_t ticks)
{
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double age_of(const struct registry_entry *entry)
{
	struct timespec now = { 0 };
	double age;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	age = (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
	      seconds_of_ticks(entry->init_start);
	return age > 0 ? age : 0;
}

static void add_seconds(struct strbuf *out, double time)
{
	unsigned long long s = (unsigned long long)time;

	if (s < 60)
		strbuf_printf(out, "%.1fs", time);
	else if (s < 3600)
		strbuf_printf(out, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		strbuf_printf(out, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		strbuf_printf(out, "%llud%02lluh", s / 86400, s / 3600 % 24);
}

/* "build" of ".../profiles/build.toml": the last one, which says most. */
static const char *profile_name(struct arena *arena, const struct registry_entry *entry)
{
	const char *path = NULL, *slash;
	size_t len;

	for (size_t i = 0; entry->profiles && entry->profiles[i]; i++)
		path = entry->profiles[i];
	if (!path)
		return "-";
	slash = strrchr(path, '/');
	path = slash ? slash + 1 : path;
	len = strlen(path);
	if (len > 5 && strcmp(path + len - 5, ".toml") == 0)
		len -= 5;
	return arena_strndup(arena, path, len);
}

enum column { NAME, PROFILE, PID, AGE, MEMORY, CPU, PROCS, COMMAND, COLUMNS };

static const char *const heads[COLUMNS] = { "NAME",   "PROFILE", "PID",   "AGE",
					    "MEMORY", "CPU",     "PROCS", "COMMAND" };

struct row {
	const char *cell[COLUMNS];
};

static const char *escaped_copy(struct arena *arena, const char *text)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	strbuf_escaped(&out, text, strlen(text));
	return arena_strdup(arena, strbuf_str(&out));
}

static const char *kept(struct arena *arena, struct strbuf *text)
{
	const char *copy = arena_strdup(arena, strbuf_str(text));

	strbuf_done(text);
	return copy;
}

static const char *command_line(struct arena *arena, const char *const *words)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	if (!words[0])
		return "(held)";
	for (size_t i = 0; words[i]; i++) {
		strbuf_add(&out, i ? " " : "");
		strbuf_add(&out, words[i]);
	}
	return escaped_copy(arena, strbuf_str(&out));
}

static struct row make_row(struct arena *arena, const struct registry_entry *entry,
			   const struct usage *usage)
{
	struct strbuf text = { 0 };
	struct row row;

	row.cell[NAME] = entry->name ? entry->name : "-";
	row.cell[PROFILE] = escaped_copy(arena, profile_name(arena, entry));
	row.cell[PID] = arena_printf(arena, "%d", (int)entry->init);
	add_seconds(&text, age_of(entry));
	row.cell[AGE] = kept(arena, &text);
	ctl_bytes(&text, (uint64_t)usage->memory);
	row.cell[MEMORY] = kept(arena, &text);
	add_seconds(&text, seconds_of_ticks(usage->cpu));
	row.cell[CPU] = kept(arena, &text);
	row.cell[PROCS] = arena_printf(arena, "%zu", usage->processes);
	row.cell[COMMAND] = command_line(arena, entry->command);
	return row;
}

static void add_row(struct strbuf *out, const struct row *row, const int width[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++) {
		bool number = c >= PID && c < COMMAND;

		if (c == COMMAND)
			strbuf_add(out, row->cell[c]);
		else
			strbuf_printf(out, "%*s  ", number ? width[c] : -width[c],
				      row->cell[c]);
	}
	strbuf_addc(out, '\n');
}

static int print_table(struct arena *arena, const struct registry_entries *list,
		       const struct usage *usage)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct row *rows = arena_alloc(arena, (list->len + 1) * sizeof *rows);
	int width[COLUMNS] = { 0 };

	memcpy(rows[0].cell, heads, sizeof heads);
	for (size_t i = 0; i < list->len; i++)
		rows[i + 1] = make_row(arena, &list->list[i], &usage[i]);
	for (size_t i = 0; i <= list->len; i++)
		for (int c = 0; c < COLUMNS; c++)
			if ((int)strlen(rows[i].cell[c]) > width[c])
				width[c] = (int)strlen(rows[i].cell[c]);
	for (size_t i = 0; i <= list->len; i++)
		add_row(&out, &rows[i], width);
	return say_answer(&out);
}

/* null if they are not known */
static void add_known_words(struct strbuf *out, const char *name,
			    const char *const *words)
{
	if (words)
		json_texts(out, name, words);
	else
		json_null(out, name);
}

static void add_object(struct strbuf *out, const struct registry_entry *entry,
		       const struct usage *usage)
{
	json_object(out, NULL);
	json_text(out, "name", entry->name);
	add_known_words(out, "profiles", entry->profiles);
	json_number(out, "pid", entry->init);
	json_number(out, "supervisor", entry->pid);
	json_decimal(out, "age", age_of(entry), 2);
	json_count(out, "memory", (uint64_t)usage->memory);
	json_decimal(out, "cpu", seconds_of_ticks(usage->cpu), 2);
	json_count(out, "processes", usage->processes);
	add_known_words(out, "command", entry->command);
	json_object_end(out);
}

static int print_entries_json(const struct registry_entries *list,
			      const struct usage *usage)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	json_array(&out, NULL);
	for (size_t i = 0; i < list->len; i++) {
		strbuf_add(&out, i ? ",\n " : "");
		add_object(&out, &list->list[i], &usage[i]);
	}
	json_array_end(&out);
	strbuf_addc(&out, '\n');
	return say_answer(&out);
}

int ctl_ps(struct ctl *ctl, int argc, char **argv)
{
	struct error err = { .status = EXIT_SBOX };
	struct registry_entries list;
	const struct usage *usage;
	struct procs procs;
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;

	if (argc > 1 && !json)
		return ctl_usage("ps", "\"%s\": it takes --json and nothing else",
				 argv[1]);
	if (running_list(ctl, &procs, &list, &err) < 0)
		return say_error(&err);
	usage = usages(&ctl->arena, &list, &procs);
	return json ? print_entries_json(&list, usage)
		    : print_table(&ctl->arena, &list, usage);
}
