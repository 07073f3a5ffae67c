#!/bin/sh
# pid-namespace-outlives-locks-of-its-init.sh - a lock is free, and those it stood for run
#
# One would guess that process 1 of a PID namespace, which the kernel lets end only when all
# other processes of the namespace are gone, keeps its open files until then: so a flock(2)
# that it holds would tell whether anything inside is alive.
#
# What is so: a process that exits closes its files first and kills its namespace then. The
# lock is free, and its pidfd not yet readable, while processes inside go on for a moment;
# with many of them, and busy ones, that is milliseconds. What says that all are gone is the
# pidfd of process 1.
#
# Since when: do_exit() has had this order since PID namespaces came (2.6.24); seen on 6.18.
# Source: do_exit() in kernel/exit.c: exit_files() stands before exit_notify(), which calls
# zap_pid_ns_processes() for a reaper; pid_namespaces(7) promises nothing about files.
#
# Exit: 0 as described, 1 not seen in 20 rounds, 77 no user namespaces or Python.
set -eu
command -v unshare python3 >/dev/null || { echo "needs unshare and python3"; exit 77; }
unshare -Urpf true 2>/dev/null || { echo "needs user namespaces"; exit 77; }
uname -sr
exec python3 - <<'END'
import fcntl
import os
import select
import signal
import subprocess
import sys
import tempfile

INSIDE = """
import os, sys, time
for _ in range(150):
    if os.fork() == 0:
        while True:
            pass
os.write(1, b"x")
time.sleep(100)
"""
early = 0
for _ in range(20):
    with tempfile.TemporaryFile() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        shell = subprocess.Popen(["unshare", "-Urpf", sys.executable, "-c", INSIDE],
                                 stdout=subprocess.PIPE, pass_fds=[file.fileno()])
        shell.stdout.read(1)
        with open("/proc/%d/task/%d/children" % (shell.pid, shell.pid)) as children:
            init = int(children.read().split()[0])
        pidfd = os.pidfd_open(init)
        # the other holders: this process, and unshare, which only waits
        path = "/proc/self/fd/%d" % file.fileno()
        again = os.open(path, os.O_RDWR)
        os.kill(shell.pid, signal.SIGSTOP)
        fds = os.listdir("/proc/%d/fd" % shell.pid)
        shell_has = str(file.fileno()) in fds
    if shell_has:
        os.kill(shell.pid, signal.SIGKILL)
        shell.wait()
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    while True:
        try:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            pass
    early += not select.select([pidfd], [], [], 0)[0]
    select.select([pidfd], [], [])
    os.close(again)
    os.close(pidfd)
print("the lock of process 1 was free before the namespace was at its end: %d of 20 times" % early)
sys.exit(0 if early else 1)
END
