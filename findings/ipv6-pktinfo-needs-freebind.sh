#!/bin/sh
# ipv6-pktinfo-needs-freebind.sh - a datagram can be answered from an address that only a local
# route covers, by IPv4 alone
#
# One would guess that a server of UDP which takes whatever address of a network was asked (a
# local route to the loopback device, "AnyIP") answers alike in both families: the address that
# came with the question (IP_PKTINFO, IPV6_PKTINFO) goes back with the answer.
#
# What is so: by IPv4 that works. By IPv6 the question arrives and tells its destination, but
# sendmsg(2) with that address refuses with EINVAL, as for an address that is nobody's, unless
# the socket has IPV6_FREEBIND (or IPV6_TRANSPARENT, which needs a capability). A local route
# makes an address the machine's own for what comes in, and not for what goes out.
#
# Since when: IPV6_FREEBIND is of Linux 4.15; seen on 6.18.
# Source: ip6_datagram_send_ctl() in net/ipv6/datagram.c looks for the address on a device,
# where ip_cmsg_send() and the routing of IPv4 ask the table of local routes.
#
# Exit: 0 as described, 1 changed, 77 no user namespaces, ip(8) or Python.
set -eu
for program in unshare ip python3; do
	command -v "$program" >/dev/null || { echo "needs $program"; exit 77; }
done
unshare -Urn ip link set lo up 2>/dev/null || { echo "no network namespace can be made"; exit 77; }
uname -sr
# shellcheck disable=SC2016 # for the shell inside
unshare -Urn sh -euc '
	ip link set lo up
	ip route add local 192.0.2.0/24 dev lo
	ip -6 route add local 2001:db8:1::/64 dev lo
	exec python3 -
' <<'END'
import errno
import socket
import struct
import sys

IP_PKTINFO, IPV6_FREEBIND = 8, 78


def ask(family, address):
    """A server, a client that has asked it, and the control message that says where."""
    server = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET:
        server.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        server.bind(("0.0.0.0", 0))
    else:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        server.bind(("::", 0))
    client = socket.socket(family, socket.SOCK_DGRAM)
    client.settimeout(2)
    client.connect((address, server.getsockname()[1]))
    client.send(b"question")
    return server, client, *server.recvmsg(100, 100)[1::2]


def answer(family, address, freebind=False):
    server, client, control, peer = ask(family, address)
    if freebind:
        server.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    level, kind, data = control[0]
    if family == socket.AF_INET:  # the destination is the source now
        data = struct.pack("i4s4s", 0, data[8:12], bytes(4))
    else:
        data = data[:16] + bytes(4)
    try:
        server.sendmsg([b"answer"], [(level, kind, data)], 0, peer)
    except OSError as error:
        return errno.errorcode[error.errno]
    return client.recv(100).decode()


found = (
    answer(socket.AF_INET, "192.0.2.7"),
    answer(socket.AF_INET6, "2001:db8:1::7"),
    answer(socket.AF_INET6, "2001:db8:1::7", freebind=True),
)
print(f"IPv4: {found[0]}\nIPv6: {found[1]}\nIPv6 with IPV6_FREEBIND: {found[2]}")
sys.exit(found != ("answer", "EINVAL", "answer"))
END
