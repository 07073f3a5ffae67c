/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostname.c - the one form of names of hosts; see hostname.h */
#include "config.h"

#include <string.h>

#include "policy/hostname.h"

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

/* @c as it is kept; '\0': a name has no such character. */
static char kept_character(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	    c == '.')
		return c;
	return '\0';
}

static const char *label_wrong(const char *label, size_t len)
{
	if (len == 0)
		return "a dot stands at its beginning or behind another one";
	if (len > LABEL_MAX)
		return "what is between two dots has at most 63 bytes";
	if (label[0] == '-' || label[len - 1] == '-')
		return "\"-\" stands beside a dot or at an end";
	return NULL;
}

/* What inet_aton(3) and browsers take for the last number of an address: "0x" as well. */
static bool is_number(const char *label)
{
	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
	return label[strspn(label, "0123456789")] == '\0';
}

static const char *labels_wrong(const char *name)
{
	for (const char *label = name;;) {
		size_t len = strcspn(label, ".");
		const char *wrong = label_wrong(label, len);

		if (wrong)
			return wrong;
		if (label[len] == '\0')
			return is_number(label) ? "its last part is a number, which some "
						  "programs take for an address"
						: NULL;
		label += len + 1;
	}
}

const char *hostname_parse(const char *s, size_t len, char ret[HOSTNAME_MAX + 1])
{
	char name[HOSTNAME_MAX + 1];
	const char *wrong;

	if (len > 0 && s[len - 1] == '.')
		len--;
	if (len == 0)
		return "the name is empty";
	if (len > HOSTNAME_MAX)
		return "a name has at most 253 bytes";
	for (size_t i = 0; i < len; i++) {
		name[i] = kept_character(s[i]);
		if (name[i] == '\0')
			return (unsigned char)s[i] >= 0x80
				       ? "names beyond ASCII are written as they are "
					 "looked up, \"xn--...\""
				       : "a name has letters, digits, \"-\", \"_\" and "
					 "dots alone";
	}
	name[len] = '\0';
	wrong = labels_wrong(name);
	if (!wrong)
		memcpy(ret, name, len + 1);
	return wrong;
}

bool hostname_is_below(const char *name, const char *zone)
{
	size_t name_len = strlen(name), zone_len = strlen(zone);
	const char *end = name + name_len;

	return name_len > zone_len + 1 && end[-1 - (ptrdiff_t)zone_len] == '.' &&
	       strcmp(end - zone_len, zone) == 0;
}
