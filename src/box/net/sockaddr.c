/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sockaddr.c - addresses and ports of the plan, as the socket calls take them */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "box/net/sockaddr.h"

socklen_t sockaddr_of(const struct net_addr *addr, uint16_t port, union any_sockaddr *ret)
{
	*ret = (union any_sockaddr){ 0 };
	ret->any.sa_family = (sa_family_t)addr->family;
	if (addr->family == AF_INET) {
		ret->v4.sin_port = htons(port);
		memcpy(&ret->v4.sin_addr, addr->bytes, sizeof ret->v4.sin_addr);
		return sizeof ret->v4;
	}
	ret->v6.sin6_port = htons(port);
	memcpy(&ret->v6.sin6_addr, addr->bytes, sizeof ret->v6.sin6_addr);
	return sizeof ret->v6;
}

int sockaddr_no_port(const struct net_publish *port, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int errnum = errno;

	net_publish_text(port, &text);
	errno = errnum;
	(void)error_sys(err, "cannot publish %s", strbuf_str(&text));
	if (errnum == EACCES)
		return error_wrap(err, "low ports are not for ordinary users (sysctl "
				       "net.ipv4.ip_unprivileged_port_start)");
	return -1;
}
