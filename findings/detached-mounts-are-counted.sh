#!/bin/sh
# detached-mounts-are-counted.sh - a limit on mount namespaces forbids detached mounts, too
#
# One would guess that user.max_mnt_namespaces = 0 keeps a user namespace from making mount
# namespaces (unshare(2), clone(2)) and touches nothing else: whoever has CAP_SYS_ADMIN over
# the namespace that it is in could mount there as before.
#
# What is so: fsmount(2), and open_tree(2) with OPEN_TREE_CLONE, fail with ENOSPC, though
# nothing is full. Each makes an anonymous mount namespace, which its detached mount lives in
# until move_mount(2) attaches it, and the kernel counts that one like any other. mount(2)
# makes none and works. So whoever limits namespaces and mounts by descriptor afterwards
# has to leave one for each detached mount that it holds at the same time.
#
# Since when: as long as the two calls exist (Linux 5.2); seen on Linux 6.18.
# Source: alloc_mnt_ns() in fs/namespace.c asks inc_mnt_namespaces() before it looks whether
# the namespace is anonymous; fsmount() and open_detached_copy() there call it. Neither
# fsmount(2) nor open_tree(2) names ENOSPC for that.
#
# Needs user namespaces without privilege, util-linux and python3; no package is installed,
# what is looked at is the kernel.
# Exit: 0 as described, 1 changed, 77 it cannot be tried here.
set -eu
[ "$(id -u)" -ne 0 ] || { echo "to be run by an ordinary user"; exit 77; }
unshare --user --map-root-user --mount true 2>/dev/null || {
	echo "no user and mount namespaces can be made here"
	exit 77
}
echo "Linux $(uname -r)"
unshare --user --map-root-user --mount python3 - <<'END'
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
OPEN_TREE, FSOPEN, FSCONFIG, FSMOUNT = 428, 430, 431, 432
AT_FDCWD, CLONE, CREATE = -100, 1, 6

def call(number, *args):
    got = libc.syscall(number, *args)
    return got if got >= 0 else -ctypes.get_errno()

def attempts():
    fs = call(FSOPEN, b"tmpfs", 0)
    call(FSCONFIG, fs, CREATE, None, None, 0)
    tried = {"fsmount": call(FSMOUNT, fs, 0, 0),
             "open_tree(OPEN_TREE_CLONE)": call(OPEN_TREE, AT_FDCWD, b"/tmp", CLONE)}
    done = libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
    tried["mount"] = done if done == 0 else -ctypes.get_errno()
    for name, got in tried.items():
        print("   ", name + ":", "works" if got >= 0 else errno.errorcode[-got])
    return [got < 0 and -got for got in tried.values()]

limit = "/proc/sys/user/max_mnt_namespaces"
print("with user.max_mnt_namespaces =", open(limit).read().strip())
before = attempts()
open(limit, "w").write("0")
print("with user.max_mnt_namespaces = 0")
after = attempts()
if any(before):
    sys.exit(77)
sys.exit(0 if after == [errno.ENOSPC, errno.ENOSPC, False] else 1)
END
