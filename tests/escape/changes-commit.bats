#!/usr/bin/env bats
# What a command leaves in a change set gets nowhere but to its places, not before somebody
# has said so, and not where programs of the host would take it as instructions. Controls
# show that the attack works with what one would do by hand: copy the upper directory.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
# shellcheck disable=SC2016,SC2154 # for the inner shells; what lib.bash sets

setup_file() {
	need git python3
	[ -z "${SBOX_ESCAPE_VIA-}" ] || skip "a change set is of a run of its own"
}

# project: an empty directory $w that the user works in, and no change set
project() {
	export XDG_STATE_HOME=$top/state
	w=$top/here/w sets=$XDG_STATE_HOME/sbox/changes
	chmod -R u+rwX "$top/here" "$XDG_STATE_HOME" 2>/dev/null || :
	rm -rf "$top/here" "$XDG_STATE_HOME"
	mkdir -p "$w" "$XDG_STATE_HOME"
	cd "$top/here" || return
}

# repository DIR: with a commit
repository() {
	git init -q "$1"
	echo text >"$1/file"
	git -C "$1" add file
	git -C "$1" -c user.name=n -c user.email=e commit -qm first
}

# settle: whatever is done from now on has a later time
settle() {
	sleep 0.03
}

# inside NAME SCRIPT [OPTION...]: a run in the project that writes to the change set NAME
inside() {
	local name=$1 script=$2
	shift 2
	settle
	gives 0 env -C "$w" sbox -q --changes="$name" -p build "$@" -- bash -euc "$script"
	settle
}

commit() {
	gives 0 sboxctl changes commit "$@"
}

# upper NAME: what lies in the change set
upper() {
	echo "$sets/$1/0/up"
}

# by_hand NAME: a copy of the project with what the change set holds copied over it
by_hand() {
	rm -rf "$top/copy"
	cp -a "$w" "$top/copy"
	find "$(upper "$1")" -type c -prune -o -type f -printf '%P\0' |
		rsync_like "$(upper "$1")" "$top/copy"
}

# rsync_like FROM TO: copies the files that are named on the standard input
rsync_like() {
	(cd "$1" && xargs -0r cp -a --parents -t "$2")
}

# kept NAME COMMAND...: the project is the same before and after the command
kept() {
	local before
	before=$(tree "$w")
	"$@"
	equal "$(tree "$w")" "$before"
}

# content DIR: as tree, to be compared with another one
content() {
	(cd "$1" && tree .)
}

# refused_commit NAME PART: a commit is refused with status 1, names PART, and touches nothing
refused_commit() {
	kept gives 1 sboxctl changes commit "$1"
	contains "$err" "$2"
}

teardown() {
	end_all
	# what is left of files of subordinate ids
	[ -z "${subuid-}" ] || unshare --map-root-user --map-auto rm -rf "$top/state" "$top/here" || :
	chmod -R u+rwX "${top:-/nonexistent}" 2>/dev/null || :
}

# at_step CALL N HOOK COMMAND...: COMMAND stops behind its N-th CALL, HOOK is done, and it
# goes on; its status and words are in $status and $err
at_step() {
	local call=$1 n=$2 hook=$3 pid
	shift 3
	status=0
	strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=STOP:when=$n" \
		"$@" >"$top/out" 2>"$top/err" 3>&- &
	pid=$!
	jobs_started+=("$pid")
	wait_for is_stopped "$pid"
	child=$(children "$pid")
	bash -euc "$hook"
	kill -CONT "$child"
	wait "$pid" || status=$?
	out=$(cat "$top/out") err=$(cat "$top/err")
}

children() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

# is_stopped PID: what it traces waits; twice, since every call that is traced stops
is_stopped() {
	local child
	child=$(children "$1")
	[ -n "$child" ] && grep -q '^State:.*[tT]' "/proc/${child%% *}/status" && sleep 0.2 &&
		grep -q '^State:.*[tT]' "/proc/${child%% *}/status"
}

# killed_at CALL N COMMAND...: COMMAND is killed at its N-th CALL; 1: it made fewer
killed_at() {
	local call=$1 n=$2 got=0
	shift 2
	strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
		"$@" >/dev/null 2>&1 3>&- || got=$?
	[ "$got" -ge 128 ]
}

# ------------------------------------------------------------- directories of the host

@test "E-330 a directory of the host that became a link leads no commit elsewhere" {
	project
	mkdir -p "$w/d" "$top/victim"
	echo old >"$w/d/f"
	inside a 'echo evil >d/f; echo evil >d/new; mkdir d/sub; echo evil >d/sub/f'
	mv "$w/d" "$w/was"
	ln -s "$top/victim" "$w/d"
	echo victim >"$top/victim/f"
	by_hand_there() {
		python3 -c 'import shutil, sys
shutil.copytree(sys.argv[1], sys.argv[2], dirs_exist_ok=True)' "$(upper a)" "$w"
	}
	by_hand_there
	equal "$(cat "$top/victim/f")" evil
	row outside works
	rm -r "$top/victim"
	mkdir "$top/victim"
	echo victim >"$top/victim/f"
	kept gives 1 sboxctl changes commit a
	contains "$err" "$w/d"
	kept try sboxctl changes commit a "$w/d/new"
	equal "$(ls "$top/victim")" f
	equal "$(cat "$top/victim/f")" victim
	row full stopped
}

@test "E-331 the tree itself that was moved, replaced, became a link or another device is not committed to" {
	project
	echo old >"$w/f"
	inside a 'echo evil >f'
	mkdir "$top/victim"
	echo victim >"$top/victim/f"
	mv "$w" "$w.was"
	ln -s "$top/victim" "$w"
	gives 125 sboxctl changes commit a
	rm "$w"
	cp -a "$w.was" "$w"
	gives 125 sboxctl changes commit a
	contains "$err" "is not the directory"
	rm -r "$w"
	gives 125 sboxctl changes commit a
	mv "$w.was" "$w"
	gives 125 unshare -Urm sh -c 'mount -t tmpfs none "$1" && exec sboxctl changes commit a' sh "$w"
	contains "$err" "another device"
	equal "$(cat "$top/victim/f" "$w/f")" "$(printf 'victim\nold')"
	commit a # it is there again
	equal "$(cat "$w/f")" evil
}

@test "E-332 a directory that changes places with a link all the time leads no commit elsewhere" {
	project
	mkdir -p "$w/d" "$top/victim"
	echo old >"$w/d/f"
	inside a 'echo evil >d/f; echo evil >d/new; chmod 777 d'
	cat >"$top/swap.py" <<-'PY'
		import ctypes, os, sys
		w, victim = sys.argv[1:]
		os.symlink(victim, w + "/link")
		call = ctypes.CDLL(None).renameat2
		a, b = (w + "/d").encode(), (w + "/link").encode()
		print("ready", flush=True)
		while True:
		    call(-100, a, -100, b, 2)
	PY
	echo victim >"$top/victim/f"
	chmod 700 "$top/victim"
	begin python3 "$top/swap.py" "$w" "$top/victim"
	by_path() {
		for _ in $(seq 200); do
			cp -r "$(upper a)/d/new" "$w/d/new" 2>/dev/null || :
			[ ! -e "$top/victim/new" ] || return 0
		done
		return 1
	}
	by_path || fail "the control"
	row outside works
	rm -f "$top/victim/new" "$w/d/new" "$w/link/new"
	for _ in $(seq "$(scaled 60)"); do
		try sboxctl changes commit a
		try sboxctl changes undo a
		equal "$(ls "$top/victim") $(cat "$top/victim/f") $(stat -c %a "$top/victim")" \
			"f victim 700"
	done
	end_job "$job"
	row full stopped
}

