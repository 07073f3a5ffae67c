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
     (r"socket\(AF_NETLINK", "init: loopback up"),
     ("fsopen", "init: root built"),
     ("pivot_root", "init: old root left"),
     ("setsid", "init: session, limits"),
     ("clone3", "init: command cloned, its ids mapped"),
     ("capget", "init: privileges dropped, serving"),
     ("exit_group", "init: end")],
    [("", "command: waits for its ids"),
     ("setpgid", "command: capabilities dropped"),
     (r"landlock_create_ruleset\(\{", "command: Landlock"),
     ("close_range", "command: descriptors"),
     ("seccomp", "command: seccomp"),
     ("execve", "the command itself")],
]
LINE = re.compile(r"^(\d+)\s+([\d.]+) (.*)$")


def processes(log):
    """[(time, call)] of each process, in the order in which they began."""
    found = {}
    for line in log.read_text().splitlines():
        pid, time, call = LINE.match(line).groups()
        found.setdefault(pid, []).append((float(time), call))
    return list(found.values())


def cut(calls, steps):
    """{step: (seconds, calls)} of one process."""
    result, at, began, count = {}, 0, calls[0][0], 0
    for time, call in calls:
        if call.startswith("<... "):
            continue
        if at + 1 < len(steps) and re.match(steps[at + 1][0], call):
            result[steps[at][1]] = (time - began, count)
            at, began, count = at + 1, time, 0
        count += not call.startswith(("+++", "---"))
    result[steps[at][1]] = (calls[-1][0] - began, count)
    return result


def measure(world, starts):
    log, samples = world.scratch / "log", {}
    contender = world.sbox(str(world.command))
    contender.argv[:0] = [world.tools["strace"], "-f", "-ttt", "-o", str(log)]
    for _ in range(starts):
        contender.run()
        for calls, steps in zip(processes(log), STEPS):
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
    except (KeyError, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"steps.py: {failure!r}")
