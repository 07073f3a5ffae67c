#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A caller who starts a program with network sockets as its descriptors.

    relay.py SCENE FDS COMMAND...   FDS: "0,1", which are all the same socket

The scenes say what the other end of the connection does, or what the socket is instead.
Ends with the command's status; what was seen is printed.

    relay.py out FD PORT            what the command tries: to reach 127.0.0.1:PORT by FD
"""

import ctypes
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

LENGTH = 10_000_000


def listener():
    sock = socket.create_server(("127.0.0.1", 0))
    sock.settimeout(30)
    return sock


def connection(buffer=None):
    """With so many bytes of room on each side, or what is usual."""
    near = socket.socket()
    with listener() as server:
        if buffer:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        near.settimeout(30)
        near.connect(server.getsockname())
        far = server.accept()[0]
        near.settimeout(None)  # which would make it non-blocking for the command as well
        far.settimeout(30)
        return near, far


def start(fds, command, sock):
    """The command has the socket, and from then on nobody else here."""

    def arrange():
        for fd in fds:
            os.dup2(sock.fileno(), fd)

    # pylint: disable=subprocess-popen-preexec-fn
    process = subprocess.Popen(command, preexec_fn=arrange, close_fds=False)
    sock.close()
    return process


def echo(process, far):
    """All is sent, that side is closed, and all comes back."""
    sent = os.urandom(LENGTH)

    def send():
        far.sendall(sent)
        far.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    print("same" if far.makefile("rb").read() == sent else "different")
    sender.join()
    return process.wait()


def slow(process, far):
    """Much of it is read only long after the command has ended."""
    time.sleep(1)
    print(len(far.makefile("rb").read()))
    return process.wait()


def sip(process, far):
    """The other end takes little at a time, longer than anybody would wait."""
    far.setblocking(False)
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < 120:
        time.sleep(0.5)
        try:
            far.recv(2000)
        except BlockingIOError:
            pass
        if time.monotonic() - begun > 3:
            process.terminate()  # which nobody hears who has a wall clock of his own
    print("ended" if process.poll() is not None else "held")
    process.kill()
    return process.wait()


def left(process, far):
    """The command closes the socket and goes on."""
    print(far.makefile("rb").read().decode().strip(), flush=True)
    print("still there" if process.poll() is None else "ended")
    process.terminate()
    return process.wait()


def gone(process, far):
    """Nobody is at the other end any more."""
    far.recv(1)
    far.close()
    return process.wait()


def digest(process, far):
    """One direction is left open, the other is read to its end."""
    far.sendall(b"x" * LENGTH)
    far.shutdown(socket.SHUT_WR)
    print(far.makefile("rb").read().decode().strip() == hashlib.sha256(b"x" * LENGTH).hexdigest())
    return process.wait()


def other_kinds(kind):
    if kind == "listening":
        return listener()
    sock = socket.socket(type=socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM)
    if kind == "datagram":
        sock.connect(("127.0.0.1", 9))
    return sock


def attacked(fds, command):
    """Somebody on the host listens; the command gets the port as its last argument."""
    near, far = connection()
    with listener() as secret:
        process = start(fds, [*command, str(secret.getsockname()[1])], near)
        secret.settimeout(0.1)
        reached = False
        while process.poll() is None or not reached:
            try:
                secret.accept()
                reached = True
            except TimeoutError:
                if process.poll() is not None:
                    break
        far.close()
        print("reached" if reached else "not reached")
        return process.wait()


def out(fd, port):
    libc = ctypes.CDLL(None, use_errno=True)
    answers = []
    target = ctypes.create_string_buffer(
        (socket.AF_INET).to_bytes(2, sys.byteorder)
        + int(port).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8))  # fmt: skip
    for address in (ctypes.create_string_buffer(16), target):
        answers.append(libc.connect(int(fd), address, 16))
    sock = socket.socket(fileno=os.dup(int(fd)))
    print("unix" if sock.family == socket.AF_UNIX else sock.family, file=sys.stderr)
    return 0 if answers[1] == 0 else 1


def main():
    scene, fds, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    if scene == "out":
        return out(fds, command[0])
    fds = [int(fd) for fd in fds.split(",")]
    if scene == "attacked":
        return attacked(fds, command)
    if scene in ("listening", "datagram", "unconnected"):
        return start(fds, command, other_kinds(scene)).wait()
    near, far = connection(4096 if scene == "sip" else None)
    play = {"echo": echo, "slow": slow, "left": left, "gone": gone, "digest": digest, "sip": sip}[scene]
    return play(start(fds, command, near), far)


status = main()
sys.exit(status if status >= 0 else 128 - status)
