#!/usr/bin/env bats
# cgroup.bats - limits that a cgroup holds, what it counts, and that none is left
#
# These need cgroup v2 with something delegated to an ordinary user: tests/vm/run has it
# twice, once plain and once as scopes of systemd's user manager.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	rule=$(sbox --limit=memory=64M --dry-run=full true | grep '^  memory ')
	case $rule in
	*"NOT ENFORCED"*) skip "no cgroup v2 can be used here: ${rule#*NOT ENFORCED: }" ;;
	esac
	own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
}

# The cgroups of all sandboxes that there are.
groups() {
	find /sys/fs/cgroup -type d -name 'sbox-????????????????*'
}

no_groups() {
	[ -z "$(groups)" ]
}

by_scope() {
	case $rule in
	*scope*) ;;
	*) return 1 ;;
	esac
}

# The cgroup with the limits of the sandbox that begin has started; it lives in box.
group_of_job() {
	local init
	init=$(pgrep -P "$job" -x sbox-init)
	echo "/sys/fs/cgroup$(sed -n 's|^0::\(.*\)/box$|\1|p' "/proc/$init/cgroup")"
}

# told MEMBER: of the report, such as usage.user
told() {
	python3 -c '
import json, sys
value = json.load(open("../report.json"))
for name in sys.argv[1].split("."):
    value = value[int(name)] if isinstance(value, list) else value[name]
print(json.dumps(value))' "$1"
}

schema=$srcdir/docs/report.schema.json

# ended WHY: what the report says, and it fits the schema
ended() {
	works python3 "$srcdir/tests/cli/validate.py" "$schema" ../report.json "why=\"$1\"" "${@:2}"
}

# "${enter[@]}" GROUP COMMAND...: a shell goes there and becomes it
# shellcheck disable=SC2016
enter=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"')

# remove GROUP...: what the test has made, when nothing is in it any more
remove() {
	local group
	for group; do
		wait_for rmdir "$group"
	done
}

# delegate NAME: a cgroup in the one that is delegated, with controllers
delegate() {
	echo "+memory +pids +cpu" >"${own%/*}/cgroup.subtree_control"
	mkdir "${own%/*}/$1"
}

@test "the plan and the report name the file of the cgroup that holds each limit" {
	works sbox --limit=memory=64M --limit=swap=0 --limit=cpu=50% --limit=pids=20 \
		--set='limits.require=["memory","swap","cpu","pids"]' --dry-run=full true
	for file in memory.max memory.swap.max cpu.max pids.max; do
		contains "$out" "by $file of a cgroup in "
	done
	works sbox --limit=memory=64M --set='limits.require=["memory"]' --report=../report.json true
	ended exited limits.2.enforced=true limits.2.required=true
	contains "$(told limits.2.by)" "memory.max of a cgroup in "
}

@test "the sandbox sees its own cgroup as the root, and the limits are written there" {
	works sbox --limit=memory=64M cat /proc/self/cgroup
	matches "$out" '^0::/$'
	begin sbox --limit=memory=64M --limit=swap=0 --limit=cpu=50% --limit=pids=20 -- sh -c 'echo ready; cat'
	group=$(group_of_job)
	equal "$(cat "$group/memory.max")" $((64 << 20))
	equal "$(cat "$group/memory.swap.max")" 0
	equal "$(cat "$group/memory.oom.group")" 1
	equal "$(cat "$group/cpu.max")" "50000 100000"
	equal "$(cat "$group/pids.max")" 21
	equal "$(wc -l <"$group/box/cgroup.procs")" 3
	equal "$(wc -l <"$group/cgroup.procs")" 0
	equal "$(stat -c %a "$group")" 700
	finish
	wait_for no_groups
}

