#!/bin/sh
# overlay-names-of-one-file.sh - two hard links that show different numbers, and part for good
#
# One would guess that two names of one file show the same st_ino through an overlay, and
# that what is written by one name is read by the other.
#
# What is so: both show the same number and a count of 2 as long as neither was written to.
# Writing by one name copies up that name alone: the other goes on showing what was there
# before, and still says that the file has two names. A link that is made inside to a file
# of the lower layer joins two names in the upper one, and what is written by one is read
# by the other; but they show two different numbers until the overlay is mounted again, so
# that whoever looks for hard links by number, as archivers do, takes them for two files.
#
# Since when: there is an index, off by default and not for an ordinary user, since 4.13;
# seen on 6.18.
# Source: "Non-standard behavior" in Documentation/filesystems/overlayfs.rst has the first
# half; ovl_get_inode() and ovl_map_ino() in fs/overlayfs: a number is kept by the file that
# was copied, and without an index each name looks that up for itself.
#
# Exit: 0 as described, 1 changed, 77 no user namespaces, overlayfs or Python.
set -eu
command -v unshare python3 >/dev/null || { echo "needs unshare and python3"; exit 77; }
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"
mkdir lower upper wk view
echo old >lower/a
ln lower/a lower/b
echo one >lower/c
inside() {
	unshare -Urm sh -euc 'mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=wk,userxattr none view
		exec "$@"' sh "$@"
}
inside true 2>/dev/null || { echo "no overlay can be mounted here"; exit 77; }
uname -sr
inside python3 - <<'END'
import os
import sys


def numbers(*names):
    return [(os.stat("view/" + name).st_ino, os.stat("view/" + name).st_nlink) for name in names]


before = numbers("a", "b")
open("view/a", "a").write("new\n")
texts = open("view/a").read(), open("view/b").read()
links = [n[1] for n in numbers("a", "b")]
os.link("view/c", "view/d")
joined = numbers("c", "d")
print("before:", "one file" if before[0] == before[1] else "two", "; after a write to a: %r, %r, links %s" % (texts + (links,)))
print("a link made inside: numbers", "alike" if joined[0][0] == joined[1][0] else "different")
sys.exit(not (before[0] == before[1] and texts == ("old\nnew\n", "old\n") and joined[0][0] != joined[1][0]))
END
inside python3 - <<'END'
import os
import sys

c, d = os.stat("view/c"), os.stat("view/d")
open("view/c", "a").write("more\n")
print("mounted again: numbers", "alike" if c.st_ino == d.st_ino else "different",
      "; written by one name, read by the other: %r" % open("view/d").read())
sys.exit(c.st_ino != d.st_ino or open("view/d").read() != "one\nmore\n")
END
