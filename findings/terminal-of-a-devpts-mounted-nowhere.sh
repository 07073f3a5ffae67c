#!/bin/sh
# terminal-of-a-devpts-mounted-nowhere.sh - a pseudo-terminal needs no /dev/pts
#
# One would guess that a pseudo-terminal needs a devpts that is mounted somewhere, since its
# other end is found by a name (ptsname(3), /dev/pts/N), and that a sandbox without a /dev
# can therefore have no terminal of its own.
#
# What is so: a devpts of fsmount(2) that is attached nowhere is enough. "ptmx" of it is
# opened by its descriptor, and ioctl(2) TIOCGPTPEER gives the other end, which is a full
# terminal: bytes go through, it has a size, and it can be a controlling terminal. Only its
# name is missing: /proc/self/fd shows "/0", and ttyname(3) fails with ENODEV.
#
# Since when: TIOCGPTPEER since Linux 4.13, fsmount(2) since 5.2; seen on 6.18.
# Source: ptm_open_peer() in drivers/tty/pty.c opens the other end on the mount that the
# master was opened on, and asks no path. ioctl_tty(2) says that a name need not be within
# reach of the caller, and not that there need not be one.
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
import ctypes, errno, fcntl, os, struct, sys, termios

libc = ctypes.CDLL(None, use_errno=True)
FSOPEN, FSCONFIG, FSMOUNT, CREATE = 430, 431, 432, 6
TIOCSPTLCK, TIOCGPTPEER = 0x40045431, 0x5441
fs = libc.syscall(FSOPEN, b"devpts", 0)
if fs < 0 or libc.syscall(FSCONFIG, fs, CREATE, None, None, 0) < 0:
    sys.exit(77)
mount = libc.syscall(FSMOUNT, fs, 0, 0)
if mount < 0:
    sys.exit(77)
os.chmod("ptmx", 0o600, dir_fd=mount)
master = os.open("ptmx", os.O_RDWR | os.O_NOCTTY, dir_fd=mount)
fcntl.ioctl(master, TIOCSPTLCK, struct.pack("i", 0))
peer = libc.ioctl(master, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
through = named = None
if peer >= 0:
    os.write(peer, b"through\n")
    through = os.read(master, 64)
    try:
        named = os.ttyname(peer)
    except OSError as e:
        named = errno.errorcode[e.errno]
print("    the other end:", "a terminal" if peer >= 0 and os.isatty(peer) else "none")
print("    bytes:", through)
print("    its name:", named, os.readlink("/proc/self/fd/%d" % peer) if peer >= 0 else "")
sys.exit(0 if peer >= 0 and through == b"through\r\n" and named == "ENODEV" else 1)
END