@test "E-30 pids.max: of 100 processes there are 20, and the report has their number" {
	works sbox --limit=memory=256M --limit=pids=20 --report=../report.json -- python3 -c "$hundred"
	equal "$out" 20
	ended exited
	peak=$(told usage.peak_pids)
	[ "$peak" = null ] || [ "$peak" -eq 20 ]
}

@test "threads that were refused are told and reported, though they have all ended" {
	need python3
	refused sbox --limit=pids=20 --limit=memory=1G --report=../report.json -- python3 -c '
import threading, time
for i in range(30):
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()'
	contains "$err" "limits.pids = 20 was reached"
	equal "$(told limits_reached)" '["pids"]'
	gives 3 sbox --limit=pids=20 --limit=memory=1G --report=../report.json -- sh -c 'exit 3'
	equal "$(told limits_reached)" '[]'
}

@test "E-31 memory: the kill is recognised and said, and takes all of the sandbox" {
	bomb='x = bytearray(512 << 20)'
	works sbox --limit=memory=1G -- python3 -c "$bomb"
	gives 137 sbox --limit=memory=64M --limit=swap=0 --report=../report.json -- \
		sh -c 'setsid sleep 60 & python3 -c "$1"; echo survived' sh "$bomb"
	equal "$out" ""
	matches "$err" '^sbox: warning: killed: memory limit 64M reached( \(peak 6[0-9.]+M\)| \(peak [0-9]+K?\))?$'
	ended memory status=137 exit=null
	contains "$(told error)" "memory limit 64M reached"
	peak=$(told usage.peak_memory)
	if [ "$peak" != null ]; then # older kernels do not tell
		[ "$peak" -gt $((48 << 20)) ]
		[ "$peak" -le $((64 << 20)) ]
	fi
	wait_for no_groups
}

@test "E-46 root of a container's namespaces neither lifts its limits nor leaves cgroups" {
	begin sbox -p container --limit=memory=64M --limit=pids=20 -- sh -c '
		mount -t cgroup2 none /mnt && cat /mnt/cgroup.procs >/dev/null || exit 3
		for file in memory.max pids.max cgroup.max.depth; do
			[ ! -e /mnt/$file ] || echo max >/mnt/$file
		done
		mkdir -p /mnt/a/b/c && echo 0 >/mnt/a/b/cgroup.procs || exit 4
		echo ready
		cat'
	group=$(group_of_job)
	[ -d "$group/box/a/b/c" ]
	equal "$(cat "$group/memory.max")" $((64 << 20))
	equal "$(cat "$group/pids.max")" 21
	equal "$(cat "$group/cgroup.max.depth")" 16
	finish
	equal "$status" 0
	wait_for no_groups
	gives 137 sbox -p container --limit=memory=64M --limit=swap=0 -- sh -c '
		mount -t cgroup2 none /mnt
		mkdir /mnt/a && echo 0 >/mnt/a/cgroup.procs
		[ ! -e /mnt/memory.max ] || echo max >/mnt/memory.max
		python3 -c "x = bytearray(512 << 20)"'
	contains "$err" "memory limit 64M reached"
	wait_for no_groups
}

@test "E-31 files in memory count as memory" {
	works sbox --limit=memory=256M --limit=swap=0 -- sh -c 'head -c 100000000 /dev/zero >/tmp/file'
	gives 137 sbox --limit=memory=64M --limit=swap=0 --report=../report.json -- \
		sh -c 'head -c 100000000 /dev/zero >/tmp/file'
	ended memory
}

@test "SIGKILL without reaching the limit is not told as such" {
	gives 137 sbox --limit=memory=64M --report=../report.json -- sh -c 'kill -KILL $$'
	ended signaled
	begin sbox --limit=memory=64M --report=../report.json -- sh -c 'echo ready; cat'
	kill -KILL "$(pgrep -P "$job" -x sbox-init)"
	finish
	equal "$status" 137
	ended killed
}

