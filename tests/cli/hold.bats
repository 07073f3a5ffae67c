#!/usr/bin/env bats
# hold.bats - sbox --hold: a sandbox without a command, for "sboxctl exec"

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
}

# hold [OPTION...]: a sandbox called box, as job $holder, which has said that it is there
hold() {
	sbox --hold --name=box --report="$top/report" --status-fd=7 "$@" \
		7>"$top/told" </dev/null >"$top/hold.out" 2>"$top/hold.err" &
	holder=$!
	wait_for grep -q '"event":"started"' "$top/told"
}

# stubborn: a command in it that does not end by SIGTERM, as $job
stubborn() {
	sboxctl exec box -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' >"$top/out" 2>/dev/null &
	job=$!
	wait_for has_line "$top/out" ready
}

# ended STATUS: the holder ends with it
ended() {
	local got=0
	wait "$holder" || got=$?
	equal "$got" "$1"
}

@test "as soon as it is told to be there, commands run in it, and it outlives them" {
	hold --tmpfs=/scratch
	works sboxctl exec box -- sh -c 'echo kept >/scratch/file'
	works sboxctl exec box -- cat /scratch/file
	equal "$out" kept
	gives 7 sboxctl exec box -- sh -c 'exit 7'
	gives 137 sboxctl exec box -- sh -c 'kill -KILL $$'
	for n in 1 2 3 4 5; do
		sboxctl exec box -- sh -c "sleep 0.2; echo $n" >"$top/out$n" &
		jobs[n]=$!
	done
	for n in 1 2 3 4 5; do
		wait "${jobs[n]}"
		equal "$(cat "$top/out$n")" "$n"
	done
	# nobody is inside but process 1, and who keeps the command, and the command
	works sboxctl exec box -- sh -c 'echo /proc/[0-9]*'
	equal "$(wc -w <<<"$out")" 3
	works sboxctl ps
	matches "$out" 'box .* \(held\)'
	works sboxctl kill box
	ended 0
	equal "$(cat "$top/hold.out" "$top/hold.err")" ""
	works python3 -c 'import json, sys; r = json.load(open(sys.argv[1]))
print(r["why"], r["status"], r["command"], r["name"])' "$top/report"
	equal "$out" "exited 0 [] box"
	[ ! -e "$registry/box.toml" ]
}

@test "its commands are asked to end, and have limits.grace for it" {
	hold
	sboxctl exec box -- sh -c 'trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.1; done' >"$top/out" &
	job=$!
	wait_for has_line "$top/out" ready
	works sboxctl kill box
	ended 0
	status=0
	wait "$job" || status=$?
	equal "$status $(tail -n 1 "$top/out")" "3 asked"
}

@test "one that does not end is ended after limits.grace" {
	hold --limit=grace=1s
	stubborn
	begun=$SECONDS
	works sboxctl kill box
	gives 137 sboxctl exec box -- true
	contains "$err" "has ended"
	ended 0
	[ $((SECONDS - begun)) -lt $((4 * slow)) ]
	status=0
	wait "$job" || status=$?
	[ "$status" -ne 0 ]
}

@test "the second time it ends at once" {
	hold --limit=grace=1h
	stubborn
	works sboxctl kill box
	sleep 0.2
	kill -0 "$holder"
	works sboxctl kill box
	ended 0
}

@test "a stopped command does not hold it up" {
	hold --limit=grace=1h
	sboxctl exec box -- sh -c 'echo ready; kill -STOP $$' >"$top/out" 2>/dev/null &
	wait_for has_line "$top/out" ready
	works sboxctl kill box
	ended 0
}

@test "each signal that asks for the end, and SIGKILL, ends it" {
	for sig in TERM INT HUP QUIT; do
		hold
		kill "-$sig" "$holder"
		ended 0
	done
	hold
	for sig in USR1 USR2 CONT; do
		works sboxctl kill --signal="$sig" box
	done
	works sboxctl exec box -- true
	works sboxctl kill --signal=KILL box
	ended 137
}

