#!/usr/bin/env bats
# join.bats - net.mode = "join:NAME": a service and its tests on one network

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export XDG_RUNTIME_DIR=$top/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
}

names="cgroup ipc mnt net pid user uts"

# service [OPTION...]: the sandbox "svc", whose supervisor is $job. What it answers on port
# 8080 are its namespaces.
service() {
	need python3
	begin sbox --name=svc "$@" -- python3 -c '
import os, socket, sys, threading
names = sys.argv[1].split()
told = " ".join(os.readlink("/proc/self/ns/" + n) for n in names).encode()
s = socket.create_server(("127.0.0.1", 8080))
def serve():
    while True:
        c = s.accept()[0]
        c.sendall(told)
        c.close()
threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()' "$names"
	wait_for test -e "$XDG_RUNTIME_DIR/sbox/svc.toml"
}

# asks: a command that prints its own namespaces, and then those that port 8080 tells
asks='for n in cgroup ipc mnt net pid user uts; do printf "%s " "$(readlink /proc/self/ns/$n)"; done
echo; exec 3<>/dev/tcp/127.0.0.1/8080 && cat <&3'

@test "the network is that of the other sandbox, and nothing else is" {
	service
	works sbox --net=join:svc -- bash -c "$asks"
	read -ra ours <<<"$(sed -n 1p <<<"$out")"
	read -ra theirs <<<"$(sed -n 2p <<<"$out")"
	equal "${#ours[@]} ${#theirs[@]}" "7 7"
	for i in 0 1 2 4 5 6; do
		differ "${ours[i]}" "${theirs[i]}"
	done
	equal "${ours[3]}" "${theirs[3]}"
	differ "${ours[3]}" "$(readlink /proc/self/ns/net)"
	finish
	equal "$status" 0
}

@test "who joins is root inside and the caller outside, with one id" {
	service
	works sbox --net=join:svc --write=. -- sh -c 'id -u; cat /proc/self/uid_map; touch made'
	equal "$(tr -s ' ' <<<"$out")" $'0\n 0 0 1'
	equal "$(stat -c %u made)" "$me"
	works sbox --net=join:svc --user=1000:1000 -- id -u
	equal "$out" 1000
	refused sbox --net=join:svc --map=subids -- true
	contains "$err" '"subids" cannot be done with net.mode = "join:NAME"'
	finish
}

@test "several join, also one that has a range of ids, and each has its own end" {
	need_subids
	service --map=subids
	for i in 1 2 3; do
		sbox --net=join:svc --name="client$i" -- sleep 100 >/dev/null 2>&1 3>&- {held}>&- &
		wait_for test -e "$XDG_RUNTIME_DIR/sbox/client$i.toml"
	done
	works sboxctl kill --signal=TERM client1
	wait_for test ! -e "$XDG_RUNTIME_DIR/sbox/client1.toml"
	works sbox --net=join:svc -- bash -c "$asks"
	works sboxctl exec client2 -- bash -c "$asks"
	equal "$(awk 'NR == 1 { print $4 }' <<<"$out")" "$(awk 'NR == 2 { print $4 }' <<<"$out")"
	finish
	equal "$status" 0
	wait_for test ! -e "$XDG_RUNTIME_DIR/sbox/client2.toml"
}

@test "without the other sandbox there is no network: the command is ended, or goes on" {
	service
	sbox --net=join:svc --name=client --report="$top/report" -- sleep 100 >/dev/null 2>"$top/client-err" 3>&- {held}>&- &
	client=$!
	mkfifo go
	sbox --net=join:svc --set net.on_helper_exit=continue --read=. --report="$top/goes-on" -- \
		sh -c 'echo begun; read -r line <go; echo still here' >"$top/client" 2>"$top/client2-err" 3>&- {held}>&- &
	goes_on=$!
	wait_for grep -q begun "$top/client"
	wait_for test -e "$XDG_RUNTIME_DIR/sbox/client.toml"
	kill -KILL "$job"
	status=0
	wait "$client" || status=$?
	equal "$status" 125
	contains "$(cat "$top/client-err")" 'the sandbox "svc", whose network it was, has ended'
	equal "$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r["why"], r["net"]["mode"])' \
		"$top/report")" "helper-died join:svc"
	echo >go
	wait "$goes_on"
	contains "$(cat "$top/client")" "still here"
	contains "$(cat "$top/client2-err")" "offline"
	for report in report goes-on; do
		works python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" "$top/$report"
	done
}

