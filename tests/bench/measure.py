# SPDX-License-Identifier: LGPL-2.1-or-later
"""measure.py - time programs against each other, fairly; used by bench.py

The speed of a machine drifts by more than the differences that are looked for. So the
contenders take turns, round by round, and what counts is the median of the ratios
within one round.
"""
import json
import os
import random
import signal
import statistics
import sys
import time

NOWHERE = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
QUIET = [(os.POSIX_SPAWN_DUP2, NOWHERE, fd) for fd in (0, 1, 2)]


class Failed(Exception):
    pass


class Contender:
    """A program, its environment, and files that it reads by descriptor."""

    def __init__(self, name, argv, env=None, files=()):
        self.name = name
        self.argv = [os.fspath(word) for word in argv]
        self.env = env or {}
        self.files = files
        self.fds = []

    def prepare(self):
        """Opens the files under the numbers 200, 201, ..., which argv names."""
        for at, path in enumerate(self.files):
            fd = os.open(path, os.O_RDONLY)
            os.dup2(fd, 200 + at)
            os.close(fd)
            self.fds.append(200 + at)
        return self

    def done(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = []

    def start(self, actions=None):
        for fd in self.fds:
            os.lseek(fd, 0, os.SEEK_SET)
        return os.posix_spawn(self.argv[0], self.argv, self.env,
                              file_actions=QUIET if actions is None else actions)

    def run(self):
        """Seconds from the start to the end."""
        begin = time.perf_counter()
        pid = self.start()
        status = os.waitpid(pid, 0)[1]
        took = time.perf_counter() - begin
        if status:
            raise Failed(f"{self.name}: exit status {os.waitstatus_to_exitcode(status)}: "
                         + " ".join(self.argv[:12]))
        return took

    def output(self, *extra):
        """What it prints."""
        read, write = os.pipe()
        argv, self.argv = self.argv, self.argv + list(extra)
        pid = self.start([(os.POSIX_SPAWN_DUP2, NOWHERE, 0), (os.POSIX_SPAWN_DUP2, write, 1)])
        self.argv = argv
        os.close(write)
        with os.fdopen(read) as stream:
            text = stream.read()
        status = os.waitpid(pid, 0)[1]
        if status:
            raise Failed(f"{self.name}: exit status {os.waitstatus_to_exitcode(status)}")
        return text


def until_told(contender):
    """Seconds from the start to the first byte that the command writes."""
    read, write = os.pipe()
    begin = time.perf_counter()
    pid = contender.start([(os.POSIX_SPAWN_DUP2, NOWHERE, 0), (os.POSIX_SPAWN_DUP2, write, 1),
                           (os.POSIX_SPAWN_DUP2, NOWHERE, 2)])
    os.close(write)
    told = os.read(read, 1)
    took = time.perf_counter() - begin
    os.close(read)
    if os.waitpid(pid, 0)[1] or not told:
        raise Failed(f"{contender.name}: the command did not run")
    return took


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def summary(samples, reference):
    """What is kept of {name: seconds, round by round}: medians and ratios to @reference."""
    result = {}
    for name, values in samples.items():
        result[name] = {"median": statistics.median(values), "p99": percentile(values, 0.99),
                        "rounds": len(values)}
        if reference in samples and name != reference:
            result[name]["ratio"] = statistics.median(
                mine / theirs for mine, theirs in zip(values, samples[reference]))
    return result


def take_turns(contenders, rounds, run=Contender.run):
    """Every contender once a round: {name: what @run gives, round by round}. What one leaves
    behind for the kernel to take away meets the next, so who that is, is drawn anew each time."""
    samples = {contender.name: [] for contender in contenders}
    draw = random.Random(1)
    for number in range(-2, rounds):
        for contender in draw.sample(contenders, len(contenders)):
            contender.prepare()
            took = run(contender)
            contender.done()
            if number >= 0:  # those before warm the caches
                samples[contender.name].append(took)
    return samples


def rotate(contenders, rounds, reference, run=Contender.run):
    return summary(take_turns(contenders, rounds, run), reference)


def launcher(contender, seconds, out):
    """One of many at the same time: its latencies, as JSON."""
    contender.prepare()
    latencies, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        latencies.append(contender.run())
    with os.fdopen(out, "w") as stream:
        json.dump(latencies, stream)


def at_once(contender, launchers, seconds):
    """(starts a second, p99) of @launchers processes that start it again and again."""
    pipes, pids, latencies = [], [], []
    for _ in range(launchers):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                launcher(contender, seconds, write)
                os._exit(0)
            except Failed as failure:
                print(failure, file=sys.stderr)
            finally:
                os._exit(1)
        os.close(write)
        pipes.append(read)
        pids.append(pid)
    for read in pipes:
        with os.fdopen(read) as stream:
            latencies += json.loads(stream.read() or "[]")
    if any(os.waitpid(pid, 0)[1] for pid in pids):
        raise Failed(f"{contender.name}: a launcher failed")
    return len(latencies) / seconds, percentile(latencies, 0.99)


def descendants(pid):
    """@pid and all processes below it."""
    found = [pid]
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    except (FileNotFoundError, ProcessLookupError):  # has ended since
        return found
    for child in children:
        found += descendants(int(child))
    return found


def name_of(pid):
    return open(f"/proc/{pid}/comm").read().strip()


def kibibytes(path, key):
    """The bytes of a line "KEY: N kB", or None if the kernel does not let us read it."""
    try:
        for line in open(path):
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    except PermissionError:
        pass
    return None


def memory_beside(contender, command):
    """
    [(name, {"resident", "peak", "proportional"})] of all processes but @command, while it
    waits. Proportional is None for a process that is not ours to trace, as sbox's init
    is not, unless we have CAP_SYS_PTRACE.
    """
    read, write = os.pipe()
    contender.prepare()
    pid = contender.start([(os.POSIX_SPAWN_DUP2, NOWHERE, 0), (os.POSIX_SPAWN_DUP2, write, 1)])
    os.close(write)
    os.read(read, 1)  # the command runs
    time.sleep(1.5)  # whoever only waits by now has given back what it can
    found = []
    for each in descendants(pid):
        try:
            name, sizes = name_of(each), {
                "resident": kibibytes(f"/proc/{each}/status", "VmRSS"),
                "peak": kibibytes(f"/proc/{each}/status", "VmHWM"),
                "proportional": kibibytes(f"/proc/{each}/smaps_rollup", "Pss")}
        except (FileNotFoundError, ProcessLookupError):  # has ended since
            continue
        if name != command[:15]:
            found.append((name, sizes))
    kill_all(pid)
    os.close(read)
    contender.done()
    return found


def kill_all(pid):
    for each in reversed(descendants(pid)):
        try:
            os.kill(each, signal.SIGKILL)
        except (PermissionError, ProcessLookupError):  # ends, or has ended, with the others
            pass
    os.waitpid(pid, 0)


def resident_now(pid, but):
    """Bytes resident in the processes below @pid, without those whose name is in @but."""
    total = 0
    for each in descendants(pid)[1:]:
        try:
            if name_of(each) not in but:
                total += kibibytes(f"/proc/{each}/status", "VmRSS") or 0
        except OSError:  # has ended
            pass
    return total


def memory_of_start(contender, strace, command):
    """
    The most bytes that all processes have at one time from a start to its end, without
    those of @command. strace makes each of them wait at each of its calls, for as long
    as it takes to look at all of them.
    """
    contender.argv[:0] = [strace, "-f", "-qq", "-o", "/dev/null", "-e", "signal=none",
                          "-e", "inject=all:delay_enter=1500"]
    contender.prepare()
    pid, most, ended = contender.start(), 0, 0
    while not ended:
        try:
            most = max(most, resident_now(pid, (command[:15], "strace")))
        except OSError:  # strace itself has ended
            pass
        ended, status = os.waitpid(pid, os.WNOHANG)
    contender.done()
    if status:
        raise Failed(f"{contender.name}: exit status {os.waitstatus_to_exitcode(status)}")
    return most
