#!/usr/bin/env bats
# descriptors.bats - what the command is given on 0 to 2 and by --keep-fd works as without sbox

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# same SCRIPT: what it prints, with sbox in the place of "run" as with nothing
same() {
	local wanted
	seq 1 9 >input
	wanted=$(run() { "$@"; } && eval "$1")
	seq 1 9 >input
	equal "$(run() { sbox -q "${options[@]}" -- "$@"; } && eval "$1")" "$wanted"
}

# everywhere SCRIPT: the same in every sort of sandbox
everywhere() {
	for options in "" "--set=landlock.mode='off'" "--set=namespaces.nested=true" "-pcontainer"; do
		options=(${options:+"$options"})
		same "$1" || fail "options: ${options[*]}"
	done
}

@test "a file that is read goes on where the other left off" {
	everywhere '{ read -r a; run sh -c "read -r b; echo inside \$b"; read -r c; echo $a $c; } <input'
	everywhere '{ read -r a; run true; read -r c; echo $a $c; } <input'
	everywhere '{ run cat; read -r c || echo end; } <input'
	everywhere '{ run sh -c "read -r b; exit 3"; cat; } <input'
	# also by two numbers, and by a number that it keeps
	everywhere '{ run sh -c "read -r a; read -r b <&0; exec 5<&0; read -r c <&5; echo \$a \$b \$c"; cat; } <input'
	same '{ run sh -c "read -r a <&0; echo \$a" 0<&9; read -r b <&9; echo $b; } 9<input'
}

@test "two descriptors of one open file stay so" {
	seq 1 9 >input
	exec 7<input 8<&7
	works sbox --keep-fd=7 --keep-fd=8 -- bash -c 'read -r a <&7; read -r b <&8; read -r c; echo $a $b $c' <&7
	equal "$out" "1 2 3"
	read -r line <&8
	equal "$line" 4
	exec 7<&- 8<&- 7<input 8<input # and two that are not
	works sbox --keep-fd=7 --keep-fd=8 -- bash -c 'read -r a <&7; read -r b <&8; echo $a $b'
	equal "$out" "1 1"
	exec 7<&- 8<&-
}

@test "seeking in a file that is read works, and is seen outside" {
	need python3
	seq 1 9 >input
	exec 7<input
	works sbox -- python3 -c 'import os; os.lseek(0, 4, 0); print(os.read(0, 1))' <&7
	equal "$out" "b'3'"
	read -r line <&7
	equal "$line" ""
	read -r line <&7
	equal "$line" 4
	exec 7<&-
}

@test "what is written goes where it went, between what others write" {
	everywhere '{ echo a; run echo b; echo c; } >output; cat output'
	everywhere 'echo z >output; { echo a; run echo b; echo c; } >>output; cat output'
	everywhere 'echo 123456789 >output; { run sh -c "echo x"; } 1<>output; cat output'
	everywhere '{ echo a >&2; run sh -c "echo b >&2"; echo c >&2; } 2>output; cat output'
	everywhere '{ echo a; run sh -c "echo b >>/dev/stdout"; } >>output; tail -n 2 output'
}

@test "a lock that is held outside is held inside, if the file is open for writing" {
	need flock
	exec 9>lock
	flock 9
	works sbox --keep-fd=9 -- sh -c 'flock -n 9 && echo mine'
	equal "$out" mine
	refused flock -n lock true
	exec 9>&- # the sandbox's end is its end
	works flock -n lock true
}

@test "documents in the script, deleted files and those of the kernel can be read" {
	works sbox -- cat <<<"a line"
	equal "$out" "a line"
	text=$(seq 1 40000) # too much for a pipe
	try sbox -- sh -c 'cat; exit 3' <<<"$text"
	equal "$out" "$text"
	equal "$status" 3
	{ read -r a; sbox -- sh -c 'read -r b; echo $b'; read -r c; echo "$a $c"; } <<<"$text" >told
	equal "$(cat told)" "$(printf '2\n1 3')"
	works sbox -- head -n 1 </proc/self/status
	contains "$out" Name:
	works sbox -- grep -c processor </proc/cpuinfo
}

