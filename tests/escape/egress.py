#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What egress.bats tries from inside; beside netlab.py, whose servers it tries.

    egress.py send ADDR PORT PART...  sends each part and prints what comes back. A part is
                           text with Python's escapes, hello:NAME a ClientHello (hello: for
                           none, hello:A,B for two names), halves:NAME one in many pieces,
                           end: closes the sending side
    egress.py tls ADDR PORT NAME PATH [PROXY-PART...]  asks for PATH by TLS as NAME
    egress.py dns ADDR TYPE LABEL...   the same question by UDP, with labels as they are
    egress.py odd ADDR     DNS by TCP with lengths that are none
    egress.py forms PORT   connects to 127.0.0.1 and 203.0.113.10 in all spellings
    egress.py bind ADDR PORT OPTION...  listens and waits for one connection to good.test
    egress.py kinds        families and types of sockets that lead outside some other way
    egress.py crowd N ADDR PORT WHAT   N connections that stay: idle, hello, slow or deaf
    egress.py random N ZONE            looks N names below it up
    egress.py again ADDR PORT          leaves while the name is looked up, and comes back
    egress.py half ADDR PORT N         ends its side N times, and is gone
    egress.py abort ADDR PORT N        resets N connections in the middle
    egress.py flows ADDR PORT N        N sockets of UDP, and then one more
    egress.py retry ADDR PORT NAME NAME [at-once]  two hellos of TLS, as if asked for them
    egress.py inject PID CALL PATH     makes another process do a system call
    egress.py mptcp ADDR PORT          a request by MPTCP
