#!/usr/bin/env bats
# report.bats - how a run ended, as --report and --status-fd tell it

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

schema=$srcdir/docs/report.schema.json

# valid FILE [MEMBER=JSON...]
valid() {
	local file=$1
	shift
	works python3 "$srcdir/tests/cli/validate.py" "$schema" "$file" "$@"
}

# reports STATUS [MEMBER=JSON...] -- SBOX-ARGUMENT...
reports() {
	local wanted=$1 members=()
	shift
	while [ "$1" != -- ]; do
		members+=("$1")
		shift
	done
	shift
	rm -f ../report.json
	gives "$wanted" sbox --report=../report.json "$@"
	valid ../report.json "status=$wanted" "${members[@]}"
	lacks "$(ls -A ..)" .report.json
}

@test "ending 1: the command exits with 0" {
	reports 0 'why="exited"' exit=0 signal=null error=null limits.0.enforced=true -- true
}

@test "ending 2: the command exits with a status of its own" {
	reports 3 'why="exited"' exit=3 signal=null -- sh -c 'exit 3'
}

@test "ending 3: the command exits with a status that sbox has for itself" {
	reports 125 'why="exited"' exit=125 error=null -- sh -c 'exit 125'
	reports 124 'why="exited"' exit=124 -- sh -c 'exit 124'
}

@test "ending 4: the command ends itself by a signal" {
	reports 143 'why="signaled"' exit=null signal.number=15 'signal.name="SIGTERM"' -- sh -c 'kill $$'
}

@test "ending 5: the command crashes" {
	reports 139 'why="signaled"' 'signal.name="SIGSEGV"' -- sh -c 'kill -SEGV $$'
}

@test "ending 6: another process inside kills the command" {
	reports 137 'why="signaled"' 'signal.name="SIGKILL"' -- sh -c '(kill -KILL $$) & wait'
}

@test "ending 7: the system-call filter kills the command" {
	reports 159 'why="signaled"' 'signal.name="SIGSYS"' -- \
		--set='seccomp.deny=["chroot:KILL"]' python3 -c 'import os; os.chroot("/")'
}

@test "ending 8: the time is up and the command ends at SIGTERM" {
	reports 124 'why="timeout"' 'signal.name="SIGTERM"' -- --limit=wall=300ms sleep 60
	contains "$(cat ../report.json)" "limits.wall = 300ms"
}

@test "ending 9: the time is up and the command exits well" {
	reports 124 'why="timeout"' exit=5 signal=null -- --limit=wall=300ms \
		sh -c 'trap "exit 5" TERM; while :; do sleep 0.05; done'
}

@test "ending 10: the time is up and nothing but SIGKILL helps" {
	reports 124 'why="timeout"' exit=null signal=null -- --limit=wall=300ms --limit=grace=300ms \
		sh -c 'trap "" TERM; while :; do sleep 1; done'
}

@test "ending 11: the command is not found" {
	reports 127 'why="exec"' exit=null layers=null limits=null -- no-such-command
}

@test "ending 12: the command cannot be executed" {
	reports 126 'why="exec"' layers=null -- /etc
}

@test "ending 13: a mistake on the command line" {
	reports 125 'why="setup"' pid=null usage=null 'mistakes.0.file="command line"' mistakes.0.line=2 -- \
		--limit=nothing=3 true
}

@test "ending 14: a mistake in a profile, with its place" {
	profile bad <<-'END'
		version = 1
		[fs]
		raed = ["/usr"]
	END
	reports 125 'why="setup"' mistakes.0.line=3 mistakes.0.column=1 "mistakes.0.file=\"$config/bad.toml\"" -- \
		-p bad true
}

@test "ending 15: there is no such profile, and no command" {
	reports 125 'why="setup"' -- -p no-such-profile true
	reports 125 'why="setup"' command=[] --
}

@test "ending 16: a limit that is required cannot be enforced" {
	reports 125 'why="setup"' -- --limit=cpus=1 --set='limits.require=["cpus"]' true
	contains "$(cat ../report.json)" "cannot be enforced"
}

@test "ending 17: the sandbox cannot be built" {
	reports 125 'why="setup"' layers=null -- --chdir=/no/such/directory true
	contains "$(cat ../report.json)" "/no/such/directory"
}

