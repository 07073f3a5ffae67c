#!/bin/sh
# splice-raises-sigpipe.sh - splice(2) to a socket whose peer is gone kills the caller, and no
# flag says otherwise
#
# One would guess that a program which sends with MSG_NOSIGNAL everywhere needs not care for
# SIGPIPE, and that splice(2), which has flags of its own and copies between descriptors in the
# kernel, tells of a peer that is gone by EPIPE alone.
#
# What is so: splice(2) from a pipe to a TCP socket that was reset raises SIGPIPE beside EPIPE,
# as write(2) does. None of its four flags (MOVE, NONBLOCK, MORE, GIFT) is for that, and its
# manual page does not speak of the signal. A relay that goes from send(2) to splice(2) for speed
# has to ignore SIGPIPE, or ends with its first client that goes away at the wrong moment.
#
# Since when: seen on Linux 6.18; sockets take what is spliced by sendmsg(2) since 6.5, by
# sendpage before.
# Source: sk_stream_error() in net/core/stream.c, which is told by MSG_NOSIGNAL alone not to raise
# it, and splice_to_socket() in fs/splice.c, which never says so.
#
# Exit: 0 as described, 1 changed, 77 no Python that has os.splice().
set -eu
command -v python3 >/dev/null || { echo "needs python3"; exit 77; }
python3 -c 'import os; os.splice' 2>/dev/null || { echo "needs Python 3.10"; exit 77; }
uname -sr
python3 - <<'END'
import os
import signal
import socket
import struct
import sys
import time


def reset_connection():
    """One end of a connection whose other end was reset, and both know it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other = server.accept()[0]
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    time.sleep(0.1)
    try:
        one.recv(1)  # takes the ECONNRESET; from now on it is EPIPE
    except ConnectionResetError:
        pass
    return one


def by_send(sock):
    sock.send(b"x", socket.MSG_NOSIGNAL)


def by_splice(sock):
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.splice(reading, sock.fileno(), 1, flags=os.SPLICE_F_NONBLOCK)


def ends(way):
    """How a process that does it ends."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            way(reset_connection())
        except BrokenPipeError:
            os._exit(32)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return "EPIPE" if os.WEXITSTATUS(status) == 32 else "nothing"


found = ends(by_send), ends(by_splice)
print(f"send(2) with MSG_NOSIGNAL: {found[0]}")
print(f"splice(2): {found[1]}")
sys.exit(found != ("EPIPE", "SIGPIPE"))
END