@test "E-333 a mode is not given to what a link leads to that was put into a directory's place" {
	need strace
	project
	mkdir "$w/d" "$top/victim"
	chmod 700 "$top/victim"
	inside a 'chmod 777 d; mkdir n; chmod 777 n; echo >n/f'
	# a look at the path and a change of it, as by hand
	[ ! -L "$w/d" ]
	mv "$w/d" "$w/was"
	ln -s "$top/victim" "$w/d"
	chmod 777 "$w/d"
	equal "$(stat -c %a "$top/victim")" 777
	row outside works
	rm "$w/d"
	mv "$w/was" "$w/d"
	chmod 700 "$top/victim"
	delayed() { # COMMAND...: with a second before each change of a mode
		strace -f -qq -o /dev/null -e trace=fchmodat,chmod \
			-e inject=fchmodat,chmod:delay_enter=$((2000000 * slow)) "$@" \
			>/dev/null 2>&1 3>&- &
		job=$!
		jobs_started+=("$job")
		sleep "$slow"
	}
	delayed sboxctl changes commit a "$w/d"
	mv "$w/d" "$w/was"
	ln -s "$top/victim" "$w/d"
	wait "$job" || :
	equal "$(stat -c %a "$top/victim")" 700
	delayed sboxctl changes commit a "$w/n/f"
	mv "$w/n" "$w/was2" || :
	ln -s "$top/victim" "$w/n" || :
	wait "$job" || :
	equal "$(stat -c %a "$top/victim")" 700
	row full stopped
}

# --------------------------------------------------------------------- instructions

# planted_set PREPARE SCRIPT PLACE: with what PREPARE has made in a repository, SCRIPT
# leaves PLACE, which a copy by hand brings there and a commit refuses
planted_set() {
	project
	repository "$w"
	(cd "$w" && bash -euc "$1")
	inside a "$2"
	by_hand a
	[ -e "$top/copy/$3" ] || [ -L "$(upper a)/$3" ] || fail "the control: $2"
	row outside works
	refused_commit a "${4-$3}"
	row full stopped
}

@test "E-334 no hook, setting, workflow or task comes to its place by a commit" {
	planted_set : 'mkdir -p s/.git/hooks; echo x >s/.git/hooks/pre-commit' s/.git/hooks/pre-commit
	planted_set : 'git init -q s; git -C s config core.fsmonitor ./x' s/.git/config
	planted_set : 'git init -q --bare b; git -C b config core.fsmonitor ./x' b/config
	planted_set : 'git init -q --bare b; echo x >b/hooks/post-update' b/hooks/post-update
	planted_set : 'mkdir -p .git/modules/x; printf "[core]\n\tfsmonitor = x\n" >.git/modules/x/config' \
		.git/modules/x/config
	planted_set : 'mkdir -p .git/modules/x/hooks; echo x >.git/modules/x/hooks/pre-commit' \
		.git/modules/x/hooks/pre-commit
	planted_set : 'mkdir s; echo "gitdir: ../elsewhere" >s/.git' s/.git
	planted_set : 'git init -q s; mv s/.git s/meta; ln -s meta s/.git' s/.git
	planted_set : 'mkdir -p .github/workflows; echo x >.github/workflows/x.yml' \
		.github/workflows/x.yml .github/workflows
	planted_set 'mkdir -p .github/workflows; echo o >.github/workflows/x.yml' \
		'echo x >.github/workflows/x.yml' .github/workflows/x.yml
	planted_set 'mkdir -p gh/workflows; echo o >gh/workflows/x.yml' \
		'mv gh .github' .github/workflows/x.yml .github/workflows
	planted_set : 'mkdir -p gh/workflows; echo x >gh/workflows/x.yml; mv gh .github' \
		.github/workflows/x.yml .github/workflows
	planted_set 'mkdir -p .github; echo o >.github/o' \
		'rm -rf .github; mkdir -p .github/workflows; echo x >.github/workflows/x.yml' \
		.github/workflows/x.yml .github/workflows
	planted_set : 'echo x >.envrc' .envrc
	planted_set 'echo x >f' 'mv f .envrc' .envrc
	planted_set 'echo x >f' 'ln f .envrc' .envrc
	planted_set : 'git init -q s; echo x >s/.envrc' s/.envrc
	planted_set : 'mkdir .vscode; echo x >.vscode/tasks.json' .vscode/tasks.json .vscode
}

@test "E-335 other letter case is no way past a commit's refusals" {
	planted_set : 'mkdir -p s/.GIT/Hooks; echo x >s/.GIT/Hooks/pre-commit' s/.GIT/Hooks/pre-commit
	planted_set : 'mkdir -p .GitHub/WORKFLOWS; echo x >.GitHub/WORKFLOWS/x.yml' \
		.GitHub/WORKFLOWS/x.yml .GitHub/WORKFLOWS
	planted_set : 'echo x >.Envrc' .Envrc
	planted_set : 'mkdir .VSCode; echo x >.VSCode/tasks.json' .VSCode/tasks.json .VSCode
}

@test "E-336 a commit of paths and one that skips leave the same out" {
	project
	repository "$w"
	inside a 'mkdir -p s/.git/hooks; echo x >s/.git/hooks/pre-commit; echo x >.envrc; echo y >ok'
	for path in s s/.git s/.git/hooks s/.git/hooks/pre-commit .envrc; do
		kept gives 1 sboxctl changes commit a "$w/$path"
	done
	commit a "$w/ok"
	equal "$(ls -A "$w" | tr '\n' ' ')" ".git file ok "
	inside b 'mkdir -p s/.git/hooks; echo x >s/.git/hooks/pre-commit; echo x >.envrc; echo y >s/ok' \
		--set 'changes.protect="skip"'
	commit b
	contains "$err" "pre-commit"
	equal "$(find "$w/s" -type f)" "$w/s/ok"
	[ ! -e "$w/.envrc" ]
}

@test "E-337 a repository that comes in two commits is one" {
	project
	inside a 'mkdir b; printf "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = x\n" >b/config'
	try sboxctl changes commit a
	inside a 'mkdir -p b/objects b/refs; echo ref: refs/heads/master >b/HEAD'
	try sboxctl changes commit a
	[ ! -e "$w/b/HEAD" ] || [ ! -e "$w/b/config" ] || fail "a repository with a program of the command"
}

@test "E-338 a repository in another does not make the outer one forgotten" {
	project
	inside a 'for d in b b/hooks/a.sample; do mkdir -p $d/objects $d/refs; echo ref: refs/heads/master >$d/HEAD; done
		printf "[core]\n\trepositoryformatversion = 0\n" >b/config
		printf "#!/bin/sh\n" >b/hooks/pre-commit; chmod +x b/hooks/pre-commit'
	by_hand a
	[ -x "$top/copy/b/hooks/pre-commit" ]
	refused_commit a b/hooks/pre-commit
}

