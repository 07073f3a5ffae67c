#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""inside.py - what the tests of change sets do within the sandbox

inside.py look TREE...: what is in them, for oracle.py; inside.py fuzz SEED COUNT TREE...:
the same after so many random operations.
"""
import os
import pathlib
import pickle
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import operations
import oracle


def main():
    verb, *words = sys.argv[1:]
    if verb == "fuzz":
        seed, count, *words = words
        operations.random_changes(random.Random(seed), words, int(count))
    sys.stdout.buffer.write(pickle.dumps([{path: tuple(each) for path, each in
                                           oracle.look_at(tree).items()} for tree in words]))


if __name__ == "__main__":
    os.umask(0o022)
    main()
