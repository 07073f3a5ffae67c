#!/bin/sh
# libdbus-says-its-own-number.sh - who is root in a user namespace gets no D-Bus by libdbus
#
# One would guess that a client that may connect to a D-Bus socket can use it from inside a
# user namespace too: the kernel translates the numbers in SO_PEERCRED, and the daemon sees
# the same user as before.
#
# What is so: in the EXTERNAL handshake libdbus says its number in hexadecimal, and it takes
# the one that it has inside. The daemon compares that with what the kernel says, and closes
# the connection, which the client tells as "Did not receive a reply". sd-bus and GLib 2.74
# say nothing in the place of the number, which the D-Bus Specification allows ("If the
# client does not send any", section Authentication mechanisms), and get in.
#
# Since when: seen with dbus 1.14.10 (Debian 12), beside systemd 252.
# Source: _dbus_append_user_from_current_process() in dbus-sysdeps-unix.c is what
# handle_client_initial_response_external_mech() in dbus-auth.c sends.
#
# Exit: 0 as described, 1 changed, 77 it cannot be had.
set -eu
[ "$(id -u)" -ne 0 ] || { echo "to be run by an ordinary user"; exit 77; }
unshare -Ur true 2>/dev/null || { echo "no user namespaces here"; exit 77; }
work=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work"
apt-get -o Debug::NoLocking=1 download -qq dbus-daemon=1.14.10-1~deb12u1 dbus-session-bus-common dbus-bin=1.14.10-1~deb12u1 \
	libdbus-1-3=1.14.10-1~deb12u1 systemd libsystemd-shared >/dev/null 2>&1 || {
	echo "dbus 1.14.10 and systemd cannot be had"
	exit 77
}
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done
LD_LIBRARY_PATH=$(echo "$work"/root/usr/lib/*-linux-gnu):$(echo "$work"/root/lib/*-linux-gnu | cut -d' ' -f1):$work/root/lib/systemd
export LD_LIBRARY_PATH
root/usr/bin/dbus-daemon --config-file=root/usr/share/dbus-1/session.conf --nofork --nopidfile \
	--address="unix:path=$work/bus" >daemon.log 2>&1 &
daemon=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ ! -S bus ] || break
	sleep 0.2
done

# asked COMMAND...: yes if it gets an answer of the daemon
asked() {
	"$@" >said 2>&1 && echo yes || echo no
}
libdbus="root/usr/bin/dbus-send --bus=unix:path=$work/bus --print-reply --type=method_call
	--dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId"
sdbus="root/usr/bin/busctl --address=unix:path=$work/bus list"
# shellcheck disable=SC2086 # words
{
	sd_outside=$(asked $sdbus)
	sd_inside=$(asked unshare -Ur $sdbus)
	lib_outside=$(asked $libdbus)
	lib_inside=$(asked unshare -Ur $libdbus)
}
ls dbus-bin_* systemd_*
echo "answered outside: libdbus $lib_outside, sd-bus $sd_outside; as root of a user namespace: libdbus $lib_inside, sd-bus $sd_inside"
sed 's/^/    libdbus says: /' said
[ "$lib_outside $sd_outside $lib_inside $sd_inside" = "yes yes no yes" ] || { echo "changed"; exit 1; }
echo "as described"
