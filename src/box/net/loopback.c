/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loopback.c - bring up the loopback device; see loopback.h */
#include "config.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "box/net/loopback.h"

int loopback_up(struct error *err)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return error_sys(err, "cannot bring the loopback device up");
	return 0;
}