@test "cpu: half of a CPU is half of a CPU for all processes together" {
	works sbox --limit=cpu=50% --limit=wall=60s --report=../report.json -- \
		python3 -c 'import os, time
os.fork()
end = time.monotonic() + 4
while time.monotonic() < end: pass'
	works python3 -c '
import json
usage = json.load(open("../report.json"))["usage"]
assert 0.5 < usage["user"] + usage["system"] < usage["wall"] * 0.65, usage'
}

@test "a frozen or stopped sandbox ends at its time, and with its supervisor" {
	begin sbox --limit=memory=64M --limit=wall=3s --limit=grace=500ms -- sh -c 'setsid sleep 60 & echo ready; sleep 60'
	echo 1 >"$(group_of_job)/cgroup.freeze"
	finish
	equal "$status" 124
	wait_for no_groups
	begin "$helpers/reaper" 5 sbox --limit=memory=64M -- sh -c 'setsid sleep 60 & echo ready; kill -STOP 0'
	supervisor=$(pgrep -P "$job" -x sbox)
	echo 1 >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pgrep -P "$supervisor" -x sbox-init)/cgroup")/cgroup.freeze"
	kill -KILL "$supervisor"
	finish
	equal "$status" 137
	wait_for no_groups
}

# keeper: the process that removes what the supervisor cannot
keeper() {
	pgrep -P "$job" -x sbox-keeper
}

@test "after SIGKILL of the supervisor, of its keeper, or of both, no cgroup stays" {
	begin sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	kill -KILL "$job"
	finish
	equal "$status" 137
	wait_for no_groups
	! by_scope || return 0 # systemd keeps them

	begin sbox --limit=memory=64M -- sh -c 'echo ready; cat; exit 7'
	kill -KILL "$(keeper)"
	finish
	equal "$status" 7
	equal "$(groups)" ""

	begin sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	kill -KILL "$(keeper)" "$job"
	finish
	differ "$(groups)" "" # only the next one can
	works sbox --limit=memory=64M true
	equal "$(groups)" ""
}

@test "cgroups of others are left alone, whatever they are called" {
	! by_scope || skip "a scope is sbox's alone"
	cd "${own%/*}"
	names=(sbox-ci sbox- sbox-0123456789abcde sbox-0123456789abcdef0 sbox-0123456789ABCDEF
		sbox-0123456789abcdef.other sbox-.supervisor sbox-0123456789abcdef.supervisor2
		x-sbox-0123456789abcdef)
	for name in "${names[@]}" sbox-0123456789abcdef; do
		mkdir "$name"
		sleep 300 3>&- &
		echo $! >"$name/cgroup.procs"
	done
	works sbox --limit=memory=64M true
	equal "$err" ""
	for name in "${names[@]}"; do
		equal "$name $(wc -l 2>&1 <"$name/cgroup.procs")" "$name 1"
	done
	[ ! -e sbox-0123456789abcdef ] # nobody has locked it, as its sandbox would
	end_jobs
	remove "${names[@]}"
}

@test "sbox never removes a cgroup that it was started in" {
	! by_scope || skip "a scope is sbox's alone"
	cd "${own%/*}"
	for name in sbox-ci sbox-0123456789abcdef sbox-0123456789abcdef.supervisor; do
		mkdir -p "$name/deeper"
		for group in "$name" "$name/deeper"; do
			works "${enter[@]}" "$group" sh -c 'sbox --limit=memory=64M sh -c "echo sandbox"; echo caller'
			equal "$out$err" $'sandbox\ncaller'
		done
		remove "$name/deeper" "$name"
	done
	equal "$(groups)" ""
}

