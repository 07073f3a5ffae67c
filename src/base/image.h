/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.h - the program's own pages in memory
 *
 * Supervisor and init map nearly all of the program's code while they start a sandbox,
 * and need a tenth of it to wait for its end.
 */
#ifndef SBOX_IMAGE_H
#define SBOX_IMAGE_H

#include <poll.h>
#include <stdbool.h>

/*
 * poll(2), which gives the pages of the program's code and constants back if nothing has
 * happened for a second; *done, false at first, says that this was so. What is needed
 * again comes back from the page cache by itself. Nothing that was written to is touched.
 */
int image_poll(struct pollfd *fds, nfds_t len, int timeout, bool *done);

#endif
