# SPDX-License-Identifier: LGPL-2.1-or-later
"""oracle.py - what a change set has to say and do, by comparing whole trees

A tree is looked at entry by entry: outside before the run, inside at its end, outside
after a commit and after an undo. What "sboxctl changes diff" has to say follows from the
first two; nothing of it is taken from the layers of the overlay.
"""
import collections
import errno
import hashlib
import json
import os
import pathlib
import pickle
import shutil
import stat
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SRCDIR = pathlib.Path(os.environ.get("srcdir", HERE.parent.parent)).resolve()
BUILDDIR = pathlib.Path(os.environ.get("builddir", os.getcwd())).resolve()
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
SET_ID = stat.S_ISUID | stat.S_ISGID

# mtime: of a file; content: a hash of it, or where a link leads; names: all of a file that
# has several (only of files: others cannot have overlayfs's marks, and the numbers by which
# their names are known to be of one change when it copies them)
Entry = collections.namedtuple("Entry", "type mode size mtime content attrs names")


def content_of(path, kind):
    if kind == stat.S_IFLNK:
        return os.readlink(path)
    if kind != stat.S_IFREG:
        return None
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def attrs_of(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return tuple(sorted((name, os.getxattr(path, name, follow_symlinks=False))
                            for name in names))
    except OSError as failure:
        if failure.errno in (errno.ENOTSUP, errno.EACCES):
            return ()
        raise


def look_at(tree):
    """{path: Entry} of everything below @tree, whose own mode does not belong to it."""
    found, names = {}, collections.defaultdict(list)
    for directory, dirs, files in os.walk(os.fsencode(tree)):
        for name in dirs + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            kind = stat.S_IFMT(st.st_mode)
            below = os.path.relpath(path, os.fsencode(tree))
            regular = kind == stat.S_IFREG
            if regular and st.st_nlink > 1:
                names[st.st_dev, st.st_ino].append(below)
            found[below] = Entry(kind, 0 if kind == stat.S_IFLNK else stat.S_IMODE(st.st_mode),
                                 st.st_size if regular else 0, st.st_mtime_ns if regular else 0,
                                 content_of(path, kind), attrs_of(path), ())
    for several in names.values():
        for path in several if len(several) > 1 else ():
            found[path] = found[path]._replace(names=tuple(sorted(several)))
    return found


def landed(merged):
    """What is to be there after a commit: without set-id bits."""
    return {path: each if each.type == stat.S_IFDIR else each._replace(mode=each.mode & ~SET_ID)
            for path, each in merged.items()}


def no_sockets(got, wanted):
    """
    Both without places of sockets: these are not put, and what was there before stays,
    unless its directory was made anew.
    """
    sockets = [path for path, each in wanted.items() if each.type == stat.S_IFSOCK]
    return [{path: each for path, each in tree.items()
             if not any(is_at_or_below(path, socket) for socket in sockets)}
            for tree in (got, wanted)]


def as_inside(got, wanted):
    """
    @got, with @wanted's names where it has those and more: names of one file can look like
    two files through an overlay, when it has copied one of them, or is mounted again.
    """
    def one(path, each):
        more = path in wanted and set(wanted[path].names) <= set(each.names)
        return each._replace(names=wanted[path].names) if more else each
    return {path: one(path, each) for path, each in got.items()}


def differences(got, wanted):
    """Paths at which two trees differ, with both sides, for people; empty: they do not."""
    return [(path, got.get(path), wanted.get(path))
            for path in sorted(set(got) | set(wanted)) if got.get(path) != wanted.get(path)]


def kind_of(before, after):
    """The letter for one path; None: the content is the same, times do not count."""
    if not after:
        return "D"
    if not before:
        return "A"
    if before.type != after.type:
        return "T"
    if before.content != after.content:
        return "M"
    return "m" if (before.mode, before.attrs) != (after.mode, after.attrs) else None


def is_below_removed(kinds, path):
    while b"/" in path:
        path = path.rpartition(b"/")[0]
        if kinds.get(path) in ("D", "T"):
            return True
    return False


def one_entry_each(kinds):
    """A directory that is gone is one entry: without what was in it."""
    return {path: kind for path, kind in kinds.items()
            if kind and not (kind == "D" and is_below_removed(kinds, path))}


def expected_diff(before, merged):
    return one_entry_each({path: kind_of(before.get(path), merged.get(path))
                           for path in set(before) | set(merged)})


def is_at_or_below(path, top):
    return path == top or path.startswith(top + b"/")


class Wrong(Exception):
    pass


def bytes_of(entry, key):
    return bytes.fromhex(entry[key + "_hex"]) if key + "_hex" in entry else entry[key].encode()


class World:
    """A directory with trees, a home and sbox's state, and sbox with these."""

    def __init__(self, top, trees=("one",), settings=""):
        self.top = pathlib.Path(top)
        self.trees = [self.top / name for name in trees]
        self.settings = settings
        self.env = {"PATH": PATH, "HOME": str(self.top / "home"), "LANG": "C.UTF-8", "USER": "u",
                    "XDG_CONFIG_HOME": str(self.top / "config"),
                    "XDG_STATE_HOME": str(self.top / "state"),
                    "SBOX_LIBEXECDIR": str(BUILDDIR)}
        for name in ("home", "state"):
            (self.top / name).mkdir(mode=0o700)
        profiles = self.top / "config/sbox/profiles"
        profiles.mkdir(parents=True)
        for profile in (SRCDIR / "profiles").glob("*.toml"):
            shutil.copyfile(profile, profiles / profile.name)
            (profiles / profile.name).chmod(0o644)
        self.profile = self.top / "trees.toml"

    def fresh(self):
        """Empty trees, and no change set."""
        for old in (*self.trees, self.top / "state"):
            remove(old)
            old.mkdir(mode=0o700)
        paths = json.dumps([str(tree) for tree in self.trees])
        self.profile.write_text(f'version = 1\nextends = ["build"]\n[fs]\nwrite = {paths}\n'
                                f"read = [{json.dumps(str(HERE))}]\n"
                                f'[seccomp]\nallow = ["@set-id-files"]\n{self.settings}')
        self.profile.chmod(0o644)

    def sbox_line(self, name, command):
        return [BUILDDIR / "sbox", "-q", f"--changes={name}", "-p", self.profile, "--", *command]

    def run(self, *command, name="a", status=0, **others):
        """A command with a change set."""
        done = subprocess.run(self.sbox_line(name, command), env=self.env, cwd=self.trees[0],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, **others)
        if status is not None and done.returncode != status:
            raise Wrong(f"inside: {command}: exit status {done.returncode}: "
                        f"{done.stdout[-400:]} {done.stderr[-800:]}")
        return done

    def look_inside(self, name="a"):
        """The trees as a command with the change set sees them."""
        return self.read_trees(self.run(*self.looker("look", *self.trees), name=name))

    @staticmethod
    def looker(*words):
        return (sys.executable, "-IS", str(HERE / "inside.py"), *map(str, words))

    @staticmethod
    def read_trees(done):
        return [{path: Entry(*each) for path, each in tree.items()}
                for tree in pickle.loads(done.stdout)]

    def look(self):
        return [look_at(tree) for tree in self.trees]

    def ctl(self, *words, status=0):
        done = subprocess.run([BUILDDIR / "sboxctl", "changes", *words], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if status is not None and done.returncode != status:
            raise Wrong(f"{words}: exit status {done.returncode}: {done.stdout} {done.stderr}")
        return done

    # ------------------------------------------------------------------------- checks

    def diff(self, name="a"):
        done = self.ctl("diff", "--json", name, status=None)
        if done.returncode not in (0, 1):
            raise Wrong(f"diff: exit status {done.returncode}: {done.stderr}")
        entries = json.loads(done.stdout)
        if done.returncode != bool(entries):
            raise Wrong(f"diff: exit status {done.returncode} with {len(entries)} entries")
        return entries

    def check_diff(self, before, merged, name="a"):
        """diff says what the comparison of the two says; its entries are returned."""
        entries = self.diff(name)
        got = [{} for _ in self.trees]
        numbers = {os.fsencode(tree): at for at, tree in enumerate(self.trees)}
        for each in entries:
            at, path = numbers[bytes_of(each, "tree")], bytes_of(each, "path")
            got[at][path] = each["kind"]
            if each["kind"] != "R":
                continue
            old = bytes_of(each, "from")
            got[at].update({path: "A", old: "D"})
            if before[at][old].content != merged[at][path].content:
                raise Wrong(f"{path} is no {old} by another name")
        for tree, was, is_now, said in zip(self.trees, before, merged, got):
            wanted, said = expected_diff(was, is_now), one_entry_each(said)
            if said != wanted:
                raise Wrong(f"diff of {tree}: " + "; ".join(
                    f"{path}: {a}, not {b}" for path, a, b in differences(said, wanted)[:5]))
        return entries

    def check_host(self, wanted, when, inside=False):
        """@inside: as it was seen through an overlay."""
        for tree, is_now, should in zip(self.trees, self.look(), wanted):
            if inside:
                is_now, should = no_sockets(as_inside(is_now, should), should)
            wrong = differences(is_now, should)
            if wrong:
                raise Wrong(f"{tree} {when}: {len(wrong)} differ: {wrong[:3]}")

    def check_no_marks(self):
        for tree in self.trees:
            for path, each in look_at(tree).items():
                if any(name.startswith("user.overlay.") for name, _ in each.attrs):
                    raise Wrong(f"{path} has {each.attrs}")

    def check_all(self, before, merged):
        """diff, commit, undo and commit again of the set "a"; what diff has said."""
        after = [landed(tree) for tree in merged]
        self.check_host(before, "before the commit")
        entries = self.check_diff(before, merged)
        self.commit()
        self.check_host(after, "after the commit", True)
        if all((each["after"] or {}).get("type") == "socket" for each in entries):
            return entries  # times and sockets at most
        self.ctl("undo", "a")
        self.check_host(before, "after the undo")
        self.check_diff(before, after)  # the commit has taken the set-id bits away
        self.commit()
        self.check_host(after, "after the second commit", True)
        self.check_no_marks()
        return entries

    def commit(self):
        self.ctl("commit", "--trust", "a")

    def discard(self):
        self.ctl("discard", "a")
        left = os.listdir(self.top / "state/sbox/changes")
        if left:
            raise Wrong(f"discard leaves {left}")


def remove(tree):
    """Directories may be read-only, or, overlayfs's own, have no mode at all."""
    if not tree.exists():
        return
    subprocess.run(["chmod", "-R", "u+rwx", tree], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(tree)


def tap(tests):
    """Runs each (name, function); 0: all are well."""
    bad = 0
    for at, (name, test) in enumerate(tests, 1):
        try:
            why_not = test()
        except (Wrong, OSError, subprocess.SubprocessError) as failure:
            bad += 1
            print(f"not ok {at} {name}")
            for line in str(failure)[:4000].splitlines():
                print(f"# {line}")
        else:
            print(f"ok {at} {name}" + (f" # SKIP {why_not}" if why_not else ""))
        sys.stdout.flush()
    print(f"1..{len(tests)}")
    return 1 if bad else 0
