/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.c - bytes on their way from one stream socket to another; see flow.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/flow.h"

bool flow_has_data(const struct flow *flow)
{
	return flow->from < flow->to;
}

void flow_fill(struct flow *flow, int fd)
{
	ssize_t n = recv(fd, flow->data, flow->size, MSG_DONTWAIT);

	flow->from = 0;
	flow->to = n > 0 ? (size_t)n : 0;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		flow->ended = true;
		flow->failed = n < 0;
	}
}

void flow_empty(struct flow *flow, int from, int fd)
{
	ssize_t n = send(fd, flow->data + flow->from, flow->to - flow->from,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		flow->from += (size_t)n;
	if (n >= 0 || errno == EAGAIN || errno == EINTR)
		return;
	flow->from = flow->to = 0;
	flow->ended = flow->failed = true;
	(void)shutdown(from, SHUT_RD);
}

void flow_pass_on_end(struct flow *flow, int fd)
{
	if (!flow->ended || flow_has_data(flow) || flow->passed_on)
		return;
	(void)shutdown(fd, SHUT_WR);
	flow->passed_on = true;
}

short flow_events(const struct flow *in, const struct flow *out)
{
	return (short)((!in->ended && !flow_has_data(in) ? POLLIN : 0) |
		       (flow_has_data(out) ? POLLOUT : 0));
}
