#!/usr/bin/env bats
# exec.bats - the other files once more, with commands that sboxctl exec starts
#
# What the sandbox's own command cannot do, one that comes later must not be able to do.
# Left out is what is about the first command: how a sandbox ends, what sbox says then,
# and its terminal.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# again FILE ENTERED [NAMES [VIA]]: all of its tests pass, and at least ENTERED commands were
# started by sboxctl exec
again() {
	local log=$top/log
	: >"$log"
	SBOX_ESCAPE_VIA=${4:-exec} SBOX_ESCAPE_LOG=$log bats --tap ${3:+-f "$3"} \
		"$BATS_TEST_DIRNAME/$1.bats" >"$top/tap" 2>&1 3>&- || fail "$(grep -v '^ok' "$top/tap")"
	[ "$(grep -cx exec "$log")" -ge "$2" ] ||
		fail "only $(grep -cx exec "$log") of $(wc -l <"$log") commands came by exec"
}

@test "files and mounts, by sboxctl exec" {
	again filesystem 80
}

@test "descriptors, by sboxctl exec" {
	again descriptors 60 'E-16[56789]|E-17[0-4]'
}

@test "system calls, by sboxctl exec" {
	again syscalls 30
}

@test "identity and communication, by sboxctl exec" {
	again ipc-identity 20 'E-6|E-7[0-79]|E-8|E-110'
}

@test "processes and signals, by sboxctl exec" {
	again processes 10 'E-(1[0-9]|2[01]|73) '
}

@test "processes and signals, in a sandbox that is held without a command" {
	again processes 10 'E-(1[0-9]|2[01]|73) ' hold
}

# entered MODE: the sandbox "box" of this mode, with one more command in it
entered() {
	layers "$1"
	[ -d "$top/run" ] || mkdir -m 700 "$top/run"
	# what the one before left, which was killed, is not to be taken for the new one's
	rm -f "$top/run/sbox/box".*
	begin env XDG_RUNTIME_DIR="$top/run" sbox -q --name=box --read="$top/bin" "${layers[@]}" -- \
		sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$top/run/sbox/box.toml"
	begin env XDG_RUNTIME_DIR="$top/run" sboxctl exec box -- sh -c 'echo ready; exec sleep 1000'
}

# inside COMMAND...: by sboxctl exec in the sandbox "box"
inside() {
	XDG_RUNTIME_DIR=$top/run gives "$@"
}

@test "the process that keeps such a command can be neither traced, read nor robbed" {
	for mode in $modes nested; do
		entered "$mode"
		inside 0 sboxctl exec box -- sh -c 'for dir in /proc/[0-9]*; do
			read -r name <"$dir/comm" && [ "$name" = sbox-exec ] && echo "${dir#/proc/}"; done; :'
		keeper=$(head -n 1 <<<"$out")
		[ "$keeper" -gt 1 ] || fail "there is none"
		for attempt in trace open-mem steal-fds open-root enter-ns; do
			inside 1 sboxctl exec box -- "$probe" "$attempt" "$keeper"
		done
		end_all
	done
}

@test "nor can a command that is about to begin, before it has given up its rights" {
	need python3
	for mode in full bare; do
		layers "$mode"
		[ -d "$top/run" ] || mkdir -m 700 "$top/run"
		begin env XDG_RUNTIME_DIR="$top/run" sbox -q --name=box "${layers[@]}" -- python3 -c '
import os
def name(pid):
    try:
        return open(f"/proc/{pid}/comm").read().strip()
    except OSError:
        return ""
def attempts(pid): # what is not about sbox is of the program that it has become
    try:
        if "sbox" in open(f"/proc/{pid}/maps").read():
            yield "maps"
    except OSError:
        pass
    for link in "exe", "fd/3", "fd/4", "fd/5":
        try:
            to = os.readlink(f"/proc/{pid}/{link}")
            if link != "exe" or "sbox" in to:
                yield link + " " + to
        except OSError:
            pass
print("ready", flush=True)
seen = 0
while not os.path.exists("/tmp/enough"):
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) in (1, os.getpid()) or name(pid) != "sbox-exec":
            continue
        seen += 1
        got = list(attempts(int(pid)))
        if got and name(pid) == "sbox-exec":
            print("got", pid, got, flush=True)
print("seen", seen, flush=True)
'
		wait_for test -e "$top/run/sbox/box.toml"
		for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			inside 0 sboxctl exec box -- true
		done
		# its own end may come with that of the sandbox
		XDG_RUNTIME_DIR=$top/run try sboxctl exec box -- touch /tmp/enough
		wait "$job" || fail "the attacker failed: $(cat "$top"/begun.*.err)"
		log=$(cat "$top/begun.0")
		lacks "$log" got
		[ "$(sed -n 's/^seen //p' <<<"$log")" -gt 0 ] || fail "it saw none, so this shows nothing"
		jobs_started=()
	done
}
