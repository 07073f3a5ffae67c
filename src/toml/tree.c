/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.c - tables and their members, each defined once; see tree.h */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strindex.h"
#include "toml/tree.h"

/* One member in the index; empty if @value is NULL. */
struct slot {
	uint64_t hash;
	unsigned table; /* the node's id */
	struct toml_value *value;
};

void tree_done(struct tree *tree)
{
	free(tree->slots);
	tree->slots = NULL;
}

struct node *tree_node(struct tree *tree, enum toml_type type, enum origin origin,
		       const struct srcpos *pos, unsigned depth)
{
	struct node *node = arena_alloc(tree->scan->arena, sizeof *node);

	node->v.type = type;
	node->v.pos = *pos;
	node->origin = origin;
	node->depth = depth;
	node->id = tree->ids++;
	return node;
}

void tree_append(struct node *node, struct toml_value *value)
{
	if (node->last)
		node->last->next = value;
	else
		node->v.first = value;
	node->last = value;
}

/* The slot of @name in @table, or the empty one where it belongs. There must be slots. */
static struct slot *find_slot(const struct tree *tree, unsigned table, const char *name,
			      uint64_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = &tree->slots[i & (tree->cap - 1)];

		if (!slot->value)
			return slot;
		if (slot->hash == hash && slot->table == table &&
		    strcmp(slot->value->key, name) == 0)
			return slot;
	}
}

static void grow_index(struct tree *tree)
{
	struct tree old = *tree;

	tree->cap = old.cap ? 2 * old.cap : 64;
	tree->slots = calloc(tree->cap, sizeof *tree->slots);
	if (!tree->slots)
		oom();
	for (size_t i = 0; i < old.cap; i++) {
		const struct slot *slot = &old.slots[i];

		if (slot->value)
			*find_slot(tree, slot->table, slot->value->key, slot->hash) =
				*slot;
	}
	tree_done(&old);
}

static struct toml_value *find_key(const struct tree *tree, const struct node *table,
				   const struct key *key)
{
	if (tree->cap == 0)
		return NULL;
	return find_slot(tree, table->id, key->name, strindex_hash(table->id, key->name))
		->value;
}

static void put(struct tree *tree, struct node *table, const struct key *key,
		struct toml_value *value)
{
	uint64_t hash = strindex_hash(table->id, key->name);

	if (tree->used >= tree->cap / 2)
		grow_index(tree);
	tree->used++;
	value->key = key->name;
	value->key_pos = key->pos;
	*find_slot(tree, table->id, key->name, hash) =
		(struct slot){ hash, table->id, value };
	tree_append(table, value);
}

/*
 * A new member of @table for @part: a table or, with @tables, the array of tables; NULL
 * if it is nested too deeply.
 */
static struct node *put_node(struct tree *tree, struct node *table,
			     const struct key *part, const struct srcpos *pos,
			     enum origin origin)
{
	bool tables = origin == ORIGIN_TABLES;
	struct node *node;

	if (table->depth + (tables ? 2 : 1) > TOML_MAX_DEPTH) {
		(void)scan_too_deep(tree->scan, &part->pos);
		return NULL;
	}
	node = tree_node(tree, tables ? TOML_ARRAY : TOML_TABLE, origin, pos,
			 table->depth + 1);
	put(tree, table, part, &node->v);
	return node;
}

/* @key up to @last as a person writes it, cut if it is long. */
static const char *shown(char buf[SCAN_SHOWN], const struct key *key,
			 const struct key *last)
{
	char text[256];
	size_t len = 0;

	for (const struct key *part = key; len < sizeof text; part = part->next) {
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
					part == key ? "" : ".", part->name);
		if (part == last)
			break;
	}
	return scan_shown(buf, text, strlen(text));
}

/* Where @old is, as the end of a message. */
static const char *at_line(char buf[SCAN_SHOWN], const struct toml_value *old)
{
	if (old->key_pos.line == 0)
		return "";
	(void)snprintf(buf, SCAN_SHOWN, " at line %u", old->key_pos.line);
	return buf;
}

/*
 * Says that @key up to @part cannot be the table that the text wants, because it is
 * @old. @why is added for tables. Returns NULL.
 */
