#!/bin/sh
# look-around.sh - what a process sees from where it runs: lines of NAME<tab>VALUE
#
# install.sh runs it outside and in a sandbox, on standard input of `sh -s`, and
# compares. Its argument is the caller's home directory outside.
set -u

row() {
	printf '%s\t%s\n' "$1" "$2"
}

# status FIELD: a line of /proc/self/status
status() {
	awk -v field="$1:" '$1 == field { print $2 }' /proc/self/status
}

there() {
	if [ -e "$1" ]; then
		echo there
	else
		echo "not there"
	fi
}

# entries DIRECTORY
entries() {
	directory=$1
	if [ ! -d "$directory" ]; then
		echo "not there"
		return
	fi
	set -- "$directory"/* "$directory"/.[!.]*
	n=0
	for entry; do
		[ ! -e "$entry" ] || n=$((n + 1))
	done
	echo "entries: $n"
}

namespaces() {
	for name in user mnt pid net ipc uts cgroup; do
		row "$name namespace" "$(readlink "/proc/self/ns/$name" | tr -cd 0-9)"
	done
}

identity() {
	row "user" "$(id -un 2>/dev/null) ($(id -u))"
	row "uid map" "$(awk '{ printf "%s%s %s %s", sep, $1, $2, $3; sep = ", " }' /proc/self/uid_map)"
	row "host name" "$(uname -n)"
}

surroundings() {
	set -- "$1" /proc/[0-9]*
	row "processes seen" $(($# - 1))
	row "network" "$(awk -F: 'NR > 2 { gsub(/ /, "", $1); printf "%s%s", sep, $1; sep = " " }' /proc/net/dev)"
	row "/home" "$(entries /home)"
	row "home directory" "$(entries "$1")"
	row "its .ssh" "$(there "$1/.ssh")"
	row "environment" "$(env | wc -l | tr -d ' ') variables"
}

privileges() {
	row "NoNewPrivs" "$(status NoNewPrivs)"
	row "Seccomp" "$(status Seccomp | sed 's/0/0 (off)/; s/2/2 (filter)/')"
	row "CapEff" "$(status CapEff)"
	row "CapBnd" "$(status CapBnd)"
}

namespaces
identity
surroundings "$1"
privileges
