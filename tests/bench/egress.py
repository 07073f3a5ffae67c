#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""egress.py - what a filtered network costs, beside slirp4netns, pasta and none

In the lab of tests/cli/netlab.py, so that the other end is on this machine behind a pair of
veth devices, and all in turns, round by round, in an order that is drawn anew. What counts is
the median of the ratios within one round.

usage: egress.py [--rounds N] [--row NAME]...
"""
import argparse
import os
import pathlib
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from measure import (Failed, descendants, kibibytes, kill_all, name_of, summary,
                     take_turns)
from rows import SOURCE, Contender, World

NETLAB = SOURCE.resolve() / "tests/cli/netlab.py"
AIM, PORT = "203.0.113.20", 7070
BLOCK = bytes(1 << 20)
CONNECTIONS = 1000

# ------------------------------------------------------------- the other end


def answer(sock):
    """"S" and a number: that many bytes; "R" and a number: takes them; "P": a byte, the end."""
    with sock:
        what, length = struct.unpack("!cQ", sock.recv(9, socket.MSG_WAITALL))
        if what == b"S":
            while length > 0:
                sock.sendall(memoryview(BLOCK)[:length])
                length -= len(BLOCK)
        elif what == b"R":
            room = bytearray(len(BLOCK))
            while length > 0 and (got := sock.recv_into(room)):
                length -= got
            sock.sendall(b"k")
            sock.recv(1)  # an end that follows at once is a reset to some
        elif what == b"P":
            sock.sendall(b"k")
        else:
            sock.recv(1)


def serve():
    with socket.create_server((AIM, PORT), backlog=2000) as server:
        print("ready", flush=True)
        while True:
            sock = server.accept()[0]
            if sock.recv(1, socket.MSG_PEEK) == b"P":
                answer(sock)  # a thread would take longer than all the rest
            else:
                threading.Thread(target=answer, args=(sock,), daemon=True).start()


# ------------------------------------------------------------------- inside


def connect():
    return socket.create_connection((AIM, PORT), 60)


def move(what, length):
    """Seconds for so many bytes through one connection."""
    with connect() as sock:
        began = time.perf_counter()
        sock.sendall(struct.pack("!cQ", what.encode(), length))
        if what == "S":
            room = bytearray(len(BLOCK))
            while length > 0 and (got := sock.recv_into(room)):
                length -= got
        else:
            while length > 0:
                sock.sendall(memoryview(BLOCK)[:length])
                length -= len(BLOCK)
            length = 0 if sock.recv(1) == b"k" else 1
        if length:
            raise OSError("the connection ended early")
        return time.perf_counter() - began


def many(count):
    """Seconds for so many connections, one behind the other, each with a question."""
    began = time.perf_counter()
    for _ in range(count):
        with connect() as sock:
            sock.sendall(struct.pack("!cQ", b"P", 0))
            if sock.recv(1) != b"k":
                raise OSError("no answer")
    return time.perf_counter() - began


def hold(count):
    """So many connections at once, each of them used."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
    held = [connect() for _ in range(count)]
    for sock in held:
        sock.sendall(struct.pack("!cQ", b"H", 0))
    print("held", flush=True)
    time.sleep(1000)


# ------------------------------------------------------------------ measuring


