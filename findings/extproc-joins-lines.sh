#!/bin/sh
# extproc-joins-lines.sh - a terminal in canonical mode whose read(2) returns two lines
#
# One would guess that EXTPROC only moves the editing of a line to somebody else, who then
# passes whole lines on, so that with ICANON read(2) still returns one line at most; and
# that FIONREAD counts what was written to the other end of a pseudo-terminal.
#
# What is so: with EXTPROC the Linux line discipline has no lines at all. read(2) returns
# all that is there, though ICANON is set and tcgetattr(3) shows it; only an end-of-file
# character that is alone in the buffer still ends the input, behind a line it is data. And
# what was written to the master is counted by FIONREAD of the other end only some time
# later, for a worker of the kernel carries it over; poll(2) of that end carries it at once.
#
# Since when: Linux 2.6.36 has EXTPROC; seen on 6.1 and 6.18. termios(3) only says that it
# is there and not in POSIX.
# Source: n_tty_read(), copy_from_read_buf() and n_tty_poll() in drivers/tty/n_tty.c; the
# comment at EXTPROC in the commit that brought it speaks of telnet(1)'s line mode.
#
# Exit: 0 as described, 1 changed, 77 no Python.
set -eu
command -v python3 >/dev/null || { echo "needs python3"; exit 77; }
uname -sr
exec python3 - <<'END'
import array
import fcntl
import os
import select
import sys
import termios


def pair(extproc):
    master, slave = os.openpty()
    modes = termios.tcgetattr(slave)
    modes[3] = (modes[3] & ~termios.ECHO) | (0o200000 if extproc else 0)
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    return master, slave


def count(fd):
    number = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, number)
    return number[0]


def first_read(extproc, data):
    master, slave = pair(extproc)
    os.write(master, data)
    select.select([slave], [], [], 1)
    return os.read(slave, 100)


plain, joined = first_read(False, b"one\ntwo\n"), first_read(True, b"one\ntwo\n")
alone, behind = first_read(True, b"\x04"), first_read(True, b"one\n\x04")
print("ICANON:          ", plain)
print("ICANON, EXTPROC: ", joined)
print("an end of file alone: %r, behind a line: %r" % (alone, behind))
late = lost = 0
for _ in range(2000):
    master, slave = pair(True)
    os.write(master, b"line\n")
    late += count(slave) != 5
    select.select([slave], [], [], 0)
    lost += count(slave) != 5
    os.close(master)
    os.close(slave)
print("FIONREAD of 2000 lines: %d not counted at once, %d after poll(2)" % (late, lost))
same = (plain, joined, alone, behind) == (b"one\n", b"one\ntwo\n", b"", b"one\n\x04") and lost == 0
print("as described" if same and late else "changed")
sys.exit(not (same and late))
END