@test "E-339 a link is no way to where a setting looks for a program" {
	project
	repository "$w"
	git -C "$w" config core.hooksPath tools/hooks
	inside a 'mkdir -p t/hooks; printf "#!/bin/sh\necho ran\n" >t/hooks/pre-commit
		chmod +x t/hooks/pre-commit; ln -s t tools'
	try sboxctl changes commit a
	try git -C "$w" -c user.name=n -c user.email=e commit --allow-empty -m x
	lacks "$out$err" ran
}

@test "E-340 what a first run was allowed is not allowed to a later one" {
	project
	repository "$w"
	inside a 'true' --set 'guard.action="off"'
	inside a 'echo x >.envrc'
	refused_commit a .envrc
}

@test "E-341 links that lead out of the tree are refused" {
	project
	mkdir -p "$w/d/e"
	for link in /etc/passwd ../x ../../x d/../../x "$HOME/.ssh" /usr/../root /proc/self/root/etc; do
		inside a "ln -s $link m"
		refused_commit a "leads out"
		gives 0 sboxctl changes discard a
	done
	inside a 'ln -s d m; ln -s /usr/bin/true n; ln -s ../../d d/e/l'
	commit a
}

@test "E-342 links that lead out by way of other links are refused" {
	project
	mkdir -p "$w/d/e"
	inside a 'ln -s ../.. d/e/l; ln -s d/e/l/../victim m'
	try sboxctl changes commit a
	[ "$status" -ne 0 ] || equal "$(readlink -m "$w/m")" "$w/d/victim"
}

# --------------------------------------------------------------------- bits and names

@test "E-343 no set-id bit comes to the host, and none can be used before" {
	for option in 'seccomp.base="default"' 'seccomp.base="none"'; do
		project
		inside a 'cp /bin/true s; chmod 4755 s || :; mkdir -p d/e; cp s d/s; chmod 6755 d/s || :
			chmod 2775 d d/e || :' --set "$option"
	done
	[ -u "$(upper a)/s" ] && [ -g "$(upper a)/d/s" ] || fail "the control"
	by_hand a
	[ -u "$top/copy/s" ] && [ -u "$top/copy/d/s" ] || fail "the control"
	row outside works
	equal "$(stat -c %a "$XDG_STATE_HOME/sbox/changes" "$sets/a" | tr '\n' ' ')" "700 700 "
	commit a
	contains "$err" "set-id"
	equal "$(find "$w" -perm /7000)" ""
	row no-seccomp stopped
}

@test "E-344 names do not reach a terminal as they are, and JSON has them exactly" {
	project
	inside a 'touch -- "$(printf "esc\033[2Jx")" "$(printf "a\nA b")" -rf "$(printf "bad\377utf")" \
		"$(printf "rtl\342\200\256x")"; mkdir -- "$(printf "d\n-rf")"; echo >"$(printf "d\n-rf/\033]0;x\007")"'
	find "$(upper a)" | grep -q "$(printf '\033')" || fail "the control"
	row outside works
	gives 1 sboxctl changes diff a
	equal "$(wc -l <"$top/out")" 7
	! LC_ALL=C grep -q "[^[:print:][:space:]]" "$top/out" || fail "$out"
	gives 1 sboxctl changes diff a --content
	! LC_ALL=C grep -q "[^[:print:][:space:]]" "$top/out" || fail "$out"
	gives 1 sboxctl changes diff a --json
	python3 - "$top/out" "$(upper a)" <<-'PY'
		import json, os, sys
		told = {bytes.fromhex(x["path_hex"]) if "path_hex" in x else x["path"].encode()
		        for x in json.load(open(sys.argv[1]))}
		root = os.fsencode(sys.argv[2])
		there = {os.path.relpath(os.path.join(d, n), root)
		         for d, dirs, files in os.walk(root) for n in dirs + files}
		assert told == there, (told, there)
	PY
	before=$(cd "$(upper a)" && find . -print0 | sort -z | od -c)
	commit a
	equal "$(cd "$w" && find . -print0 | sort -z | od -c)" "$before"
	row full stopped
}

