/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* questions.h - answers whatever name server the command asks */
#ifndef SBOX_EGRESS_QUESTIONS_H
#define SBOX_EGRESS_QUESTIONS_H

#include "egress/egress.h"

/* So many connections that ask by TCP at once; more are reset. */
#define QUESTIONERS_MAX 64
#define QUESTIONER_MS 20000

/* Datagrams at a socket of EGRESS_SOCKET_DNS. */
void questions_datagrams(struct egress *egress, int fd);

/* A connection to a socket of EGRESS_SOCKET_DNS_TCP; @fd is taken over; -1: none. */
void questions_connection(struct egress *egress, int fd);

/* Ends those that have waited too long, and frees what has ended. */
void questions_tick(struct egress *egress);

#endif
