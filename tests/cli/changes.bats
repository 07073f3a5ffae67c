#!/usr/bin/env bats
# changes.bats - sboxctl changes: what a run has written, looked at, put into place, taken
# back

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export XDG_STATE_HOME=$top/state
	sets=$XDG_STATE_HOME/sbox/changes
	mkdir -p w/d/e w/gone
	w=$PWD/w
	for i in 0 1 2 3; do echo "old $i" >"w/f$i"; done
	echo x >w/d/e/x
	echo y >w/d/y
	echo 1 >w/gone/1
	before=$(listing w)
}

teardown() {
	end_jobs
	chmod -R u+rwX "$top" 2>/dev/null || :
}

# listing DIR: all that is in it: types, modes, what files say, where links lead
listing() {
	(cd "$1" && find . -printf '%p %y %#m %l\n' | sed 's/^\(.* l\) .777/\1/' | sort &&
		find . -type f -exec sha256sum {} + | sort)
}

# change SCRIPT [OPTION...]: a shell script in $w, with the set "s"
change() {
	local script=$1
	shift
	works sbox -q --changes=s --write="$w" --chdir="$w" "$@" -- sh -c "$script"
}

changes() {
	try sboxctl changes "$@"
}

# inside: what a run with the set sees
inside() {
	works sbox -q --changes=s --write="$w" --chdir="$w" --setenv=TERM=dumb -- sh -c \
		"find . -printf '%p %y %#m %l\n' | sed 's/^\(.* l\) .777/\1/' | sort; find . -type f -exec sha256sum {} + | sort"
	echo "$out"
}

all_kinds='echo new >f0; rm f1; mv f2 f2b; chmod 755 f3; rm -r gone; mkdir n n/m; echo hi >n/m/file
	rm -r d/e; mkdir d/e; echo z >d/e/z; ln -s f0 link; chmod 700 d'

@test "every kind of change is told in a line, by content" {
	change "$all_kinds; cat d/y >t; cat t >d/y; rm t; mkdir T; printf q >'T/a
b'"
	changes diff s
	equal "$status" 1
	equal "${out//$w/W}" "$(
		cat <<-'END'
			A W/T/
			A W/T/a\x0ab
			m W/d/  (mode 0755 to 0700)
			D W/d/e/x
			A W/d/e/z
			M W/f0
			D W/f1
			R W/f2 -> W/f2b
			m W/f3  (mode 0644 to 0755)
			D W/gone/
			A W/link  (a link)
			A W/n/
			A W/n/m/
			A W/n/m/file
		END
	)"
	changes diff s --stat
	equal "$status $out" "1 7 added, 1 changed, 3 removed, 1 renamed, 2 with another mode; -4 bytes"
	changes diff s -- w/d
	equal "$status ${out//$w/W}" "1 m W/d/  (mode 0755 to 0700)
D W/d/e/x
A W/d/e/z"
	changes diff s --json w/f0
	equal "$(python3 -c 'import json, sys; print([(e["kind"], e["path"], e["before"]["size"], e["after"]["size"]) for e in json.load(sys.stdin)])' <<<"$out")" \
		"[('M', 'f0', 6, 4)]"
	changes diff s nothing/of/that
	equal "$status $out" "0 "
}

@test "the lines are shown by diff in a sandbox, and no text of the command reaches the terminal as it is" {
	change 'printf "old 0\nmore\n" >f0; printf "a\033[31mb\n" >n; printf "a\0b" >bin; rm f1'
	changes diff s --content
	equal "$status ${out//$w/W}" "$(
		cat <<-'END'
			1 A W/bin
			  (no text, or too long)
			M W/f0
			@@ -1 +1,2 @@
			 old 0
			+more
			D W/f1
			@@ -1 +0,0 @@
			-old 1
			A W/n
			@@ -0,0 +1 @@
			+a\x1b[31mb
		END
	)"
}

@test "a commit makes the host what the command saw, an undo what it was" {
	change "$all_kinds"
	seen=$(inside)
	equal "$(listing w)" "$before"
	works sboxctl changes commit s
	equal "$out$err" ""
	equal "$(listing w)" "$seen"
	matches "$(sboxctl changes list)" '^s +committed '
	changes commit s
	equal "$status" 125
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	changes undo s
	equal "$status" 125
	works sboxctl changes commit s
	equal "$(listing w)" "$seen"
	works sboxctl changes discard s
	equal "$(ls -A "$sets")" ""
}

