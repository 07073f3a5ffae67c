#!/usr/bin/env python3
"""
plans.py - random plans: what --dry-run says of them, and what a run makes of them

Usage: plans.py SEED COUNT, in an empty directory

A plan that --dry-run accepts has to run, with the mounts that it lists, each where it was
said to be, read-only or not; one that it refuses must not run. The first that differs is
printed with the options that make it, and the exit status is 1.
"""
import json
import os
import random
import subprocess
import sys

HERE = os.getcwd()
SOURCES = ["dir", "dir/sub", "dir/sub/deep", "dir/file", "other", "other/file", "link",
           "link/sub", "dangling", "dir/up", "missing", "empty"]
TARGETS = ["/mnt/a", "/mnt/a/b", "/mnt/a/b/c", "/w", "/w/sub", "/w/sub/deep", "/w/file",
           "/w/new", "/run/x", "/tmp", "/tmp/x", "/l", "/l/x", "/dev/shm", "/q", "/q/x",
           "/proc/x", "/usr/x", "/etc/x", "/etc/hosts"]


def make_tree():
    os.makedirs("dir/sub/deep")
    os.makedirs("other")
    os.makedirs("empty")
    for name in ("dir/file", "other/file", "dir/sub/file"):
        with open(name, "w", encoding="ascii") as file:
            file.write("text\n")
    os.symlink("dir", "link")
    os.symlink("nowhere", "dangling")
    os.symlink("../other", "dir/up")


def host_path(rng):
    return os.path.join(HERE, rng.choice(SOURCES))


def target(rng):
    return rng.choice(TARGETS) if rng.random() < 0.7 else host_path(rng)


def mount(rng):
    """A table of fs.mount, of a type that needs nothing of the machine."""
    kind = rng.choice(["tmpfs", "mqueue", "dir", "file", "symlink", "overlay", "bind"])
    more = {"file": ', content = "x"', "symlink": f', source = "{target(rng)}"',
            "overlay": f', lower = ["{host_path(rng)}"]',
            "bind": f', source = "{host_path(rng)}"'}.get(kind, "")
    return f'{{type = "{kind}", target = "{target(rng)}"{more}}}'


def option(rng):
    kind = rng.choice(["read", "write", "write", "tmpfs", "deny", "protect", "mount", "many"])
    if kind in ("read", "write"):
        at = f":{target(rng)}" if rng.random() < 0.7 else ""
        return [f"--{kind}={host_path(rng)}{at}"]
    if kind in ("deny", "protect"):
        return [f"--{kind}={rng.choice(['', '?'])}{host_path(rng)}"]
    if kind == "mount":
        return [f"--set=fs.mount=[{mount(rng)}]"]
    if kind == "many" and rng.random() < 0.1:
        return [f"--tmpfs=/t/{n}" for n in range(80)]
    return [f"--tmpfs={target(rng)}"]


# Of each argument, for the sandbox: whether something is mounted there, and read-only.
LOOK = """
import os, sys
modes = {}
for line in open('/proc/self/mountinfo'):
    part = line.split(' ')
    modes[part[4]] = part[5].split(',')[0]
for place in sys.argv[1:]:
    print(modes.get(os.path.realpath(place), 'nothing'))
"""


def run(options, *command):
    return subprocess.run(["sbox", "-q", *options, "--", *command], capture_output=True,
                          text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def difference(options):
    """What is other than planned; None: nothing."""
    plan = run([*options, "--dry-run=json"], "true")
    steps = [] if plan.returncode else [
        step for step in json.loads(plan.stdout)["mounts"]
        if step["type"] in ("bind", "tmpfs", "overlay", "mqueue", "protect", "deny")]
    real = run(options, "/usr/bin/python3", "-c", LOOK, *[step["target"] for step in steps])
    if plan.returncode not in (0, 125) or real.returncode not in (0, 125):
        return f"ended with {plan.returncode} and {real.returncode}: {plan.stderr}{real.stderr}"
    if plan.returncode != real.returncode:
        return (f"the plan ends with {plan.returncode} and the run with {real.returncode}: "
                f"{plan.stderr}{real.stderr}")
    for step, mode in zip(steps, real.stdout.splitlines()):
        # other modes may be those of a later mount at the same place
        if mode == "nothing" or (step["type"] == "protect" and mode != "ro"):
            return f"{step['type']} at {step['target']}: {mode}"
    return None


def main():
    rng = random.Random(int(sys.argv[1]))
    make_tree()
    for number in range(int(sys.argv[2])):
        options = [o for _ in range(rng.randint(1, 5)) for o in option(rng)]
        wrong = difference(options)
        if wrong:
            print(f"plan {number}: sbox {' '.join(map(repr, options))}\n{wrong}")
            sys.exit(1)
    print(f"{sys.argv[2]} plans are what they said")


main()