@test "E-345 names in what commit has to say are escaped, and so are those of commands" {
	need strace
	project
	inside a 'mkdir "$(printf "d\033[2J")"; git init -q "$(printf "d\033[2J/s")"
		echo x >"$(printf "d\033[2J/s/.envrc")"'
	gives 1 sboxctl changes commit a
	lacks "$err" "$(printf '\033')"
	gives 0 sboxctl changes discard a
	inside a ': "$(printf "\033[2J")"; echo >"$(printf "f\033[2J\n")"'
	try strace -f -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:error=EIO sboxctl changes commit a
	equal "$status" 125
	lacks "$err" "$(printf '\033')"
	gives 0 sboxctl changes list
	lacks "$out" "$(printf '\033')"
}

# ------------------------------------------------------------------ what is opened

@test "E-346 a FIFO, a socket or a whiteout holds no commit and no diff up" {
	project
	mkfifo "$w/pipe"
	echo old >"$w/file"
	echo gone >"$w/gone"
	inside a 'mkdir -p s/.git n; mkfifo s/.git/config n/fifo; rm file; mkfifo file
		rm pipe; echo x >pipe; rm gone
		python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"n/socket\")"'
	status=0
	timeout 1 cat "$(upper a)/file" || status=$?
	equal "$status" 124
	row outside works
	patience=(timeout --foreground -k 5 $((20 * slow)))
	gives 1 sboxctl changes diff a
	gives 1 sboxctl changes diff a --content
	gives 1 sboxctl changes commit a
	contains "$err" s/.git/config
	inside a 'rm -r s'
	commit a
	contains "$err" socket
	[ -p "$w/file" ]
	[ -p "$w/n/fifo" ]
	[ -f "$w/pipe" ]
	[ ! -e "$w/gone" ]
	[ ! -e "$w/n/socket" ]
	gives 0 sboxctl changes undo a
	[ -p "$w/pipe" ]
	[ -f "$w/file" ]
	[ -f "$w/gone" ]
	[ ! -e "$w/n" ]
	row full stopped
}

@test "E-347 no device can be made for a commit to put" {
	project
	for mode in $modes; do
		layers "$mode"
		settle
		for kind in 'c 0 0' 'c 1 3' 'b 7 0'; do
			try env -C "$w" sbox -q --changes="a-$mode" -p build "${layers[@]}" -- mknod x $kind
			differ "$status" 0
			[ ! -e "$(upper "a-$mode")/x" ]
		done
		row "$mode" stopped
	done
}

# ----------------------------------------------------------------------------- sizes

@test "E-348 a file of a tebibyte with nothing in it is looked at and put at once" {
	project
	truncate -s 1T "$w/same"
	inside a 'truncate -s 1T new; touch same; echo x >>same; truncate -s 1T same'
	patience=(timeout --foreground -k 5 $((30 * slow)))
	gives 1 sboxctl changes diff a
	commit a
	equal "$(stat -c %s "$w/new" "$w/same" | tr '\n' ' ')" "1099511627776 1099511627776 "
	[ "$(stat -c %b "$w/new")" -lt 100 ]
	gives 0 sboxctl changes undo a
	gives 0 sboxctl changes discard a
}

@test "E-349 a hundred thousand files are looked at, committed, undone and discarded" {
	project
	n=$(scaled 100000)
	inside a "seq $n | xargs touch; mkdir d; cd d; seq $n | xargs touch"
	gives 1 sboxctl changes diff a
	equal "$(wc -l <"$top/out")" $((2 * n + 1))
	commit a
	equal "$(ls "$w/d" | wc -l)" "$n"
	gives 0 sboxctl changes undo a
	equal "$(ls -A "$w")" ""
	gives 0 sboxctl changes discard a
	[ ! -e "$sets/a" ]
}

# deep N NAME: so many directories, each in the other, and a file at the end
deep='deep() { python3 -c "import os, sys
for _ in range(int(sys.argv[1])): os.mkdir(sys.argv[2]); os.chdir(sys.argv[2])
open(\"leaf\", \"w\").write(\"x\")" "$@"; }'

@test "E-350 trees that no path leads to the end of are looked at, committed, undone and discarded" {
	project
	inside a "$deep; mkdir l m h; touch h/f; (cd l; deep 400 $(printf 'n%.0s' {1..200})); (cd m; deep 5000 d)"
	# by name there is no way
	! python3 -c 'import sys; open(sys.argv[1] + "/l" + ("/" + "n" * 200) * 400 + "/leaf")' "$(upper a)" \
		2>/dev/null || fail "the control"
	row outside works
	few() { # COMMAND...: with a small stack and few descriptors
		gives "$1" prlimit --stack=131072 --nofile=150 "${@:2}"
	}
	few 1 sboxctl changes diff a
	few 1 sboxctl changes diff a --json
	few 0 sboxctl changes commit a
	equal "$(find "$w" -name leaf | wc -l)" 2
	few 0 sboxctl changes undo a
	equal "$(ls -A "$w")" ""
	few 0 sboxctl changes commit a
	# what is there goes, file by file, below directories that stay
	few 0 sboxctl changes discard a
	inside a 'find l m -name leaf -execdir rm {} +'
	few 1 sboxctl changes diff a
	few 0 sboxctl changes commit a
	equal "$(find "$w" -name leaf)" ""
	few 0 sboxctl changes undo a
	equal "$(find "$w" -name leaf | wc -l)" 2
	few 0 sboxctl changes discard a
	rm -rf "$w"
}

@test "E-351 the lines of a file at the end of such a tree are shown, or it is said that they are not" {
	project
	inside a "$deep; deep 3000 d; echo text >z"
	try sboxctl changes diff a --content
	equal "$status" 1
	grep -q '^+text' "$top/out"
}

@test "E-352 paths that no path leads to the end of are committed file by file" {
	project
	mkdir "$w/m"
	(cd "$w/m" && eval "$deep" && deep 3000 d)
	inside a 'find m -name leaf -execdir sh -c "echo new >leaf; echo new >other" \;'
	commit a
	equal "$(find "$w" -name other -printf x)" x
	equal "$(find "$w" -name leaf -execdir cat {} +)" new
	gives 0 sboxctl changes undo a
	equal "$(find "$w" -name leaf -execdir cat {} +)" x
	gives 0 sboxctl changes discard a
	rm -rf "$w"
}

# ---------------------------------------------------------------------- attributes

@test "E-353 no attribute of overlayfs that a command has set comes to the host" {
	project
	mkdir "$w/d"
	echo host >"$w/d/host"
	inside a 'python3 - <<-"PY"
		import os
		os.mkdir("n"); open("n/f", "w").close(); open("g", "w").close()
		for path in "d", "n", "n/f", "g":
		    for name in "opaque", "redirect", "metacopy", "whiteout", "origin", "overlay.opaque":
		        try: os.setxattr(path, "user.overlay." + name, b"y")
		        except OSError: pass
		    os.setxattr(path, "user.own", b"y")
	PY'
	attrs() {
		python3 - "$1" <<-'PY'
			import os, sys
			for d, dirs, files in os.walk(sys.argv[1]):
			    for n in dirs + files:
			        print(*(k for k in os.listxattr(os.path.join(d, n)) if "overlay" in k))
		PY
	}
	[ -n "$(attrs "$(upper a)" | tr -d '[:space:]')" ] || fail "the control"
	row outside works
	gives 1 sboxctl changes diff a
	lacks "$out" "D "
	commit a
	equal "$(attrs "$w" | tr -d '[:space:]')" ""
	equal "$(cat "$w/d/host")" host
	equal "$(python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.own"))' "$w/n/f")" "b'y'"
	row full stopped
}

# ------------------------------------------------------------------------- at once

@test "E-354 a set that runs, or is worked on, is nobody else's" {
	need strace
	project
	echo old >"$w/f"
	begin env -C "$w" sbox -q --changes=a -p build -- sh -c 'echo new >f; echo ready; exec sleep 1000'
	for verb in "diff a" "commit a" "undo a" "discard a"; do
		kept gives 125 sboxctl changes $verb
		contains "$err" "in use"
	done
	gives 125 env -C "$w" sbox -q --changes=a -p build -- true
	gives 0 sboxctl changes list
	matches "$out" '^a +in use'
	end_job "$job"
	wait_for sboxctl changes list a >"$top/list"
	wait_for sh -c '! sboxctl changes list | grep -q "in use"'
	at_step renameat2 1 'for verb in diff commit undo discard; do
		! sboxctl changes $verb a 2>>'"$top/said"' || exit 1; done' sboxctl changes commit a
	equal "$status" 0
	equal "$(grep -c "in use" "$top/said")" 4
	equal "$(cat "$w/f")" new
}

@test "E-355 many commits, undos and discards at once leave all or nothing" {
	project
	echo old >"$w/f"
	mkdir "$w/d"
	echo old >"$w/d/f"
	before=$(tree "$w")
	for n in $(seq "$(scaled 12)"); do
		inside "a$n" 'echo new >f; rm -r d; echo new >g'
		for verb in commit commit undo commit undo; do
			sboxctl changes "$verb" "a$n" >/dev/null 2>&1 3>&- &
		done
		wait
		case $(sboxctl changes list "a$n") in
		*committed*) equal "$(cat "$w/f" "$w/g" | tr '\n' ' ')$(ls "$w")" "new new $(printf 'f\ng')" ;;
		*) equal "$(tree "$w")" "$before" ;;
		esac
		try sboxctl changes undo "a$n"
		equal "$(tree "$w")" "$before"
	done
}

# --------------------------------------------------------------- changes of the host

# edited SCRIPT HOST PART: what HOST did in the meantime to what SCRIPT changes is a conflict
edited() {
	project
	echo old >"$w/f"
	mkdir -p "$w/d/e" "$w/m"
	echo old >"$w/d/e/f"
	echo old >"$w/m/f"
	ln "$w/m/f" "$w/m/g"
	inside a "$1"
	(cd "$w" && bash -euc "$2")
	refused_commit a "$3"
	row full stopped
}

@test "E-356 what the user has changed since the run began is not replaced or removed" {
	edited 'echo in >f' 'echo host >f' /f
	edited 'echo in >f' 'echo old >f; touch -r d f' /f
	edited 'echo in >f' 'echo host >x; mv x f' /f
	edited 'echo in >f' 'chmod 600 f' /f
	edited 'echo in >f' 'rm f' /f
	edited 'echo in >f' 'mv f x' /f
	edited 'echo in >f' 'rm f; ln -s d/e/f f' /f
	edited 'rm f' 'echo host >f' /f
	edited 'rm f; mkdir f' 'echo host >f' /f
	edited 'rm -r d' 'echo host >d/e/new' /d
	edited 'rm -r d' 'echo host >d/e/f' /d
	edited 'rm -r d' 'chmod 700 d/e' /d
	edited 'rm -r d; mkdir d' 'echo host >d/new' /d
	edited 'rm -r d; echo >d' 'echo host >d/e/new' /d
	edited 'echo in >new' 'echo host >new' /new
	edited 'mkdir new; echo in >new/f' 'mkdir new; echo host >new/g' /new
	edited 'echo in >m/f' 'echo host >m/g' /m/f
	edited 'echo in >d/e/f' 'mv d x; ln -s x d' /d
}

