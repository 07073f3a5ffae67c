#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small Internet in two network namespaces, and the clients that try it.

    netlab.py up FILE      in new user, network and mount namespaces with capabilities:
                           builds the lab, writes its process number to FILE, stays
    netlab.py get URL      sha256 and length of what is there
    netlab.py hash BYTES   the same of what /bytes/BYTES is, without a network
    netlab.py tcp ADDR PORT        "open", or the error
    netlab.py udp ADDR PORT        the echo, or the error
    netlab.py dns PROTO ADDR NAME  the address that a server answers
    netlab.py resolve NAME         the address that the C library finds
    netlab.py many N URL           N connections at once
    netlab.py half URL             a request behind which the sending side is closed
    netlab.py echo PORT            serves both, until it is killed
    netlab.py who PORT             waits for one connection, prints who it came from
    netlab.py talk PROTO ADDR PORT BYTES   whether they come back, behind a half-close
    netlab.py attack               what could be changed of the network, a line each

The host of the lab is 198.51.100.2, all else is one machine behind 198.51.100.1:
203.0.113.10 is public, 10.20.0.1 private, 169.254.169.254 the metadata service. Its name
server knows all names, most of them by 203.0.113.10, and those of ZONE by what stands there.
Of names with the label "slow" it answers after two seconds. On port 443 it speaks TLS with
whatever name, on 22 and 2222 it speaks first. Nobody listens at its SECOND address, where
names below shop.test are: that is left to egresslab.py.
"""

import asyncio
import ctypes
import hashlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import urllib.parse

BLOCK = bytes(range(256)) * 4096  # 1 MiB
PUBLIC, PUBLIC6 = "203.0.113.10", "2001:db8:1::10"
ADDRESSES = ["198.51.100.1", "2001:db8::1", PUBLIC, PUBLIC6, "10.20.0.1", "169.254.169.254"]
SECOND = ["203.0.113.20", "2001:db8:1::20"]  # of egresslab.py
TIMEOUT = 10
ZONE = {
    "private.test": ["10.20.0.1"],
    "metadata.test": ["169.254.169.254"],
    "loopback.test": ["127.0.0.1"],
    "host.test": ["198.51.100.2"],
    "six.test": [PUBLIC6],
    "both.test": [PUBLIC, PUBLIC6],
    "nobody.test": [],  # NXDOMAIN
    "dead.test": ["203.0.113.99"],  # nobody answers
    "dead-then-good.test": ["203.0.113.99", PUBLIC],
    "many.test": [PUBLIC] + [f"203.0.113.{n}" for n in range(100, 200)],
    "rebinds.test": [PUBLIC],  # but the second time 127.0.0.1
    "zero.test": ["0.0.0.0"],
    "late.test": ["198.51.100.77"],  # the host's, once LATE is there
    "dead-then-late.test": ["203.0.113.99", "198.51.100.77"],
    "loopback6.test": ["::1"],
    "any6.test": ["::"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "compatible.test": ["::127.0.0.1"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "6to4.test": ["2002:7f00:1::1"],
    "host6.test": ["2001:db8::2"],
    "link6.test": ["fe80::1"],
    "multicast.test": ["224.0.0.1"],
    "broadcast.test": ["255.255.255.255"],
}
SEEN = None  # a file with a line for each connection and datagram that arrived
ASKED = ".asked"  # the same of names that the name server was asked for
SAID = ".said"  # what was said: names of TLS, heads of HTTP, and all behind RECORDED
LATE = ".late"  # when there is such a file, the host gets the address of late.test
RECORDED = {
    "/raw": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "/never": b"HTTP/1.1 200 OK\r\n\r\n",  # and it does not end
    "/switch": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
}


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def ip(*args):
    subprocess.run(["ip", *args], check=True)


# ------------------------------------------------------------------ servers


def seen(sockname, protocol):
    """For the harness: who was reached, whatever the client thinks."""
    with open(SEEN, "a", encoding="ascii") as file:
        file.write(f"{sockname[0].removeprefix('::ffff:')} {sockname[1]} {protocol}\n")


def written_down(kind, data):
    """For the harness, as seen(): @kind is the end of the file's name."""
    with open(SEEN.removesuffix(".seen") + kind, "ab") as file:
        file.write(data)