@test "what cannot be joined is said, and nothing is started" {
	refused sbox --net=join:nobody --write=. -- touch made
	contains "$err" 'net.mode = "join:nobody": no sandbox of this name runs'
	refused sbox --net=join: -- true
	contains "$err" "must be one of: none, host, slirp4netns, pasta, filtered, auto, join:NAME"
	refused sbox --net=join:../x -- true
	contains "$err" "must be one of"
	service --net=host
	refused sbox --net=join:svc --write=. -- touch made
	contains "$err" 'net.mode = "join:svc": it has no network of its own'
	finish
	service -p container
	refused sbox --net=join:svc --write=. -- touch made
	contains "$err" "its command could reach into yours"
	finish
	service
	sbox --net=join:svc --name=second -- sleep 100 >/dev/null 2>&1 3>&- {held}>&- &
	wait_for test -e "$XDG_RUNTIME_DIR/sbox/second.toml"
	refused sbox --net=join:second --write=. -- touch made
	contains "$err" 'its network is that of the sandbox "svc": join that'
	finish
	(
		unset XDG_RUNTIME_DIR
		refused sbox --net=join:svc --write=. -- touch made
	)
	[ ! -e made ]
}

@test "keys that would be no rules of a network that is there are mistakes" {
	profile joins <<-'END'
		extends = ["default"]
		[net]
		mode = "join:svc"
		scope = "public"
		allow = ["10.0.0.1"]
		deny = ["10.0.0.2"]
		publish = ["8080:80"]
		[namespaces]
		inner = false
	END
	refused sbox -p joins -- true
	for key in net.scope net.allow net.deny net.publish "namespaces.inner = false"; do
		contains "$err" "$key"
	done
	works sbox --net=join:svc --dry-run=full -- true
	contains "$out" "network: join:svc (that of another sandbox, whose rules hold)"
	works sbox --net=join:svc --dry-run=json -- true
	contains "$out" '"network":"join:svc"'
	gives 125 sboxctl explain net 10.0.0.1:80 --net=join:svc
	contains "$out" "another sandbox's"
}

@test "a socket of the host is none of the joined network either" {
	service
	cp "$srcdir/tests/cli/relay.py" .
	gives 125 python3 relay.py attacked 0 sbox --net=join:svc --read=. -- \
		python3 "$PWD/relay.py" out 0
	contains "$err" "descriptor 0 is a network socket of the host"
	equal "$out" "not reached"
	# the control: on the host's network the socket is handed over, and reaches it
	gives 0 python3 relay.py attacked 0 sbox --net=host --read=. -- \
		python3 "$PWD/relay.py" out 0
	equal "$out" reached
	finish
}

@test "the limits of each hold for each alone" {
	need python3
	service --limit=pids=10
	works sbox --net=join:svc --limit=pids=20 -- python3 -c "$hundred"
	equal "$out" 20
	works sbox --net=join:svc -- python3 -c "$hundred"
	equal "$out" 101
	works sboxctl exec svc -- python3 -c "$hundred"
	[ "$out" -lt 10 ] || fail "$out processes where 10 are allowed"
	finish
}

@test "nothing is left, whenever a supervisor that joins is killed" {
	service
	for ((i = $(scaled 100); i > 0; i--)); do
		nothing_left timeout -s KILL "0.0$((RANDOM % 40 + 1))" sbox --net=join:svc -- sleep 100
	done
	works sbox --net=join:svc -- bash -c "$asks"
	finish
	equal "$status" 0
}
