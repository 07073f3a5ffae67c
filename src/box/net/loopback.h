/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loopback.h - bring up "lo" in the network namespace of the caller */
#ifndef SBOX_LOOPBACK_H
#define SBOX_LOOPBACK_H

#include "base/error.h"

/* Needs CAP_NET_ADMIN there. The kernel adds 127.0.0.1 and ::1 by itself. */
_must_check_ int loopback_up(struct error *err);

#endif