async def record(reader, writer, answer):
    """Answers, and from there on writes down what comes, and says it back."""
    writer.write(answer)
    while data := await reader.read(1 << 16):
        written_down(SAID, data)
        writer.write(data)
    written_down(SAID, b"(end)\n")
    if answer == RECORDED["/never"]:
        await asyncio.sleep(1000000)
    writer.close()


async def serve_http(reader, writer):
    seen(writer.get_extra_info("sockname"), "tcp")
    try:
        path = (await reader.readline()).split()[1].decode()
        host = b""
        while line := (await reader.readline()).strip():
            host = line[5:].strip() if line[:5].lower() == b"host:" else host
        written_down(SAID, b"http %s %s\n" % (host, path.encode()))
        if path in RECORDED:
            await record(reader, writer, RECORDED[path])
            return
        if path == "/half":  # answers only when the other side has finished sending
            await reader.read()
        name, _, number = path.strip("/").partition("/")
        left = int(number) if name == "bytes" else 0
        body = b"" if name == "bytes" else writer.get_extra_info("peername")[0].encode()
        if name == "host":
            body = host
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (left + len(body)))
        writer.write(body)
        while left > 0:
            writer.write(BLOCK[:left])
            await writer.drain()
            left -= len(BLOCK)
        writer.close()
    except (OSError, IndexError):
        writer.close()


def dns_name(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    return ".".join(labels).lower(), at + 5


def dns_answer(query):
    name, end = dns_name(query)
    written_down(ASKED, name.encode() + b"\n")
    question, kind = query[12:end], struct.unpack("!H", query[end - 4 : end - 2])[0]
    found = ZONE.get(name, SECOND if f".{name}".endswith(".shop.test") else [PUBLIC])
    if name == "rebinds.test" and kind == 1:
        ZONE[name] = ["127.0.0.1"]
    family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
    addrs = [
        socket.inet_pton(family, a)
        for a in found
        if family == (socket.AF_INET6 if ":" in a else socket.AF_INET)
    ]
    code = 0x8180 if name not in ZONE or ZONE[name] else 0x8183
    head = query[:2] + struct.pack("!HHHHH", code, 1, len(addrs), 0, 0)
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(a)) + a for a in addrs
    )
    return head + question + records


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if SEEN:
            seen(self.transport.get_extra_info("sockname"), "udp")
        answer, slow = self.answer(data), b"\4slow" in data
        asyncio.get_running_loop().call_later(2 * slow, self.transport.sendto, answer, addr)


async def serve_dns(reader, writer):
    length = struct.unpack("!H", await reader.readexactly(2))[0]
    answer = dns_answer(await reader.readexactly(length))
    writer.write(struct.pack("!H", len(answer)) + answer)
    writer.close()


async def serve_first(reader, writer):
    """Says something before it is spoken to, and then says all back."""
    seen(writer.get_extra_info("sockname"), "tcp")
    try:
        writer.write(b"SSH-2.0-lab\r\n")
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
    except OSError:
        writer.close()


def certificate(directory):
    """A certificate that nobody has to trust; a context that takes every name."""
    files = [f"{directory}.key", f"{directory}.crt"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "7", "-subj", "/CN=lab", "-addext", "subjectAltName=DNS:*.test",
         "-keyout", files[0], "-out", files[1]],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    context.sni_callback = lambda _, name, __: written_down(SAID, f"tls {name}\n".encode())
    return context


async def serve_internet():
    loop = asyncio.get_running_loop()
    tls = certificate(SEEN)
    for port in (443, 8443):
        await asyncio.start_server(serve_http, ADDRESSES, port, ssl=tls, backlog=2000)
    for port in (22, 2222):
        await asyncio.start_server(serve_first, ADDRESSES, port, backlog=2000)
    await asyncio.start_server(serve_http, ADDRESSES, 80, backlog=2000)
    await asyncio.start_server(serve_dns, "0.0.0.0", 53)
    for port, answer in ((53, dns_answer), (9999, lambda data: data)):
        await loop.create_datagram_endpoint(lambda a=answer: Datagrams(a), ("0.0.0.0", port))
    # which answers from where it was asked
    await loop.create_datagram_endpoint(lambda: Datagrams(lambda d: d), (PUBLIC, 9998))


