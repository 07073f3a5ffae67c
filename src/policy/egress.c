/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* egress.c - words for what sbox-egress tells; see egress.h */
#include "config.h"

#include <string.h>

#include "policy/egress.h"

void egress_copy_host(char to[HOSTNAME_MAX + 1], const char *from)
{
	const size_t len = strnlen(from, HOSTNAME_MAX);

	memcpy(to, from, len);
	to[len] = '\0';
}

const char *egress_why(unsigned why)
{
	static const char *const words[EGRESS_WHYS] = {
		[EGRESS_LET_THROUGH] = "let through",
		[EGRESS_NOT_LISTED] = "net.allow does not list it",
		[EGRESS_DENIED] = "net.deny lists it",
		[EGRESS_BAD_NAME] = "it is no name of a host",
		[EGRESS_OTHER_NAME] = "the connection speaks of another name",
		[EGRESS_UNREADABLE] = "what was sent first cannot be judged",
		[EGRESS_INNER_ADDRESS] =
			"the name leads to an address that no rule opens",
		[EGRESS_NO_HOST] = "the host does not know the name",
		[EGRESS_NO_ANSWER] = "nobody answers there",
		[EGRESS_CROWDED] = "too many at once",
	};

	return why < EGRESS_WHYS ? words[why] : "?";
}