@test "E-357 what the user changes during a commit is kept, and all is taken back" {
	need strace
	for hook in 'echo host >z' 'rm z' 'rm z; mkdir z' 'mv z y' 'echo host >x; mv x z' \
		'rm -r zd' 'mv zd x' 'echo host >zn'; do
		project
		echo old >"$w/a"
		mkdir "$w/b" "$w/zd"
		echo old >"$w/b/f"
		echo old >"$w/z"
		cp -a "$w" "$top/here/model"
		inside a 'echo in >a; rm -r b; echo in >c; echo in >z; echo in >zd/f; echo in >zn'
		at_step renameat2 3 "cd $w; $hook" sboxctl changes commit a
		equal "$status" 1
		(cd model && bash -euc "$hook")
		equal "$(content "$w")" "$(content model)"
		row full stopped
	done
}

@test "E-358 what was changed since a commit is not undone" {
	for hook in 'echo host >f' 'rm f' 'mv f g' 'echo host >d' 'mkdir d' 'echo host >n/g' 'rm n/f' \
		'echo host >n/f' 'rm -r n'; do
		project
		echo old >"$w/f"
		mkdir "$w/d"
		inside a 'echo in >f; rmdir d; mkdir n; echo in >n/f'
		commit a
		settle
		(cd "$w" && bash -euc "$hook")
		kept gives 1 sboxctl changes undo a
		row full stopped
	done
}

@test "E-359 a conflict stays one after an undo, and after a commit that was given up" {
	need strace
	project
	echo old >"$w/f"
	echo old >"$w/g"
	inside a 'echo in >f; echo in >g'
	echo host >"$w/f"
	commit a "$w/g"
	gives 0 sboxctl changes undo a
	refused_commit a /f
}

@test "E-360 a commit that was given up for a conflict is refused the next time as well" {
	need strace
	project
	echo old >"$w/f"
	echo old >"$w/g"
	inside a 'echo in >f; echo in >g'
	at_step renameat2 1 "echo host >$w/g" sboxctl changes commit a
	equal "$status" 1
	refused_commit a /g
}

@test "E-361 a commit that cannot be taken back whole can be ended by hand" {
	need strace
	project
	mkdir "$w/d"
	echo old >"$w/d/f"
	echo old >"$w/f"
	echo old >"$w/g"
	inside a 'rm -r d; echo in >f; echo in >g'
	at_step renameat2 2 "rm $w/f; echo host >$w/g" sboxctl changes commit a
	differ "$status" 0
	# one of them has to do it
	gives 0 sboxctl changes commit a --overwrite || gives 0 sboxctl changes undo a || fail "$(sboxctl changes list)"
}

@test "E-362 an undo does not stop in the middle for a directory whose mode it would change" {
	project
	mkdir "$w/d" "$w/e"
	echo old >"$w/e/f"
	echo old >"$w/f"
	inside a 'chmod 700 d; echo in >f; rm -r e'
	commit a
	settle
	rmdir "$w/d"
	try sboxctl changes undo a
	if [ "$status" -eq 0 ]; then
		equal "$(cat "$w/e/f")" old
	else
		equal "$status" 1
		equal "$(cat "$w/f")" in
		matches "$(sboxctl changes list a)" '^a +committed'
	fi
}

@test "E-363 what a commit has taken away is not lost by a discard in the middle of it" {
	need strace
	project
	mkdir "$w/d"
	echo old >"$w/d/f"
	inside a 'rm -r d; echo in >f'
	for n in $(seq 20); do
		killed_at renameat2 "$n" sboxctl changes commit a || fail "the kill"
		[ -e "$w/d" ] || break
		gives 0 sboxctl changes commit a
		gives 0 sboxctl changes undo a
	done
	[ ! -e "$w/d" ] || fail "the kill"
	try sboxctl changes discard a
	[ "$status" -ne 0 ] || equal "$(cat "$w/d/f")" old
}

@test "E-364 a second commit that fails leaves the undo of the first" {
	need strace
	project
	echo old >"$w/f"
	echo old >"$w/g"
	inside a 'rm f; echo in >g; echo in >h'
	commit a "$w/f"
	settle
	at_step renameat2 1 "echo host >$w/h" sboxctl changes commit a
	equal "$status" 1
	gives 0 sboxctl changes undo a
	equal "$(cat "$w/f")" old
}

@test "E-365 a directory that was made for one path and taken back is no conflict, and none is missed" {
	project
	inside a 'mkdir n; echo in >n/a; echo in >n/b'
	commit a "$w/n/a"
	gives 0 sboxctl changes undo a
	settle
	touch "$w/other"
	commit a
	equal "$(ls "$w/n" | tr '\n' ' ')" "a b "
}

@test "E-366 a tree that was removed and made again is another, whatever its number is" {
	project
	inside a 'echo in >new'
	python3 - "$w" <<-'PY' || skip "this file system gave the number to nothing else"
		import os, sys
		w = sys.argv[1]; ino = os.stat(w).st_ino
		os.rmdir(w)
		for n in range(20000):
		    os.mkdir(w)
		    if os.stat(w).st_ino == ino: sys.exit(0)
		    os.rename(w, w + ".%d" % n)
		sys.exit(1)
	PY
	gives 125 sboxctl changes commit a
	equal "$(ls "$w")" ""
}

@test "E-367 a clock that was set back hides no change of the host" {
	project
	echo old >"$w/f"
	inside a 'echo in >f'
	touch -d '+1 day' "$sets/a/0/stamp" # as if the clock had been set back by one since
	echo host >"$w/f"
	try sboxctl changes commit a
	equal "$(cat "$w/f")" host
}

# ----------------------------------------------------------------- parts and later runs

@test "E-368 a later run cannot write to what was committed by another of its names" {
	project
	inside a 'mkdir x; echo good >tool; ln tool x/other'
	try sboxctl changes commit a "$w/tool"
	[ "$status" -ne 0 ] || equal "$(cat "$w/tool")" good
	inside a 'echo evil >x/other'
	lacks "$(cat "$w/tool" 2>/dev/null)" evil
}

@test "E-369 what is left in the set by a commit that skips is in it" {
	project
	inside a 'mkdir -p n/deep/er n/whole/d; git init -q n; echo in >n/.envrc; echo in >n/deep/er/.envrc
		git init -q n/deep/er; echo in >n/f; echo in >n/deep/f; echo in >n/whole/d/f; chmod 750 n/deep' \
		--set 'changes.protect="skip"'
	commit a
	contains "$err" "left in the set"
	equal "$(cat "$w/n/f" "$w/n/deep/f" "$w/n/whole/d/f" | tr '\n' ' ')" "in in in "
	equal "$(stat -c %a "$w/n/deep")" 750
	[ ! -e "$w/n/.envrc" ]
	[ ! -e "$w/n/deep/er/.envrc" ]
	gives 1 sboxctl changes diff a
	contains "$out" n/.envrc
	contains "$out" n/deep/er/.envrc
	# the next run has it, and what was committed
	inside a 'cat n/.envrc n/deep/er/.envrc n/f >/dev/null && echo more >>n/.envrc'
	gives 1 sboxctl changes diff a
	contains "$out" n/.envrc
	inside b 'mkdir n2; git init -q n2; echo in >n2/.envrc; echo in >n2/f' --set 'changes.protect="skip"'
	commit b
	gives 0 sboxctl changes undo b
	[ ! -e "$w/n2" ]
	gives 1 sboxctl changes diff b
	contains "$out" n2/.envrc
	contains "$out" n2/f
}

