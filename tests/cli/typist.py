#!/usr/bin/env python3
# typist.py - run a command on a terminal and act as its user
#
#	typist.py COMMAND [ARG...] <SCRIPT
#
# A line of the script is a word and its argument:
#	expect REGEX	wait until the output matches, and continue behind the match; ^ is
#			where it continues
#	never REGEX	what was output and is not yet consumed must not match
#	send TEXT	type it; \r, \x03 and the like are understood
#	raw, cooked	wait until the terminal is in this mode
#	size R C	resize the terminal's window
#	mode FLAG	change a mode of the terminal: -echo, echo; as the first words of
#			the script, before COMMAND begins
#	early TEXT	as send; likewise before COMMAND begins
#	signal NAME	send a signal to COMMAND
#	stopped		wait until COMMAND itself is stopped
#	sleep SECONDS
#	hangup		close the terminal
#	save FILE	wait for the end and write all output to it, from the last expect on
#	status N	wait for the end; COMMAND's exit status, 128+N for signal N
#	modes		the terminal has the modes that it had at first
#	idle SECONDS	COMMAND itself may use a tenth of this time, which passes, at the most
# The script must say how COMMAND ends. No wait is longer than 30 seconds.
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 30


class Session:
    def __init__(self, command):
        self.master, slave = os.openpty()
        self.resize(24, 80)
        self.slave = slave  # kept: with it the modes can be read after the end
        self.first_modes = termios.tcgetattr(slave)
        self.output = bytearray()
        self.at = 0
        self.status = None
        wait, self.hold = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.hold)
            os.read(wait, 1)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.closerange(3, 1024)
            os.execvp(command[0], command)
        os.close(wait)

    def begin(self):
        if self.hold >= 0:
            os.close(self.hold)
            self.hold = -1

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def read_some(self, seconds):
        if self.master < 0 or not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def reap(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is not None

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("waited %d seconds for %s" % (LIMIT, what))
            self.read_some(0.05)

    def find(self, regex):
        match = re.search(regex.encode(), self.output[self.at :])
        if match:
            self.at += match.end()
        return match

    def ended(self):
        if not self.reap():
            return False
        while self.read_some(0):
            pass
        return True

    def do_expect(self, regex):
        self.until(lambda: self.find(regex), "output that matches " + regex)

    def do_never(self, regex):
        while self.read_some(0):
            pass
        if re.search(regex.encode(), self.output[self.at :]):
            raise AssertionError("output that matches " + regex)

    def do_send(self, text):
        data = text.encode().decode("unicode_escape").encode("latin-1")
        while data:
            data = data[os.write(self.master, data) :]

    do_early = do_send

    def canonical(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ICANON)

    def do_raw(self, _):
        self.until(lambda: not self.canonical(), "raw mode")

    def do_cooked(self, _):
        self.until(self.canonical, "cooked mode")

    def do_mode(self, flag):
        modes = termios.tcgetattr(self.slave)
        if flag == "-echo":
            modes[3] &= ~termios.ECHO
        elif flag == "echo":
            modes[3] |= termios.ECHO
        else:
            raise AssertionError("no mode " + flag)
        termios.tcsetattr(self.slave, termios.TCSANOW, modes)
        self.first_modes = modes

    def do_size(self, size):
        self.resize(*(int(n) for n in size.split()))

    def do_signal(self, name):
        os.kill(self.pid, getattr(signal, "SIG" + name))

    def state(self):
        with open("/proc/%d/stat" % self.pid) as file:
            return file.read().rpartition(")")[2].split()[0]

    def do_stopped(self, _):
        self.until(lambda: self.state() == "T", "a stop")

    def do_sleep(self, seconds):
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            self.read_some(min(0.05, max(0, end - time.monotonic())))

    def do_hangup(self, _):
        os.close(self.slave)
        os.close(self.master)
        self.slave = self.master = -1

    def do_save(self, path):
        self.until(self.ended, "the end")
        with open(path, "wb") as file:
            file.write(self.output[self.at :])

    def do_status(self, wanted):
        self.until(self.ended, "the end")
        status = self.status
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if code != int(wanted):
            raise AssertionError("exit status %d" % code)

    def processor_time(self):
        with open("/proc/%d/stat" % self.pid) as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def do_idle(self, seconds):
        before = self.processor_time()
        self.do_sleep(seconds)
        used = self.processor_time() - before
        if used > float(seconds) / 10:
            raise AssertionError("%.2f seconds of processor time" % used)

    def do_modes(self, _):
        now = termios.tcgetattr(self.slave)
        if now != self.first_modes:
            raise AssertionError("the terminal's modes are %r, they were %r" % (now, self.first_modes))

    def run(self, script):
        for number, line in enumerate(script, 1):
            line = line.strip("\n\t")
            if not line or line.startswith("#"):
                continue
            word, _, argument = line.partition(" ")
            if word not in ("mode", "early"):
                self.begin()
            try:
                getattr(self, "do_" + word)(argument)
            except AssertionError as error:
                raise AssertionError("line %d, %s: %s" % (number, line, error)) from None
        if self.status is None:
            raise AssertionError("the script does not wait for the end")


def main():
    script = sys.stdin.readlines()
    session = Session(sys.argv[1:])
    try:
        session.run(script)
    except AssertionError as error:
        print(error)
        print("output so far: %r ... %r" % (bytes(session.output[:1000]), bytes(session.output[-1000:])))
        return 1
    finally:
        if not session.reap():
            os.kill(session.pid, signal.SIGKILL)
            os.waitpid(session.pid, 0)
    return 0


sys.exit(main())