# signaled_from_outside SIGNAL COMMAND...
signaled_from_outside() {
	begin sbox --report=../report.json "${@:2}"
	kill "-$1" "$job"
	finish
}

@test "ending 18: a signal from outside ends the command" {
	signaled_from_outside TERM sh -c 'echo ready; exec sleep 60'
	equal "$status" 143
	valid ../report.json 'why="killed-by-caller"' 'signal.name="SIGTERM"'
}

@test "ending 19: the command exits well because of a signal from outside" {
	signaled_from_outside TERM sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
	equal "$status" 7
	valid ../report.json 'why="exited"' exit=7
}

@test "ending 20: process 1 is killed from outside" {
	begin sbox --report=../report.json sh -c 'echo ready; cat'
	init=$(cat "/proc/$job/task/$job/children")
	kill -KILL "${init% }"
	finish
	equal "$status" 137
	valid ../report.json 'why="killed"' exit=null signal=null
}

@test "ending 21: the process that started sbox ends" {
	# shellcheck disable=SC2016 # for the inner shell
	try sh -c 'sbox --report=../report.json --write=. sh -c "touch started; sleep 60" &
		until [ -e started ]; do sleep 0.1; done; kill -KILL $$'
	wait_for [ -e ../report.json ]
	valid ../report.json 'why="parent-died"' status=125
}

@test "ending 22: the network's helper dies" {
	need slirp4netns
	works sbox --net=slirp4netns true
	begin sbox --net=slirp4netns --report=../report.json -- sh -c 'echo ready; sleep 60'
	kill -KILL "$(pgrep -P "$job" -x slirp4netns)"
	finish
	equal "$status" 125
	valid ../report.json 'why="helper-died"' status=125 exit=null signal=null \
		layers.inner_user_namespace=true limits.0.enforced=true
	contains "$(cat ../report.json)" "slirp4netns ended (signal 9)"
}

@test "the report names the run, its command and what was enforced" {
	reports 0 'name="job-7"' 'command=["true","a \"b\""]' 'layers.network="none"' \
		'layers.seccomp.base="strict"' 'layers.capabilities=[]' -- --name=job-7 -p ci true 'a "b"'
	valid ../report.json layers.inner_user_namespace=true "profiles.3=\"$config/build.toml\""
}

@test "the report says which limits hold, and by what" {
	reports 0 'limits.3.name="pids"' limits.3.enforced=true limits.3.required=true -- \
		--limit=pids=20 --set='limits.require=["pids"]' --limit=memory=1G true
	contains "$(cat ../report.json)" '"name":"memory","value":1073741824,"unit":"bytes","required":false,"enforced":'
}

@test "the report tells CPU time and memory of all processes" {
	reports 0 -- sh -c 'python3 -c "
import time
data = bytearray(100 << 20)
while time.process_time() < 0.3: pass
"; true'
	works python3 -c '
import json
usage = json.load(open("../report.json"))["usage"]
assert usage["user"] + usage["system"] >= 0.3, usage
assert usage["wall"] >= 0.3, usage
assert 100 << 20 < usage["peak_process_memory"] < 200 << 20, usage
assert usage["peak_memory"] is None and usage["peak_pids"] is None, usage'
}

@test "the report is the caller's alone and heeds the umask" {
	reports 0 -- true
	equal "$(stat -c %a ../report.json)" 600
	umask 277
	reports 0 -- true
	equal "$(stat -c %a ../report.json)" 400
}

@test "a report replaces what is there, and follows no link" {
	echo old >../other
	ln -s other ../link
	works sbox --report=../link true
	equal "$(cat ../other)" old
	[ ! -L ../link ]
	valid ../link 'why="exited"'
}

@test "a command cannot lead the report elsewhere" {
	mkdir dir
	works sbox --write=. --report=dir/report.json -- sh -c 'mv dir moved && ln -s / dir'
	valid moved/report.json 'why="exited"'
}