@test "SIGKILL at whatever moment leaves the caller's cgroup as it was" {
	! by_scope || skip "a scope is sbox's alone"
	need strace
	delegate room
	room=${own%/*}/room
	as_before() {
		[ -z "$(find "$room" -mindepth 1 -type d)$(cat "$room/cgroup.subtree_control")" ]
	}
	# the tracer stays outside, or sbox would not be alone; of the keeper it knows nothing
	for call in mkdirat openat write; do
		killed=0 only=(-P "$room")
		[ $call != write ] || only=() # the files below, too
		for ((n = 1; ; n++)); do
			try strace -o ../trace "${only[@]}" -e trace=mkdirat,openat,write -e inject=$call:signal=KILL:when=$n \
				"${enter[@]}" "$room" sbox --limit=memory=64M true
			wait_for as_before || fail "$(cat ../trace)"
			[ "$status" -ne 0 ] || break
			equal "$status" 137
			killed=$n
			works "${enter[@]}" "$room" true
		done
		echo "# killed at $killed calls of $call" >&3
		[ "$killed" -ge 2 ]
	done
	remove "$room"
}

# A cgroup $room without processes, and in it "mine" with one, beside which nobody can have
# limits; sbox starts from there.
make_room() {
	! by_scope || skip "a scope is sbox's alone"
	delegate room
	room=${own%/*}/room
	mkdir "$room/mine"
	sleep 300 3>&- &
	echo $! >"$room/mine/cgroup.procs"
}

# sbox turns on all that it can use, to count what is used.
all="cpu memory pids"

# room_gives CONTROLLERS: to the children of $room
room_gives() {
	equal "$(cat "$room/cgroup.subtree_control")" "$1"
	[ -n "$1" ] || "${enter[@]}" "$room" true
}

leave_room() {
	end_jobs
	remove "$room/mine" "$room"
}

@test "controllers that were off are off again when the last sandbox has ended" {
	make_room
	room_gives ""
	begin "${enter[@]}" "$room/mine" sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	room_gives "$all"
	works "${enter[@]}" "$room/mine" sbox --limit=memory=64M --limit=pids=20 true
	room_gives "$all" # the other one is there still
	equal "$(cat "$room"/sbox-*/memory.max)" $((64 << 20))
	finish
	equal "$status" 0
	room_gives ""
	leave_room
}

@test "controllers that somebody else has turned on, or may need, stay on" {
	make_room
	echo +memory >"$room/cgroup.subtree_control"
	works "${enter[@]}" "$room/mine" sbox --limit=memory=64M --limit=pids=20 true
	room_gives memory
	echo -memory >"$room/cgroup.subtree_control"

	begin "${enter[@]}" "$room/mine" sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	mkdir "$room/theirs"
	echo 100M >"$room/theirs/memory.max"
	finish
	room_gives "$all"
	equal "$(cat "$room/theirs/memory.max")" $((100 << 20))
	rmdir "$room/theirs"
	# the next one knows that they were off
	works "${enter[@]}" "$room/mine" sbox --limit=memory=64M true
	room_gives ""
	leave_room
}

@test "the next sbox turns off what those left on that were killed with their keepers" {
	make_room
	for from in "$room/mine" "$room"; do
		begin "${enter[@]}" "$from" sbox --limit=memory=64M -- \
			sh -c 'echo ready; cat'
		kill -KILL "$(keeper)" "$job"
		finish
		differ "$(find "$room" -name 'sbox-*')" ""
		room_gives "$all"
		works "${enter[@]}" "$room/mine" sbox --limit=memory=64M true
		equal "$err" ""
		equal "$(find "$room" -name 'sbox-*')" ""
		room_gives ""
	done
	leave_room
}

@test "of two sandboxes one may begin when the other ends, and has its limits" {
	make_room
	cat >many <<-'END'
		i=0
		while [ $((i += 1)) -le "$1" ]; do
			sbox --limit=memory=64M --limit=pids=20 --set='limits.require=["memory","pids"]' \
				-- sh -c 'read -r line </proc/self/cgroup && echo "$line"' || echo "$?"
		done
	END
	for n in 1 2 3; do
		"${enter[@]}" "$room/mine" sh many "$(scaled 100)" >"../many-$n" 2>&1 3>&- &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	equal "$(sort -u ../many-1 ../many-2 ../many-3)" 0::/
	room_gives ""
	leave_room
}