@test "pipes with a name are read and written to their ends" {
	mkfifo in out
	(seq 1 9 >in; exit) 3>&- &
	cat out >seen 3>&- &
	reader=$!
	sbox -- cat <in >out
	wait "$reader"
	equal "$(cat seen)" "$(seq 1 9)"
	# a program that asks for the end before it reads hears it, too
	need python3
	(echo x >in) 3>&- &
	works sbox -- python3 -c '
import os, select
poll = select.poll()
poll.register(0, select.POLLIN)
data = b""
while True:
    events = poll.poll(5000)
    if not events: raise SystemExit(9)
    more = os.read(0, 9)
    if not more: break
    data += more
print(data)' <in
	equal "$out" "b'x\\n'"
}

@test "a pipe whose other end is gone is a broken one" {
	need python3
	status=0
	(sbox -- sh -c 'trap "" PIPE; sleep 0.5; echo late || exit 7' || echo "$?" >told) 2>err | true
	wait_for test -s told
	equal "$(cat told)" 7
	# and one that the command closes is heard of, while it goes on
	sbox --write=. -- sh -c 'echo first; exec >&- 2>&-; sleep 5; touch ended' 2>/dev/null 3>&- | {
		cat >seen
		[ -e ended ] || touch early
	}
	equal "$(cat seen)" first
	[ -e early ] || fail "the end of it was not heard before the end of the command"
	works sh -c 'sbox -- sh -c "exec <&-; echo closed; exec sleep 1" | cat' < <(yes)
	equal "$out" closed
}

@test "flags that the command sets are not the caller's afterwards, and those of the caller are the command's" {
	need python3
	flags='import fcntl, os, sys; print(oct(fcntl.fcntl(0, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND | os.O_DIRECT)))'
	set_flags='import fcntl, os; fcntl.fcntl(0, fcntl.F_SETFL, os.O_NONBLOCK)'
	seq 1 9 >input
	for options in "" "--set=process.tty='never'" "-pcontainer"; do
		works bash -c '{ sbox -q $1 -- python3 -c "$2"; read -r a && echo $a; } < <(sleep 1; echo x)' \
			- "$options" "$set_flags"
		equal "$out" x
		works bash -c '{ sbox -q $1 -- python3 -c "$2"; python3 -c "$3"; } 0<>input' - "$options" "$set_flags" "$flags"
		equal "$out" 0o0
	done
	works bash -c 'python3 -c "$1"; sbox -- python3 -c "$2"; sbox -- python3 -c "$2" 0>>input' \
		- "$set_flags" "$flags" < <(sleep 1)
	equal "$out" "$(printf '0o4000\n0o2000')"
}

@test "what cannot be given is refused before anything is made, with what helps" {
	mkdir place
	gives 125 sbox --report=report -- touch started <place
	contains "$err" "descriptor 0 is a directory"
	contains "$err" "fs.read"
	[ ! -e started ] || fail "it was started"
	exec 7<place
	gives 125 sbox --keep-fd=7 -- true
	contains "$err" "descriptor 7 is a directory"
	works sbox -- true # nobody has asked for it
	exec 7<&-
}

@test "a second command is given the same" {
	mkdir -m 700 run
	export XDG_RUNTIME_DIR=$PWD/run
	sbox -q --name=box -- sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	sandbox=$!
	wait_for test -e run/sbox/box.toml
	wanted=$(run() { "$@"; } && seq 1 9 >input && {
		{ read -r a; run sh -c 'read -r b; echo inside $b'; read -r c; echo "$a $c"; } <input
	})
	got=$({ read -r a; sboxctl exec box -- sh -c 'read -r b; echo inside $b'; read -r c; echo "$a $c"; } <input)
	equal "$got" "$wanted"
	gives 0 sboxctl exec box -- sh -c 'cat /dev/stdin; (echo bad >/proc/self/fd/0) 2>/dev/null || chmod 666 /dev/stdin || :' <input
	equal "$out" "$(seq 1 9)"
	contains "$err" "Read-only file system"
	equal "$(cat input)" "$(seq 1 9)"
	gives 0 sboxctl exec box -- cat <<<"$(seq 1 40000)"
	equal "$out" "$(seq 1 40000)"
	{ echo a; sboxctl exec box -- echo b; echo c; } >output
	equal "$(cat output)" "$(printf 'a\nb\nc')"
	mkdir place
	gives 125 sboxctl exec box -- true <place
	contains "$err" "descriptor 0 is a directory"
	kill "$sandbox"
	wait "$sandbox" || :
}