@test "a report that the command has put where the directory of it was is told from it" {
	local forged='echo "{\"status\":0}" >x/rep.json'
	mkdir x
	gives 3 sbox --write=. --report=x/rep.json -- sh -c "mv x y; mkdir x; $forged; exit 3"
	contains "$err" "the report is not to be found as x/rep.json: its directory was moved or replaced"
	contains "$err" '"status":3'
	contains "$(cat y/rep.json)" '"status":3'
	# without that it is in its place, whatever the command has put there
	gives 3 sbox --write=. --report=x/rep.json -- sh -c "$forged; exit 3"
	lacks "$err" "not to be found"
	valid x/rep.json status=3
}

@test "a report that cannot be written is a failure before the run, and said after it" {
	gives 125 sbox --report=/proc/report.json --write=. touch ran
	[ ! -e ran ]
	gives 125 sbox --report=no/report.json --write=. touch ran
	[ ! -e ran ]
	gives 125 sbox --report=.. true
	mkdir made
	gives 125 sbox --report=made --write=. touch ran
	contains "$err" "--report=made: it is a directory"
	rmdir made
	equal "$(ls -A)" ""
	# the status is the command's, and what it could do to hide the report loses nothing
	for wanted in 0 7; do
		for plant in "mkdir taken" "mkdir -p taken/in" "rm -rf ../made" "chmod 500 ."; do
			mkdir made
			gives "$wanted" sbox -q --write=. --report=made/taken -- sh -c "cd made && $plant; exit $wanted"
			contains "$err" "cannot write the report made/taken: "
			sed '1d' ../err >../lost
			valid ../lost "status=$wanted" "exit=$wanted"
			[ ! -d made ] || chmod 700 made
			[ ! -d made/taken/in ] || rmdir made/taken/in
			[ ! -d made/taken ] || rmdir made/taken
			[ ! -d made ] || rmdir made # so there was nothing else
		done
	done
	works bash -c 'sbox --write=. --report=taken --status-fd=5 -- mkdir taken 5>../status'
	contains "$err" "cannot write the report taken"
	lacks "$err" format # it is not lost
	valid ../status 'event="ended"'
}

@test "a report replaces a FIFO, a link and a file, and leaves no other file" {
	for plant in "mkfifo r" "ln -s /etc/passwd r" "ln -s nowhere r" "touch r" "ln .keep r" "true"; do
		rm -f r
		touch .keep
		works timeout $((30 * slow)) sbox --write=. --report=r -- sh -c "$plant"
		[ -f r ] && [ ! -L r ] || fail "$plant: it is no file"
		valid r 'why="exited"'
		equal "$(ls -A | tr '\n' ' ')" ".keep r "
		equal "$(cat .keep)" ""
	done
}

# full_directory: $full is on a file system of one page, which is taken
full_directory() {
	unshare -Urm true || skip "no user namespaces for unshare"
	mkdir "$top/mnt"
	unshare -Urm sh -c 'mount -t tmpfs -o size=4k,mode=700 none "$0" && head -c 4096 /dev/zero >"$0/fill" &&
		echo ready; exec sleep 1000' "$top/mnt" >"$top/full" 3>&- &
	wait_for has_line "$top/full" ready
	full=/proc/$!/root$top/mnt
}

@test "on a full disk the report goes to standard error, and no part of it stays" {
	full_directory
	gives 3 sbox -q --report="$full/report.json" -- sh -c 'exit 3'
	contains "$err" "cannot write the report $full/report.json: No space left on device"
	sed '1d' ../err >../lost
	valid ../lost status=3
	equal "$(ls -A "$full")" fill
	rm "$full/fill" # the control
	gives 3 sbox -q --report="$full/report.json" -- sh -c 'exit 3'
	equal "$err" ""
	valid "$full/report.json" status=3
}

@test "--status-fd that is full, gone or slow is said, and holds nothing" {
	full_directory
	# shellcheck disable=SC2016 # for the inner shell
	gives 3 bash -c 'sbox -q --status-fd=5 -- sh -c "exit 3" 5>"$0"' "$full/fill2"
	equal "$err" "sbox: --status-fd=5: cannot write to it: No space left on device"
	gives 3 sbox -q --status-fd=1 -- sh -c "exit 3" >/dev/full
	# nobody reads a full pipe: the command's time limit holds all the same
	mkfifo fifo
	exec 6<>fifo
	works python3 - <<-'END' 6>&6
		import os
		os.set_blocking(6, False)
		try:
		    while True:
		        os.write(6, b"x" * 4096)
		except BlockingIOError:
		    os.set_blocking(6, True)
	END
	gives 124 timeout $((60 * slow)) sbox -q --limit=wall=1s --status-fd=6 -- sleep 60
	contains "$err" "sbox: --status-fd=6: nobody reads it"
	# one that reads late gets all of it
	(sleep 2; exec cat <&6 >../late) 3>&- &
	works timeout $((60 * slow)) sbox -q --status-fd=6 -- true
	wait_for grep -q '"event":"ended"' ../late
	exec 6<&-
	kill $!
	sed 's/^x*//' ../late >../status
	contains "$(head -n 1 ../status)" '"event":"started"'
	valid ../status 'event="ended"'
}

