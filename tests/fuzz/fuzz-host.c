/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-host.c - any text as a file of the host: /etc/subuid, /etc/resolv.conf,
 * /etc/passwd
 *
 * Others than root may not write these, but what is in them was written by people.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/path.h"
#include "plan/host.h"

#define NAME "user"
#define ID 1000
#define ID_TEXT "1000"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

/* Whether @text has this very line, once its zeros in front are gone. */
static bool has_line(struct arena *arena, const char *text, const char *owner,
		     const struct subid_range *range)
{
	char *copy = arena_strdup(arena, text), *next = copy, *line;

	while ((line = strsep(&next, "\n"))) {
		const char *name = strsep(&line, ":"), *first = strsep(&line, ":");

		if (strcmp(name, owner) == 0 && first && line && *line &&
		    strspn(line, "0123456789") == strlen(line) &&
		    strtoll(first, NULL, 10) == range->first &&
		    strtoll(line, NULL, 10) == range->count)
			return true;
	}
	return false;
}

static void check_subids(struct arena *arena, const char *text)
{
	struct subid_range range = { -1, -1 };

	host_subids(text, NAME, ID, &range);
	must(range.first >= 0 && range.count >= 0);
	if (range.count == 0)
		return;
	must(range.first > 0 && range.first + range.count <= 4294967295);
	must(has_line(arena, text, NAME, &range) ||
	     has_line(arena, text, ID_TEXT, &range));
	host_subids(text, NULL, ID, &range);
	must(range.count == 0 || has_line(arena, text, ID_TEXT, &range));
	host_subids(text, "", ID + 1, &range);
	must(range.count == 0 || has_line(arena, text, "1001", &range));
}

static void check_servers(struct arena *arena, const char *text)
{
	struct net_addr *list = NULL;
	size_t len = 0;

	net_resolv_servers(arena, text, &list, &len);
	for (size_t i = 0; i < len; i++) {
		char shown[NET_ADDR_TEXT];

		must(list[i].family == AF_INET || list[i].family == AF_INET6);
		must(!net_addr_is_loopback(&list[i]));
		must(*net_addr_text(&list[i], false, shown) != '\0');
	}
	must(len == 0 || strstr(text, "nameserver"));
}

static void check_account(struct arena *arena, const char *text)
{
	const char *name = host_name(arena, text, ID);
	struct host_account account;

	host_account(arena, text, ID, &account);
	must(!name == !account.name && (!name || strcmp(name, account.name) == 0));
	must(!account.home ||
	     (name && strcmp(account.home, path_clean(arena, account.home)) == 0));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);

	check_subids(&arena, text);
	check_servers(&arena, text);
	check_account(&arena, text);
	arena_done(&arena);
	return 0;
}