static struct node *refuse(struct tree *tree, const struct key *key,
			   const struct key *part, const struct toml_value *old,
			   const char *why)
{
	char name[SCAN_SHOWN], line[SCAN_SHOWN];
	const struct node *node = (const struct node *)old;
	bool table = old->type == TOML_TABLE;

	(void)shown(name, key, part);
	if (!table && old->type != TOML_ARRAY)
		(void)scan_say(tree->scan, &part->pos,
			       "\"%s\" is already defined as %s%s", name,
			       toml_type_name(old->type), at_line(line, old));
	else if (node->origin == ORIGIN_INLINE)
		(void)scan_say(tree->scan, &part->pos, "%s \"%s\" is already complete%s",
			       table ? "inline table" : "array", name,
			       at_line(line, old));
	else
		(void)scan_say(tree->scan, &part->pos, "%s \"%s\" is already defined%s%s",
			       table ? "table" : "array of tables", name,
			       at_line(line, old), why);
	return NULL;
}

/* The table that a key goes through, or ends in, at @old; NULL if it may not. */
static struct node *enter(struct toml_value *old)
{
	struct node *node = (struct node *)old;

	if ((old->type != TOML_TABLE && old->type != TOML_ARRAY) ||
	    node->origin == ORIGIN_INLINE)
		return NULL;
	return node->origin == ORIGIN_TABLES ? (struct node *)node->last : node;
}

/* Makes a super-table the table that the text defines at @part. */
static void set_origin(struct node *node, enum origin origin, const struct key *part,
		       const struct srcpos *pos)
{
	node->origin = origin;
	node->v.key_pos = part->pos;
	node->v.pos = *pos;
}

/* One more table in the array of tables @array. */
static struct node *add_element(struct tree *tree, struct node *array,
				const struct srcpos *pos)
{
	struct node *node =
		tree_node(tree, TOML_TABLE, ORIGIN_HEADER, pos, array->depth + 1);

	tree_append(array, &node->v);
	return node;
}

/* The table that @header opens in @table, where its last part @last belongs. */
static struct node *define(struct tree *tree, struct node *table,
			   const struct header *header, const struct key *last)
{
	struct toml_value *old = find_key(tree, table, last);
	struct node *node = (struct node *)old;
	bool tables = header->tables;

	if (!old) {
		node = put_node(tree, table, last, &header->pos,
				tables ? ORIGIN_TABLES : ORIGIN_HEADER);
		return node && tables ? add_element(tree, node, &header->pos) : node;
	}
	if (!enter(old))
		return refuse(tree, header->key, last, old, "");
	if (tables && node->origin == ORIGIN_TABLES)
		return add_element(tree, node, &header->pos);
	if (tables)
		return refuse(tree, header->key, last, old, ": it is not an array");
	if (node->origin == ORIGIN_TABLES)
		return refuse(tree, header->key, last, old, ": write [[ ]] for one more");
	if (node->origin != ORIGIN_SUPER)
		return refuse(tree, header->key, last, old, "");
	set_origin(node, ORIGIN_HEADER, last, &header->pos);
	return node;
}

struct node *tree_header(struct tree *tree, struct node *root,
			 const struct header *header)
{
	struct node *table = root;
	const struct key *part;

	for (part = header->key; part->next; part = part->next) {
		struct toml_value *old = find_key(tree, table, part);

		table = old ? enter(old)
			    : put_node(tree, table, part, &part->pos, ORIGIN_SUPER);
		if (!table)
			return old ? refuse(tree, header->key, part, old, "") : NULL;
	}
	return define(tree, table, header, part);
}

struct node *tree_dotted(struct tree *tree, struct node *table, const struct key *key)
{
	char name[SCAN_SHOWN], line[SCAN_SHOWN];
	const struct key *part;
	struct toml_value *old;

	for (part = key; part->next; part = part->next) {
		struct node *node;

		old = find_key(tree, table, part);
		if (!old) {
			table = put_node(tree, table, part, &part->pos, ORIGIN_DOTTED);
			if (!table)
				return NULL;
			continue;
		}
		node = enter(old);
		if (!node)
			return refuse(tree, key, part, old, "");
		if (node->origin == ORIGIN_HEADER)
			return refuse(tree, key, part, old, ": add to it there");
		if (node->origin == ORIGIN_SUPER)
			set_origin(node, ORIGIN_DOTTED, part, &part->pos);
		table = node;
	}
	old = find_key(tree, table, part);
	if (!old)
		return table;
	(void)scan_say(tree->scan, &part->pos, "key \"%s\" is already defined%s",
		       shown(name, key, part), at_line(line, old));
	return NULL;
}

void tree_put(struct tree *tree, struct node *table, const struct key *key,
	      struct toml_value *value)
{
	while (key->next)
		key = key->next;
	put(tree, table, key, value);
}