class Bench:
    def __init__(self, world, rounds):
        self.world, self.rounds = world, rounds
        shutil.copy(__file__, world.read[1] / "egress.py")
        for name in ("measure.py", "rows.py"):
            shutil.copy(SOURCE / "tests/bench" / name, world.read[1])

    def contenders(self, *command, none=False):
        """The same command with each network."""
        rule = f"--net-allow={AIM}:{PORT}"
        options = {"filtered": ["--net=filtered", rule]}
        options |= {name: [f"--net={name}", rule] for name in ("slirp4netns", "pasta")
                    if shutil.which(name)}
        options |= {"none": ["--net=none"]} if none else {}
        return [self.world.sbox(*command, name=name, options=words)
                for name, words in options.items()]

    def clients(self, *words):
        command = ("/usr/bin/python3", str(self.world.read[1] / "egress.py"), *words)
        return [*self.contenders(*command), Contender("no sandbox", command, self.world.env)]

    def measure(self, name, contenders, goals, value, rounds, run=Contender.run):
        """@goals: of the ratio of filtered to others."""
        samples = take_turns(contenders, rounds, run)
        print(f"\n{name}")
        for contender, times in samples.items():
            print(f"  {contender:24}{value(statistics.median(times)):>16}")
        for reference, goal in goals.items():
            if reference in samples:
                ratio = summary(samples, reference)["filtered"]["ratio"]
                print(f"  filtered against {reference:23}{ratio:.3f}  {f'goal {goal}' if goal else ''}")
        sys.stdout.flush()

    def start(self):
        self.measure("start and end of a command that does nothing",
                     self.contenders(str(self.world.command), none=True),
                     {"none": "1.30", "slirp4netns": "0.30"},
                     lambda seconds: f"{1000 * seconds:.2f} ms", self.rounds)

    def timed(self, name, words, goals, value):
        """What the client says. pasta of 2023 resets uploads, now one in some dozens, now
        nearly all: another's network that fails three times is left out of the row."""
        failed = []

        def told(contender):
            for _ in range(3):
                try:
                    return float(contender.output())
                except Failed as failure:
                    print(failure)
            failed.append(contender.name)
            raise Failed(f"{contender.name}: three times")

        clients = self.clients(*words)
        while True:
            try:
                self.measure(name, clients, goals, value, max(2, self.rounds // 8), told)
                return
            except Failed:
                if not failed or failed[-1] not in ("slirp4netns", "pasta"):
                    raise
                print(f"{name}: {failed[-1]} is left out, it has failed three times")
                clients = [one for one in clients if one.name != failed[-1]]

    def bulk(self):
        length = 1 << (28 if self.rounds >= 10 else 24)
        for what, name in (("S", "in"), ("R", "out")):
            self.timed(f"{length >> 20} MiB {name} through one connection", (what, str(length)),
                       {"slirp4netns": "0.40", "pasta": "0.50", "no sandbox": None},
                       lambda seconds: f"{length / seconds / 1e6:.0f} MB/s")

    def connections(self):
        count = 2000 if self.rounds >= 10 else 100
        self.timed("new connections, one behind the other", ("many", str(count)),
                   {"slirp4netns": "0.50", "pasta": None, "no sandbox": None},
                   lambda seconds: f"{count / seconds:.0f} a second")

    def memory(self):
        count = CONNECTIONS if self.rounds >= 10 else 50
        print("\nmemory of the companion: resident, proportional")
        for name, words in (("idle", None), (f"with {count} connections", ("hold", str(count)))):
            for contender in self.clients(*words)[:-1] if words else \
                    self.contenders(str(self.world.command), "wait"):
                for process, sizes in self.companions(contender):
                    print(f"  {name:28}{contender.name:14}{process:16}" + "".join(
                        f"{size / 1e6:8.2f} MB" if size is not None else f"{'?':>11}"
                        for size in sizes))
        sys.stdout.flush()

    def companions(self, contender):
        """[(name, (resident, proportional))] of the companion, once the command says a word."""
        read, write = os.pipe()
        null = os.open("/dev/null", os.O_RDWR)
        pid = contender.start([(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, write, 1)])
        os.close(write)
        os.close(null)
        told = os.read(read, 1)
        time.sleep(1.5)
        found = []
        for each in descendants(pid):
            name = name_of(each)
            if name.startswith(("sbox-egress", "sbox-resolver", "slirp", "pas")):
                found.append((name, (kibibytes(f"/proc/{each}/status", "VmRSS"),
                                     kibibytes(f"/proc/{each}/smaps_rollup", "Pss"))))
        kill_all(pid)
        os.close(read)
        if not told or not found:
            raise Failed(f"{contender.name}: the command did not run")
        return found


ROWS = ("start", "bulk", "connections", "memory")


def enter(pid, *more):
    return ["nsenter", "--target", pid, "--user", "--net", *more, "--preserve-credentials",
            sys.executable, os.path.abspath(__file__)]


def in_lab(args):
    """Builds the lab with a server, and goes on in it."""
    with tempfile.TemporaryDirectory(prefix="sbox-bench-") as scratch:
        pid = pathlib.Path(scratch, "pid")
        with subprocess.Popen(["unshare", "--user", "--net", "--mount", "--map-current-user",
                               "--keep-caps", sys.executable, NETLAB, "up", pid]) as lab:
            try:
                while lab.poll() is None and not (pid.exists() and pid.read_text()):
                    time.sleep(0.05)
                if lab.returncode:
                    return lab.returncode
                other = pathlib.Path(f"{pid}.internet").read_text()
                with subprocess.Popen([*enter(other), "serve"], stdout=subprocess.PIPE,
                                      text=True) as server:
                    if server.stdout.readline() != "ready\n":
                        raise Failed("the server did not begin")
                    done = subprocess.run([*enter(pid.read_text(), "--mount"), *args, "--inside"],
                                          check=False)
                    server.kill()
                return done.returncode
            finally:
                lab.kill()


def main():
    if sys.argv[1:2] and sys.argv[1] in ("serve", "S", "R", "many", "hold"):
        return {"serve": serve, "many": lambda n: print(many(int(n))),
                "hold": lambda n: hold(int(n)), "S": lambda n: print(move("S", int(n))),
                "R": lambda n: print(move("R", int(n)))}[sys.argv[1]](*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--row", action="append", choices=ROWS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.inside:
        return in_lab(sys.argv[1:])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    with tempfile.TemporaryDirectory(prefix="sbox-bench-") as scratch:
        world = World(pathlib.Path(scratch))
        world.prepare()
        world.env["SBOX_LIBEXECDIR"] = os.environ.get("builddir", ".")
        bench = Bench(world, args.rounds)
        for row in args.row or ROWS:
            getattr(bench, row)()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"egress.py: {failure}")
