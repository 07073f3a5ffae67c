#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fuzz.py - random operations with a change set, held against whole trees: fuzz.py [COUNT [FIRST]]

Each sequence has one sandbox of its own, or two with the same name, so that nothing of
one can hide what is wrong with another. Its number is its seed: "fuzz.py 1 4711" repeats it.
"""
import random
import sys
import tempfile

import operations
from oracle import (World, Wrong, bytes_of, differences, is_at_or_below, landed,
                    no_sockets, tap)

GROUP = 100


class Sequence:
    def __init__(self, world, seed):
        self.world, self.seed = world, seed
        self.draw = random.Random(seed)
        world.fresh()
        self.in_parts = self.draw.randrange(4) == 0
        # With names of one file the rest of a commit in parts can be in the way of itself.
        without = [operations.link] if self.in_parts else []
        operations.random_changes(self.draw, world.trees, 30, without + operations.INSIDE_ONLY)
        self.before = world.look()

    def change(self):
        """Some operations inside; what is seen there afterwards."""
        count = self.draw.choice([3, 8, 15, 30])
        done = self.world.run(*self.world.looker("fuzz", self.draw.randrange(1 << 30), count,
                                                 *self.world.trees))
        return self.world.read_trees(done)

    def check(self):
        merged = self.change()
        if self.draw.randrange(2):
            merged = self.change()
        if self.in_parts:
            self.check_parts(merged)
        else:
            self.world.check_all(self.before, merged)
            if self.draw.randrange(2):
                self.world.check_all(self.world.look(), self.change())
        self.world.discard()

    def check_parts(self, merged):
        """Some paths one by one, then the rest."""
        entries = self.world.check_diff(self.before, merged)
        gone = []  # with all that is below them
        for each in self.draw.sample(entries, min(3, len(entries))):
            was = self.world.look()
            at = [str(tree) for tree in self.world.trees].index(each["tree"])
            path = bytes_of(each, "path")
            is_gone = any(at == tree and is_at_or_below(path, above) for tree, above in gone)
            if self.commit_part(self.world.trees[at], path, is_gone):
                self.check_part(was, merged, at, path)
                gone.append((at, path))
        if self.draw.randrange(2):
            was = self.world.look()
            merged = self.change()
            self.world.check_host(was, "after another run")
        self.world.commit()
        self.world.check_host([landed(tree) for tree in merged], "after a commit in parts", True)
        self.world.check_no_marks()

    def commit_part(self, tree, path, is_gone):
        """Whether it could be committed by itself; @is_gone: with one above it, it was."""
        done = self.world.ctl("commit", "--trust", "a", bytes(tree) + b"/" + path, status=None)
        if done.returncode == 0:
            return True
        alone = b"made anew", b"another name inside"
        if done.returncode == 1 and any(why in done.stderr for why in alone) or \
                is_gone and b"no change is at or below" in done.stderr:
            return False
        raise Wrong(f"commit of {path}: exit status {done.returncode}: {done.stderr}")

    def check_part(self, was, merged, at, path):
        """At and below the path it is as inside, beside it as before."""
        for number, is_now in enumerate(self.world.look()):
            wanted = dict(was[number])
            if number == at:
                wanted = {each: entry for each, entry in wanted.items()
                          if not is_at_or_below(each, path)}
                wanted.update((each, entry) for each, entry in landed(merged[at]).items()
                              if is_at_or_below(each, path))
            pair = no_sockets(without_names(is_now), without_names(wanted))
            wrong = [each for each in differences(*pair)
                     if number != at or not is_at_or_below(path, each[0]) or each[0] == path]
            if wrong:
                raise Wrong(f"after a commit of {path}: {wrong[:3]}")


def without_names(tree):
    return {path: each._replace(names=()) for path, each in tree.items()}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0

    with tempfile.TemporaryDirectory(prefix="sbox-fuzz.", dir="/var/tmp") as top:
        world = World(top, trees=("one", "two"))

        def group(seeds):
            bad = []
            for seed in seeds:
                try:
                    Sequence(world, seed).check()
                except Wrong as wrong:
                    bad.append(f"sequence {seed}: {wrong}")
            if bad:
                raise Wrong("\n".join(bad))

        return tap([(f"the sequences {at} to {min(at + GROUP, first + count) - 1}",
                     lambda at=at: group(range(at, min(at + GROUP, first + count))))
                    for at in range(first, first + count, GROUP)])


if __name__ == "__main__":
    sys.exit(main())
