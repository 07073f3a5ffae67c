#!/usr/bin/env bats
# running.bats - named sandboxes: sboxctl ps and kill, and who may believe the registry

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
}

# named NAME [OPTION...]: a sandbox that waits for finish; its supervisor is $job
named() {
	local name=$1
	shift
	begin sbox --name="$name" "$@" -- sh -c 'echo ready; cat >/dev/null'
	wait_for test -e "$registry/$name.toml"
}

# another NAME COMMAND...: one more of them, its supervisor is $other
another() {
	local name=$1
	shift
	sbox --name="$name" "$@" </dev/null >"$top/another" 2>&1 3>&- &
	other=$!
	wait_for test -e "$registry/$name.toml"
}

# victim: a process that nobody may signal
victim() {
	sleep 100 >/dev/null 2>&1 3>&- &
	victim=$!
}

# named_ones: of the list in $out; this user may run others elsewhere
named_ones() {
	sed -e 1d -e '/^- /d' <<<"$out"
}

alive() {
	kill -0 "$1" && ! grep -q '^State:	Z' "/proc/$1/status"
}

json() {
	python3 -c 'import json, sys; list = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

@test "a named sandbox is listed while it runs, and nothing is left of it" {
	need python3
	works sboxctl ps
	equal "$(named_ones)" ""
	named box -p build
	works sboxctl ps
	matches "$out" '^NAME +PROFILE +PID +AGE +MEMORY +CPU +PROCS +COMMAND$'
	matches "$out" '^box +build +[0-9]+ +[0-9.]+s +[0-9.]+[KM] +[0-9.]+s +2  sh -c echo ready; cat'
	works sboxctl ps --json
	equal "$(json '[b for b in list if b["name"] == "box"][0]["supervisor"]' <<<"$out")" "$job"
	equal "$(json '[b for b in list if b["name"] == "box"][0]["command"]' <<<"$out")" \
		"['sh', '-c', 'echo ready; cat >/dev/null']"
	init=$(json '[b for b in list if b["name"] == "box"][0]["pid"]' <<<"$out")
	equal "$(cat "/proc/$init/comm")" sbox-init
	finish
	equal "$status" 0
	equal "$(ls -A "$registry")" ""
	works sboxctl ps
	equal "$(named_ones)" ""
}

@test "what its processes use is summed up, that of ended ones included" {
	need python3
	begin sbox --name=busy -- sh -c \
		'timeout 1 sh -c "while :; do :; done"; echo ready; sleep 100 & cat >/dev/null'
	works sboxctl ps --json
	equal "$(json 'list[[b["name"] for b in list].index("busy")]["cpu"] >= 0.05' <<<"$out")" True
	wait_for three_processes
	equal "$(json 'list[[b["name"] for b in list].index("busy")]["memory"] > 500000' <<<"$out")" True
	finish
}

three_processes() {
	sboxctl ps --json | json 'list[[b["name"] for b in list].index("busy")]["processes"] == 3' |
		grep -qx True
}

@test "a sandbox without a name is listed, by what sbox was called with" {
	mark=unnamed-$$-$BATS_TEST_NUMBER
	begin sbox -- sh -c "echo ready; : $mark; cat >/dev/null"
	works sboxctl ps
	matches "$out" "^- +- +[0-9]+ .* sbox -- sh -c echo ready; : $mark"
	finish
}

@test "by whatever name sbox was called, its sandboxes are listed" {
	ln -s "$(command -v sbox)" "$top/other-name"
	begin "$top/other-name" -- sh -c 'echo ready; cat >/dev/null'
	works sboxctl ps --json
	equal "$(json "[b['pid'] for b in list if b['supervisor'] == $job] != []" <<<"$out")" True
	finish
}

@test "a command that is too long for its entry is cut there" {
	need python3
	sbox --name=long -- sh -c 'sleep 100' sh "$(printf 'x%.0s' {1..100000})" 2>/dev/null 3>&- &
	wait_for test -e "$registry/long.toml"
	works sboxctl ps --json
	equal "$(json '[b for b in list if b["name"] == "long"][0]["command"]' <<<"$out")" \
		"['sh', '-c', 'sleep 100', 'sh', '...']"
	works sboxctl kill long
	wait $! || :
}

@test "a process that only calls itself like process 1 is not listed" {
	need python3
	python3 -c 'import ctypes, time
ctypes.CDLL(None).prctl(15, b"sbox-init", 0, 0, 0)
print("ready", flush=True)
time.sleep(100)' >liar 3>&- &
	wait_for has_line liar ready
	works sboxctl ps --json
	lacks "$out" "\"pid\":$!,"
}

@test "control characters of a command do not reach the terminal" {
	begin sbox --name=odd -- sh -c $'echo ready; cat >/dev/null; : \e]0;title\a\xe2\x80\xae\xff'
	wait_for test -e "$registry/odd.toml"
	works sboxctl ps
	contains "$out" '\x1b]0;title\x07\xe2\x80\xae'
	lacks "$out" $'\e'
	works sboxctl ps --json
	lacks "$out" $'\e'
	finish
}

@test "names are words: nothing else reaches a file's name" {
	for name in "" . .. .hidden -x a/b "a b" $'a\nb' $'a\e[31m' ä "$(printf 'x%.0s' {1..64})"; do
		gives 125 sbox --name="$name" -- true
		contains "$err" "is no name"
		lacks "$err" $'\e'
	done
	equal "$(ls -A "$XDG_RUNTIME_DIR")" ""
	works sbox --name="$(printf 'x%.0s' {1..63})" -- true
	works sbox --name=A-z_0.9 -- true
	equal "$(ls -A "$registry")" ""
}

@test "a name that is in use is refused before anything starts" {
	named box
	gives 125 sbox --name=box --write="$top" -- touch "$top/started"
	contains "$err" "runs already (process $job)"
	[ ! -e "$top/started" ] || fail "it was started"
	finish
	works sbox --name=box -- true
}

@test "of many starts with one name at once one runs" {
	for n in 1 2 3 4 5 6; do
		sbox --name=race -- sh -c 'echo ran; sleep 4' >"ran.$n" 2>"err.$n" 3>&- &
		starts+=("$!")
	done
	ran=0
	for n in 1 2 3 4 5 6; do
		status=0
		wait "${starts[n - 1]}" || status=$?
		if [ "$status" -eq 0 ]; then
			ran=$((ran + 1))
		else
			equal "$status" 125
			contains "$(cat "err.$n")" "--name=race"
			equal "$(cat "ran.$n")" ""
		fi
	done
	equal "$ran" 1
	equal "$(ls -A "$registry")" ""
}

@test "after SIGKILL of the supervisor the name is free, and the rest is removed" {
	named box
	kill -KILL "$job"
	wait "$job" || :
	[ -e "$registry/box.toml" ] || fail "nothing was left, so this shows nothing"
	works sboxctl ps
	equal "$(named_ones)" ""
	equal "$(ls -A "$registry")" ""
	named box
	kill -KILL "$job"
	wait "$job" || :
	works sbox --name=box -- true
	equal "$(ls -A "$registry")" ""
}

@test "without a runtime directory sandboxes are found in a private one below /tmp" {
	unset XDG_RUNTIME_DIR
	[ ! -d "/run/user/$me" ] || skip "there is /run/user/$me, which is used then"
	box=box-$BASHPID
	begin sbox -q --name="$box" -- sh -c 'echo ready; exec cat'
	equal "$(stat -c %a "/tmp/sbox-$me" "/tmp/sbox-$me/sbox" | xargs)" "700 700"
	works sboxctl ps
	matches "$out" "^$box "
	works sboxctl exec "$box" -- echo inside
	equal "$out" inside
	# also from where there is one, and no command is shown it
	XDG_RUNTIME_DIR=$top/run works sboxctl ps
	matches "$out" "^$box "
	XDG_RUNTIME_DIR=$top/run works sboxctl exec "$box" -- echo inside
	for option in --read=/tmp --write=/tmp; do
		works sbox -q "$option" -- sh -c 'ls -A "$0" 2>&1; true' "/tmp/sbox-$me/sbox"
		lacks "$out" "$box"
	done
	works sboxctl kill "$box"
	finish
	gives 1 sboxctl kill "$box"
}

@test "what a command has done to the registry below /tmp hides no sandbox of a session" {
	[ ! -e "/tmp/sbox-$me" ] || [ -O "/tmp/sbox-$me" ] || skip "/tmp/sbox-$me is another's"
	begin sbox -q --name=box -- sh -c 'echo ready; exec cat'
	wait_for test -e "$registry/box.toml"
	(umask 077; mkdir -p "/tmp/sbox-$me/sbox")
	chmod 755 "/tmp/sbox-$me/sbox"
	works sboxctl ps
	chmod 700 "/tmp/sbox-$me/sbox"
	matches "$out" "^box "
	contains "$err" "chmod 0700"
	finish
}

@test "kill and exec take the number that ps prints, too" {
	begin sbox -q --name=box -- sh -c 'echo ready; exec cat'
	wait_for test -e "$registry/box.toml"
	number=$(sboxctl ps | awk '$1 == "box" { print $3 }')
	works sboxctl exec "$number" -- echo inside
	equal "$out" inside
	gives 1 sboxctl kill 1 # a process, but no sandbox
	works sboxctl kill "$number"
	finish
	begin sbox -q -- sh -c 'echo ready; exec cat'
	number=$(sboxctl ps --json | python3 -c '
import json, sys
print(*[box["pid"] for box in json.load(sys.stdin) if box["supervisor"] == int(sys.argv[1])])' "$job")
	gives 125 sboxctl exec "$number" -- true
	contains "$err" "has no name"
	works sboxctl kill --signal=KILL "$number"
	finish
	equal "$status" 137
}

@test "kill asks the command to end, by the signal that was named" {
	begin sbox --name=box -- sh -c \
		'trap "exit 31" TERM; trap "exit 32" USR1; echo ready; while :; do sleep 0.1; done'
	wait_for test -e "$registry/box.toml"
	works sboxctl kill box
	finish
	equal "$status" 31
	for spelling in --signal=USR1 --signal=SIGUSR1 "-s 10"; do
		begin sbox --name=box -- sh -c \
			'trap "exit 32" USR1; echo ready; while :; do sleep 0.1; done'
		wait_for test -e "$registry/box.toml"
		# shellcheck disable=SC2086 # one of them is two words
		works sboxctl kill $spelling box
		finish
		equal "$status" 32
	done
}

@test "kill --signal=KILL ends the sandbox whatever its command does" {
	begin sbox --name=box -- sh -c 'trap "" TERM HUP INT; echo ready; while :; do sleep 0.1; done'
	wait_for test -e "$registry/box.toml"
	works sboxctl kill box
	sleep 0.3
	alive "$job" || fail "TERM ended it"
	works sboxctl kill --signal=KILL box
	finish
	equal "$status" 137
	contains "$(cat "$top/held-err")" "killed from outside"
}

@test "kill says by 1 that nothing matches, and by 125 what is not understood" {
	gives 1 sboxctl kill nobody
	contains "$err" 'no sandbox called "nobody" runs'
	named box
	gives 1 sboxctl kill nobody box
	finish
	named box
	for wrong in "box --signal=USR1" "box --all" "box -s KILL"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl kill $wrong
		contains "$err" "options stand before the names"
	done
	alive "$job" || fail "a mistake ended it"
	gives 125 sboxctl kill --signal=TREM box
	contains "$err" 'there is no signal "TREM"'
	finish
	equal "$status" 0
	for wrong in "" "--all box" "--signal=NONE box" "--signal=STOP box" "--signal=0 box" "--what box"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl kill $wrong
	done
}

@test "kill --all ends the unnamed ones too, and nothing else" {
	# in a PID namespace of its own: this user may run other sandboxes
	unshare -Urpf --mount-proc true || skip "no user namespaces for unshare"
	cat >all <<-'END'
		sbox --name=one -- sleep 100 & one=$!
		sbox -- sleep 100 & two=$!
		sleep 100 & three=$!
		for try in $(seq 300); do
			[ "$(sboxctl ps | wc -l)" -ne 3 ] || break
			sleep 0.1
		done
		sboxctl kill --all; echo "kill $?"
		wait $one; echo "one $?"
		wait $two; echo "two $?"
		kill -0 $three && echo "three lives"
		sboxctl kill --all; echo "kill $?"
	END
	works unshare -Urpf --mount-proc sh all
	equal "$out" $'kill 0\none 143\ntwo 143\nthree lives\nkill 1'
}

# ---- the registry is attacked

@test "the registry has to be a directory of ours that nobody else can enter" {
	mkdir -m 700 "$top/elsewhere"
	ln -s "$top/elsewhere" "$registry"
	gives 125 sbox --name=box -- true
	contains "$err" "is no directory"
	gives 125 sboxctl ps
	equal "$(ls -A "$top/elsewhere")" ""
	rm "$registry"
	echo >"$registry"
	gives 125 sbox --name=box -- true
	rm "$registry"
	for mode in 0755 0711 0770 0777; do
		mkdir -m "$mode" "$registry"
		gives 125 sbox --name=box -- true
		contains "$err" "open to others (mode $mode)"
		gives 125 sboxctl ps
		gives 125 sboxctl exec box -- true
		rmdir "$registry"
	done
	chmod 777 "$XDG_RUNTIME_DIR"
	gives 125 sbox --name=box -- true
	contains "$err" "open to others"
	XDG_RUNTIME_DIR=/usr gives 125 sbox --name=box -- true
	contains "$err" "/usr is not owned by this user"
}

@test "an entry without a lock leads to nobody and is removed" {
	mkdir -m 700 "$registry"
	victim
	start=$(awk '{ print $22 }' "/proc/$victim/stat")
	printf '%s\n' "pid = $victim" "start = $start" "init = $victim" "init_start = $start" \
		"since = 1" 'profiles = []' 'command = ["x"]' >"$registry/planted.toml"
	: >"$registry/planted.lock"
	gives 1 sboxctl kill planted
	alive "$victim" || fail "it was killed"
	equal "$(ls -A "$registry")" ""
}

@test "an entry that was replaced while the sandbox runs leads to nobody" {
	victim
	start=$(awk '{ print $22 }' "/proc/$victim/stat")
	named box
	for pid in "$victim" "$job"; do
		printf '%s\n' "pid = $pid" "start = $start" "init = $victim" \
			"init_start = 1" "since = 1" 'profiles = []' 'command = ["x"]' \
			>"$registry/new"
		mv "$registry/new" "$registry/box.toml"
		gives 1 sboxctl kill --signal=KILL box
		alive "$victim" || fail "it was killed"
		alive "$job" || fail "the sandbox was killed"
	done
	for text in "" "pid = " $'pid = 1\npid = 2' "[[pid]]" $'pid = "\e"'; do
		printf '%s' "$text" >"$registry/box.toml"
		gives 1 sboxctl kill box
		works sboxctl ps
	done
	[ -e "$registry/box.lock" ] || fail "the entry of a running sandbox was removed"
	finish
	equal "$status" 0
}

@test "a lock that is held in another user namespace leads to nobody" {
	unshare -Ur true || skip "no user namespaces for unshare"
	need python3
	mkdir -m 700 "$registry"
	victim
	unshare -Ur python3 - "$registry/planted" "$victim" <<-'END' 3>&- &
		import fcntl, os, sys, time
		name, victim = sys.argv[1:]
		start = lambda pid: open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[19]
		lock = os.open(name + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
		fcntl.lockf(lock, fcntl.LOCK_EX)
		with open(name + ".new", "w") as f:
		    f.write(f"pid = {os.getpid()}\nstart = {start('self')}\ninit = {victim}\n"
		            f"init_start = {start(victim)}\nsince = 1\nprofiles = []\ncommand = ['x']\n")
		os.rename(name + ".new", name + ".toml")
		time.sleep(100)
	END
	forger=$!
	wait_for test -e "$registry/planted.toml"
	gives 1 sboxctl kill --signal=KILL planted
	alive "$victim" || fail "it was killed"
	gives 125 sboxctl exec planted -- true
	contains "$err" "runs in another user namespace"
	gives 125 sbox --net=join:planted -- true
	contains "$err" "runs in another user namespace"
	works sboxctl ps
	lacks "$out" planted
	kill -KILL "$forger"
}

@test "odd files in the registry are neither followed, waited for nor listed" {
	mkdir -m 700 "$registry"
	echo "precious" >"$top/precious"
	ln -s "$top/precious" "$registry/link.lock"
	ln -s "$top/precious" "$registry/link.toml"
	mkfifo "$registry/fifo.lock"
	mkdir "$registry/dir.lock"
	: >"$registry/"$'e\e[31m.lock'
	: >"$registry/.hidden.lock"
	works timeout 10 sboxctl ps
	lacks "$out" $'\e'
	for name in link fifo dir; do
		gives 125 timeout 10 sbox -q --name="$name" -- true
		contains "$err" "--name=$name"
	done
	equal "$(cat "$top/precious")" precious
}

@test "the registry is neither seen nor reached from inside, nor can another be put there" {
	named box
	for option in "--read=$top" "--write=$top" "--read=$XDG_RUNTIME_DIR" "--read=$XDG_RUNTIME_DIR:/r"; do
		works sbox -q "$option" -- sh -c 'ls -A "$0" "$1" 2>/dev/null; true' "$registry" /r/sbox
		lacks "$out" box
	done
	refused sbox -q --write="$top" -- mv "$XDG_RUNTIME_DIR" "$top/moved"
	refused sbox -q --write="$top" -- mv "$registry" "$top/moved"
	refused sbox -q --write="$top" -- touch "$registry/planted"
	gives 125 sbox -q --read="$registry" -- true
	contains "$err" "cannot be shown"
	gives 125 sbox -q --read="$registry/box.toml" -- true
	contains "$err" "cannot be shown"
	gives 125 sbox -q --set "fs.mount=[{type=\"socket\",source=\"$registry/box.sock\",target=\"/s\"}]" -- true
	contains "$err" "cannot be shown"
	finish
}

@test "a registry that is not there yet is hidden from those that run already" {
	begin sbox --read="$top" -- sh -c 'echo ready; read line; ls -A "$0"; :' "$registry"
	another late sleep 100
	echo go >&"$held"
	finish
	equal "$status" 0
	equal "$(cat "$top/held")" ready
	kill "$other"
}

@test "without an inner user namespace the registry cannot be hidden, so it is refused" {
	gives 125 sbox -q --set namespaces.inner=false --write="$top" -- true
	contains "$err" "$registry\" cannot be hidden"
}