@test "a path is one of the change set, also where the host has a link in its place" {
	ln -s d w/link
	change 'rm link; mkdir link; echo in >link/new; echo out >other'
	changes diff s w/link/new
	contains "$out" "link/new"
	lacks "$out" other
	changes commit s w/link/new
	equal "$status" 1
	contains "$err" "made anew"
	works sboxctl changes commit s w/link
	equal "$(cat w/link/new)" in
	[ ! -e w/other ]
}

@test "some paths are committed, and the rest stays" {
	change "$all_kinds"
	seen=$(inside)
	works sboxctl changes commit s w/n/m/file w/f1 w/f2b
	equal "$(ls w w/n/m)" "$(printf 'w:\nd\nf0\nf2\nf2b\nf3\ngone\nn\n\nw/n/m:\nfile')"
	matches "$(sboxctl changes list)" '^s +partly '
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	works sboxctl changes commit s w/n/m w/gone
	works sboxctl changes commit s
	equal "$(listing w)" "$seen"
}

@test "a run goes on with what is left of a commit" {
	change 'echo one >a; echo two >b'
	works sboxctl changes commit s w/a
	change 'cat a b; echo more >>a'
	equal "$out" "$(printf 'one\ntwo')"
	changes undo s
	equal "$status" 125 # the run stands on it
	works sboxctl changes commit s
	equal "$(cat w/a w/b)" "$(printf 'one\nmore\ntwo')"
}

@test "what was changed on the host as well is a conflict, and nothing is done" {
	change "echo new >f0; rm f1; rm -r gone; rm -r d/e; mkdir d/e; mkdir n; mv f2 g"
	echo edited >>w/f0
	echo >w/gone/more
	echo >w/d/e/more
	mkdir w/n
	rm w/f3
	now=$(listing w)
	changes commit s
	equal "$status" 1
	for path in f0 gone d/e n; do
		matches "$err" "$w/$path: "
	done
	[[ $err != *"$w/f1:"* ]]
	equal "$(listing w)" "$now"
	works sboxctl changes commit s w/f1
	[ ! -e w/f1 ]
}

@test "nor is an undo done over what was changed since" {
	change 'echo new >f0; rm f1; mkdir n; echo a >n/a'
	works sboxctl changes commit s
	echo mine >>w/n/a
	echo mine >w/f1
	now=$(listing w)
	changes undo s
	equal "$status" 1
	matches "$err" "$w/n: was changed since"
	matches "$err" "$w/f1: was made on the host since"
	equal "$(listing w)" "$now"
}

@test "what programs of the host take as instructions is refused, skipped or trusted" {
	change 'mkdir -p .github/workflows sub .vscode; echo x >.github/workflows/ci.yml; echo >.envrc
		echo >.vscode/tasks.json; git init -q sub; echo x >sub/.git/hooks/post-checkout
		git -C sub config core.fsmonitor ./x; ln -s /etc/passwd out; ln -s ../../x out2; ln -s f0 in
		echo fine >fine; git init -q good; git init -q --bare bare; echo x >bare/hooks/update' --guard=fail
	changes commit s
	equal "$status" 1
	equal "$(sed -n 's|^  \([^:]*\): .*|\1|p' <<<"${err//$w/W}" | sort)" "$(
		printf 'W/%s\n' .envrc .github/workflows .vscode bare/hooks/update out out2 \
			sub/.git/config sub/.git/hooks/post-checkout
	)"
	[ ! -e w/fine ]
	change true --set='changes.protect="skip"'
	works sboxctl changes commit s
	matches "$err" 'left in the set:'
	equal "$(cat w/fine)" fine
	[ -e w/good/.git/config ]
	[ -L w/in ]
	[ ! -e w/sub/.git/config ]
	[ ! -e w/bare/hooks/update ]
	changes diff s
	[[ $out == *"A $w/.envrc"* ]]
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	works sboxctl changes commit s --trust
	[ -x w/sub/.git/hooks/post-checkout ] || [ -e w/sub/.git/hooks/post-checkout ]
	[ -e w/.envrc ]
}

@test "a directory that is there takes nothing new that is refused, and keeps what it has" {
	mkdir -p w/.github/workflows
	echo old >w/.github/workflows/old.yml
	change 'echo new >.github/workflows/new.yml; echo >a'
	changes commit s
	equal "$status" 1
	matches "$err" "$w/.github/workflows/new.yml: .github/workflows"
	works sboxctl changes commit s w/a
	equal "$(ls w/.github/workflows)" old.yml
}

