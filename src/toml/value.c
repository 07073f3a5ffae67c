/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* value.c - the types of values, in words; see toml.h */
#include "config.h"

#include "toml/toml.h"

const char *toml_type_name(enum toml_type type)
{
	static const char *const names[] = {
		[TOML_STRING] = "a string",         [TOML_INTEGER] = "an integer",
		[TOML_FLOAT] = "a float",           [TOML_BOOL] = "a boolean",
		[TOML_DATETIME] = "a date or time", [TOML_ARRAY] = "an array",
		[TOML_TABLE] = "a table",
	};

	return names[type];
}
