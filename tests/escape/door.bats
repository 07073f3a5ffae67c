#!/usr/bin/env bats
# door.bats - a registry that a sandbox can write, and requests that come from inside
#
# What a sandbox hides is the registries of the runtime directories that it knows when it
# starts. Here one lies in a directory that another sandbox was given before.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	own_directories
	need python3
	jobs_started=()
	door=$srcdir/tests/escape/door.py
	mkdir -p "$top/bin" "$top/shared"
	install -m 755 "$door" "$top/bin/door.py"
	for run in "$top/shared/run" "$top/elsewhere"; do
		mkdir -m 700 "$run"
	done
	registry=$top/shared/run/sbox
	exec_number=$(awk '/^\tMSG_/ { n++ } /^\tMSG_EXEC,/ { print n - 1 }' "$srcdir/src/base/msg.h")
}

# victim NAME [OPTION...]: a sandbox that is registered where the attacker can write
victim() {
	local name=$1
	shift
	begin env XDG_RUNTIME_DIR="$top/shared/run" sbox -q --name="$name" "$@" -- \
		sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$registry/$name.toml"
	supervisor=$job
}

# attacker [OPTION...] -- COMMAND...: in a sandbox that may write the other's registry, and
# that no option of sbox could know of
attacker() {
	begin env XDG_RUNTIME_DIR="$top/elsewhere" sbox -q --read="$top/bin" --write="$top/shared" "$@"
}

# enter NAME COMMAND...: what the user does in the end
enter() {
	local name=$1
	shift
	XDG_RUNTIME_DIR=$top/shared/run try timeout -k 5 20 sboxctl exec "$name" -- "$@" <"$top/input"
}

not_there() {
	! kill -0 "$1" 2>/dev/null
}

# open_fds PID: how many descriptors it has
open_fds() {
	ls "/proc/$1/fd" | wc -l
}

# listener [OPTION...]: a command that has taken the place of box.sock
listener() {
	rm -f "$top/shared/log"
	attacker "$@" -- sh -c 'rm -f "$1"; exec python3 "$0" listen "$1" "$2"' \
		"$top/bin/door.py" "$registry/box.sock" "$top/shared/log"
}

@test "E-200 a command that takes the socket of a sandbox is given nothing that was meant for it" {
	echo "typed" >"$top/input"
	for mode in $modes; do
		victim box
		layers "$mode"
		# from a network of its own it cannot even answer
		[ "$mode" = full ] || layers+=(--net=host)
		listener "${layers[@]}"
		# the control: what is sent there without looking does arrive
		works_outside=$(python3 "$door" ask self "$registry/box.sock" "$exec_number" /tmp/made)
		contains "$(cat "$top/shared/log")" "descriptors=7"
		lacks "$works_outside" "answer 8"
		: >"$top/shared/log"
		enter box echo secret-word
		[ "$status" -eq 125 ] || fail "ended with $status: $out$err"
		matches "$err" "box.sock: the supervisor .* (is not who answers|does not answer)"
		lacks "$out" secret-word
		lacks "$(cat "$top/shared/log")" secret
		matches "$(cat "$top/shared/log")" "^bytes=8 descriptors=0"
		equal "$(grep -vc 'descriptors=0' "$top/shared/log" || :)" 0
		end_all
		rm -rf "$registry"
	done
}

@test "E-201 nor is one that puts a link, a file or another sandbox's socket there" {
	echo "typed" >"$top/input"
	victim box
	victim other
	# the control
	enter box echo here
	equal "$out" here
	attacker -- sh -c 'exec python3 "$0" listen "$1/own.sock" "$1/log"' "$top/bin/door.py" "$top/shared"
	for replaced in "ln -s $top/shared/own.sock" "ln -s other.sock" "ln other.sock" "touch" "mkdir" "mkfifo"; do
		attacker -- sh -c "cd $registry && rm -rf box.sock && $replaced box.sock; echo done"
		enter box touch /tmp/made
		[ "$status" -eq 125 ] || fail "$replaced: ended with $status: $out$err"
	done
	equal "$(grep -vc 'descriptors=0' "$top/shared/log" || :)" 0
	enter other test -e /tmp/made
	equal "$status" 1
}

@test "E-202 a sandbox cannot take the name of another by renaming files" {
	echo "typed" >"$top/input"
	victim box
	victim other
	enter other touch /tmp/is-other # the control: each is found by its name
	equal "$status" 0
	enter box test -e /tmp/is-other
	equal "$status" 1
	attacker -- sh -c "cd $registry && for end in lock toml sock; do
		mv box.\$end x.\$end; mv other.\$end box.\$end; mv x.\$end other.\$end; done; echo done"
	enter box test -e /tmp/is-other
	equal "$status" 125
	contains "$err" 'no sandbox called "box" runs'
	XDG_RUNTIME_DIR=$top/shared/run gives 1 sboxctl kill --signal=KILL box
	kill -0 "$supervisor"
}

