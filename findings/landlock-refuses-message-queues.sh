#!/bin/sh
# landlock-refuses-message-queues.sh - a rule for all below / does not let mq_open(3) pass
#
# One would guess: Landlock's rules for files are about paths, and a POSIX message queue has
# none (mq_overview(7): "/name" is a name in a directory of its own), so a rule set that
# gives all rights below "/" changes nothing for mq_open(3).
#
# It is so: mq_open fails with EACCES under every rule set that handles reading or writing
# files, whatever its rules name. The queues are files of a file system that the kernel
# mounts for itself, once for each IPC namespace. Landlock walks from the file to the root
# of that mount and finds no rule on the way; it lets a mount of the kernel's pass only if
# that is marked as internal, as those of pipes and sockets are, and this one is not. A rule
# for the root of any other mount of the same file system cures it: rules are kept by inode,
# and all mounts of one namespace's queues have the same.
#
# Since Landlock has been there (Linux 5.13); seen with ABI 7.
# Source: Documentation/userspace-api/landlock.rst ("Special filesystems") speaks of what is
# reached through /proc/PID/fd; mq_open(2) and security/landlock/fs.c, is_access_to_paths_allowed().
set -eu
command -v python3 >/dev/null || exit 77

exec python3 - <<'END'
import ctypes
import errno
import os
import struct
import sys

c = ctypes.CDLL(None, use_errno=True)
rt = ctypes.CDLL("librt.so.1", use_errno=True)
CREATE, ADD, RESTRICT = 444, 445, 446  # landlock_*
ALL = (1 << 13) - 1

abi = c.syscall(CREATE, None, 0, 1)
if abi < 1:
    print("no Landlock here")
    sys.exit(77)
print("Linux", os.uname().release, "Landlock ABI", abi)


def queue():
    name = b"/finding-%d" % os.getpid()
    q = rt.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None)
    if q < 0:
        return errno.errorcode[ctypes.get_errno()]
    rt.mq_unlink(name)
    return "a descriptor"


def restrict():
    rules = c.syscall(CREATE, struct.pack("Q", ALL), 8, 0)
    root = os.open("/", os.O_PATH)
    for fd in [root] + [os.open(p, os.O_PATH) for p in sys.argv[1:]]:
        if c.syscall(ADD, rules, 1, struct.pack("=Qi", ALL, fd), 0) < 0:
            sys.exit(77)
    c.prctl(38, 1, 0, 0, 0)
    if c.syscall(RESTRICT, rules, 0) < 0:
        sys.exit(77)


before = queue()
if before != "a descriptor":
    print("no message queues here:", before)
    sys.exit(77)
restrict()
open("/etc/passwd").close()
after = queue()
print("mq_open without Landlock:", before)
print("mq_open with all rights below /:", after)
sys.exit(0 if after == "EACCES" else 1)
END