async def get_late_address():
    while not os.path.exists(SEEN.removesuffix(".seen") + LATE):
        await asyncio.sleep(0.1)
    ip("addr", "add", *ZONE["late.test"], "dev", "lo")


async def serve_host():
    loop = asyncio.get_running_loop()
    await asyncio.start_server(serve_http, "127.0.0.1", 7001)
    await asyncio.start_server(serve_http, "198.51.100.2", 7002)
    await asyncio.start_server(serve_http, None, 7004)
    await loop.create_datagram_endpoint(lambda: Datagrams(lambda d: d), ("0.0.0.0", 9999))
    asyncio.ensure_future(get_late_address())


def child(start, ready):
    """Serves in a process of its own; a byte goes to @ready."""
    if os.fork():
        return
    die_with_parent()

    async def run():
        await start()
        os.write(ready, b"1")
        await asyncio.sleep(1000000)

    asyncio.run(run())


def internet(ready):
    """The machine behind the wire, in a network namespace of its own."""
    pid = os.fork()
    if pid:
        return pid
    die_with_parent()
    ctypes.CDLL(None, use_errno=True).unshare(0x40000000)
    os.write(ready, b"1")
    signal.sigwait({signal.SIGUSR1})
    ip("link", "set", "lo", "up")
    ip("addr", "add", "198.51.100.1/24", "dev", "lab1")
    ip("addr", "add", "2001:db8::1/64", "dev", "lab1", "nodad")
    ip("link", "set", "lab1", "up")
    for addr in (*ADDRESSES[2:], *SECOND):
        ip("addr", "add", addr, "dev", "lo", *(["nodad"] if ":" in addr else []))
    # who comes later (netlab.bash, in_internet) has no capability
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", "w", encoding="ascii") as file:
        file.write("0")
    child(serve_internet, ready)
    signal.pause()
    return 0


def up(path):
    global SEEN  # pylint: disable=global-statement
    SEEN = path + ".seen"
    open(SEEN, "w", encoding="ascii").close()
    reading, ready = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    die_with_parent()
    other = internet(ready)
    os.read(reading, 1)
    ip("link", "set", "lo", "up")
    ip("link", "add", "lab0", "type", "veth", "peer", "name", "lab1", "netns", str(other))
    ip("addr", "add", "198.51.100.2/24", "dev", "lab0")
    ip("addr", "add", "2001:db8::2/64", "dev", "lab0", "nodad")
    ip("link", "set", "lab0", "up")
    with open(path + ".internet", "w", encoding="ascii") as file:
        file.write(str(other))
    os.kill(other, signal.SIGUSR1)
    os.read(reading, 1)
    ip("route", "add", "default", "via", "198.51.100.1")
    ip("route", "add", "default", "via", "2001:db8::1")
    child(serve_host, ready)
    os.read(reading, 1)
    conf = path + ".resolv"
    with open(conf, "w", encoding="ascii") as file:
        file.write("nameserver 198.51.100.1\n")
    subprocess.run(["mount", "--bind", conf, "/etc/resolv.conf"], check=True)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    os.rename(path + ".new", path)
    signal.pause()


# ------------------------------------------------------------------ clients


def connect(url, timeout=TIMEOUT):
    parts = urllib.parse.urlsplit(url)
    sock = socket.create_connection((parts.hostname, parts.port or 80), timeout)
    return sock, b"GET %s HTTP/1.0\r\n\r\n" % parts.path.encode()


def body(sock):
    stream = sock.makefile("rb")
    while stream.readline().strip():
        pass
    return stream


def get(url):
    sock, request = connect(url)
    sock.sendall(request)
    digest, length, stream = hashlib.sha256(), 0, body(sock)
    while data := stream.read(1 << 20):
        digest.update(data)
        length += len(data)
    return f"{digest.hexdigest()} {length}"


def expected(length):
    digest, left = hashlib.sha256(), int(length)
    while left > 0:
        digest.update(BLOCK[:left])
        left -= len(BLOCK)
    return f"{digest.hexdigest()} {length}"


def half(url):
    sock, request = connect(url)
    sock.sendall(request)
    sock.shutdown(socket.SHUT_WR)
    return f"answered {len(body(sock).read()) > 0}"


