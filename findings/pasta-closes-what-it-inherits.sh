#!/bin/sh
# pasta-closes-what-it-inherits.sh - a path of a descriptor that pasta was given leads nowhere
#
# One would guess that a program that takes a path (--pid FILE, --netns PATH) takes
# /proc/self/fd/N too, where N was open when it was started: that is how a caller hands over
# a file without a name, and a namespace without its process number.
#
# What is so: newer pasta(1) closes all descriptors but 0 to 2 before it reads its
# arguments, so such a path is not there any more. pasta(1) does not say so. A descriptor that
# another process holds can be named (/proc/PID/fd/N), but pasta enters the user namespace of
# --userns first, and can look from there only at processes of that namespace.
#
# Since when: not so in 0.0~git20230309 (Debian 12), so in 0.0~git20250503 (Debian 13).
# Source: close_open_files() in util.c, called by isolate_initial() in isolation.c of the
# newer ones, against descriptors that a parent may have leaked; both versions run here.
#
# Exit: 0 as described, 1 changed, 77 the packages cannot be had.
set -eu
[ "$(id -u)" -ne 0 ] || { echo "to be run by an ordinary user"; exit 77; }
[ -w /dev/net/tun ] || { echo "needs /dev/net/tun"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# fetch NAME SUITE PACKAGE=VERSION...: unpacked below NAME/root
fetch() {
	mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial" "$1/root"
	echo "deb http://deb.debian.org/debian $2 main" >"$1/sources.list"
	set -- "$1" -qq -o Dir::State="$work/$1/state" -o Dir::Cache="$work/$1/cache" \
		-o Dir::Etc::sourcelist="$work/$1/sources.list" -o Dir::Etc::sourceparts=- \
		-o Debug::NoLocking=1 -- "$3" ${4+"$4"}
	name=$1 && shift
	options= && while [ "$1" != -- ]; do options="$options $1" && shift; done && shift
	# shellcheck disable=SC2086 # a list of options
	(cd "$name" && apt-get $options update >/dev/null 2>&1 && apt-get $options download "$@" >/dev/null 2>&1) || {
		echo "$* cannot be had"
		exit 77
	}
	for deb in "$name"/*.deb; do
		dpkg-deb -x "$deb" "$name/root"
	done
}

# told PASTA...: whether it writes its number to a pipe that it has as descriptor 3
told() {
	"$@" --quiet --foreground --pid /proc/self/fd/3 -- sh -c : 3>&1 >/dev/null 2>said | grep -q '^[0-9]' &&
		echo yes || echo no
}

fetch old bookworm 'passt=0.0~git20230309.7c7625d-1'
fetch new trixie 'passt=0.0~git20250503*' libc6
libs=$(echo "$work"/new/root/usr/lib/*-linux-gnu)
loader=$(find "$work/new/root" -name 'ld-linux*' | head -n 1)
old=$(told old/root/usr/bin/pasta)
new=$(told "$loader" --library-path "$libs" new/root/usr/bin/pasta)
for name in old new; do
	echo "$name: $(basename "$(ls "$name"/passt_*.deb)")"
done
echo "writes to the pipe that it was given as /proc/self/fd/3: old $old, new $new"
sed -n '/PID file/s/^/    new says: /p' said
[ "$old $new" = "yes no" ] || { echo "changed"; exit 1; }
echo "as described"