@test "E-370 commits of parts, undone, edited and done again come to the same" {
	project
	mkdir -p "$w/d/e" "$w/k"
	for f in a b d/c d/e/f k/g; do echo old >"$w/$f"; done
	before=$(tree "$w")
	inside a 'echo in >a; rm b; rm -r d/e; mkdir d/e; echo in >d/e/n; mkdir -p n/m; echo in >n/m/f; mv k/g k/h; chmod 700 k'
	cp -a "$w" "$top/merged"
	(cd "$top/merged" && echo in >a && rm b && rm -r d/e && mkdir d/e && echo in >d/e/n &&
		mkdir -p n/m && echo in >n/m/f && mv k/g k/h && chmod 700 k)
	merged=$(content "$top/merged")
	commit a
	equal "$(content "$w")" "$merged"
	gives 0 sboxctl changes undo a
	equal "$(tree "$w")" "$before"
	for path in a b d n/m/f k; do
		commit a "$w/$path"
		equal "$(sboxctl changes diff a "$w/$path")" ""
	done
	equal "$(content "$w")" "$merged"
	gives 0 sboxctl changes diff a
	# only the last can be undone, and it is
	gives 0 sboxctl changes undo a
	equal "$(ls "$w/k")" g
	gives 125 sboxctl changes undo a
	inside a 'echo later >a; echo later >n/m/f'
	commit a
	equal "$(cat "$w/a" "$w/n/m/f" | tr '\n' ' ')" "later later "
	equal "$(ls "$w/k")" h
}

@test "E-371 a path that names nothing in the set is an error" {
	project
	inside a 'echo in >f'
	gives 125 sboxctl changes commit a "$w/none"
}

# --------------------------------------------------------------------------- the set

# reach FILE DIR...: from a sandbox with one of these writable, in either of two places
reach() {
	local file=$1 dir as
	shift
	for dir; do
		for as in "" :/shown; do
			try sbox -q --write="$dir$as" -- bash -c 'for f in "$@" /shown/f /shown/*/f /shown/*/*/f \
				/shown/*/*/*/f /shown/*/*/*/*/f /shown/*/*/*/*/*/f; do echo evil >"$f"; done' sh "$file"
			equal "$(cat "$file")" good
		done
		try sbox -q --write="$dir" --set 'seccomp.base="none"' --set 'landlock.mode="off"' -- \
			sh -c 'echo evil >"$1"' sh "$file"
		equal "$(cat "$file")" good
	done
}

@test "E-372 no sandbox reaches a change set, by whatever directory it is shown" {
	project
	inside a 'echo good >f'
	ln -s "$XDG_STATE_HOME" "$top/here/link"
	reach "$(upper a)/f" "$top" "$top/here" "$XDG_STATE_HOME" "$XDG_STATE_HOME/sbox" "$top/here/link" \
		"$sets" "$sets/a" "$(upper a)"
	echo evil >"$(upper a)/f" # the user can
	commit a
	equal "$(cat "$w/f")" evil
	row full stopped
}

@test "E-385 no sandbox reaches the layers of a change set that are elsewhere" {
	project
	mkdir -m 700 "$top/here/store"
	inside a 'echo good >f' --set "changes.dir=\"$top/here/store\""
	reach "$top/here/store/a/0/up/f" "$top/here" "$top/here/store" "$top/here/store/a"
}

@test "E-373 files of a set that are not as sbox has written them are not followed" {
	project
	echo victim >"$top/victim"
	echo old >"$w/f"
	inside a 'echo evil >f; echo evil >g'
	cp "$sets/a/run.toml" "$top/run.toml"
	for change in 's|^lower = .*|lower = "/../etc"|' 's|^lower = .*|lower = "relative"|' 's|^dev = .*|dev = 1|' \
		's|^ino = .*|ino = 2|' 's|^ino = .*|ino = -1|' 's|^version = .*|version = 2|' \
		's|^protect = .*|protect = "no"|' 's|^uids = .*|uids = [[1, 2]]|' \
		"s|^lower = .*|lower = \"$top/home\"|" 's|^\[\[tree\]\]|[[tree]]\nlower = 1|'; do
		sed "$change" "$top/run.toml" >"$sets/a/run.toml"
		! cmp -s "$top/run.toml" "$sets/a/run.toml" || fail "no change: $change"
		kept gives 125 sboxctl changes commit a
		kept gives 125 sboxctl changes diff a
	done
	cp "$top/run.toml" "$sets/a/run.toml"
	for file in run.toml state lock; do
		for kind in garbage fifo link directory; do
			mv "$sets/a/$file" "$top/was"
			case $kind in
			garbage) echo garbage >"$sets/a/$file" ;;
			fifo) mkfifo "$sets/a/$file" ;;
			link) ln -s "$top/victim" "$sets/a/$file" ;;
			directory) mkdir "$sets/a/$file" ;;
			esac
			case $file-$kind in
			lock-garbage | lock-fifo) gives 1 sboxctl changes diff a ;;
			*) kept gives 125 sboxctl changes commit a ;;
			esac
			rm -r "$sets/a/$file"
			mv "$top/was" "$sets/a/$file"
		done
	done
	equal "$(cat "$top/victim")" victim
	commit a
}

@test "E-374 a journal that is not as sbox has written it does nothing" {
	project
	mkdir "$top/victim" "$w/d"
	echo victim >"$top/victim/f"
	echo old >"$w/f"
	inside a 'echo in >f; rm -r d; echo in >new'
	commit a
	journal=$(cat "$sets/a/journal")
	after=$(tree "$w")
	for change in 's|^\(put .*\) [^ ]*$|\1 ../../victim/f|' 's|^\(put .*\) [^ ]*$|\1 /etc/passwd|' \
		's|^\(put .*\) [^ ]*$|\1 d/./f|' 's|^\(put .*\) [^ ]*$|\1 %2E%2E/x|' 's|^put 0|put 9|' \
		's|^put 0|put 99999999999999999999|' 's|^put 0 |put 0 -|' '/^end/d' 's|^end.*|end 99|' \
		's|^end.*|&\n&|' '1d' 's|^put|link|' 's|^\(del .*\) [^ ]*$|\1 |'; do
		sed "$change" <<<"$journal" >"$sets/a/journal"
		[ "$(cat "$sets/a/journal")" != "$journal" ] || fail "no change: $change"
		gives 125 sboxctl changes undo a
		equal "$(tree "$w")" "$after"
	done
	: >"$sets/a/journal"
	gives 125 sboxctl changes undo a
	rm "$sets/a/journal"
	mkfifo "$sets/a/journal"
	gives 125 sboxctl changes undo a
	rm "$sets/a/journal"
	gives 125 sboxctl changes undo a
	# numbers of other files: the step was not done, or is of something else
	sed 's/^\(put [0-9]*\) [0-9]*/\1 1/' <<<"$journal" >"$sets/a/journal"
	try sboxctl changes undo a
	differ "$status" 0
	equal "$(tree "$w")" "$after"
	printf '%s\n' "$journal" >"$sets/a/journal"
	gives 0 sboxctl changes undo a
	equal "$(cat "$w/f" "$top/victim/f" | tr '\n' ' ')" "old victim "
}

