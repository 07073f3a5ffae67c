#!/usr/bin/env python3
"""pairings.py COMMAND... - each pairing of terminal, pipe, file and nothing on 0, 1 and 2

A shell script that looks at them, reads and writes, and asks on /dev/tty, is run as it is
and by COMMAND ("sbox --"), 64 times each. What came to the terminal, the pipes and the
files, the exit status and the modes afterwards have to be the same. Prints a line for each
difference and, at the end, how many pairings were tried.
"""
import concurrent.futures
import fcntl
import itertools
import os
import select
import sys
import tempfile
import termios
import time

LIMIT = 30 * int(os.environ.get("SBOX_TEST_SLOW", "1"))
KINDS = "terminal", "pipe", "file", "closed"
PROBE = r"""
facts=
for fd in 0 1 2; do
	if [ -t $fd ]; then facts=${facts}t; else facts=$facts-; fi
done
{ echo "facts $facts"; } 2>/dev/null
{ echo errors >&2; } 2>/dev/null
[ -t 0 ] || cat 2>/dev/null
case $facts in
*t*)
	printf 'ask? ' >/dev/tty
	read -r answer </dev/tty
	echo "got $answer" >/dev/tty
	stty -echo </dev/tty
	printf 'secret? ' >/dev/tty
	read -r answer </dev/tty
	stty echo </dev/tty
	printf '\ngot %s\n' "$answer" >/dev/tty
	;;
esac
if [ -t 0 ]; then
	printf 'line? ' >/dev/tty
	read -r first; read -r second
	printf '%s, %s\n' "$first" "$second" >/dev/tty
	modes=$(stty -g </dev/tty)
	stty raw -echo </dev/tty
	printf 'key? \n' >/dev/tty
	head -c 1 | od -c >/dev/tty
	stty "$modes" </dev/tty
fi
exit 7
"""
# Two lines at once: each read(2) gives one.
ANSWERS = (b"ask? ", b"yes\r"), (b"secret? ", b"hidden\r"), (b"line? ", b"one\rtwo\r"), (b"key? ", b"\x03")


class Pairing:
    def __init__(self, kinds, command):
        self.kinds = kinds
        self.command = command
        self.got = {"terminal": b"", 1: b"", 2: b""}
        self.files = {}

    def open(self):
        """What 0 to 2 are to be, and the ends of pipes that are ours."""
        theirs, ours = [], {}
        for fd, kind in enumerate(self.kinds):
            if kind == "pipe":
                read, write = os.pipe()
                if fd == 0:
                    os.write(write, b"input\n")
                    os.close(write)
                    theirs.append(read)
                else:
                    ours[read] = fd
                    theirs.append(write)
            elif kind == "file":
                file = tempfile.TemporaryFile()
                if fd == 0:
                    file.write(b"input\n")
                    file.seek(0)
                self.files[fd] = file
                theirs.append(file.fileno())
            else:
                theirs.append(None)
        return theirs, ours

    def become(self, slave, theirs):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        high = [None if fd is None else fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in theirs]
        tty = fcntl.fcntl(slave, fcntl.F_DUPFD, 10)
        for fd, kind in enumerate(self.kinds):
            if kind == "closed":
                os.close(fd)
            else:
                os.dup2(tty if kind == "terminal" else high[fd], fd)
        os.closerange(3, 256)
        os.execvp(self.command[0], self.command)

    def run(self):
        master, slave = os.openpty()
        before = termios.tcgetattr(slave)
        theirs, ours = self.open()
        pid = os.fork()
        if pid == 0:
            try:
                self.become(slave, theirs)
            finally:
                os._exit(99)
        for fd in theirs:
            if fd is not None and fd not in [f.fileno() for f in self.files.values()]:
                os.close(fd)
        status = self.talk(pid, master, ours)
        after = termios.tcgetattr(slave)
        for fd, file in self.files.items():
            file.seek(0)
            self.got[fd] = file.read()
        os.close(master)
        os.close(slave)
        return {"status": status, "modes": before == after, **self.got}

    def talk(self, pid, master, ours):
        end, answers, at, status = time.monotonic() + LIMIT, list(ANSWERS), 0, None
        while time.monotonic() < end:
            if status is None:
                done, code = os.waitpid(pid, os.WNOHANG)
                status = os.waitstatus_to_exitcode(code) if done else None
            ready = select.select([master, *ours], [], [], 0.02)[0]
            for fd in ready:
                data = os.read(fd, 65536)
                if fd == master:
                    self.got["terminal"] += data
                elif data:
                    self.got[ours[fd]] += data
                else:
                    os.close(fd)
                    del ours[fd]
            for n, (question, answer) in enumerate(answers):
                found = self.got["terminal"].find(question, at)
                if found >= 0:
                    at = found + len(question)
                    del answers[: n + 1]
                    os.write(master, answer)
                    break
            if status is not None and not ready:
                return status
        if status is None:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        return "none in time"


def compare(kinds, command):
    outside = Pairing(kinds, ["sh", "-c", PROBE]).run()
    inside = Pairing(kinds, [*command, "sh", "-c", PROBE]).run()
    if outside != inside:
        return "%s: outside %r, inside %r" % (", ".join(kinds), outside, inside)
    return None


def main():
    tried = list(itertools.product(KINDS, repeat=3))
    with concurrent.futures.ProcessPoolExecutor(4) as pool:
        for line in pool.map(compare, tried, [sys.argv[1:]] * len(tried)):
            if line:
                print(line)
    print("%d pairings" % len(tried))


if __name__ == "__main__":
    main()