"""

import ctypes
import os
import random
import resource
import signal
import socket
import ssl
import struct
import sys
import threading
import time

TIMEOUT = 3


def extension(kind, data):
    return struct.pack("!HH", kind, len(data)) + data


def client_hello(names, share=None):
    """By hand, since no library says two names or none on demand; @share: a key, or b""."""
    listed = b"".join(b"\0" + struct.pack("!H", len(n)) + n for n in names)
    extensions = extension(0, struct.pack("!H", len(listed)) + listed) if names else b""
    extensions += extension(10, b"\0\2\0\x1d") + extension(43, b"\2\3\4")
    if share is not None:
        extensions += extension(13, b"\0\4\4\3\x08\4")
        extensions += extension(51, struct.pack("!H", len(share)) + share)
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack("!H", len(message)) + message


def bytes_of(part):
    kind, _, names = part.partition(":")
    if kind in ("hello", "halves"):
        return client_hello([n.encode() for n in names.split(",") if n])
    return part.encode().decode("unicode_escape").encode("latin-1")


def receive(sock):
    try:
        return sock.recv(1 << 16) or b"(end)"
    except socket.timeout:
        return b"(nothing)"


def send_part(sock, part):
    if part == "end:":
        sock.shutdown(socket.SHUT_WR)
    elif part.startswith("halves:"):
        for byte in bytes_of(part):
            sock.sendall(bytes([byte]))
            time.sleep(0.005)
    else:
        sock.sendall(bytes_of(part))


def send(addr, port, *parts):
    sock = socket.create_connection((addr, int(port)), TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(1.5)
    for part in parts:
        send_part(sock, part)
        got = receive(sock)
        print(got.decode("latin-1").encode("unicode_escape").decode(), flush=True)
    return "done"


def tls(addr, port, name, path, *parts):
    sock = socket.create_connection((addr, int(port)), TIMEOUT)
    for part in parts:
        send_part(sock, part)
        print(receive(sock))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    wrapped = context.wrap_socket(sock, server_hostname=name or None)
    wrapped.sendall(b"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path.encode(), name.encode()))
    return wrapped.makefile("rb").read().decode().splitlines()[-1]


def question(labels, kind):
    wire = b"".join(bytes([len(x)]) + x for x in labels)
    return b"\1\2" + struct.pack("!HHHHH", 0x100, 1, 0, 0, 0) + wire + b"\0" + struct.pack(
        "!HH", kind, 1)


def dns(addr, kind, *labels):
    """The code of the answer, and its last four bytes if it has a record."""
    labels = [x.encode().decode("unicode_escape").encode("latin-1") for x in labels]
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.settimeout(TIMEOUT)
    sock.sendto(question(labels, int(kind)), (addr, 53))
    answer = sock.recv(1500)
    records = struct.unpack("!H", answer[6:8])[0]
    return f"code {answer[3] & 15} " + (".".join(map(str, answer[-4:])) if records else "none")


def odd(addr):
    query = question([b"good", b"test"], 1)
    whole = struct.pack("!H", len(query)) + query
    hostile = [b"\0\0", b"\xff\xff" + bytes(70000), b"\0\1a", b"\0\x0c" + query[:12], b"\0",
               struct.pack("!H", len(query) - 1) + query, whole[:-1], b"\x10\x01" + bytes(5000)]
    for data in hostile:
        sock = socket.create_connection((addr, 53), TIMEOUT)
        sock.settimeout(0.2)
        try:
            sock.sendall(data)
            sock.recv(512)
        except OSError:
            pass
        sock.close()
    sock = socket.create_connection((addr, 53), TIMEOUT)
    for byte in whole * 3:  # one at a time, and three questions
        sock.sendall(bytes([byte]))
    got = b""
    while len(got) < 3 * (2 + len(query) + 16):
        got += sock.recv(512)
    return f"answered {len(got) // (2 + len(query) + 16)}"


def forms(port):
    spelled = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0",
               "0.0.0.0", "127.255.255.254", "203.0.113.10", "3405803786", "0xcb00710a",
               "0313.0.0161.012", "::1", "::", "::ffff:127.0.0.1", "::ffff:203.0.113.10",
               "::203.0.113.10", "64:ff9b::203.0.113.10", "2002:cb00:710a::1", "2001:db8:1::10",
               "198.51.100.2", "2001:db8::2", "169.254.169.254", "10.20.0.1", "255.255.255.255"]
    opened = 0
    for addr in spelled:
        try:
            with socket.create_connection((addr, int(port)), 1) as sock:
                sock.settimeout(0.7)
                sock.sendall(b"GET /host HTTP/1.0\r\nHost: good.test\r\n\r\n")
                if sock.recv(100):
                    print("answers:", addr)
                    opened += 1
        except (OSError, UnicodeError):
            pass
    return f"{opened} answered"


def bind(addr, port, *options):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    for option in options:
        level = socket.IPPROTO_IPV6 if option.startswith("IPV6") else socket.SOL_SOCKET
        sock.setsockopt(level, getattr(socket, option), 1)
    sock.bind((addr, int(port)))
    sock.listen()
    sock.settimeout(2)
    caught = []

    def catch():
        try:
            caught.append(sock.accept())
        except OSError:
            pass

    catcher = threading.Thread(target=catch)
    catcher.start()
    try:
        socket.create_connection(("good.test", int(port)), 1).close()
    except OSError:
        pass
    catcher.join()
    return f"caught {len(caught)}"


def kinds():
    tried = {"packet": (17, 3, 3), "raw": (2, 3, 255), "icmp": (2, 3, 1), "raw6": (10, 3, 255),
             "vsock": (40, 1, 0), "xdp": (44, 3, 0), "alg": (38, 5, 0), "key": (15, 3, 2),
             "bluetooth": (31, 3, 1), "can": (29, 3, 1), "smc": (43, 1, 0), "rds": (21, 5, 0),
             "tipc": (30, 1, 0), "sctp": (2, 1, 132), "x25": (9, 5, 0), "ib": (27, 3, 0)}
    made = []
    for name, (family, kind, proto) in tried.items():
        try:
            socket.socket(family, kind, proto).close()
            made.append(name)
        except OSError:
            pass
    return "made " + " ".join(made)


def mptcp(addr, port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as sock:
        sock.settimeout(2)
        sock.connect((addr, int(port)))
        sock.sendall(b"GET /host HTTP/1.0\r\nHost: good.test\r\n\r\n")
        return sock.makefile("rb").read().decode().splitlines()[-1]


def crowd(count, addr, port, what):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    addr = socket.getaddrinfo(addr, int(port), socket.AF_INET)[0][4]
    begin = {"idle": b"", "hello": b"\x16\3\1\2\0\1", "slow": b"GET / HTTP/1.1\r\nHo",
             "deaf": b"GET /bytes/5000000 HTTP/1.0\r\nHost: good.test\r\n\r\n"}[what]
    kept, refused = [], 0
    for _ in range(int(count)):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(addr)
        kept.append(sock)
    time.sleep(0.5)
    for sock in kept:
        try:
            sock.send(begin)
        except OSError:
            refused += 1
    print(f"made {len(kept)}, {refused} refused", flush=True)
    time.sleep(1000)


def look_up_random(count, zone):
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.connect(("9.9.9.9", 53))
    codes = {}
    for n in range(int(count)):
        name = f"{n:x}{random.randbytes(4).hex()}".encode()
        sock.send(question([name, *[x.encode() for x in zone.split(".")]], 1))
        code = sock.recv(1500)[3] & 15
        codes[code] = codes.get(code, 0) + 1
    return f"codes {codes}"


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def again(addr, port):
    """Leaves while the name is looked up, and comes back before it is found."""
    first = socket.create_connection((addr, int(port)), TIMEOUT)
    time.sleep(0.3)
    reset(first)
    time.sleep(0.3)
    second = socket.create_connection((addr, int(port)), TIMEOUT)
    second.settimeout(5)
    return second.recv(100).decode().strip()


def half(addr, port, count):
    """Ends its side, and then is gone without a word that the other side would hear."""
    for _ in range(int(count)):
        sock = socket.create_connection((addr, int(port)), TIMEOUT)
        sock.sendall(b"GET /never HTTP/1.1\r\nHost: %s\r\n\r\n" % addr.encode())
        sock.recv(10)
        sock.shutdown(socket.SHUT_WR)
        time.sleep(0.1)
        reset(sock)
    return "done"


def abort(addr, port, count):
    """Resets connections in the middle of what they are sent, or send."""
    for n in range(int(count)):
        sock = socket.create_connection((addr, int(port)), TIMEOUT)
        sock.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\n\r\n" if port == "22" else
                     b"GET /bytes/9000000 HTTP/1.1\r\nHost: %s\r\n\r\n" % addr.encode())
        sock.settimeout(1)
        sock.recv(1000)
        if n % 2:
            time.sleep(0.05)
        reset(sock)
    return "done"


def flows(addr, port, count):
    kept = []
    for _ in range(int(count)):
        sock = socket.socket(type=socket.SOCK_DGRAM)
        sock.connect((addr, int(port)))
        sock.send(b"echo")
        kept.append(sock)
    time.sleep(0.5)
    kept[-1].close()
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.settimeout(2)
    sock.sendto(b"last", (addr, int(port)))
    return sock.recv(10).decode()


CALLS = {"openat": 257, "open": 2, "socket-unix": 41, "execve": 59, "kill": 62, "mkdir": 83,
         "ptrace": 101, "getpid": 39}


def inject(pid, name, path):
    """Makes process @pid, which waits in a system call, do another one (x86_64 alone)."""
    libc, pid = ctypes.CDLL(None, use_errno=True), int(pid)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long

    def ptrace(request, data=None, addr=None):
        if libc.ptrace(request, pid, addr, data) < 0:
            sys.exit(f"ptrace: {os.strerror(ctypes.get_errno())}")

    time.sleep(0.2)
    ptrace(16)  # PTRACE_ATTACH
    os.waitpid(pid, 0)
    regs = (ctypes.c_ulonglong * 27)()
    ptrace(12, ctypes.addressof(regs))  # PTRACE_GETREGS
    regs[16] -= 2  # rip: back onto the instruction of the call
    regs[19] -= 256  # rsp: a place for the path
    for n in range(0, len(path) + 1, 8):
        word = path.encode()[n : n + 8].ljust(8, b"\0")
        ptrace(4, ctypes.c_void_p(int.from_bytes(word, "little")), ctypes.c_void_p(regs[19] + n))
    args = {"openat": (-100, regs[19], 0), "open": (regs[19], 0), "socket-unix": (1, 1, 0),
            "execve": (regs[19], 0, 0), "kill": (os.getpid(), 0), "mkdir": (regs[19], 0),
            "ptrace": (0, 0)}[name]
    regs[10] = CALLS[name]  # rax
    regs[15] = 2**64 - 1  # orig_rax: this is no call that is to be begun anew
    for place, value in zip((14, 13, 12), args):  # rdi, rsi, rdx
        regs[place] = value % 2**64
    ptrace(13, ctypes.addressof(regs))  # PTRACE_SETREGS
    ptrace(9)  # PTRACE_SINGLESTEP
    status = os.waitpid(pid, 0)[1]
    if os.WIFSTOPPED(status) and os.WSTOPSIG(status) != signal.SIGTRAP:
        ptrace(7, ctypes.c_void_p(os.WSTOPSIG(status)))  # PTRACE_CONT
        status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return f"killed by signal {os.WTERMSIG(status)}"
    ptrace(12, ctypes.addressof(regs))
    result = regs[10] - 2**64 if regs[10] >> 63 else regs[10]
    return f"returned {result}"


def retry(addr, port, first, second, at_once=""):
    """A ClientHello without a key, so that the server asks for another one."""
    sock = socket.create_connection((addr, int(port)), TIMEOUT)
    sock.settimeout(2)
    hellos = [client_hello([first.encode()], b""), b"\x14\3\3\0\1\1",
              client_hello([second.encode()], b"\0\x1d\0\x20\x09" + bytes(31))]
    if at_once:
        sock.sendall(b"".join(hellos))
        return f"{len(sock.recv(4096)) + len(receive(sock))}"
    sock.sendall(hellos[0])
    print(f"asked again {len(sock.recv(4096)) < 200}", flush=True)
    sock.sendall(hellos[1])
    time.sleep(0.1)
    sock.sendall(hellos[2])
    return f"handshake {len(sock.recv(4096)) > 200}"


def main():
    todo = {"send": send, "tls": tls, "dns": dns, "odd": odd, "forms": forms, "bind": bind,
            "kinds": kinds, "crowd": crowd, "random": look_up_random, "mptcp": mptcp,
            "again": again, "half": half, "abort": abort, "flows": flows, "inject": inject,
            "retry": retry}
    try:
        print(todo[sys.argv[1]](*sys.argv[2:]), flush=True)
    except (OSError, ssl.SSLError) as error:
        print(error.strerror or error)
        return 1
    return 0


sys.exit(main())
