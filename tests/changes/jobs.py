#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""jobs.py - what people do, done with a change set and held against whole trees: jobs.py [REGEX]

Each job has a tree that is made outside and a command that runs inside. diff has to say
what the comparison of the two trees says, a commit has to make the host what was seen
inside, an undo what it was before. Debian's sources and packages and those of npm are
fetched outside; a job is skipped, with the reason, if its programs or they are missing.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from oracle import PATH, World, Wrong, tap

NPM = ["express@4.18.2", "mkdirp@1.0.4"]
ROOT = '[identity]\nuser = "root"\n'  # overrides that of build
GIT = """
git config user.name u; git config user.email u@example.org; git config gc.auto 0
for i in $(seq 60); do mkdir -p d$((i % 7)); seq $i 200 >d$((i % 7))/f$i; done
git add .; git commit -qm one; git branch side
echo two >>d1/f1; git commit -qam two; git checkout -q side
echo three >>d2/f2; git commit -qam three; echo four >new; git add new; git commit -qm four
"""
DIRECTORIES, FILES = 500, 100  # 50,000 files


class Missing(Exception):
    pass


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=PATH):
            raise Missing(f"{program} is not installed")


def outside(world, script, cwd=None, **env):
    done = subprocess.run(["sh", "-euc", script], cwd=cwd or world.trees[0], check=False,
                          env={**world.env, "GIT_CONFIG_NOSYSTEM": "1", **env},
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise subprocess.SubprocessError(f"{script}: {done.stdout[-500:]} {done.stderr[-1500:]}")


def fetch(world, script, what):
    """For what lies elsewhere; without a network there is nothing to test."""
    try:
        outside(world, script, world.top)
    except subprocess.SubprocessError as failure:
        raise Missing(f"{what} could not be fetched: {str(failure)[-300:]!r}") from failure


def apt(world, words):
    """apt-get with a place of its own, which needs no root."""
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    if release["ID"] != "debian":
        raise Missing("this is not Debian")
    place = world.top / "apt"
    for name in ("state/lists/partial", "cache/archives/partial", "log"):
        (place / name).mkdir(parents=True)
    (place / "sources.list").write_text("".join(
        f"{kind} http://deb.debian.org/debian {release['VERSION_CODENAME']} main\n"
        for kind in ("deb", "deb-src")))
    options = " ".join(f"-o {option}" for option in (
        f"Dir::State={place}/state", f"Dir::Cache={place}/cache", f"Dir::Log={place}/log",
        "Dir::State::status=/dev/null", "Dir::Etc::sourceparts=/dev/null",
        f"Dir::Etc::sourcelist={place}/sources.list", 'APT::Sandbox::User="$(id -un)"',
        "Acquire::Retries=2", "Acquire::http::Timeout=20", "Debug::NoLocking=1"))
    fetch(world, f"apt-get -q {options} update; apt-get -q {options} {words}", words)


class Job:
    trees, settings = ("one",), ""

    def __init__(self, name, make, command, programs, **others):
        self.name, self.make, self.command, self.programs = name, make, command, programs
        self.__dict__.update(others)

    def __call__(self):
        with tempfile.TemporaryDirectory(prefix="sbox-job.", dir="/var/tmp",
                                         ignore_cleanup_errors=True) as top:
            world = World(top, self.trees, self.settings)
            world.fresh()
            try:
                need(*self.programs)
                self.make(world)
            except Missing as missing:
                return str(missing)
            before = world.look()
            world.run("sh", "-euc", self.command(world))
            if not world.check_all(before, world.look_inside()):
                raise Wrong("nothing was changed")
            world.discard()
            return None


def zlib(world):
    need("apt-get", "dpkg-source")
    apt(world, "source --download-only zlib")
    outside(world, "dpkg-source --no-check -q --skip-patches -x ../zlib_*.dsc zlib")


def npm_with(*packages):
    """A project with these installed, and a cache from which they can be had again."""
    def make(world):
        fetch(world, f"npm --cache {world.trees[1]} view npm version >npm-version", "npm's packages")
        install = f"npm --cache {world.trees[1]} --no-audit --no-fund install "
        # of others than the first the cache has to know as well
        for script in ("mkdir other; cd other; npm init -y >init; " + install + " ".join(NPM),
                       f"npm init -y >init; {install}" + " ".join(packages)):
            outside(world, script)
        outside(world, "rm -r other")
    return make


def npm(words):
    return lambda world: f"npm --cache {world.trees[1]} --offline --no-audit --no-fund {words}"


def dpkg_root(world):
    apt(world, "download hostname sed gzip")
    outside(world, """
        mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates debs
        : >root/var/lib/dpkg/status; cp ../*.deb debs""")
    # what is installed there again belongs to the tree before
    world.run("sh", "-euc", dpkg("hostname")(world), name="first")
    world.ctl("commit", "--trust", "first")
    world.ctl("discard", "first")


def dpkg(*packages):
    debs = " ".join(f"debs/{package}_*.deb" for package in packages)
    return lambda world: (f"dpkg --root=$PWD/root --log=/dev/null --force-depends "
                          f"--force-script-chrootless -i {debs}")


def many_files(world):
    for directory in range(DIRECTORIES):
        place = world.trees[0] / f"{directory % 25}" / f"{directory}"
        place.mkdir(parents=True)
        for file in range(FILES):
            (place / f"f{file}").write_text(f"{directory} {file}\n")


def git(command):
    return lambda _world: "export GIT_CONFIG_NOSYSTEM=1; " + command


JOBS = [
    Job("zlib: configure and make", zlib, lambda _: "cd zlib; ./configure; make -j2",
        ["make", "cc"]),
    Job("git commit", lambda world: outside(world, "git init -q .; " + GIT),
        git("echo more >>d3/f3; git commit -qam more"), ["git"]),
    Job("git rebase", lambda world: outside(world, "git init -q -b main .; " + GIT),
        git("git rebase -q main"), ["git"]),
    Job("git gc", lambda world: outside(world, "git init -q .; " + GIT), git("git gc -q"), ["git"]),
    Job("sqlite with a write-ahead log", lambda world: outside(world, """sqlite3 db '
        pragma journal_mode=wal; create table t(a, b); insert into t values (1, 2)' >mode"""),
        lambda _: """sqlite3 db '
        pragma wal_autocheckpoint=0; begin; insert into t values (3, 4); update t set b = 5; commit;
        create index i on t(a); select count(*) from t' >answer""", ["sqlite3"]),
    Job("npm ci", npm_with(*NPM), npm("ci"), ["npm", "node"], trees=("one", "cache")),
    Job("npm install", npm_with(NPM[1]), npm("install " + NPM[0]), ["npm", "node"],
        trees=("one", "cache")),
    Job("npm uninstall", npm_with(*NPM), npm("uninstall express"), ["npm", "node"],
        trees=("one", "cache")),
    Job("dpkg: the same and two more in a root", dpkg_root, dpkg("hostname", "sed", "gzip"),
        ["apt-get", "dpkg"], settings=ROOT),
    Job("a tree of 50,000 files", many_files, lambda _: """
        find . -name 'f1*' -newermt 1990-01-01 | head -n 2000 | while read f; do echo >>$f; done
        find 3 4 5 -type f -exec touch {} +
        rm -r 7 8; mv 9 nine; rm -r 10/10; mkdir 10/10; echo anew >10/10/f1
        find 11 -name 'f*7' -delete; find 12 -name 'f5' -exec chmod 600 {} +""", []),
]


def main():
    wanted = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    return tap([(job.name, job) for job in JOBS if wanted.search(job.name)])


if __name__ == "__main__":
    sys.exit(main())
