# SPDX-License-Identifier: LGPL-2.1-or-later
"""operations.py - random changes of trees; what the kernel refuses is left out"""
import errno
import os
import shutil
import socket

NAMES = [b"a", b"b", b"c", b"dd", b"n\nl", b"\xff\xfe", b"x y", b"%41", b"-rf"]


class Place:
    """One operation's choices: a file, a directory that is not the tree's own, a new name."""

    def __init__(self, draw, trees):
        dirs, files = [], []
        self.tree = os.fsencode(draw.choice(trees))
        for top, below, here in os.walk(self.tree):
            for name in below:
                path = os.path.join(top, name)
                (files if os.path.islink(path) else dirs).append(path)
            files += [os.path.join(top, name) for name in here]
        self.dir = draw.choice(sorted(dirs)) if dirs else None
        self.file = draw.choice(sorted(files)) if files else None
        self.plain = self.file if self.file and os.path.isfile(self.file) and \
            not os.path.islink(self.file) else None
        self.new = os.path.join(draw.choice(sorted([self.tree, *dirs])), draw.choice(NAMES))


def write(path, data, flags):
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def make(place, draw):
    write(place.new, b"%d" % draw.randrange(1000), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def append(place, _draw):
    write(place.plain, b"+", os.O_WRONLY | os.O_APPEND)


def rewrite_same(place, _draw):
    with open(place.plain, "rb") as file:
        data = file.read()
    os.unlink(place.plain)
    write(place.plain, data, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def open_only(place, _draw):
    os.close(os.open(place.plain, os.O_RDWR))


def make_sparse(place, draw):
    fd = os.open(place.new, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    try:
        os.pwrite(fd, b"end", draw.randrange(1 << 20))
    finally:
        os.close(fd)


def remove_dir(place, _draw):
    shutil.rmtree(place.dir, ignore_errors=True)


def make_anew(place, _draw):
    shutil.rmtree(place.dir)
    os.mkdir(place.dir)
    write(os.path.join(place.dir, b"new"), b"n", os.O_WRONLY | os.O_CREAT)


def rename_dir(place, _draw):
    try:
        os.rename(place.dir, place.new)
    except OSError as failure:  # an overlay of ours renames no directory of the lower tree
        if failure.errno == errno.EXDEV:
            shutil.move(os.fsdecode(place.dir), os.fsdecode(place.new))


def file_to_dir(place, _draw):
    os.unlink(place.file)
    os.mkdir(place.file)


def dir_to_link(place, _draw):
    shutil.rmtree(place.dir)
    os.symlink(b"a", place.dir)


def set_time(place, draw):
    os.utime(place.plain, ns=(0, draw.randrange(1 << 40)))


def set_attr(place, draw):
    os.setxattr(place.plain, b"user.x", b"%d" % draw.randrange(3))


def link(place, _draw):
    os.link(place.file, place.new, follow_symlinks=False)


def set_user(place, _draw):
    os.chmod(place.plain, 0o4755)


def make_socket(place, _draw):
    made = socket.socket(socket.AF_UNIX)
    made.bind(place.new)
    made.close()


OPERATIONS = [
    make, make, append, rewrite_same, open_only, make_sparse, remove_dir, make_anew, rename_dir,
    file_to_dir, dir_to_link, set_time, set_attr, link,
    lambda place, draw: os.mkdir(place.new, draw.choice([0o755, 0o700, 0o555])),
    lambda place, draw: os.unlink(place.file),
    lambda place, draw: os.rename(place.file, place.new),
    lambda place, draw: os.chmod(place.plain, draw.choice([0o600, 0o644, 0o755, 0o400])),
    lambda place, draw: os.chmod(place.dir, draw.choice([0o700, 0o755, 0o555])),
    lambda place, draw: os.symlink(draw.choice([b"a", b"b", b"c/dd"]), place.new),
    lambda place, draw: os.mkfifo(place.new), make_socket, set_user,
]
# What a commit leaves out.
INSIDE_ONLY = [make_socket, set_user]


def random_changes(draw, trees, count, without=()):
    chosen = [operation for operation in OPERATIONS if operation not in without]
    for _ in range(count):
        operation, place = draw.choice(chosen), Place(draw, trees)
        try:
            operation(place, draw)
        except (OSError, TypeError, shutil.Error):  # TypeError: there is none of that kind yet
            pass
