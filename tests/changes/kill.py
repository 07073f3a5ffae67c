#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill.py - a commit and an undo, killed before each call by which they change something

strace counts the calls of one whole run and then kills the program before the first, the
second, ... of each kind. Whoever goes on has to reach the very tree that an undisturbed
one reaches, and the way back has to lead to the tree before.
"""
import collections
import re
import subprocess
import sys
import tempfile

from oracle import BUILDDIR, World, Wrong, landed, tap

CALLS = ("renameat2", "renameat", "rename", "unlinkat", "unlink", "mkdirat", "mkdir", "mknodat",
         "linkat", "symlinkat", "fchmodat", "fchmodat2", "fchmod", "fchownat", "lsetxattr",
         "fsetxattr", "lremovexattr", "fremovexattr", "ftruncate", "utimensat", "write", "pwrite64",
         "fsync", "fdatasync", "syncfs", "openat", "openat2")
TREE = r"""
for i in 0 1 2; do echo old $i >f$i; done
mkdir -p d/e gone below; echo x >d/e/x; echo y >d/y; echo 1 >gone/1; echo t >below/t; echo s >type
"""
CHANGES = r"""
echo new >f0; chmod 4755 f0; rm f1; mv f2 f2b; rm -rf gone
mkdir -p n/m; echo hi >n/m/file; ln n/m/file n/other; chmod 555 n
rm -rf d/e; mkdir d/e; echo z >d/e/z; chmod 700 d; ln -s f0 link
echo more >>below/t; rm type; mkdir type; echo in >type/in
mkdir -p n2/.git/hooks; echo '#!/bin/sh' >n2/.git/hooks/pre-commit; touch n2/fine
"""


class Killing:
    def __init__(self, world, verb):
        self.world, self.verb = world, verb
        self.before = self.set_up()
        self.merged = world.look_inside()
        world.ctl("commit", "a")
        self.after = world.look()
        left_out = {path for path in self.merged[0] if path.startswith(b"n2/.git/hooks/")}
        if landed({path: each for path, each in self.merged[0].items()
                   if path not in left_out}) != self.after[0]:
            raise Wrong("the undisturbed commit is not as inside")

    def set_up(self):
        world = self.world
        world.fresh()
        subprocess.run(["sh", "-ec", TREE], cwd=world.trees[0], check=True)
        before = world.look()
        world.run("sh", "-ec", CHANGES)
        return before

    def ready(self):
        self.set_up()
        if self.verb == "undo":
            self.world.ctl("commit", "a")
        return self.world.look()

    def traced(self, *options):
        return subprocess.run(["strace", "-qq", "-o", self.world.top / "trace", *options,
                               BUILDDIR / "sboxctl", "changes", self.verb, "a"],
                              env=self.world.env, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)

    def points(self):
        """(call, how many of it go before) of each that changes something."""
        self.ready()
        done = self.traced("-e", "trace=" + ",".join("?" + call for call in CALLS))
        if done.returncode:
            raise Wrong(f"strace: {done.stderr}")
        count, found = collections.Counter(), []
        for line in open(self.world.top / "trace", errors="replace"):
            call = re.match(r"\w+", line)
            if not call:
                continue
            count[call[0]] += 1
            if not call[0].startswith("open") or "O_CREAT" in line or "O_TRUNC" in line:
                found.append((call[0], count[call[0]]))
        return found

    def finish(self, verb, nothing):
        """Goes on; that the kill came after the end is no fault."""
        done = self.world.ctl(verb, "a", status=None)
        if done.returncode and nothing not in done.stderr:
            raise Wrong(f"{verb}: exit status {done.returncode}: {done.stderr}")

    def kill_at(self, call, number):
        start = self.ready()
        done = self.traced("-e", f"trace={call}",
                           "-e", f"inject={call}:signal=KILL:when={number}")
        if done.returncode >= 0 and done.returncode != 137:
            raise Wrong(f"was not killed: exit status {done.returncode}")
        if self.verb == "commit":
            self.finish("commit", b"nothing to commit")
            self.check(self.after, "after it has gone on")
            self.world.ctl("undo", "a")
            self.check(start, "after the undo")
        else:
            self.finish("undo", b"nothing to undo")
            self.check(self.before, "after it has gone on")
            # what was put back in the moment of the kill looks as if somebody had
            self.world.ctl("commit", "a", "--overwrite")
            self.check(self.after, "after another commit")

    def check(self, wanted, when):
        """But for times, which each set-up makes anew."""
        pair = [[{path: each._replace(mtime=0) for path, each in tree.items()} for tree in trees]
                for trees in (self.world.look(), wanted)]
        if pair[0] != pair[1]:
            raise Wrong(f"another tree {when}: " + str([
                (path, pair[0][0].get(path), pair[1][0].get(path))
                for path in sorted(set(pair[0][0]) | set(pair[1][0]))
                if pair[0][0].get(path) != pair[1][0].get(path)][:3]))


def main():
    with tempfile.TemporaryDirectory(prefix="sbox-kill.", dir="/var/tmp") as top:
        world = World(top, settings='[changes]\nprotect = "skip"\n')

        def loop(verb):
            killing = Killing(world, verb)
            points, bad = killing.points(), []
            for call, number in points:
                try:
                    killing.kill_at(call, number)
                except Wrong as wrong:
                    bad.append(f"before {call} {number}: {wrong}")
            print(f"# {verb}: killed at {len(points)} places")
            if len(points) < 10 or bad:
                raise Wrong("\n".join(bad) or "too few places were found")

        return tap([(f"{verb} goes on after a kill before each of its effects",
                     lambda verb=verb: loop(verb)) for verb in ("commit", "undo")])


if __name__ == "__main__":
    sys.exit(main())
