#!/bin/sh
# addrconfig-of-one-family.sh - with AI_ADDRCONFIG and loopback addresses alone, a name is found
# for both families together, and for neither of them by itself
#
# One would guess from getaddrinfo(3) that a machine which has no address but those of loopback
# gets nothing with AI_ADDRCONFIG, since these do not count; or, if it gets something when any
# family will do, that it gets the same when it asks for that family.
#
# What is so: in the GNU C library AF_UNSPEC finds IPv4 and IPv6 addresses, as if the flag were
# not there, and AF_INET or AF_INET6 with the same flag is EAI_NONAME, before any name service is
# asked. One address of the family that is no loopback one, on the loopback device too, and it is
# found. A sandbox whose network is a loopback device breaks programs that name a family and not
# those that do not: curl -4 and apt's ForceIPv4 know no host, curl and apt do.
#
# Since when: seen in 2.36.
# Source: getaddrinfo() in nss/getaddrinfo.c (sysdeps/posix before 2.37): the check compares
# what __check_pf() has seen with the one family that was asked for, and has no case for "any".
#
# Exit: 0 as described, 1 changed, 77 no user namespaces, ip(8), Python or GNU C library.
set -eu
for program in unshare ip python3; do
	command -v "$program" >/dev/null || { echo "needs $program"; exit 77; }
done
getconf GNU_LIBC_VERSION 2>/dev/null || { echo "needs the GNU C library"; exit 77; }
unshare -Urnm true 2>/dev/null || { echo "no namespaces can be made"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '192.0.2.1 host.example\n2001:db8::1 host.example\n' >"$work/hosts"
printf 'hosts: files\n' >"$work/nsswitch.conf"
cat >"$work/ask.py" <<'END'
import socket
import sys


def ask(family):
    try:
        found = socket.getaddrinfo("host.example", 80, family, socket.SOCK_STREAM,
                                   flags=socket.AI_ADDRCONFIG)
    except socket.gaierror as error:
        return "EAI_NONAME" if error.errno == socket.EAI_NONAME else str(error)
    return " ".join(sorted(entry[4][0] for entry in found))


found = [ask(family) for family in (socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6)]
print(f"{sys.argv[1]}: any: {found[0]}; IPv4: {found[1]}; IPv6: {found[2]}")
sys.exit(found != sys.argv[2:])
END
# shellcheck disable=SC2016 # for the shell inside
unshare -Urnm sh -euc '
	cd "$1"
	mount --bind hosts /etc/hosts
	mount --bind nsswitch.conf /etc/nsswitch.conf
	ip link set lo up
	python3 ask.py "loopback alone" "192.0.2.1 2001:db8::1" EAI_NONAME EAI_NONAME
	ip addr add 198.51.100.1/32 dev lo
	python3 ask.py "and one of IPv4" 192.0.2.1 192.0.2.1 EAI_NONAME
' sh "$work"
