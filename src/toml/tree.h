/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - the tree a TOML text describes, and what it may say twice
 *
 * Only for toml*.c. TOML has many ways to write a table, and each allows other
 * additions later. So every table and array remembers how it came to be:
 *
 *	           [a] later  [a.x] later  a.x = later  [[a]] later
 *	SUPER      yes        yes          yes          no
 *	HEADER     no         yes          no           no
 *	DOTTED     no         yes          yes          no
 *	INLINE     no         no           no           no
 *	TABLES     no         its last     no           one more
 *
 * After "a.x =" a SUPER is a DOTTED. "a.x =" reaches a DOTTED from its own section
 * only, which needs no check: there is no second way into that section.
 */
#ifndef SBOX_TOML_TREE_H
#define SBOX_TOML_TREE_H

#include "toml/scan.h"

enum origin {
	ORIGIN_SUPER,  /* a in [a.b] */
	ORIGIN_HEADER, /* a in [a], an element of [[a]], the root */
	ORIGIN_DOTTED, /* a in a.b = 1 */
	ORIGIN_INLINE, /* {} or [] */
	ORIGIN_TABLES, /* the array of [[a]] */
};

/* A table or an array; @v comes first, so that its address is that of the node. */
struct node {
	struct toml_value v;
	struct toml_value *last;
	enum origin origin;
	unsigned depth; /* 0: the root */
	unsigned id;    /* of this tree, for the index */
};

/* One part of a dotted key. */
struct key {
	const char *name;
	struct srcpos pos;
	struct key *next;
};

/* [key] or [[key]] */
struct header {
	struct srcpos pos;
	const struct key *key;
	bool tables; /* [[key]] */
};

struct slot;

/* The index finds members by name: toml_get() is too slow for large tables. */
struct tree {
	struct scan *scan; /* where mistakes are said */
	struct slot *slots;
	size_t cap, used;
	unsigned ids;
};

/* Frees the index; the nodes are in the arena. */
void tree_done(struct tree *tree);

/* A new table or array of that kind, in no other yet. */
struct node *tree_node(struct tree *tree, enum toml_type type, enum origin origin,
		       const struct srcpos *pos, unsigned depth);

/* Adds an element to the array @node. Members of tables are for tree_put(). */
void tree_append(struct node *node, struct toml_value *value);

/* The table that @header opens, below @root. NULL after a mistake, which has been said.
 */
struct node *tree_header(struct tree *tree, struct node *root,
			 const struct header *header);

/*
 * The table in @table that "@key =" adds to, which has no member of that name yet.
 * NULL after a mistake, which has been said.
 */
struct node *tree_dotted(struct tree *tree, struct node *table, const struct key *key);

/* Makes @value the member of @table that the last part of @key names. */
void tree_put(struct tree *tree, struct node *table, const struct key *key,
	      struct toml_value *value);

#endif
