/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status.c - what others are told of a sandbox; see status.h */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "bwrap/status.h"

/* Whether namespace @name of the sandbox is its own. */
static bool is_unshared(const struct bwrap *b, const char *name)
{
	return strcmp(name, "mnt") == 0 || strcmp(name, "pid") == 0 ||
	       (strcmp(name, "cgroup") == 0 && (b->cgroup || b->cgroup_try)) ||
	       (strcmp(name, "ipc") == 0 && b->ipc) ||
	       (strcmp(name, "net") == 0 && b->net) ||
	       (strcmp(name, "uts") == 0 && b->uts);
}

static uint64_t namespace_number(const struct made *made, const char *name)
{
	for (size_t i = 0; i < MADE_NAMESPACES; i++)
		if (strcmp(made->ns[i].name, name) == 0)
			return made->ns[i].number;
	return 0;
}

/* @begin, @between and @end are what differs between the two shapes. */
static void tell_born(const struct bwrap_status *status, const struct made *made, int fd,
		      const char *const shape[3])
{
	static const char *const names[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "uts"
	};
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "%s\"child-pid\": %d", shape[0], (int)made->init);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const uint64_t number = namespace_number(made, names[i]);

		if (is_unshared(status->b, names[i]) && number)
			strbuf_printf(&text, "%s\"%s-namespace\": %llu", shape[1],
				      names[i], (unsigned long long)number);
	}
	strbuf_add(&text, shape[2]);
	(void)io_write_all(fd, strbuf_str(&text), text.len);
}

void bwrap_born(void *data, const struct made *made)
{
	static const char *const object[] = { "{\n    ", ",\n    ", "\n}\n" };
	static const char *const line[] = { "{ ", ", ", " }\n" };
	struct bwrap_status *status = data;

	if (status->info_fd >= 0) {
		tell_born(status, made, status->info_fd, object);
		(void)close(status->info_fd); /* readers wait for its end */
		status->info_fd = -1;
	}
	if (status->json_fd >= 0)
		tell_born(status, made, status->json_fd, line);
}

void bwrap_ended(const struct bwrap_status *status, int exit_code)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (status->json_fd < 0)
		return;
	strbuf_printf(&text, "{ \"exit-code\": %d }\n", exit_code);
	(void)io_write_all(status->json_fd, strbuf_str(&text), text.len);
}
