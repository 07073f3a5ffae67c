#!/usr/bin/env python3
"""door.py - attacks on the socket of a named sandbox, from inside of another or outside

door.py listen SOCKET LOG           in the place of its supervisor: answers each message with
                                    every number of a message, and writes what came to LOG
door.py ask PROOF SOCKET EXEC FILE  asks for a command that makes FILE; EXEC is the number of
                                    MSG_EXEC, PROOF what comes along as the first descriptor:
                                    self, the number of one of ours, or userns
door.py join SOCKET JOIN            asks to join the network; ends with 0 if that is answered
door.py flood SOCKET EXEC           no requests at all, with and without descriptors
"""
import array
import os
import socket
import struct
import sys
import termios


def rights(fds):
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []


def connect(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    os.chdir(os.path.dirname(path) or ".")
    sock.connect(os.path.basename(path))
    return sock


def listen(path, log):
    log = open(log, "a", buffering=1)
    os.chdir(os.path.dirname(path))
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(os.path.basename(path))
    print("ready", flush=True)
    while True:
        data, control, _, sender = sock.recvmsg(4096, 4096)
        words = b""
        count = 0
        for _, kind, raw in control:
            if kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(raw[: len(raw) - len(raw) % fds.itemsize])
                count += len(fds)
                if len(fds) > 3:
                    words = os.pread(fds[3], 4096, 0)[-40:]
        log.write(f"bytes={len(data)} descriptors={count} words={words!r}\n")
        for kind in range(0, 24):
            try:
                if sender:
                    sock.sendto(struct.pack("ii", kind, 0), sender)
            except OSError:
                pass


def proof(kind):
    if kind == "userns":
        return os.open("/proc/self/ns/user", os.O_RDONLY)
    return os.pidfd_open(os.getpid()) if kind == "self" else int(kind)


def ask(kind, path, number, made):
    sock = connect(path)
    ctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors = os.pipe()
    argv = os.memfd_create("argv")
    look = 4 * 4 + 1 + 32 + 3 + 2 * 4 + 4 * 2  # struct termios, struct winsize
    os.write(argv, bytes(look) + b"touch\0" + made.encode() + b"\0")
    null = os.open("/dev/null", os.O_RDWR)
    fds = [proof(kind), ctl[1].fileno(), errors[1], argv, null, null, null]
    sock.sendmsg([struct.pack("ii", int(number), 0)], rights(fds))
    ctl[1].close()
    ctl[0].settimeout(5)
    try:
        print("answer", len(ctl[0].recv(64)))
    except OSError:
        print("no answer")


def join(path, number):
    sock = connect(path)
    ctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors = os.pipe()
    sock.sendmsg([struct.pack("ii", int(number), 0)], rights([proof("self"), ctl[1].fileno(), errors[1]]))
    ctl[1].close()
    data, control, _, _ = ctl[0].recvmsg(64, 256)
    sys.exit(0 if data and control else 1)


def flood(path, number):
    sock = connect(path)
    sent = 0

    def send(data, count):
        nonlocal sent
        fds = [proof("self") if n == 0 else os.open("/dev/null", os.O_RDONLY) for n in range(count)]
        sock.sendmsg([data], rights(fds))
        sent += count
        for fd in fds:
            os.close(fd)

    for data in b"", b"x", b"x" * 7, b"x" * 9, b"x" * 4096:
        for count in 0, 1, 2, 7, 8, 9, 40, 253:
            send(data, count)
    for number in range(-2, int(number) + 9):
        for count in 0, 1, 2, 6, 7, 8, 253:
            if count != 7 or number < int(number):
                send(struct.pack("ii", number, -1), count)
    print("sent", sent)


if __name__ == "__main__":
    {"listen": listen, "ask": ask, "join": join, "flood": flood}[sys.argv[1]](*sys.argv[2:])
