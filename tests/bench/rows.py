# SPDX-License-Identifier: LGPL-2.1-or-later
"""rows.py - what bench.py measures: the contenders, and a function for each row"""
import copy
import ctypes
import json
import os
import pathlib
import pty
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measure import (Contender, Failed, at_once, memory_beside, memory_of_start, rotate, summary,
                     until_told)

BUILD = pathlib.Path(os.environ.get("builddir", "."))
SOURCE = pathlib.Path(os.environ.get("srcdir", "."))
TOOLS = ("sbox", "bwrap", "unshare", "firejail", "crun", "rootlesskit", "slirp4netns",
         "strace", "newuidmap", "cc")
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000


class World:
    """The programs, and a directory with everything that they are given."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.tools = {name: shutil.which(name) for name in TOOLS if shutil.which(name)}
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(scratch),
                    "XDG_CONFIG_HOME": str(scratch / "config")}

    def prepare(self):
        """Eight directories to be shown, the command, the profile, the filters."""
        os.chmod(self.scratch, 0o755)
        self.read = [pathlib.Path("/usr")]
        self.read += [self.directory(f"read{i}") for i in range(5)]
        self.write = [self.directory(f"write{i}") for i in range(2)]
        self.command = self.read[1] / "command"
        shutil.copy(BUILD / "tests/bench/command", self.command)
        os.chmod(self.command, 0o755)
        self.profiles = self.scratch / "config/sbox/profiles"
        self.profiles.mkdir(parents=True)
        self.profile("bench", self.read, self.write)
        self.filters = self.directory("filters")
        subprocess.run([BUILD / "tests/bench/filters", self.filters], check=True)

    def directory(self, name):
        path = self.scratch / name
        path.mkdir()
        return path

    def profile(self, name, read, write, more=""):
        def words(paths):
            return ", ".join(f'"{path}"' for path in paths)

        links = "".join(f'[[fs.mount]]\ntype = "symlink"\ntarget = "/{link}"\n'
                        f'source = "usr/{link}"\n' for link in LINKS)
        (self.profiles / f"{name}.toml").write_text(
            f"version = 1\n[fs]\nread = [{words(read)}]\nwrite = [{words(write)}]\n"
            f'tmpfs = ["/tmp"]\n{links}[env]\nset = {{ PATH = "/usr/bin:/bin" }}\n{more}')

    def sbox(self, *command, name="sbox", options=(), profile="bench"):
        return Contender(name, [self.tools["sbox"], f"--profile={profile}", *options, "--",
                                *command], self.env)

    def other_sbox(self, *command, options=(), profile="bench"):
        """The sbox of "bench.py --beside", as a list."""
        if "other" not in self.tools:
            return []
        return [Contender("other sbox", [self.tools["other"], f"--profile={profile}", *options,
                                         "--", *command], self.env)]

    def bwrap(self, *command, name="bwrap", options=("--unshare-all",), read=None,
              filters="libseccomp", userns=False, usual=False):
        """
        All that brings it nearer to what sbox does with profile bench: the same mounts,
        the rules as @filters compiled them, and no user namespace for the command, by a
        second one and its limit. @userns: without that; @usual: nor anything covered or
        made read-only that is not when nobody asks for it.
        """
        memory = ["--perms", "1777", "--size", str(2 << 30), "--tmpfs"]
        argv = [self.tools["bwrap"], *options, "--die-with-parent", "--new-session",
                "--cap-drop", "ALL"]
        if not userns and not usual:
            argv += ["--unshare-user", "--disable-userns"]
        argv += [*memory, "/tmp"]
        for path in read or self.read:
            argv += ["--ro-bind", path, path]
        for path in self.write:
            argv += ["--bind", path, path]
        for link in LINKS:
            argv += ["--symlink", f"usr/{link}", f"/{link}"]
        argv += ["--proc", "/proc", "--dev", "/dev"]
        if not usual:
            argv += [*covers(), *memory, "/dev/shm", "--remount-ro", "/dev",
                     "--remount-ro", "/"]
        files = sorted(self.filters.glob(f"{filters}-*.bpf"))
        for at in range(len(files)):
            argv += ["--add-seccomp-fd", str(200 + at)]
        return Contender(name, argv + ["--", *command], self.env, files)


FIREJAIL = "firejail (setuid)"
PRIVILEGED = (FIREJAIL,)
LINKS = ("bin", "sbin", "lib", "lib64")
COVERED = ("acpi", "asound", "bus", "config.gz", "fs", "interrupts", "irq", "kallsyms", "kcore",
           "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags",
           "latency_stats", "pressure", "sched_debug", "scsi", "sysrq-trigger", "timer_list",
           "timer_stats")


def covers():
    """What sbox covers of /proc, as far as this kernel has it, for bubblewrap."""
    argv = []
    for cover in COVERED:
        path = pathlib.Path("/proc") / cover
        if path.is_dir():
            argv += ["--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.exists():
            argv += ["--ro-bind", "/dev/null", str(path)]
    return argv + ["--ro-bind", "/proc/sys", "/proc/sys"]


def check_isolated(contender, filtered=True, shared=()):
    """Raises Failed unless the command is where it should be."""
    contender.prepare()
    lines = dict(line.split(":", 1) for line in contender.output("state").splitlines())
    contender.done()
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        ours = os.readlink(f"/proc/self/ns/{kind}")
        if kind not in shared and lines[f"ns-{kind}"].strip() in (ours, ""):
            raise Failed(f"{contender.name} does not isolate: {kind} namespace")
    if filtered and (lines["Seccomp"].strip() != "2" or int(lines["Seccomp_filters"]) < 1):
        raise Failed(f"{contender.name} does not isolate: no filter")
    if int(lines["CapEff"], 16):
        raise Failed(f"{contender.name} does not isolate: capabilities")


def check_same_mounts(contenders):
    """
    Raises Failed unless all have the same mount points, and the same of them read-only.
    What the host has mounted below its own /proc/sys comes along with bubblewrap's copy.
    """
    shown = []
    for contender in contenders:
        contender.prepare()
        shown.append({mount for mount in contender.output("mounts").splitlines()
                      if not mount.startswith("/proc/sys/")})
        contender.done()
    for contender, mounts in zip(contenders, shown):
        if mounts != shown[0]:
            raise Failed(f"{contender.name} has other mounts than {contenders[0].name}: "
                         + ", ".join(sorted(mounts ^ shown[0])))


def row(what, results, goals=None, unit="ms"):
    return {"what": what, "unit": unit, "results": results, "goals": goals or {}}


def start_row(world, rounds, what, command, goal):
    contenders = [world.sbox(command), world.bwrap(command),
                  world.bwrap(command, name="bwrap, sbox's own programs", filters="sbox"),
                  world.bwrap(command, name="bwrap, user namespaces allowed", userns=True),
                  world.bwrap(command, name="bwrap, as usual, with a filter", usual=True),
                  world.bwrap(command, name="bwrap, as usual", usual=True, filters=None)]
    askers = [Contender(c.name, [*c.argv[:-1], str(world.command)], c.env, c.files)
              for c in contenders]
    for asker in askers:
        check_isolated(asker, filtered=asker.files or asker is askers[0])
    check_same_mounts(askers[:4])
    contenders += [Contender("the command alone", [command]), *world.other_sbox(command),
                   *others(world, command)]
    return row(what, rotate(contenders, rounds, "bwrap"), {"sbox": goal})


def others(world, command):
    """Who isolates less, or otherwise; only what is installed."""
    found = []
    if "unshare" in world.tools:
        found.append(Contender("unshare (no mounts, no filter)",
                               [world.tools["unshare"], "-UrmpinuCf", "--mount-proc",
                                command], world.env))
    return [contender for contender in found if works(contender)] + firejail(world, command)


def firejail(world, *command):
    """As a list, empty where it does not work. It is setuid, and has no user namespace."""
    if "firejail" not in world.tools:
        return []
    argv = [world.tools["firejail"], "--quiet", "--noprofile", "--net=none", "--caps.drop=all",
            "--seccomp"]
    asker = Contender(FIREJAIL, [*argv, str(world.command)], world.env)
    return [Contender(FIREJAIL, [*argv, *command], world.env)] if works(asker) else []


def works(contender):
    try:
        contender.run()
    except Failed:
        return False
    return True


def full_static(world, rounds):
    return start_row(world, rounds, "full isolation, a static true", str(world.command), "0.50")


def full_dynamic(world, rounds):
    return start_row(world, rounds, "full isolation, the system's true", "/usr/bin/true", "0.50")


def no_net(world, rounds):
    command = str(world.command)
    share = ("--unshare-all", "--share-net")
    contenders = [world.sbox(command, options=["--net=host"]),
                  world.bwrap(command, options=share),
                  world.bwrap(command, options=share, filters=None, usual=True,
                              name="bwrap, as usual")]
    check_isolated(contenders[0], shared=("net",))
    check_isolated(contenders[1], shared=("net",))
    check_same_mounts(contenders[:2])
    contenders += world.other_sbox(command, options=["--net=host"])
    return row("the host's network", rotate(contenders, rounds, "bwrap"), {"sbox": "0.45"})


def many_binds(count, goal):
    def measure(world, rounds):
        name = f"binds{count}"
        top = world.directory(name + "-" + os.urandom(4).hex())
        more = [top / str(i) for i in range(count)]
        for path in more:
            path.mkdir()
        world.profile(name, world.read + more, world.write)
        command = str(world.command)
        contenders = [world.sbox(command, profile=name),
                      world.bwrap(command, read=world.read + more)]
        check_same_mounts(contenders)
        contenders += world.other_sbox(command, profile=name)
        return row(f"8+{count} binds", rotate(contenders, max(2, rounds // 8), "bwrap"),
                   {"sbox": goal})
    return measure


def add_mounts(wanted):
    """Puts this process into a mount namespace with @wanted mounts."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(flags, uid, outside):
        if libc.unshare(flags):
            raise OSError(ctypes.get_errno(), "unshare")
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {outside[0]} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"{uid} {outside[1]} 1")

    user, ids = os.getuid(), (os.getuid(), os.getgid())
    enter(CLONE_NEWUSER | CLONE_NEWNS, 0, ids)
    top = tempfile.mkdtemp(prefix="sbox-bench-mounts-")
    if libc.mount(b"none", top.encode(), b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")
    have = sum(1 for _ in open("/proc/self/mountinfo"))
    for i in range(wanted - have):
        path = os.path.join(top, str(i))
        os.mkdir(path)
        if libc.mount(b"none", path.encode(), b"tmpfs", 0, None):
            raise OSError(ctypes.get_errno(), "mount")
    enter(CLONE_NEWUSER, user, (0, 0))


def many_mounts(count, goal):
    def measure(world, rounds):
        out = world.scratch / "mounts.json"
        subprocess.run([sys.executable, SOURCE / "tests/bench/bench.py", "--mounts",
                        str(count), "--row", "full-static", "--rounds",
                        str(max(2, rounds // 4)), "--json", out],
                       check=True, stdout=subprocess.DEVNULL)
        inner = json.loads(out.read_text())["rows"][0]["results"]
        return row(f"{count} mounts on the host",
                   {name: inner[name] for name in ("sbox", "bwrap")}, {"sbox": goal})
    return measure


def subids(world, rounds):
    if "newuidmap" not in world.tools:
        return None
    command = str(world.command)
    contenders = [world.sbox(command, options=["--map=subids"], name="sbox, 65536 ids"),
                  world.bwrap(command, name="bwrap, one id"),
                  *world.other_sbox(command, options=["--map=subids"])]
    return row("an id map of 65536, against one id",
               rotate(contenders, rounds, "bwrap, one id"), {"sbox, 65536 ids": "0.80"})


def network(world, rounds):
    if "slirp4netns" not in world.tools or "rootlesskit" not in world.tools:
        return None
    command = (str(world.command), "tell")
    kit = Contender("rootlesskit", [world.tools["rootlesskit"], "--net=slirp4netns",
                                    "--mtu=65520", *command], world.env)
    contenders = [world.sbox(*command, options=["--net=slirp4netns"]), kit,
                  world.bwrap(*command, name="bwrap, without a network"),
                  *world.other_sbox(*command, options=["--net=slirp4netns"])]
    return row("until the command runs, with a network by slirp4netns that is ready",
               rotate(contenders, max(2, rounds // 8), "rootlesskit", until_told),
               {"sbox": "0.13"})


def launchers(count, goals):
    def measure(world, rounds):
        command = str(world.command)
        contenders = [world.sbox(command), world.bwrap(command), *world.other_sbox(command)]
        turns, seconds = (1, 0.2) if rounds < 10 else (4, 2.0)
        rates, tails = {}, {}
        for _ in range(turns):
            for contender in contenders:
                rate, tail = at_once(contender, count, seconds)
                rates.setdefault(contender.name, []).append(rate)
                tails.setdefault(contender.name, []).append(tail)
        results = summary({name: [1 / rate for rate in values]
                           for name, values in rates.items()}, "bwrap")
        for name, got in summary(tails, "bwrap").items():
            results[f"{name}, p99"] = got
        for got in results.values():
            del got["p99"]
        return row(f"{count} launchers at once: time for each start", results, goals)
    return measure


def waiters(world, *words):
    """Who is asked what it needs beside the command, which is given @words."""
    command = (str(world.command), *words)
    return [world.sbox(*command), *world.other_sbox(*command), world.bwrap(*command),
            *firejail(world, *command)]


def against_bwrap(results):
    """Adds the ratio to what the first result of that kind has for bubblewrap."""
    for name, got in results.items():
        theirs = results.get("bwrap, " + name.split(", ", 1)[1], got)
        if theirs is not got and theirs["median"]:
            got["ratio"] = got["median"] / theirs["median"]
    return results


def memory(world, _rounds):
    """All processes of a sandbox, and each of them; the figures are from one that waits."""
    results, single = {}, {}
    contenders = waiters(world, "wait")
    if "slirp4netns" in world.tools:
        contenders.append(world.sbox(str(world.command), "wait", name="sbox with slirp4netns",
                                     options=["--net=slirp4netns"]))
    for contender in contenders:
        found = memory_beside(contender, "command")
        for kind in ("resident", "proportional", "peak"):
            sizes = [got[kind] for _, got in found]
            if None not in sizes:
                results[f"{contender.name}, {kind}"] = {"median": sum(sizes)}
        for at, (name, got) in enumerate(found, 1):
            for kind, size in got.items():
                if size is not None:
                    single[f"{contender.name}, {at}: {name}, {kind}"] = {"median": size}
    return row("memory beside the command that waits", {**against_bwrap(results), **single},
               {"sbox, resident": "1.3 MB"}, "MB")


def start_memory(world, rounds):
    if "strace" not in world.tools:
        return None
    results = {}
    for contender in waiters(world):
        if contender.name in PRIVILEGED:  # which a program that is traced does not get
            continue
        samples = [memory_of_start(repeated, world.tools["strace"], "command")
                   for repeated in [copy.deepcopy(contender)
                                    for _ in range(max(1, min(5, rounds // 8)))]]
        results[f"{contender.name}, resident"] = {"median": statistics.median(samples)}
    return row("the most memory of a start, without the command's", against_bwrap(results),
               unit="MB")


def count_calls(world, contender):
    """
    System calls without the command's own: {"before": of all processes until the command
    is executed, "behind": from then on, "PROCESS": of each, in the order of their start}.
    """
    log = world.scratch / "calls"
    contender.argv[:0] = [world.tools["strace"], "-f", "-qq", "-e", "signal=none", "-o", str(log)]
    contender.prepare()
    contender.run()
    contender.done()
    started, each, count = set(), {}, {"before": 0, "behind": 0}
    for line in log.read_text().splitlines():
        pid, call = line.split(None, 1)
        if call.startswith(("<...", "+++", "---")) or pid in started:
            continue
        count["behind" if started else "before"] += 1
        each[pid] = each.get(pid, 0) + 1
        if call.startswith("execve(") and f'"{world.command}"' in call.split("[")[0]:
            started.add(pid)
    return count, each


def system_calls(world, _rounds):
    if "strace" not in world.tools:
        return None
    results, single = {}, {}
    for contender in waiters(world):
        if contender.name in PRIVILEGED:
            continue
        count, each = count_calls(world, contender)
        results[f"{contender.name}, all"] = {"median": sum(count.values())}
        for part, calls in count.items():
            results[f"{contender.name}, {part} the command"] = {"median": calls}
        for at, calls in enumerate(each.values(), 1):
            single[f"{contender.name}, process {at}"] = {"median": calls}
    return row("system calls of a start and its end", {**against_bwrap(results), **single},
               {"sbox, all": "160"}, "calls")


def call_costs(world, rounds):
    command, batches = str(world.command), str(max(2, rounds // 2))
    results, ways = {}, {"outside": Contender("outside", [command]),
                         "sbox": world.sbox(command), "bwrap": world.bwrap(command)}
    for name, contender in ways.items():
        contender.prepare()
        for line in contender.output("calls", batches).splitlines():
            kind, best = line.split()
            results[f"{kind}, {name}"] = {"median": float(best) * 1e-9}
        contender.done()
    ordered = {}
    for kind in ("allowed", "denied", "checked", "open"):
        for name in ways:
            got = ordered[f"{kind}, {name}"] = results[f"{kind}, {name}"]
            if name != "outside":
                got["ratio"] = got["median"] / results[f"{kind}, outside"]["median"]
    return row("one system call, against outside", ordered,
               {"allowed, sbox": "1.30", "denied, sbox": "1.55", "open, sbox": "1.08"}, "us")


def compiling(world, rounds):
    if "cc" not in world.tools:
        return None
    out = world.write[0]
    sources = sorted((SOURCE / "src/toml").resolve().glob("*.c"))
    read = [*world.read, (SOURCE / "src").resolve(), BUILD.resolve()]
    read += [path for path in [pathlib.Path("/etc/alternatives")] if path.exists()]
    world.profile("compile", read, world.write)
    script = (f"cd {out} && for f in {' '.join(map(str, sources))}; do "
              f"cc -std=gnu11 -O2 -I{SOURCE.resolve()}/src -I{BUILD.resolve()} -c $f || exit 1; "
              "done")
    command = ("/bin/sh", "-c", script)
    contenders = [Contender("outside", command, {"PATH": "/usr/bin:/bin"}),
                  world.sbox(*command, profile="compile"),
                  world.bwrap(*command, read=read)]
    contenders[2].env = {**world.env}
    return row(f"compiling {len(sources)} files, against outside",
               rotate(contenders, max(1, rounds // 4), "outside"), {"sbox": "1.02"})


def guarded(world, rounds):
    """Files that are protected in a writable directory, against none."""
    contenders = []
    for count in (0, 10, 50):
        top = world.directory(f"guarded{count}-" + os.urandom(4).hex())
        paths = [top / str(i) for i in range(count)]
        for path in paths:
            path.touch()
        contenders.append(world.sbox(str(world.command), name=f"sbox, {count}", options=[
            f"--write={top}", *(f"--protect={path}" for path in paths)]))
    return row("guarded places, against none", rotate(contenders, rounds, "sbox, 0"),
               {"sbox, 10": "1.05", "sbox, 50": "1.20"})


def drain(contender, source):
    """Seconds until all that it writes has been read from @source."""
    began, total = time.perf_counter(), 0
    while True:
        try:
            block = os.read(source, 1 << 16)
        except OSError:  # the last of a terminal is gone
            block = b""
        if not block:
            break
        total += len(block)
    return time.perf_counter() - began


def through_pipe(contender):
    read, write = os.pipe()
    pid = contender.start([(os.POSIX_SPAWN_DUP2, NOTHING, 0), (os.POSIX_SPAWN_DUP2, write, 1),
                           (os.POSIX_SPAWN_CLOSE, read)])
    os.close(write)
    took = drain(contender, read)
    os.close(read)
    os.waitpid(pid, 0)
    return took


def through_terminal(contender):
    master, slave = pty.openpty()
    pid = contender.start([(os.POSIX_SPAWN_DUP2, slave, fd) for fd in (0, 1, 2)])
    os.close(slave)
    took = drain(contender, master)
    os.close(master)
    os.waitpid(pid, 0)
    return took


NOTHING = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)


def throughput(run, what):
    def measure(world, rounds):
        mebibytes = 4 if rounds < 10 else 256 if run is through_pipe else 32
        command = (str(world.command), "write", str(mebibytes))
        contenders = [Contender("outside", command), world.sbox(*command),
                      world.bwrap(*command)]
        return row(f"{mebibytes} MiB through {what}, against outside",
                   rotate(contenders, max(2, rounds // 20), "outside", run))
    return measure


def large_profile(world, rounds):
    """2000 rules: directories shown, others that are not there, denials, variables."""
    top = world.directory("large-" + os.urandom(4).hex())
    shown = [top / "shown" / str(i) for i in range(500)]
    hidden = [top / "tree" / str(i) for i in range(500)]
    for path in shown + hidden:
        path.mkdir(parents=True)
    absent = [f"?{top}/absent/{i}" for i in range(500)]
    settings = "".join(f'V{i} = "{i}"\n' for i in range(500))
    deny = ", ".join(f'"{path}"' for path in hidden)
    world.profile("large", [*world.read, top / "tree", *shown, *absent], world.write)
    path = world.profiles / "large.toml"
    path.write_text(path.read_text().replace("[fs]\n", f"[fs]\ndeny = [{deny}]\n")
                    .replace('[env]\nset = { PATH = "/usr/bin:/bin" }\n',
                             f'[env.set]\nPATH = "/usr/bin:/bin"\n{settings}'))
    command = str(world.command)
    bwrap = world.bwrap(command, read=[*world.read, top / "tree", *shown])
    at = bwrap.argv.index("--proc")
    bwrap.argv[at:at] = [word for each in hidden for word in ("--tmpfs", str(each))]
    contenders = [world.sbox(command, profile="large"), bwrap]
    return row("a profile of 2000 rules, 1000 of them mounts",
               rotate(contenders, max(2, rounds // 60), "bwrap"))


ROWS = {
    "full-static": full_static,
    "full-dynamic": full_dynamic,
    "no-net": no_net,
    "binds-64": many_binds(64, "0.20"),
    "binds-200": many_binds(200, "0.08"),
    "mounts-227": many_mounts(227, "0.22"),
    "mounts-1027": many_mounts(1027, "0.12"),
    "subids": subids,
    "network": network,
    "launchers-1": launchers(1, {}),
    "launchers-2": launchers(2, {}),
    "launchers-8": launchers(8, {"sbox": "0.45"}),
    "launchers-32": launchers(32, {"sbox, p99": "0.65"}),
    "guarded": guarded,
    "memory": memory,
    "start-memory": start_memory,
    "system-calls": system_calls,
    "calls": call_costs,
    "compile": compiling,
    "pipe": throughput(through_pipe, "a pipe"),
    "terminal": throughput(through_terminal, "a terminal"),
    "large-profile": large_profile,
}

# Too slow, or too much for a machine that runs tests at the same time.
SLOW = ("mounts-1027", "launchers-32", "large-profile", "compile")