def many(count, url):
    opened = [connect(url, 60) for _ in range(int(count))]
    for sock, request in opened:
        sock.sendall(request)
    return sum(len(body(sock).read()) == 1000 for sock, _ in opened)


def tcp(addr, port):
    socket.create_connection((addr, int(port)), 5).close()
    return "open"


def udp(addr, port):
    sock = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(3)
    sock.sendto(b"echo", (addr, int(port)))
    return sock.recv(100).decode()


def dns(proto, addr, name):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    query = b"\1\2" + struct.pack("!HHHHH", 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    sock = socket.socket(type=socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(3)
    sock.connect((addr, 53))
    sock.sendall((struct.pack("!H", len(query)) if proto == "tcp" else b"") + query)
    return socket.inet_ntoa(sock.recv(512)[-4:])


async def serve_echo(port):
    async def copy(reader, writer):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    await asyncio.start_server(copy, None, port)
    for addr in ("0.0.0.0", "::"):
        sock = socket.socket(socket.AF_INET6 if addr == "::" else socket.AF_INET, socket.SOCK_DGRAM)
        if addr == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((addr, port))
        await loop.create_datagram_endpoint(lambda: Datagrams(lambda d: d), sock=sock)
    print("ready", flush=True)
    await asyncio.sleep(1000000)


def who(port):
    with socket.create_server(("0.0.0.0", int(port))) as server:
        print("ready", flush=True)
        return server.accept()[1][0]


def echo(port):
    asyncio.run(serve_echo(int(port)))


def talk(proto, addr, port, length):
    """Sends all, closes that side, and only then has to have got all of it back."""
    sent = (BLOCK * (int(length) // len(BLOCK) + 1))[: int(length)]
    if proto == "udp":
        sock = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(3)
        sock.sendto(sent, (addr, int(port)))
        return sock.recv(len(sent) + 1) == sent
    sock = socket.create_connection((addr, int(port)), TIMEOUT)

    def send():
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    got = sock.makefile("rb").read()
    sender.join()
    return got == sent


def resolve(name):
    return socket.getaddrinfo(name, 80, socket.AF_INET)[0][4][0]


def nf_tables(kind, name):
    """One nf_tables message (0: new table, 2: delete table, 10: ... and all in it)."""

    def message(number, kind, body):
        return struct.pack("=IHHII", 16 + len(body), kind, 5, number, 0) + body

    text = name.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(text), 1) + text
    batch = message(1, 0x10, struct.pack("!BBH", 0, 0, 10))
    batch += message(2, 0xA00 | kind, struct.pack("!BBH", 1, 0, 0) + attribute.ljust(
        (len(attribute) + 3) & ~3, b"\0"))
    batch += message(3, 0x11, struct.pack("!BBH", 0, 0, 10))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as sock:
        sock.settimeout(3)
        sock.sendto(batch, (0, 0))
        while True:
            number, error = struct.unpack("=8xI4xi", sock.recv(8192)[:20])
            if error:
                raise OSError(-error, os.strerror(-error))
            if number == 2:
                return


def attack():
    changed = []

    def try_out(name, action, *args):
        try:
            action(*args)
            changed.append(name)
        except (OSError, subprocess.CalledProcessError):
            pass

    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for kind in ((17, 3, 3), (2, 3, 255), (2, 3, 1)):
        try_out(f"socket {kind}", lambda kind=kind: socket.socket(*kind).close())
    try_out("new table", nf_tables, 0, "other")
    try_out("delete table", nf_tables, 2, "sbox")
    for command in (
        "ip addr add 10.9.9.9/32 dev tap0",
        "ip link set tap0 promisc on",
        "ip route add 10.9.9.8/32 dev lo",
        "ip route del default",
        "ip link set tap0 down",
    ):
        try_out(command, lambda command=command: subprocess.run(command.split(), **quiet))
    return "\n".join(changed) or "nothing"


def main():
    todo = {
        "up": up, "get": get, "hash": expected, "tcp": tcp, "udp": udp,
        "dns": dns, "resolve": resolve, "many": many, "half": half,
        "attack": attack, "echo": echo, "who": who, "talk": talk,
    }  # fmt: skip
    try:
        print(todo[sys.argv[1]](*sys.argv[2:]), flush=True)
    except OSError as error:
        print(error.strerror or error)
        return 1
    return 0


sys.exit(main())