@test "E-375 a set that cannot be read can be discarded" {
	project
	mkdir -m 700 "$top/here/store"
	inside a 'true'
	echo garbage >"$sets/a/run.toml"
	inside b 'true' --set "changes.dir=\"$top/here/store\""
	rm -rf "$top/here/store/b"
	gives 0 env -C "$w" sbox -q --changes=c -p build -- true \
		"$(printf 'é%.0s' {1..60000})" "$(printf 'é%.0s' {1..60000})" "$(printf 'é%.0s' {1..60000})"
	for name in a b c; do
		gives 0 sboxctl changes discard "$name"
		[ ! -e "$sets/$name" ]
	done
}

@test "E-376 a set directory that is open to others, or another's, is not used" {
	project
	inside a 'echo in >f'
	chmod 755 "$sets/a"
	kept gives 125 sboxctl changes commit a
	chmod 700 "$sets/a"
	chmod 777 "$sets"
	kept gives 125 sboxctl changes commit a
	gives 125 env -C "$w" sbox -q --changes=a -p build -- true
	chmod 700 "$sets"
	mv "$sets/a" "$sets/real"
	ln -s real "$sets/a"
	kept gives 125 sboxctl changes commit a
	rm "$sets/a"
	mv "$sets/real" "$sets/a"
	commit a
}

# ---------------------------------------------------------------------- hidden paths

@test "E-377 what was hidden inside is neither told nor removed, replaced or given another mode" {
	for attack in 'rm -rf p' 'mv p q' 'rm -rf p; mkdir -p p/x; echo evil >p/x/secret' \
		'mv p/x p/y; mkdir p/x; echo evil >p/x/secret' 'echo evil >p/x/secret' 'rm -f p/x/secret' \
		'ln -f other p/x/secret' 'mv other p/x/secret' 'chmod 777 p/x/secret; chmod 700 p/x' \
		'python3 -c "import os; os.rename(\"p\", \"q\")"' 'rm -rf p; ln -s other p'; do
		for what in file directory; do
			project
			mkdir -p "$w/p/x"
			echo o >"$w/p/o"
			echo o >"$w/other"
			if [ $what = file ]; then
				echo secret >"$w/p/x/secret"
			else
				mkdir "$w/p/x/secret"
				echo secret >"$w/p/x/secret/f"
			fi
			before=$(tree "$w/p/x/secret")
			inside a "set +e; $attack; true" --deny="$w/p/x/secret"
			try sboxctl changes diff a --content
			! grep -q 'secret$' <<<"$out" || fail "$attack: $out"
			lacks "$out" +secret
			try sboxctl changes commit a
			equal "$(tree "$w/p/x/secret")" "$before"
			equal "$(find "$w" -name 'secret*' | grep -v "^$w/p/x/secret")" ""
			row full stopped
		done
	done
	# where it is not hidden
	project
	mkdir -p "$w/p/x"
	echo secret >"$w/p/x/secret"
	inside a 'rm -rf p'
	commit a
	[ ! -e "$w/p" ] || fail "the control"
}

@test "E-378 a hard link to a file of the host is a copy in the set, and stays one" {
	project
	echo old >"$w/f"
	ln "$w/f" "$top/outside"
	inside a 'ln f g; echo evil >g; echo evil >f'
	equal "$(cat "$w/f" "$top/outside" | tr '\n' ' ')" "old old "
	commit a
	contains "$err" "several names"
	equal "$(cat "$w/f" "$w/g" "$top/outside" | tr '\n' ' ')" "evil evil old "
	gives 0 sboxctl changes undo a
	equal "$(cat "$w/f"; stat -c %h "$w/f" "$top/outside" | tr '\n' ' ')" "$(printf 'old\n2 2 ')"
	# in place, as a direct writable directory would have it
	try env -C "$w" sbox -q -p build -- sh -c 'echo evil >f'
	equal "$(cat "$top/outside")" evil
	row full stopped
}

# ------------------------------------------------------------------- no room, no process

# in_small SIZE SCRIPT: with $small, an empty directory of SIZE bytes; SCRIPT is the caller's own
in_small() {
	small=$top/here/small
	mkdir -p "$small"
	gives 0 unshare -U --map-current-user -m --keep-caps sh -c 'mount -t tmpfs -o size="$1",mode=700 none "$2" &&
		shift 2 && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh "$1" "$small" \
		env XDG_STATE_HOME="$small/state" small="$small" bash -euc "mkdir state w 2>/dev/null || :
		cd $small; mkdir -p w state; $2"
}

@test "E-379 a full disk is told inside, and a commit does all or nothing" {
	project
	in_small 1m 'python3 -c "import os; os.setxattr(\"w\", \"user.x\", b\"\")"' ||
		skip "the kernel's tmpfs has no attributes of users"
	in_small 4m 'echo old >w/f; echo gone >w/g
		cd w
		sbox -q --changes=a -p build -- sh -c "echo new >f; rm g; echo n >n
			! head -c 9000000 /dev/zero >big; rm big"
		cd ..
		before=$(cd w && tar c . | cksum)
		head -c 9000000 /dev/zero >fill || :
		! sboxctl changes commit a || exit 1
		[ "$(cd w && tar c . | cksum)" = "$before" ]
		truncate -s -40960 fill
		sboxctl changes commit a
		[ "$(cat w/f w/n)" = "$(printf "new\nn")" ]
		[ ! -e w/g ]
		head -c 9000000 /dev/zero >>fill || :
		sboxctl changes undo a || { truncate -s -40960 fill; sboxctl changes undo a; }
		[ "$(cat w/f w/g)" = "$(printf "old\ngone")" ]
		[ ! -e w/n ]
		head -c 9000000 /dev/zero >>fill || :
		sboxctl changes discard a
		[ ! -e state/sbox/changes/a ]'
	row full stopped
}

@test "E-380 whenever a commit or an undo is killed, the next one ends it" {
	need strace
	made() {
		project
		mkdir -p "$w/d/e" "$w/gone"
		for f in a b c d/e/f d/g gone/h; do echo old >"$w/$f"; done
		inside a 'echo in >a; rm b; mv c cc; rm -r gone; mkdir -m 555 n; rm -r d/e; mkdir d/e; echo in >d/e/z
			chmod 700 d; ln -s a link; mkdir -p n2; git init -q n2; echo x >n2/.envrc; echo x >n2/ok' \
			--set 'changes.protect="skip"'
	}
	made
	before=$(tree "$w")
	commit a
	after=$(tree "$w")
	gives 0 sboxctl changes undo a
	equal "$(tree "$w")" "$before"
	step=$((100 / (scale > 0 ? scale : 1))) # with fewer rounds, not each of them
	for call in renameat2 renameat fsync syncfs unlinkat fchmodat lremovexattr lsetxattr; do
		for ((n = 1; ; n += step)); do
			killed_at "$call" "$n" sboxctl changes commit a || break
			try sboxctl changes commit a
			[ "$status" -eq 0 ] || contains "$err" "nothing to commit"
			equal "$(tree "$w")" "$after" || fail "commit, killed at $call $n"
			gives 0 sboxctl changes undo a
			equal "$(tree "$w")" "$before" || fail "undo after commit, killed at $call $n"
		done
		try sboxctl changes undo a
		for ((n = 1; ; n += step)); do
			# what was put back in the moment of the kill looks as if somebody had
			commit a --overwrite
			killed_at "$call" "$n" sboxctl changes undo a || break
			try sboxctl changes undo a
			[ "$status" -eq 0 ] || contains "$err" "nothing to undo"
			equal "$(tree "$w")" "$before" || fail "undo, killed at $call $n"
		done
		try sboxctl changes undo a
	done
}