@test "set-id bits, sockets and what overlayfs notes are not put" {
	change 'cp /bin/true t; mkdir n; cp t n/t; mkfifo ff
		python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"n/s\")"; echo >>f0'
	# a kernel or a profile may let a command set them
	(cd "$sets/s/0/up" && chmod 6755 t && chmod 2755 n && chmod 4711 n/t)
	works sboxctl changes commit s
	matches "$err" "$w/t: is put without its set-id bits"
	matches "$err" "$w/n/s: is a socket"
	equal "$(stat -c '%n %a' w/t w/n w/n/t)" "$(printf 'w/t 755\nw/n 755\nw/n/t 711')"
	[ -p w/ff ]
	[ ! -e w/n/s ]
	equal "$(cd w && python3 -c 'import os; print([x for d, s, f in os.walk(".") for n in s + f for x in os.listxattr(d + "/" + n, follow_symlinks=False)])')" "[]"
}

@test "directories that are closed to their owner are moved all the same" {
	mkdir w/ro
	echo a >w/ro/a
	chmod 555 w/ro
	before=$(listing w)
	change 'mkdir n; echo b >n/b; chmod 555 n; chmod 755 ro; echo new >ro/a; echo >ro/b; chmod 555 ro; mkdir z; chmod 0 z'
	works sboxctl changes diff s --stat || equal "$status" 1
	works sboxctl changes commit s
	equal "$(cat w/ro/a w/n/b)" "$(printf 'new\nb')"
	equal "$(stat -c %a w/ro w/n w/z)" "$(printf '555\n555\n0')"
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	works sboxctl changes discard s
}

