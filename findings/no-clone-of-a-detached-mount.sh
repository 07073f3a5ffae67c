#!/bin/sh
# no-clone-of-a-detached-mount.sh - a file of a new mount cannot be bound before Linux 6.15
#
# One would guess that a mount of fsmount(2) is a mount like any other, so that a file in it
# can be given to open_tree(2) with OPEN_TREE_CLONE and the copy be attached somewhere: that
# would be the way to cover one file with an empty one, without a place for the file system.
#
# What is so: open_tree() fails with EINVAL, as long as the mount that is to be cloned is
# attached nowhere. To attach it first, in whatever place, is enough. open_tree(2) says
# EINVAL of flags only.
#
# Since when: as long as the call exists (Linux 5.2) up to Linux 6.14; since 6.15 it works.
# Source: the clone had to be of a mount of the caller's own mount namespace (check_mnt() in
# fs/namespace.c), and a detached one is in an anonymous namespace; 6.15 allows those, too.
# Seen to fail on Debian's Linux 6.1, and to work on 6.18.
#
# Needs user namespaces without privilege, util-linux and python3; no package is installed,
# what is looked at is the kernel.
# Exit: 0 as described for this version, 1 changed, 77 it cannot be tried here.
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
OPEN_TREE, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT = 428, 429, 430, 431, 432
AT_FDCWD, CLONE, CREATE, FROM_EMPTY_PATH = -100, 1, 6, 4

def call(number, *args):
    got = libc.syscall(number, *args)
    return got if got >= 0 else -ctypes.get_errno()

fs = call(FSOPEN, b"tmpfs", 0)
call(FSCONFIG, fs, CREATE, None, None, 0)
mount = call(FSMOUNT, fs, 0, 0)
if mount < 0:
    sys.exit(77)
os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=mount))
detached = call(OPEN_TREE, mount, b"file", CLONE)
moved = call(MOVE_MOUNT, mount, b"", AT_FDCWD, b"/tmp", FROM_EMPTY_PATH)
attached = call(OPEN_TREE, mount, b"file", CLONE)
for name, got in (("of a detached mount", detached), ("once it is attached", attached)):
    print("    a clone", name + ":", "works" if got >= 0 else errno.errorcode[-got])
version = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2])
wanted = "works" if version >= (6, 15) else "EINVAL"
told = "works" if detached >= 0 else errno.errorcode[-detached]
sys.exit(0 if told == wanted and moved == 0 and attached >= 0 else 1)
END