@test "E-203 an entry of a command's own making leads to no process" {
	echo "typed" >"$top/input"
	victim box
	attacker -- python3 -c "
import fcntl, os, re, struct
os.chdir('$registry')
text = open('box.toml').read()
os.remove('box.lock')
lock = open('box.lock', 'w')
os.chmod('box.lock', 0o600)
fcntl.fcntl(lock, fcntl.F_SETLK, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
open('box.toml', 'w').write(text)
print('ready', flush=True)
import time; time.sleep(1000)"
	enter box true
	equal "$status" 125
	XDG_RUNTIME_DIR=$top/shared/run gives 1 sboxctl kill --signal=KILL box
	kill -0 "$supervisor"
}

@test "E-208 an entry of a command's own making hides no sandbox from ps and kill --all" {
	export XDG_RUNTIME_DIR=$top/shared/run
	for change in 's/^init = .*/init = 1/' 's/^init_start = .*/init_start = 1/' 's/^pid = .*/pid = 1/' '1,$d'; do
		victim box
		init=$(pgrep -P "$supervisor" -x sbox-init)
		gives 0 sboxctl ps # the control: it is there, by its name
		matches "$out" "^box .* $init "
		attacker -- sh -c "sed -i '$change' $registry/box.toml; echo done; exec sleep 1000"
		gives 0 sboxctl ps
		matches "$out" " $init "
		gives 0 sboxctl kill --all --signal=KILL
		wait_for not_there "$supervisor"
		end_all
	done
}

@test "E-204 a request from inside starts nothing, whatever descriptors it has" {
	for mode in $modes; do
		victim box
		layers "$mode"
		# the control: the same request from outside
		contains "$(python3 "$door" ask self "$registry/box.sock" "$exec_number" /tmp/outside)" answer
		echo >"$top/input"
		enter box test -e /tmp/outside
		equal "$status" 0
		# its own; and what is outside: the user namespace, a pidfd of one that has
		# become sbox, and of the supervisor, as far as a sandbox can be given them
		for proof in self userns 7 8 9; do
			keep=()
			[ "${#proof}" -gt 1 ] || keep=(--keep-fd="$proof")
			try python3 -c '
import os, sys
os.dup2(os.open("/proc/self/ns/user", os.O_RDONLY), 7)
os.dup2(os.pidfd_open(os.getpid()), 8)
os.dup2(os.pidfd_open(int(sys.argv[1])), 9)
os.execvp(sys.argv[2], sys.argv[2:])' "$supervisor" env XDG_RUNTIME_DIR="$top/elsewhere" \
				sbox -q "${keep[@]}" --read="$top/bin" --write="$top/shared" "${layers[@]}" -- \
				python3 "$top/bin/door.py" ask "$proof" "$registry/box.sock" "$exec_number" /tmp/made
			[ "${#keep[@]}" -gt 0 ] || matches "$out" "^(no answer|answer 0)"
			lacks "$out" "answer 8"
		done
		enter box test -e /tmp/made
		equal "$status" 1
		end_all
		rm -rf "$registry"
	done
}

@test "E-205 what is no request leaves no descriptor open in the supervisor" {
	echo >"$top/input"
	victim box
	enter box true
	before=$(open_fds "$supervisor")
	for where in outside inside; do
		set -- python3 "$door" flood "$registry/box.sock" "$exec_number"
		[ "$where" = outside ] || set -- env XDG_RUNTIME_DIR="$top/elsewhere" sbox -q --read="$top/bin" \
			--write="$top/shared" --set 'landlock.mode="off"' -- \
			python3 "$top/bin/door.py" flood "$registry/box.sock" "$exec_number"
		gives 0 "$@"
		[ "${out#sent }" -gt 1000 ] || fail "too few: $out" # the control: they were sent
		enter box true # and all of them have been read
		equal "$status" 0
		equal "$(open_fds "$supervisor")" "$before"
	done
}

@test "E-206 nobody joins a network by a socket that was replaced" {
	join_number=$((exec_number + 1))
	victim box
	gives 0 python3 "$door" join "$registry/box.sock" "$join_number" # the control
	listener
	XDG_RUNTIME_DIR=$top/shared/run try timeout -k 5 20 sbox -q --net=join:box -- true
	equal "$status" 125
	contains "$err" "box.sock"
	equal "$(grep -vc 'descriptors=0' "$top/shared/log" || :)" 0
}

@test "E-207 a parent that has ended before the command is started is noticed" {
	victim other
	kill -STOP "$supervisor" # whom the next one asks, and waits for
	for lives in yes no; do
		rm -f ran
		# shellcheck disable=SC2016 # for the inner shell
		XDG_RUNTIME_DIR=$top/shared/run sh -c 'sbox -q --net=join:other --write="$PWD" -- touch ran 2>err &
			echo $! >pid; echo; wait' >begun 3>&- &
		parent=$!
		wait_for test -s begun
		sleep 1
		[ "$lives" = yes ] || end_job "$parent"
		kill -CONT "$supervisor"
		wait_for sh -c '! kill -0 "$(cat pid)" 2>/dev/null'
		wait "$parent" || :
		if [ "$lives" = yes ]; then
			[ -e ran ] || fail "the control: $(cat err)"
			kill -STOP "$supervisor"
		else
			[ ! -e ran ]
			contains "$(cat err)" "the process that started sbox"
		fi
	done
}
