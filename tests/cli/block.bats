#!/usr/bin/env bats
# block.bats - sbox --block-fd: all is there, and the command waits to be let go

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
	mkfifo "$top/gate"
}

# blocked [OPTION...] -- COMMAND...: as job $job, which has said that all is there; its gate
# is descriptor 8 here
blocked() {
	exec 8<>"$top/gate"
	: >"$top/told" # else the line of one before could be taken for this one's
	# of its own: else it would hold the gate open for itself
	sbox --block-fd=5 --status-fd=7 --report="$top/report" --write=. "$@" \
		5<"$top/gate" 7>"$top/told" 8>&- </dev/null >"$top/out" 2>"$top/err" &
	job=$!
	wait_for grep -q '"event":"made"' "$top/told"
}

# ended STATUS: the job ends with it
ended() {
	local got=0
	wait "$job" || got=$?
	equal "$got" "$1"
}

# told NAME: a member of the line "made"
told() {
	python3 -c 'import json, sys
made = json.loads(open(sys.argv[1]).readline())
for name in sys.argv[2].split("."):
    made = made[name]
print(made)' "$top/told" "$1"
}

@test "the command waits for a byte, and what is told of it is so" {
	local kind
	blocked -- sh -c 'touch ran; for n in user mnt pid net ipc uts; do readlink /proc/self/ns/$n; done'
	works python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" "$top/told"
	sleep 0.3
	[ ! -e ran ]
	lacks "$(cat "$top/told")" started
	# outside these are the processes: init, and one below it
	equal "$(awk '/^PPid:/ { print $2 }' "/proc/$(told command)/status")" "$(told pid)"
	equal "$(awk '/^NSpid:/ { print $3 }' "/proc/$(told pid)/status")" 1
	printf x >&8
	ended 0
	[ -e ran ]
	contains "$(cat "$top/told")" started
	for kind in mnt pid net ipc uts; do
		contains "$(cat "$top/out")" "$kind:[$(told "namespaces.$kind")]"
	done
	# the command's own lies in the one that is told
	lacks "$(cat "$top/out")" "user:[$(told namespaces.user)]"
}

@test "who was to let it go and has gone lets nothing run" {
	blocked -- touch ran
	exec 8>&-
	ended 125
	contains "$(cat "$top/err")" "the command was not run: --block-fd was closed"
	[ ! -e ran ]
	lacks "$(cat "$top/told")" started
}

@test "while it waits, signals, the time and the end of the caller count" {
	local signal who
	for signal in TERM HUP; do # bash lets jobs ignore the others
		blocked -- touch ran
		kill "-$signal" "$job"
		ended $((128 + $(kill -l "$signal")))
	done
	blocked --limit=wall=300ms -- touch ran
	ended 124
	for who in pid command; do
		blocked -- touch ran
		kill -KILL "$(told "$who")"
		ended 125
		contains "$(cat "$top/err")" "the command was not run: "
		lacks "$(cat "$top/told")" started
	done
	[ ! -e ran ]
}

@test "a killed supervisor leaves nothing that waits" {
	blocked -- touch ran
	kill -KILL "$job"
	wait "$job" || true
	gone() { ! kill -0 "$(told pid)" 2>/dev/null && ! kill -0 "$(told command)" 2>/dev/null; }
	wait_for gone
	printf x >&8
	[ ! -e ran ]
}

@test "other processes take their commands once it runs" {
	blocked --name=box -- sleep 60
	refused sboxctl exec box -- true
	printf x >&8
	wait_for sboxctl exec box -- true
	works sboxctl kill box
	ended 143
}

@test "the descriptor is not the command's" {
	blocked -- sh -c 'ls /proc/self/fd | wc -l; readlink /proc/self/fd/* | grep -c gate'
	printf x >&8
	ended 1
	equal "$(tail -1 "$top/out")" 0
}

@test "a byte that is there already lets it go at once, standard input as well" {
	works bash -c 'printf xy | sbox --block-fd=0 -- head -c 1'
	equal "$out" y
}

@test "a descriptor by which nothing can come is a mistake" {
	gives 125 sbox --block-fd=77 -- true
	contains "$err" "--block-fd=77: Bad file descriptor"
	gives 125 bash -c 'sbox --block-fd=5 -- true 5>/dev/null'
	contains "$err" "--block-fd=5: it is not open for reading"
	gives 125 sbox --block-fd=x -- true
	gives 125 bash -c 'sbox --hold --name=box --block-fd=5 5</dev/null'
	contains "$err" "has no command that could wait"
}

@test "with a network it is there before" {
	need slirp4netns
	[ -w /dev/net/tun ] || skip "needs /dev/net/tun"
	blocked --net=slirp4netns -- cat /proc/net/dev /proc/net/route
	printf x >&8
	ended 0
	contains "$(cat "$top/out")" tap0
}