@test "E-381 a commit of a path that was killed is ended with the modes of what it makes" {
	need strace
	project
	inside a 'mkdir -m 755 n; echo in >n/f'
	killed_at mkdirat 2 sboxctl changes commit a "$w/n/f" || fail "the kill"
	gives 0 sboxctl changes commit a
	equal "$(stat -c %a "$w/n")" 755
}

@test "E-382 a run whose sbox or whose init is killed leaves a set that can be worked on" {
	for who in sbox init; do
		project
		echo old >"$w/f"
		begin env -C "$w" sbox -q --changes=a -p build -- sh -c 'echo new >f; echo ready; exec sleep 1000'
		victim=$job
		[ $who = sbox ] || victim=$(children "$job" | tr ' ' '\n' | while read -r pid; do
			! grep -q '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" || echo "$pid"
		done)
		kill -KILL "$victim"
		wait "$job" || :
		wait_for sh -c '! sboxctl changes list | grep -q "in use"'
		gives 1 sboxctl changes diff a
		equal "$out" "M $w/f"
		inside a 'test "$(cat f)" = new; echo newer >f'
		commit a
		equal "$(cat "$w/f")" newer
	done
}

@test "E-383 nothing of a run writes any more when its set can be taken" {
	project
	cat >"$top/kill.py" <<-'PY'
		import fcntl, glob, os, subprocess, sys, time
		w, sets = sys.argv[1:]
		def below(pid):
		    out = []
		    for name in glob.glob(f"/proc/{pid}/task/*/children"):
		        for child in map(int, open(name).read().split()):
		            out += [child] + below(child)
		    return out
		def alive(pid):
		    try: return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
		    except OSError: return False
		late = 0
		for n in range(8):
		    p = subprocess.Popen(["sbox", "-q", f"--changes=k{n}", "-p", "build", "--", "bash", "-c",
		        "for i in {1..150}; do while :; do echo x >w.$i; done & done; echo >ready; wait"],
		        cwd=w, stderr=subprocess.DEVNULL)
		    while not os.path.exists(f"{sets}/k{n}/0/up/ready"): time.sleep(0.05)
		    lock, all = os.open(f"{sets}/k{n}/lock", os.O_RDWR), below(p.pid)
		    p.kill()
		    while True:
		        try: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB); break
		        except BlockingIOError: pass
		    late += sum(map(alive, all))
		    p.wait(); os.close(lock)
		sys.exit(late > 0)
	PY
	gives 0 python3 "$top/kill.py" "$w" "$sets"
}

# -------------------------------------------------------------------- subordinate ids

@test "E-384 files of subordinate ids are told, and committed, undone and discarded, or refused whole" {
	need_subids
	project
	echo old >"$w/f"
	settle
	gives 0 env -C "$w" sbox -q --changes=a -p container --write="$w" --chdir="$w" -- sh -euc 'echo in >f
		echo x >made; mkdir -m 700 dir; echo x >dir/f; chown -R 5 made dir'
	gives 1 sboxctl changes diff a
	contains "$out" "$w/made"
	before=$(tree "$w")
	try sboxctl changes commit a
	[ "$status" -eq 0 ] || equal "$(tree "$w")" "$before"
	gives 0 sboxctl changes discard a
	[ ! -e "$sets/a" ]
}

@test "E-386 a file of the host from before 1970, with several names, is no way to prevent a commit" {
	project
	echo old >"$w/f"
	touch -d 1960-01-01 "$w/f"
	ln "$w/f" "$w/g"
	inside a 'echo in >f'
	commit a
	equal "$(cat "$w/f" "$w/g" | tr '\n' ' ')" "in old "
	gives 0 sboxctl changes undo a
	equal "$(stat -c %Y "$w/f")" "$(stat -c %Y "$w/g")"
	equal "$(cat "$w/f")" old
}

@test "E-387 a directory of somebody else that the command has removed stops no commit halfway" {
	need_subids
	project
	mkdir "$w/d" "$w/e"
	unshare --map-root-user --map-auto chown 5 "$w/d" "$w/e" || skip "no util-linux with --map-auto"
	inside a 'rmdir d e; echo instead >e; echo in >f'
	try sboxctl changes commit a
	[ "$status" -eq 1 ] || fail "ended with $status: $err"
	contains "$err" "$w/d: is a directory that you may not write to"
	contains "$err" "$w/e: is a directory that you may not write to"
	[ ! -e "$w/f" ] # nothing was begun
	rmdir "$w/d" "$w/e" # the cure that it names
	commit a
	equal "$(ls "$w")" "e
f"
	equal "$(cat "$w/e")" instead
}

@test "E-388 git's directory that has another for its objects is one" {
	project
	repository "$w"
	git -C "$w" config extensions.worktreeConfig true
	inside a 'mkdir x; cp .git/HEAD x; echo ../.git >x/commondir
		printf "#!/bin/sh\necho ran >&2\n" >run; chmod +x run
		printf "[core]\n\tfsmonitor = %s\n\tbare = false\n\tworktree = .\n" "$PWD/run" >x/config.worktree'
	try sboxctl changes commit a
	[ "$status" -eq 0 ] || return 0
	try git -C "$w/x" status
	lacks "$out$err" ran
}

@test "E-389 what stands where a repository begins later is looked at then" {
	project
	inside a 'mkdir s; echo evil >s/.envrc'
	try sboxctl changes commit a
	inside a 'git init -q s'
	try sboxctl changes commit a
	[ ! -e "$w/s/.git" ] || [ ! -e "$w/s/.envrc" ] || fail "an .envrc of the command where a repository begins"
}

# led_to PREPARE SCRIPT: a nested repository leads to what SCRIPT leaves; it is not run
led_to() {
	project
	repository "$w"
	repository "$w/sub"
	(cd "$w/sub" && bash -euc "$1")
	inside a "mkdir -p sub/t; printf '#!/bin/sh\necho ran >&2\n' >run; chmod +x run; $2"
	try sboxctl changes commit a
	try git -C "$w/sub" -c user.name=n -c user.email=e commit --allow-empty -m x
	lacks "$out$err" ran
	row full stopped
}

@test "E-390 what a nested repository leads to is looked at" {
	led_to 'git config core.hooksPath hooks' 'mkdir sub/hooks; mv run sub/hooks/pre-commit'
	led_to 'git config core.fsmonitor t/m' 'mv run sub/t/m'
	led_to 'ln -s ../../t/h .git/hooks/pre-commit' 'mv run sub/t/h'
}

@test "E-391 a worktree that is made inside is committed" {
	project
	repository "$w"
	inside a 'git worktree add -q wt 2>/dev/null'
	commit a
	gives 0 git -C "$w/wt" status
}
