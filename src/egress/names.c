/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names.c - the addresses that stand for names inside; see names.h */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "egress/names.h"

#define FIRST4 0xc6120001U /* 198.18.0.1, of 198.18.0.0/15 */

/* Of fd73:626f:78fe::/96; the last four bytes count from 1. */
static const unsigned char prefix6[12] = { 0xfd, 0x73, 0x62, 0x6f, 0x78, 0xfe };

/* FNV-1a. Who asks for names that collide makes only its own queries slow. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash;
}

int names_place(struct names *names, const char *name, size_t most)
{
	uint32_t slot = hash_of(name) % NAMES_SLOTS;
	char *copy;

	for (; names->slots[slot] != 0; slot = (slot + 1) % NAMES_SLOTS)
		if (strcmp(names->names[names->slots[slot] - 1], name) == 0)
			return names->slots[slot] - 1;
	if (names->len >= most)
		return -1;
	copy = strdup(name);
	if (!copy)
		return -1;
	names->names[names->len] = copy;
	names->len++;
	names->slots[slot] = (unsigned short)names->len;
	return (int)names->len - 1;
}

static void put_number_at(unsigned char *to, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(number >> (24 - 8 * i));
}

static uint32_t number_at(const unsigned char *from)
{
	uint32_t number = 0;

	for (int i = 0; i < 4; i++)
		number = number << 8 | from[i];
	return number;
}

struct net_addr names_address(int place, int family)
{
	struct net_addr addr = { .family = family };

	if (family == AF_INET) {
		put_number_at(addr.bytes, FIRST4 + (uint32_t)place);
	} else {
		memcpy(addr.bytes, prefix6, sizeof prefix6);
		put_number_at(addr.bytes + sizeof prefix6, (uint32_t)place + 1);
	}
	return addr;
}

const char *names_find(const struct names *names, const struct net_addr *addr)
{
	uint32_t place;

	if (addr->family == AF_INET)
		place = number_at(addr->bytes) - FIRST4;
	else if (memcmp(addr->bytes, prefix6, sizeof prefix6) == 0)
		place = number_at(addr->bytes + sizeof prefix6) - 1;
	else
		return NULL;
	return place < names->len ? names->names[place] : NULL;
}
