#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bench.py - what sbox costs, beside bubblewrap and others

Everything is measured in one run, in turns (measure.py). Each sandbox is first asked
whether it isolates: the namespaces must be others than ours, a filter must be loaded.
bubblewrap gets the same mounts, covers of /proc included (the rows of a start look), the same
rules, compiled by libseccomp, and --disable-userns, since sbox allows no user namespace
either; others of its contenders get the programs that sbox has, or isolate less.

With CAP_SYS_PTRACE as an ambient capability (setpriv --inh-caps=+sys_ptrace
--ambient-caps=+sys_ptrace) it can read the proportional memory of sbox's init, which
nobody else may look into; what is measured does not get it.

usage: bench.py [--rounds N] [--row NAME]... [--beside SBOX] [--json FILE] [--smoke]
"""
import argparse
import ctypes
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rows
import steps
from measure import Contender, Failed

SKIPPED = 77
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def version(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              timeout=10).stdout.split("\n")[0]
    except (OSError, subprocess.SubprocessError):
        return None


def machine(world):
    model = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
             if line.startswith("model name")]
    return {"cpu": f"{os.cpu_count()} x {model[0] if model else platform.machine()}",
            "kernel": platform.release(),
            "mounts": sum(1 for _ in open("/proc/self/mountinfo")),
            "us of a CPUID": Contender("command", [world.command, "cpuid"]).output().strip(),
            "versions": {name: version(path, "--version")
                         for name, path in sorted(world.tools.items())}}


def number(value, unit):
    scale = {"ms": 1000, "us": 1e6, "MB": 1e-6}.get(unit, 1)
    return f"{value * scale:.2f}" if value is not None else ""


def show(row):
    unit = row["unit"]
    print(f"\n{row['name']}: {row['what']}")
    print(f"  {'':38}{'median ' + unit:>14}{'p99 ' + unit:>12}{'ratio':>9}{'goal':>9}")
    for name, got in row["results"].items():
        goal = row["goals"].get(name)
        ratio = f"{got['ratio']:.3f}" if "ratio" in got else ""
        print(f"  {name:38}{number(got['median'], unit):>14}"
              f"{number(got.get('p99'), unit):>12}{ratio:>9}{goal or '':>9}")
    sys.stdout.flush()


def missing(world):
    """Why nothing can be measured here, or None."""
    if os.geteuid() == 0:
        return "to be run by an ordinary user: root needs no user namespace"
    for name in ("sbox", "bwrap"):
        if name not in world.tools:
            return f"{name} is not installed"
    if "--disable-userns" not in subprocess.run([world.tools["bwrap"], "--help"], text=True,
                                                capture_output=True, check=True).stdout:
        return "bwrap is older than 0.8.0 (no --disable-userns)"
    return None


def keep_capabilities():
    """Those that were given to us stay ours: no program that we execute gets them."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def measure_all(world, wanted, rounds):
    """Every wanted row; a row that fails is shown, and counted."""
    measured, failed = [], 0
    for name, function in rows.ROWS.items():
        if wanted and name not in wanted:
            continue
        try:
            row = function(world, rounds)
        except (Failed, OSError, subprocess.SubprocessError) as failure:
            print(f"\n{name}: failed: {failure}")
            failed += 1
            continue
        if row is None:
            print(f"\n{name}: left out: a program for it is missing")
            continue
        measured.append({"name": name, **row})
        show(measured[-1])
    return measured, failed


def each_step(world, _rounds):
    return steps.measure(world, 1) if "strace" in world.tools else None


def smoke(world):
    """Speaks TAP: every row, in few rounds, gives figures; their size does not matter."""
    functions = {**rows.ROWS, "steps": each_step}
    names = [name for name in functions if name not in rows.SLOW]
    print(f"1..{len(names)}")
    bad = 0
    for at, name in enumerate(names, 1):
        try:
            row = functions[name](world, 2)
        except (Failed, OSError, subprocess.SubprocessError) as failure:
            print(f"not ok {at} {name}\n# {failure}")
            bad += 1
            continue
        if row is None:
            print(f"ok {at} {name} # SKIP a program for it is missing")
        else:
            print(f"ok {at} {name}")
        sys.stdout.flush()
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--row", action="append", choices=list(rows.ROWS))
    parser.add_argument("--beside", type=pathlib.Path, metavar="SBOX",
                        help="another build of sbox, as one more contender")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--mounts", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.mounts:
        rows.add_mounts(args.mounts)
    keep_capabilities()
    with tempfile.TemporaryDirectory(prefix="sbox-bench-") as scratch:
        world = rows.World(pathlib.Path(scratch))
        if args.beside:
            world.tools["other"] = str(args.beside.resolve(strict=True))
        why_not = missing(world)
        if why_not:
            print(f"1..0 # SKIP {why_not}")
            return 1 if os.environ.get("SBOX_TEST_MUST_WORK") == "1" else SKIPPED
        world.prepare()
        if args.smoke:
            return smoke(world)
        about = machine(world)
        if not args.mounts:
            print(json.dumps(about, indent=1))
        measured, failed = measure_all(world, args.row, args.rounds)
    if args.json:
        args.json.write_text(json.dumps({"machine": about, "rows": measured}, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