@test "it stops like a job, and goes on" {
	hold
	kill -TSTP "$holder"
	wait_for matches "$(ps -o stat= -p "$holder")" '^T'
	kill -CONT "$holder"
	works sboxctl exec box -- true
	works sboxctl kill box
	ended 0
}

@test "it ends with who started it, and nothing is left" {
	nothing_left sh -c 'sbox -q --hold --name=box & until sboxctl exec box true 2>/dev/null; do sleep 0.1; done
		sboxctl exec box -- sh -c "sleep 1000 & setsid sleep 1000 & echo in" </dev/null
		exit 5'
	equal "$status $out" "5 in"
}

@test "SIGKILL of it at any moment leaves nothing" {
	cat >kill-it <<-'END'
		for n in $(seq 20); do
			sbox -q --hold --name=box &
			pid=$!
			sleep 0.00$((n % 10))
			kill -KILL $pid
			wait $pid
		done 2>/dev/null
		sbox -q --hold --name=box &
		until sboxctl exec box true 2>/dev/null; do sleep 0.1; done
		kill -KILL $!
		exit 0
	END
	nothing_left bash kill-it
	equal "$status" 0
}

@test "limits.wall is its whole time" {
	hold --limit=wall=1s --limit=grace=1s
	ended 124
	contains "$(cat "$top/hold.err")" "after limits.wall = 1s"
}

@test "what its commands leave is looked at when it has ended" {
	git init -q .
	mkdir -p .git/hooks
	hold -p build --limit=wall=1h
	gives 0 sboxctl exec box -- sh -c 'mkdir sub; cd sub; git init -q .; echo "echo bad" >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit'
	works sboxctl kill box
	ended 123
	contains "$(cat "$top/hold.err")" "sub/.git/hooks/pre-commit"
	[ ! -e sub/.git/hooks/pre-commit ]
}

@test "nothing of the caller's standard streams is in it, whatever they are" {
	sbox -q --hold --name=box <&- >&- 2>&- &
	holder=$!
	wait_for test -e "$registry/box.toml"
	works sboxctl exec box -- true
	works sboxctl kill box
	ended 0
	sbox -q --hold --name=box </ &
	holder=$!
	wait_for test -e "$registry/box.toml"
	works sboxctl exec box -- sh -c 'ls -l /proc/1/fd 2>&1 | grep -c ":" || true'
	works sboxctl kill box
	ended 0
}

@test "a network of its own can be joined" {
	hold
	works sbox --net=join:box -- sh -c 'grep -c . /proc/net/dev'
	works sboxctl exec box -- sh -c 'echo still'
	equal "$out" still
	works sboxctl kill box
	ended 0
}

@test "no namespace can be made in it, and nothing has a capability" {
	for net in none host; do
		hold --net=$net
		works sboxctl exec box -- sh -c 'unshare -Ur true 2>/dev/null && echo made; unshare -m true 2>/dev/null && echo made
			grep -h CapEff /proc/[0-9]*/status 2>/dev/null | sort -u'
		equal "$out" "CapEff:	0000000000000000"
		works sboxctl kill box
		ended 0
	done
}

@test "what cannot be held is said" {
	gives 125 sbox --hold
	contains "$err" "--hold needs --name=NAME"
	gives 125 sbox --hold --name=box -- true
	contains "$err" '--hold takes no command, and here is "true"'
	gives 125 sbox --hold --name=box --keep-fd=5
	contains "$err" "process.keep_fds: a sandbox that is held without a command"
	gives 125 sbox --hold --name=box -p container
	contains "$err" "container.toml:"
	contains "$err" "takes no later commands"
	gives 125 env -u XDG_RUNTIME_DIR sbox --hold --name=box --dry-run --limit=grace=20000d
	contains "$err" "can be 10 years at most"
	works sbox --hold --name=box --dry-run=full
	contains "$out" "command: none, held for later ones"
	hold
	gives 125 sbox --hold --name=box
	contains "$err" "box"
	works sboxctl kill box
	ended 0
}
