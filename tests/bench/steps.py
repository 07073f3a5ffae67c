#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""steps.py - what each step of a start costs, by strace

Every process of a start is cut where it makes a call that begins a step (launch.c,
launch-inside.c). Printed is the time that passed in a step, the median of some starts,
and how many system calls it made. A traced call costs far more than another: compare
the steps, and a version with the one before, but not with a clock.

usage: steps.py [--starts N]
"""
import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rows
from measure import Failed

# In the order of a start: (what begins the step, the step), for each process in turn.
STEPS = [
    [("execve", "start of the program"),
     (r"openat2\(.*bench\.toml", "profiles read"),
     (r"landlock_create_ruleset\(NULL", "host looked at, plan made"),
     ("keyctl", "keyring, channels"),
     ("clone3", "init cloned into new namespaces"),
     (r"openat\(AT_FDCWD, \"/proc\"", "id maps written"),
     ("sendmsg", "waiting while the sandbox is there"),
     ("pidfd_send_signal", "end of init awaited"),
     ("close", "end of the supervisor")],
    [("", "init: lifeline, private mounts, host name"),
     ("fsopen", "init: root built"),
     ("pivot_root", "init: old root left"),
     ("setsid", "init: session, limits"),
     ("clone3", "init: command cloned, its ids mapped"),
     (r"socket\(AF_UNIX", "init: loopback up"),
     (r"openat\(.*max_user_namespaces", "init: namespaces limited"),
     ("capget", "init: privileges dropped, serving"),
     (r"exit_group|\+\+\+ killed", "init: end")],
    [("", "command: its process begins"),
     ("setpgid", "command: capabilities dropped"),
     (r"landlock_create_ruleset\(\{", "command: Landlock"),
     ("close_range", "command: descriptors"),
     ("seccomp", "command: seccomp"),
     ("execve", "the command itself")],
]
OPTIONAL = ("command: Landlock",)  # where the kernel has it
LINE = re.compile(r"^(\d+)\s+([\d.]+) (.*)$")


def processes(log):
    """[(time, call)] of each process, in the order in which they began."""
    found = {}
    for line in log.read_text().splitlines():
        parts = LINE.match(line)
        if not parts:
            raise Failed(f"strace says: {line}")
        pid, time, call = parts.groups()
        found.setdefault(pid, []).append((float(time), call))
    return list(found.values())


def begun(steps, at, call):
    """The number of the step behind step @at that @call begins, or None."""
    for number in range(at + 1, len(steps)):
        if re.match(steps[number][0], call):
            return number
        if steps[number][1] not in OPTIONAL:
            break
    return None


def cut(calls, steps):
    """{step: (seconds, calls)} of one process. Raises Failed where a step has no call."""
    result, at, began, count = {}, 0, calls[0][0], 0
    for time, call in calls:
        if call.startswith("<... "):
            continue
        number = begun(steps, at, call)
        if number is not None:
            result[steps[at][1]] = (time - began, count)
            at, began, count = number, time, 0
        count += not call.startswith(("+++", "---"))
    if at + 1 < len(steps):
        raise Failed(f"no call begins \"{steps[at + 1][1]}\" behind \"{steps[at][1]}\"")
    result[steps[at][1]] = (calls[-1][0] - began, count)
    return result


def measure(world, starts):
    log, samples = world.scratch / "log", {}
    contender = world.sbox(str(world.command))
    contender.argv[:0] = [world.tools["strace"], "-f", "-ttt", "-o", str(log)]
    for _ in range(starts):
        contender.run()
        found = processes(log)
        if len(found) != len(STEPS):
            raise Failed(f"{len(found)} processes, not {len(STEPS)}")
        for calls, steps in zip(found, STEPS):
            for step, got in cut(calls, steps).items():
                samples.setdefault(step, []).append(got)
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sbox-bench-") as scratch:
        world = rows.World(pathlib.Path(scratch))
        world.prepare()
        samples = measure(world, args.starts)
    print(f"{'step':44}{'us, traced':>12}{'calls':>8}")
    for step, got in samples.items():
        print(f"{step:44}{statistics.median(time for time, _ in got) * 1e6:12.0f}"
              f"{statistics.median(count for _, count in got):8.0f}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, KeyError, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"steps.py: {failure!r}")