@test "--dry-run writes no report" {
	works sbox --dry-run --report=../report.json true
	[ ! -e ../report.json ]
}

@test "--status-fd tells start and end, one line each" {
	works bash -c 'sbox --status-fd=5 --name=x sh -c "exit 0" 5>../status'
	valid ../status 'event="ended"' 'report.why="exited"' 'report.name="x"'
	equal "$(wc -l <../status)" 2
	contains "$(head -n 1 ../status)" '"event":"started"'
	gives 127 bash -c 'sbox --status-fd=5 no-such-command 5>../status'
	valid ../status 'report.why="exec"'
	equal "$(wc -l <../status)" 1
}

@test "--status-fd works with standard output and is not the command's" {
	works sbox --status-fd=1 -- sh -c 'ls /proc/self/fd >&2; [ ! -e /proc/self/fd/5 ]'
	contains "$out" '"event":"ended"'
	works bash -c 'sbox --status-fd=5 -- sh -c "[ ! -e /proc/self/fd/5 ]" 5>/dev/null'
}

@test "--status-fd tells the start while the command runs" {
	mkfifo ../fifo
	begin bash -c 'exec sbox --status-fd=5 -- sh -c "echo ready; cat" 5>../status'
	wait_for grep -q started ../status
	equal "$(wc -l <../status)" 1
	finish
	equal "$(wc -l <../status)" 2
}

@test "--status-fd must be open for writing" {
	gives 125 sbox --status-fd=77 true
	contains "$err" "--status-fd=77"
	gives 125 bash -c 'sbox --status-fd=5 true 5</dev/null'
	gives 125 sbox --status-fd=x true
}

@test "a reader of --status-fd that is gone does not matter, and is said" {
	# shellcheck disable=SC2016 # for the inner shell
	works bash -c 'exec 5> >(:); sleep 0.2; sbox --status-fd=5 true'
	equal "$err" "sbox: --status-fd=5: cannot write to it: Broken pipe"
	# shellcheck disable=SC2016 # before any signal is blocked as well
	gives 125 bash -c 'exec 5> >(:); sleep 0.2; exec sbox --status-fd=5 --limit=nothing=3 true'
	contains "$err" "cannot write to it: Broken pipe"
}

@test "protected paths that the command makes are told, also where nothing is said" {
	mkdir project
	touch project/there
	protects=(--write="$PWD/project" --protect="?$PWD/project/made" --protect="?$PWD/project/not"
		--protect="?$PWD/project/there")
	reports 0 'created=[]' -- "${protects[@]}" -- true
	reports 3 "created=[\"$PWD/project/made\"]" -- -q "${protects[@]}" -- \
		sh -c 'mkdir "$0/made"; exit 3' "$PWD/project"
	equal "$err" ""
	[ ! -e project/made ]
	reports 127 'created=[]' -- "${protects[@]}" -- no-such-command
}

@test "the validator refuses what does not fit" {
	reports 0 -- true
	sed 's/"why":"exited"/"why":"bored"/' ../report.json >../bad
	refused python3 "$srcdir/tests/cli/validate.py" "$schema" ../bad
	sed 's/"name":null,//' ../report.json >../bad
	refused python3 "$srcdir/tests/cli/validate.py" "$schema" ../bad
	sed 's/"format":1/"format":1,"more":1/' ../report.json >../bad
	refused python3 "$srcdir/tests/cli/validate.py" "$schema" ../bad
	refused python3 "$srcdir/tests/cli/validate.py" "$schema" ../report.json exit=1
}
