#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""observe.py - what --observe costs: observe.py [--rounds N] [--source DIR]

A build, and a program that does nothing but ask for files that are not there: without a sandbox,
in one, in one that is observed, and under strace of the same calls. The contenders take turns in
an order that is drawn anew for each round; what counts is the median of the ratios within a
round. DIR is a directory that "make clean" and "make" build in, such as that of zlib after its
./configure; else it is made up of 40 small files. It is copied, and the copy is built in.
"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from measure import summary

SBOX = pathlib.Path(os.environ.get("builddir", ".")).resolve() / "sbox"
STRACE = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=%file,connect,bind,ptrace", "-o", "/dev/null"]
ASK = """import os
for n in range(50000):
    try:
        os.open("/opt/none/%d" % (n % 20), os.O_RDONLY)
    except OSError:
        pass
"""


def made_up(top):
    """A directory with 40 files of C and a Makefile."""
    top.mkdir()
    for n in range(40):
        (top / f"f{n}.c").write_text("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
                                     + "".join(f"int f{n}_{i}(char *s) {{ return printf(\"%zu\", strlen(s)) + {i}; }}\n"
                                               for i in range(30)), encoding="ascii")
    (top / "Makefile").write_text("all: $(patsubst %.c,%.o,$(wildcard *.c))\n%.o: %.c\n\t$(CC) -O2 -c -o $@ $<\n"
                                  "clean:\n\trm -f *.o\n", encoding="ascii")
    return top


def with_profiles(config):
    """The environment, with this tree's profiles in directory @config."""
    profiles = config / "sbox/profiles"
    shutil.copytree(HERE.parent.parent / "profiles", profiles)
    for path in [config, config / "sbox", profiles, *profiles.iterdir()]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return os.environ | {"XDG_CONFIG_HOME": str(config)}


def contenders(command):
    sandbox = [SBOX, "-q", "-p", "build", "--"]
    return {"no sandbox": command,
            "sbox": sandbox + command,
            "sbox --observe=failed": [SBOX, "-q", "-p", "build", "--observe=failed", "--"] + command,
            "strace": STRACE + command,
            "sbox, strace inside": sandbox + STRACE + command}


def measure(row, command, cwd, env, rounds, prepare):
    samples = {name: [] for name in contenders(command)}
    for _ in range(rounds):
        for name, line in random.sample(list(contenders(command).items()), len(samples)):
            prepare()
            begin = time.perf_counter()
            subprocess.run(line, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            samples[name].append(time.perf_counter() - begin)
    for reference in ("sbox", "strace"):
        for name, got in summary(samples, reference).items():
            if reference == "sbox" or name == "sbox --observe=failed":
                ratio = f"{got['ratio']:7.3f} of {reference}" if "ratio" in got else ""
                print(f"{row:8} {name:24} {1000 * got['median']:9.1f} ms {ratio}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="what --observe costs")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--source", type=pathlib.Path)
    args = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("observe.py: strace is not installed")
    with tempfile.TemporaryDirectory(prefix="sbox-bench.", dir="/var/tmp") as top:
        build = pathlib.Path(top) / "build"
        if args.source:
            shutil.copytree(args.source, build)
        else:
            made_up(build)

        env = with_profiles(pathlib.Path(top) / "config")

        def clean():
            subprocess.run(["make", "-s", "clean"], cwd=build, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
        measure("build", ["make", "-s"], build, env, args.rounds, clean)
        python = shutil.which("python3", path="/usr/bin:/bin")
        measure("asking", [python, "-c", ASK], build, env, args.rounds, lambda: None)


if __name__ == "__main__":
    main()
