#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""compile-filter.py - a seccomp program as a file for seccomp.programs

usage: compile-filter.py refuse|pass ANSWER CALL...

refuse: these calls get the ANSWER (EACCES, 0x50001, trap, kill, trace, notify), all others
pass. pass: these pass, all others get it.
"""
import errno
import platform
import struct
import sys

NUMBERS = {  # x86-64, arm64
    "access": (21, None), "arch_prctl": (158, None), "brk": (12, 214), "close": (3, 57),
    "execve": (59, 221), "exit_group": (231, 94), "faccessat": (269, 48), "fstat": (5, 80),
    "lstat": (6, None), "prctl": (157, 167), "seccomp": (317, 277), "stat": (4, None), "write": (1, 64),
    "getrandom": (318, 278), "mkdir": (83, None), "mkdirat": (258, 34), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "newfstatat": (262, 79), "openat": (257, 56),
    "pread64": (17, 67), "prlimit64": (302, 261), "read": (0, 63), "rseq": (334, 293),
    "set_robust_list": (273, 99), "set_tid_address": (218, 96), "uname": (63, 160),
}
ANSWERS = {"trap": 0x00030000, "kill": 0x80000000, "trace": 0x7ff00001, "notify": 0x7fc00000}
ALLOW = 0x7fff0000


def main(way, answer, *calls):
    machine = 0 if platform.machine() == "x86_64" else 1
    numbers = [NUMBERS[call][machine] for call in calls]
    if answer.startswith("0x"):
        refused = int(answer, 16)
    else:
        refused = ANSWERS.get(answer) or 0x00050000 | getattr(errno, answer)
    then, other = (refused, ALLOW) if way == "refuse" else (ALLOW, refused)
    insns = [(0x20, 0, 0, 0)]  # the number of the call
    for number in numbers:
        if number is not None:
            insns += [(0x15, 0, 1, number), (0x06, 0, 0, then)]
    insns.append((0x06, 0, 0, other))
    sys.stdout.buffer.write(b"".join(struct.pack("=HBBI", *insn) for insn in insns))


main(*sys.argv[1:])