@test "the keeper holds nothing open that is the caller's" {
	! by_scope || skip "a scope has no keeper"
	# the reader sees the end of the file when the command has closed it
	works timeout 20 bash -c 'sbox --limit=memory=64M -- sh -c "exec >&- 2>&-; sleep 60" | cat & sleep 5; jobs -r | grep -c . || :'
	begin sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	equal "$(find "/proc/$(keeper)/fd" -lname '/sys/fs/cgroup/*' | wc -l)" 2
	equal "$(find "/proc/$(keeper)/fd" -type l | wc -l)" 3
	finish
}

@test "a cgroup with limits of its own around sbox stays around the sandbox" {
	if by_scope; then
		need systemd-run
		# as newer versions of systemd mark what they have delegated
		alone=(systemd-run --user --scope -q -p Delegate=yes python3 -c 'import os, sys
own = "/sys/fs/cgroup" + open("/proc/self/cgroup").read().split("::")[1].strip()
os.setxattr(own, "user.delegate", b"1")
os.execvp(sys.argv[1], sys.argv[1:])')
	else
		delegate alone
		alone=("${enter[@]}" "${own%/*}/alone")
	fi
	begin "${alone[@]}" sbox --limit=memory=64M --limit=pids=20 -- sh -c 'echo ready; cat'
	around=$(sed -n 's/^0:://p' "/proc/$job/cgroup")
	matches "$around" '/(alone|run-[^/]*\.scope)/sbox-[0-9a-f]*\.supervisor$'
	contains "$(group_of_job)" "${around%.supervisor}"
	finish
	equal "$status" 0
	wait_for no_groups
	! by_scope || return 0
	equal "$(cat "${own%/*}/alone/cgroup.subtree_control")" ""
	begin "${alone[@]}" sbox --limit=memory=64M -- sh -c 'echo ready; cat'
	kill -KILL "$job"
	finish
	wait_for no_groups
	wait_for rmdir "${own%/*}/alone"
}

@test "what fails only when the cgroup is made is told, and is 125 if it is required" {
	if by_scope; then
		export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere
		why="cannot reach the bus"
	else
		mkdir "${own%/*}/full"
		echo 0 >"${own%/*}/full/cgroup.max.descendants"
		mkdir "${own%/*}/full/leaf" 2>/dev/null && fail "cgroup.max.descendants does not hold"
		why="cannot make the cgroup"
		inside=("${enter[@]}" "${own%/*}/full")
	fi
	works "${inside[@]}" sbox --limit=memory=64M true
	matches "$err" "^sbox: warning: limits.memory is not enforced: a cgroup in .*$why"
	gives 125 "${inside[@]}" sbox --limit=memory=64M --set='limits.require=["memory"]' --write=. touch ran
	contains "$err" '"limits.memory" is required and cannot be enforced: '
	contains "$err" "$why"
	[ ! -e ran ]
	equal "$(groups)" ""
	by_scope || rmdir "${own%/*}/full"
}

@test "systemd is not asked for a scope when the number of processes is all" {
	by_scope || skip "no scope is needed here"
	works sbox --limit=pids=20 --dry-run=full true
	contains "$out" "pids     20 by RLIMIT_NPROC"
	works sbox --limit=pids=20 --limit=memory=64M --dry-run=full true
	contains "$out" "pids     20 by pids.max"
}

@test "a descriptor of the cgroup is never the command's" {
	works sbox --limit=memory=64M -- sh -c 'ls -l /proc/self/fd'
	lacks "$out" cgroup
	for n in 3 4 5 6 7 8 9; do
		gives 125 bash -c "exec $n>&-; sbox --limit=memory=64M --keep-fd=$n true"
		contains "$err" "descriptor $n is not open"
	done
}
