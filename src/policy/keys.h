/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.h - the key table: one row per setting
 *
 * The profile reader, the command line, --help, the completions and the check of
 * the man pages all read these rows, so a setting has one name, one type and one
 * line of help everywhere. A new setting is a row here, a member of struct policy,
 * an entry in sbox.toml(5) and a test.
 */
#ifndef SBOX_KEYS_H
#define SBOX_KEYS_H

#include <stddef.h>

#include "policy/policy.h"
#include "policy/vars.h"
#include "toml/toml.h"

enum key_type {
	KEY_TEXT,    /* struct text */
	KEY_WORD,    /* struct word: one of @words */
	KEY_BOOL,    /* struct number, 0 or 1 */
	KEY_COUNT,   /* struct number: a TOML integer >= 0 */
	KEY_SIZE,    /* struct number, bytes: "64M", or a TOML integer */
	KEY_TIME,    /* struct number, milliseconds: "30s", "1h30m" */
	KEY_PERCENT, /* struct number: "200%" */
	KEY_TEXTS,   /* struct texts: an array of strings, appended without duplicates */
	KEY_PAIRS,   /* struct pairs: a table of strings, merged */
	KEY_MOUNTS,  /* struct mounts: an array of tables, appended; see mount_keys */
};

/* The syntax of a string value. */
enum key_form {
	FORM_ANY,
	FORM_PATH,        /* absolute; made clean */
	FORM_SPEC,        /* "[?]SRC[:DST]", see fsspec_parse() */
	FORM_ENV_NAME,    /* of a variable */
	FORM_ENV_PATTERN, /* of variables: "*" stands for any characters, "\*" for one */
	FORM_USER,        /* root, caller or UID:GID */
	FORM_HOSTNAME,
	FORM_MODE, /* octal */
	FORM_FD,
	FORM_CAP, /* a capability's name, or "all" */
	FORM_NAMESPACE,
	FORM_LIMIT, /* what follows "limits." in another key */
	FORM_CACHE, /* see cachespec_parse() */
	/* what they must look like is judged elsewhere; no variable brings structure in
	 */
	FORM_WORD,    /* see KEY_WORD */
	FORM_CALL,    /* a system call, "@group" or "name:ERRNO" */
	FORM_RULE,    /* see net_target_parse() */
	FORM_PUBLISH, /* see net_publish_parse() */
};

struct key {
	const char *name; /* as in a profile: "fs.read" */
	enum key_type type;
	enum key_form form;
	size_t offset; /* of the member of struct policy (mount_keys: struct mount) */
	const char *const *words; /* KEY_WORD: by enum value, NULL at the end */
	int64_t def;              /* default of words and numbers */
	const char *def_text;
	const char *option; /* the long option without its dashes; NULL: only --set */
	const char *arg;    /* what --help calls its argument */
	const char *help;   /* one line */
	int64_t min;        /* the smallest number that is allowed */
	bool homes; /* KEY_TEXTS of paths: ${HOME} is each home directory of the caller */
};

/* All keys in the order of the manual; ends with a row whose name is NULL. */
extern const struct key key_table[];
/* The keys of one [[fs.mount]]. */
extern const struct key mount_keys[];

/* The key of @table that is called @name in full, "net.mode"; NULL: none is. */
const struct key *key_find(const struct key *table, const char *name);

/* Where settings go and how their strings are read. */
struct layer {
	struct policy *policy;
	struct diags *diags;     /* its arena holds all strings */
	const struct vars *vars; /* NULL: strings are taken as they are (command line) */
	const char *cwd; /* NULL: paths must be absolute; else relative ones start here */
	unsigned number;
};

/*
 * Applies one value to the member that @key names; @base is the struct policy or
 * struct mount. 0, or -1 with the mistakes in layer->diags.
 */
int key_apply(const struct layer *layer, const struct key *key, void *base,
	      const struct toml_value *value);
/*
 * Applies an option's text to the member of layer->policy that @key names: a list gets
 * one more element, a table NAME=VALUE. 0, or -1 with the mistakes in layer->diags.
 */
int key_apply_text(const struct layer *layer, const struct key *key, const char *text,
		   const struct srcpos *pos);

/* Back to the default of the table, as nobody had set it ("reset"). */
void key_reset(const struct key *key, struct policy *policy);

extern const char *const namespace_names[];

#endif
