#!/bin/sh
# overlay-marks-renamed-directories.sh - a directory that nobody removed hides what is below
#
# One would guess that overlayfs marks a directory of its upper layer opaque only where it
# stands in the place of one that was removed: a new directory has nothing below it to hide.
#
# What is so: a directory that is made in one place and renamed to another gets the mark as
# well, though no lower layer has that name. Made where it is to stay it gets none. So
# "opaque" in an upper layer does not tell that something was removed; and when a directory
# of that name comes to be in the lower layer later, the one is merged with it and the
# other hides it.
#
# Since when: seen on 6.1 and 6.18.
# Source: ovl_rename() in fs/overlayfs/dir.c sets the mark on a directory that is no merge
# of layers when its new parent is one, so that a name that the lower layer has there does
# not shine through; whether it has one is not asked.
#
# Exit: 0 as described, 1 changed, 77 no user namespaces, overlayfs or Python.
set -eu
command -v unshare python3 >/dev/null || { echo "needs unshare and python3"; exit 77; }
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"
mkdir lower upper wk view
unshare -Urm true 2>/dev/null || { echo "needs user namespaces"; exit 77; }
uname -sr
unshare -Urm sh -euc '
	mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=wk,userxattr none view
	mkdir view/stays view/new
	mv view/new view/renamed
' || { echo "no overlay can be mounted here"; exit 77; }
python3 - <<'END'
import os
import sys

marks = {name: "user.overlay.opaque" in os.listxattr("upper/" + name) for name in ("stays", "renamed")}
print("made in its place: %s, made and renamed: %s" %
      tuple("opaque" if marks[name] else "no mark" for name in ("stays", "renamed")))
sys.exit(marks != {"stays": False, "renamed": True})
END