@test "a very deep tree, a sparse file of a terabyte and a FIFO hold nothing up" {
	change 'python3 -c "
import os
for i in range(1500):
    os.mkdir(\"d\" * 200); os.chdir(\"d\" * 200)
"; truncate -s 1T big; mkfifo f0x; rm f0; mkfifo f0'
	changes diff s --stat
	equal "$status" 1
	works sboxctl changes commit s
	[ -p w/f0 ]
	equal "$(stat -c %s w/big)" 1099511627776
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	works sboxctl changes discard s
	equal "$(ls -A "$sets")" ""
}

@test "what is hidden inside is neither told nor committed" {
	echo secret >w/d/.env
	change 'rm -f d/.env; rm -rf d 2>/dev/null; echo >a' --deny="$w/d/.env"
	changes diff s
	[[ $out != *.env* ]]
	works sboxctl changes commit s
	equal "$(cat w/d/.env)" secret
}

@test "more than changes.max is not committed" {
	change 'head -c 3000000 /dev/zero >big' --set='changes.max="1M"'
	changes commit s
	equal "$status" 125
	matches "$err" 'changes.max'
	[ ! -e w/big ]
}

@test "another directory in the place of the tree is not written to" {
	change 'echo new >f0'
	mv w moved
	cp -a moved w
	changes commit s
	equal "$status" 125
	matches "$err" 'is not the directory that the changes are of'
	rm -r w
	ln -s moved w
	changes commit s
	equal "$status" 125
	equal "$(cat moved/f0)" "old 0"
	rm w
	mv moved w
	works sboxctl changes commit s
	equal "$(cat w/f0)" new
}

@test "files of a set that sbox has not written so are refused with their place" {
	change 'echo new >f0'
	cp "$sets/s/run.toml" saved
	for spoil in 's/^version = 1/version = 9/' 's/^ino = .*/ino = "x"/' 's/^lower = .*/lower = "..\/x"/' \
		'/^allowed/d' 's/^protect = .*/protect = "maybe"/' '1i ['; do
		sed -i "$spoil" "$sets/s/run.toml"
		changes commit s
		equal "$status" 125
		matches "$err" 'run.toml'
		cp saved "$sets/s/run.toml"
	done
	echo nonsense >"$sets/s/state"
	changes diff s
	equal "$status" 125
	matches "$err" 's/state: '
	echo committing >"$sets/s/state"
	for journal in 'x' 'sbox journal 1' $'sbox journal 1\nend 1' \
		$'sbox journal 1\nput 0 1 0 0.0 0 644 0 --- ../../x\nend 1' \
		$'sbox journal 1\nput 7 1 0 0.0 0 644 0 --- x\nend 1' \
		$'sbox journal 1\nput 0 1 0 0.0 0 644 0 --- x\nend 2'; do
		echo "$journal" >"$sets/s/journal"
		changes commit s
		equal "$status" 125
		matches "$err" 's/journal:[0-9]+: '
	done
	equal "$(listing w)" "$before"
	rm "$sets/s/journal"
	echo stopped >"$sets/s/state"
	works sboxctl changes commit s
}

@test "names, options and words that are none are mistakes" {
	for args in 'dif s' 'diff' 'diff .x' 'diff s --trust' 'commit s --stat' 'undo s x' 'commit' 'list --all' 'discard'; do
		# shellcheck disable=SC2086
		changes $args
		equal "$args: $status" "$args: 125"
	done
	changes diff nobody
	equal "$status" 125
	matches "$err" 'there is no change set "nobody"'
	matches "$(sboxctl changes dif 2>&1)" 'did you mean "diff"'
	changes list
	equal "$status $(wc -l <<<"$out")" "0 1"
	changes list --json
	equal "$out" "[]"
}

@test "a set that a sandbox runs with is in use, and is free after it" {
	begin sbox -q --changes=s --write="$w" -- sh -c 'echo ready; cat >/dev/null'
	for verb in diff commit undo discard; do
		changes "$verb" s
		equal "$status" 125
		matches "$err" 'is in use'
	done
	matches "$(sboxctl changes list)" '^s +in use'
	finish
	equal "$status" 0
	works sboxctl changes diff s
}

@test "at the end of a run it is committed, and 123 says that it was refused" {
	works sbox -q --changes=s --on-success=commit --write="$w" --chdir="$w" -- sh -c 'echo new >f0'
	equal "$(cat w/f0)" new
	works sboxctl changes undo s
	equal "$(cat w/f0)" "old 0"
	works sboxctl changes discard s
	try sbox -q --changes=s --on-success=commit --write="$w" --chdir="$w" -- sh -c 'echo new >f0; echo >.envrc'
	equal "$status" 123
	matches "$err" "$w/.envrc: .envrc"
	equal "$(listing w)" "$before"
	try sbox -q --changes=s --on-success=commit --write="$w" --chdir="$w" -- sh -c 'rm .envrc; exit 7'
	equal "$status" 7
	equal "$(listing w)" "$before"
	works sbox -q --changes=s --on-success=commit --write="$w" --chdir="$w" -- true
	equal "$(cat w/f0)" new
}

@test "--try shows the changes on the terminal and asks what to do" {
	need python3
	answer() {
		python3 - "$@" <<-'END'
			import os, pty, sys, select, time
			keys, argv = sys.argv[1].encode().decode("unicode_escape").encode(), sys.argv[2:]
			pid, fd = pty.fork()
			if pid == 0:
			    os.environ["PAGER"] = "cat"; os.environ["NO_COLOR"] = "1"
			    os.execvp(argv[0], argv)
			out = b""; sent = 0
			while True:
			    try:
			        data = os.read(fd, 4096)
			    except OSError:
			        break
			    if not data:
			        break
			    out += data
			    if out.count(b"discards them: ") > sent and sent < len(keys):
			        os.write(fd, keys[sent:sent + 1] + b"\n"); sent += 1
			sys.stdout.write(out.decode().replace("\r", ""))
			sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
		END
	}
	works answer dc sbox --try --write="$w" --chdir="$w" -- sh -c 'echo new >f0'
	matches "$out" "M $w/f0"
	matches "$out" '\+new'
	equal "$(cat w/f0)" new
	works answer x sbox --try --write="$w" --chdir="$w" -- sh -c 'echo newer >f0'
	equal "$(cat w/f0)" new
	works answer k sbox --try --write="$w" --chdir="$w" -- sh -c 'echo newer >f0'
	equal "$(cat w/f0)" new
	equal "$(sboxctl changes list | grep -c '^try-')" 2
	works answer '' sbox --try --write="$w" --chdir="$w" -- true
	equal "$(sboxctl changes list | grep -c '^try-')" 2
}

@test "files of subordinate ids are looked at, committed, taken back and discarded" {
	need_subids
	change 'echo new >f0; mkdir n; echo a >n/a; chown 5:5 n n/a; chmod 700 n; rm f1' -p container --map=subids --user=root
	changes diff s
	equal "${out//$w/W}" "$(printf 'M W/f0\nD W/f1\nA W/n/\nA W/n/a')"
	works sboxctl changes commit s
	equal "$(cat w/f0)" new
	[ "$(stat -c %u w/n)" -ne "$(id -u)" ]
	works sboxctl changes undo s
	equal "$(listing w)" "$before"
	works sboxctl changes discard s
	equal "$(ls -A "$sets")" ""
}
