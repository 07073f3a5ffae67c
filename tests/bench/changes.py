#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""changes.py - what change sets cost: changes.py [--rounds N] [--row NAME]...

Everything is measured in one run, in turns, round by round; what counts is the median of the
ratios within one round. Each round makes its trees anew, and all that is written is brought
to the disk before a clock starts. Of memory it is the peak of the one process.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "changes")]
import jobs
from measure import summary
from oracle import BUILDDIR, World, remove

DIRECTORIES = 100
FILL = 'for d in $(seq {0}); do mkdir $d; for f in $(seq {0}); do seq $f 300 >$d/f$f; done; done'


def timed(line, env=None, cwd=None, statuses=(0,)):
    begin = time.perf_counter()
    done = subprocess.run(line, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, shell=isinstance(line, str))
    took = time.perf_counter() - begin
    if done.returncode not in statuses:
        raise subprocess.SubprocessError(f"{line}: {done.returncode}: {done.stderr[-500:]}")
    return took


def ctl(*words):
    return [BUILDDIR / "sboxctl", "changes", *words]


class Bench:
    def __init__(self, world, rounds, entries):
        self.world, self.rounds, self.entries = world, rounds, entries
        self.upper = world.top / "state/sbox/changes/a/0/up"
        self.tree = world.trees[0]

    def fill(self):
        self.world.fresh()
        jobs.outside(self.world, FILL.format(DIRECTORIES))

    def show(self, name, samples, reference, goals):
        for other, got in summary(samples, reference).items():
            ratio = f"{got['ratio']:7.3f}" if "ratio" in got else ""
            goal = goals.get(other, "")
            print(f"{name:28} {other:28} {1000 * got['median']:10.1f} ms {ratio:>8} {goal:>6}")
        sys.stdout.flush()

    def in_turns(self, name, prepare, contenders, reference, goals, rounds=None):
        """{contender: function that gives seconds}; every other round the other way round."""
        samples = {each: [] for each in contenders}
        for number in range(rounds or self.rounds):
            prepare()
            os.sync()
            order = list(contenders) if number % 2 == 0 else list(reversed(contenders))
            for each in order:
                samples[each].append(contenders[each]())
        self.show(name, samples, reference, goals)

    def start(self):
        plain = [word for word in self.world.sbox_line("a", ["true"])
                 if not str(word).startswith("--changes")]

        def with_set():
            took = timed(self.world.sbox_line("a", ["true"]), self.world.env, self.tree)
            self.world.ctl("discard", "a")
            return took
        self.world.fresh()
        self.in_turns("start", lambda: None, {
            "binds": lambda: timed(plain, self.world.env, self.tree), "a change set": with_set},
            "binds", {"a change set": "1.10"}, 20 * self.rounds)

    def compile(self):
        self.world.fresh()
        jobs.zlib(self.world)
        jobs.outside(self.world, "cd zlib && ./configure")
        make = ["make", "-C", "zlib"]
        plain = [word for word in self.world.sbox_line("a", make)
                 if not str(word).startswith("--changes")]

        def bound():
            took = timed(plain, self.world.env, self.tree)
            jobs.outside(self.world, "make -C zlib clean")
            return took

        def with_set():
            took = timed(self.world.sbox_line("a", make), self.world.env, self.tree)
            self.world.ctl("discard", "a")
            return took
        jobs.outside(self.world, "make -C zlib clean")
        self.in_turns("compile zlib", lambda: None, {"binds": bound, "a change set": with_set},
                      "binds", {"a change set": "1.03"})

    def commit_changed(self):
        copies = [self.world.top / name for name in ("cp", "rsync")]

        def prepare():
            self.fill()
            self.world.run("sh", "-c", "for f in */*; do echo >>$f; done")
            for copy in copies:
                remove(copy)
                jobs.outside(self.world, f"cp -a . {copy}")
        samples = {"cp -a, sync -f": [], "rsync -aX": [], "commit": []}
        for _ in range(self.rounds):
            prepare()
            os.sync()
            # the commit is last: it takes the files out of the set that the others copy
            samples["cp -a, sync -f"].append(timed(
                f"cp -a {self.upper}/. {copies[0]}/ && sync -f {copies[0]}"))
            samples["rsync -aX"].append(timed(
                ["rsync", "-aX", f"{self.upper}/", f"{copies[1]}/"]))
            os.sync()
            samples["commit"].append(timed(ctl("commit", "a"), self.world.env))
        self.show("commit 10,000 changed", samples, "cp -a, sync -f", {"commit": "0.30"})
        self.show("commit 10,000 changed", {name: samples[name] for name in
                                            ("rsync -aX", "commit")}, "rsync -aX",
                  {"commit": "0.05"})
        for copy in copies:
            remove(copy)

    def commit_new(self):
        copy = self.world.top / "cp"
        samples = {"cp -a": [], "commit": []}
        for _ in range(self.rounds):
            self.world.fresh()
            self.world.run("sh", "-c", FILL.format(DIRECTORIES))
            remove(copy)
            copy.mkdir()
            os.sync()
            samples["cp -a"].append(timed(["cp", "-a", f"{self.upper}/.", copy]))
            os.sync()
            samples["commit"].append(timed(ctl("commit", "a"), self.world.env))
        self.show("commit 10,000 new", samples, "cp -a", {"commit": "0.10"})
        remove(copy)

    def diff_equal(self):
        def prepare():
            self.fill()
            self.world.run("sh", "-c", "for f in */*; do cat $f >/tmp/x; cat /tmp/x >$f; done")
            self.world.ctl("diff", "a")
        self.in_turns("diff of 10,000 equal", prepare, {
            "diff -rq": lambda: timed(["diff", "-rq", self.upper, self.tree]),
            "diff": lambda: timed(ctl("diff", "a"), self.world.env)},
            "diff -rq", {"diff": "1.20"})

    def peak(self, *words):
        """(bytes of the process at its peak, seconds)"""
        begin = time.perf_counter()
        pid = os.posix_spawn(BUILDDIR / "sboxctl", ["sboxctl", "changes", *words], self.world.env,
                             file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
        _, status, usage = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            raise subprocess.SubprocessError(f"{words}: {status}")
        return usage.ru_maxrss * 1024, time.perf_counter() - begin

    def memory(self):
        for name, directories in (("in 1,000 directories", 1000), ("in one directory", 1)):
            self.world.fresh()
            self.world.run("true")
            # as a run would leave them: a new file has no marks
            for directory in range(directories):
                place = self.upper / str(directory) if directories > 1 else self.upper
                place.mkdir(exist_ok=True)
                at = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
                for file in range(self.entries // directories):
                    os.close(os.open(f"f{file}", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=at))
                os.close(at)
            for words in (["diff", "a"], ["diff", "--json", "a"], ["commit", "a"], ["undo", "a"]):
                used, took = self.peak(*words)
                print(f"{self.entries} entries {name}: {' '.join(words[:-1]):12} "
                      f"{used / 1e6:6.1f} MB (64) {took:6.1f} s")
                sys.stdout.flush()
            shutil.rmtree(self.upper)


ROWS = {"start": Bench.start, "compile": Bench.compile, "commit-changed": Bench.commit_changed,
        "commit-new": Bench.commit_new, "diff-equal": Bench.diff_equal, "memory": Bench.memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--row", action="append", choices=list(ROWS))
    parser.add_argument("--entries", type=int, default=1000000)
    parser.add_argument("--dir", default="/var/tmp", help="where the trees are made")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sbox-bench-", dir=args.dir) as top:
        world = World(top)
        for name, row in ROWS.items():
            if args.row and name not in args.row:
                continue
            try:
                row(Bench(world, args.rounds, args.entries))
            except (OSError, subprocess.SubprocessError, jobs.Missing) as failure:
                print(f"{name}: failed: {failure}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
