#!/bin/sh
# pasta-watches-its-namespace.sh - pasta ends while the namespace that it serves is in use
#
# One would guess that a program that has entered a network namespace by its path
# (--netns PATH) serves it as long as somebody is in it: the path is only how it was found,
# and what it leads to is open since then.
#
# What is so: newer pasta(1) looks once a second whether that path is still there, and ends
# with status 0 when it is not. /proc/PID/ns/net goes with the process PID, though others
# are in the namespace; so whoever names it by a process that ends has no network a second
# later. --no-netns-quit is the way out.
#
# Since when: not so for a path in /proc in 0.0~git20230309 (Debian 12), so in
# 0.0~git20250503 (Debian 13).
# Source: pasta_netns_quit_init() and pasta_netns_quit_timer_handler() in pasta.c of the newer
# one: inotify tells nothing of procfs, so a timer asks there; pasta(1) speaks at
# --no-netns-quit of a namespace that is deleted. Both versions run here.
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

# serves PASTA...: whether it is still there when the process that named its namespace has
# ended, and another one is in the namespace
serves() {
	unshare -Urn sleep 60 &
	first=$!
	sleep 1
	nsenter -t "$first" -U -n --preserve-credentials sleep 60 &
	second=$!
	sleep 1
	"$@" --foreground --quiet --netns "/proc/$first/ns/net" --userns "/proc/$first/ns/user" >said 2>&1 &
	pasta=$!
	sleep 2
	kill -0 "$pasta" 2>/dev/null || { cat said >&2; echo "did not start"; return; }
	kill "$first"
	wait "$first" 2>/dev/null || :
	sleep 4
	if kill -0 "$pasta" 2>/dev/null; then
		echo yes
		kill "$pasta"
	else
		echo no
	fi
	kill "$second"
	wait "$pasta" "$second" 2>/dev/null || :
}

fetch old bookworm 'passt=0.0~git20230309.7c7625d-1'
fetch new trixie 'passt=0.0~git20250503*' libc6
libs=$(echo "$work"/new/root/usr/lib/*-linux-gnu)
loader=$(find "$work/new/root" -name 'ld-linux*' | head -n 1)
old=$(serves old/root/usr/bin/pasta)
new=$(serves "$loader" --library-path "$libs" new/root/usr/bin/pasta)
asked=$(serves "$loader" --library-path "$libs" new/root/usr/bin/pasta --no-netns-quit)
for name in old new; do
	echo "$name: $(basename "$(ls "$name"/passt_*.deb)")"
done
echo "is there four seconds after the process of its path: old $old, new $new, new with --no-netns-quit $asked"
[ "$old $new $asked" = "yes no yes" ]
