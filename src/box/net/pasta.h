/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pasta.h - how pasta(1) is called
 *
 * So that the sandbox sees the same network as with slirp4netns: its addresses are
 * given, and everything that pasta would do on its own is switched off (by default it
 * forwards every port that is bound, both ways, and shows the host as the gateway).
 * It confines itself, by namespaces that Landlock would forbid it to make.
 */
#ifndef SBOX_PASTA_H
#define SBOX_PASTA_H

#include "box/net/backend.h"

/* All ports must have numbers by the time of the call. */
extern const struct net_backend net_pasta;

#endif
