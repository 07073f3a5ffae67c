#!/usr/bin/env bats
# learn.bats - sboxctl learn: what a hostile command could be granted, and what it could write

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# finds FILE TEXT: whether TEXT is somewhere below the home directory that the profile FILE shows
finds() {
	sbox -q -p "$1" -- grep -rsq "$2" "$HOME"
}

# untouched: the host is as it was
untouched() {
	equal "$(cat "$HOME/.bashrc")" plain
	[ ! -e "$HOME/project/new" ]
	[ ! -e "$HOME/.config/autostart/x.desktop" ]
}

@test "E-512 a command that is learned from is granted no secret, other project or home directory" {
	export XDG_STATE_HOME=$top/state
	mkdir -p w/.git "$HOME/.ssh" "$HOME/.aws" "$HOME/project/.git" "$HOME/.config/autostart"
	echo "the secret" | tee "$HOME/.ssh/id" "$HOME/.aws/credentials" "$HOME/project/file" >/dev/null
	echo plain | tee "$HOME/plain" "$HOME/.bashrc" >/dev/null
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$HOME/agent"
	cd w
	# it fails without any of them, and says what it got
	cat >ask <<-END
		#!/bin/sh
		status=0
		for path in .ssh/id .aws/credentials project/file agent plain "\$(printf 'a\033[2Jb')"; do
			cat "$HOME/\$path" || status=1
		done
		ls "$HOME" "$HOME/.ssh" "$HOME/project" / >/dev/null || status=1
		for path in .bashrc project/new .config/autostart/x.desktop; do
			echo mine >>"$HOME/\$path" || status=1
		done
		exit \$status
	END
	chmod +x ask
	gives 1 sboxctl learn -o "$top/box.toml" -- ./ask
	lacks "$out$err" "the secret"
	gives 0 sboxctl profile check "$top/box.toml"
	# the control: what may be had is learned
	finds "$top/box.toml" plain
	! finds "$top/box.toml" "the secret" || fail "$(cat "$top/box.toml")"
	untouched
	gives 1 sbox -q -p "$top/box.toml" -- ./ask
	lacks "$out" "the secret"
	untouched
	lacks "$(cat "$top/box.toml")" $'\e'
}

@test "E-513 what a program is called is no line of the profile that is learned" {
	export XDG_STATE_HOME=$top/state
	mkdir -p w/.git
	cd w
	echo plain >"$HOME/plain"
	echo "the secret" >"$HOME/other"
	# as long as the kernel tells names
	for name in $'a\nread=["~"]#' $'", ]#' $'\e[31mred' '${HOME}'; do
		cp "$(command -v cat)" "./$name"
		rm -f "$top/box.toml"
		gives 0 sboxctl learn -o "$top/box.toml" -- "./$name" "$HOME/plain"
		# the control: its name did arrive
		grep -q "once; without it" "$top/box.toml"
		finds "$top/box.toml" plain
		! finds "$top/box.toml" "the secret" || fail "$(cat "$top/box.toml")"
		equal "$(grep -c '^    "' "$top/box.toml")" 1
		lacks "$(cat "$top/box.toml")" $'\e'
	done
}

@test "E-514 nothing of a command that is learned from reaches the host, whenever learning is killed" {
	export XDG_STATE_HOME=$top/state
	mkdir -p w/.git "$HOME/.cache/tool"
	cd w
	echo old | tee file "$HOME/.cache/tool/file" >/dev/null
	for n in $(seq "$(scaled 15)"); do
		sboxctl learn -o "$top/box.$n" -- sh -c \
			"echo new >file; echo new >made; echo new >$HOME/.cache/tool/file; sleep 0.05" >/dev/null 2>&1 3>&- &
		job=$!
		sleep "0.$((RANDOM % 60 + 10))"
		kill -KILL "$job" 2>/dev/null || :
		wait "$job" 2>/dev/null || :
		equal "$(cat file "$HOME/.cache/tool/file")" "$(printf 'old\nold')"
		[ ! -e made ]
	done
	# the control: it would have
	gives 0 sbox -q -p build --write="$HOME/.cache/tool" -- sh -c "echo new >file; echo new >$HOME/.cache/tool/file"
	equal "$(cat file "$HOME/.cache/tool/file")" "$(printf 'new\nnew')"
}

# learnt COMMAND...: into $box, whatever comes of it
learnt() {
	rm -f "$box"
	try sboxctl learn -o "$box" "$@"
	[ -e "$box" ] || fail "nothing was written: $*" "$out" "$err"
}

# own_home: a home directory of this test, in which profiles are found, and a project
own_home() {
	export XDG_STATE_HOME=$top/state
	box=$top/box.toml
	mkdir -p w/.git
	echo plain >"$HOME/plain"
	cd w || return
}

@test "E-516 a directory with a secret or another project in it, however deep, is not granted" {
	own_home
	mkdir -p "$HOME/code/deep/er" "$HOME/code/fine" "$HOME/there/a/.hg" "$HOME/.config/tool/sub" "$HOME/.config/plug/p/.git"
	echo "the secret" | tee "$HOME/code/deep/er/id_rsa" "$HOME/.config/tool/sub/credentials" \
		"$HOME/there/a/file" "$HOME/.config/plug/p/file" >/dev/null
	for i in 1 2 3 4 5; do echo "$i" | tee "$HOME/.config/tool/$i" "$HOME/.config/plug/$i" >/dev/null; done
	echo plain >"$HOME/code/fine/file"
	for dir in code code/deep there there/a .config/tool/sub; do
		learnt -- ls "$HOME/$dir"
		! finds "$box" "the secret" || fail "$dir" "$(cat "$box")"
		learnt -- touch "$HOME/$dir/new"
		! finds "$box" "the secret" || fail "$dir" "$(cat "$box")"
		[ ! -e "$HOME/$dir/new" ]
		try sbox -q -p "$box" -- touch "$HOME/$dir/new"
		[ ! -e "$HOME/$dir/new" ]
	done
	for dir in tool plug; do
		# shellcheck disable=SC2016
		learnt -- sh -c 'for i in 1 2 3 4 5; do cat "$1/$i" || exit 1; done' sh "$HOME/.config/$dir"
		equal "$(grep -c '^    "' "$box")" 5
		! finds "$box" "the secret" || fail "$dir" "$(cat "$box")"
	done
	# the control: without one they are
	learnt -- ls "$HOME/code/fine"
	finds "$box" plain
}

@test "E-517 a private cache that other runs have is not written to while it is learned" {
	own_home
	# shellcheck disable=SC2016
	in='echo "$1" >/home/build/.cache/npm/file'
	gives 0 sbox -q -p build --cache=npm -- sh -c "$in" sh good
	learnt -p build --cache=npm -- sh -c "$in" sh evil
	gives 0 sbox -q -p build --cache=npm -- cat /home/build/.cache/npm/file
	equal "$out" good
	# the control, and that what was learned has the cache
	gives 0 sbox -q -p "$box" -- sh -c "$in" sh later
	gives 0 sbox -q -p build --cache=npm -- cat /home/build/.cache/npm/file
	equal "$out" later
}

@test "E-518 links to the home directory, and in it, hide no secret" {
	own_home
	printf 'version = 1\nextends = ["base"]\n' >"$config/bare.toml"
	mkdir -p "$HOME/project/.git" "$HOME/dot/ssh" "$HOME/dot/config/gh" "$HOME/.config"
	echo "the secret" | tee "$HOME/project/file" "$HOME/dot/ssh/config" "$HOME/dot/netrc" "$HOME/dot/config/gh/hosts.yml" \
		"$HOME/private" >/dev/null
	ln -s dot/ssh "$HOME/.ssh"
	ln -s dot/netrc "$HOME/.netrc"
	ln -s ../dot/config/gh "$HOME/.config/gh"
	ln -s "$HOME" "$top/link"
	real=$HOME
	for home in "$real" "$top/link"; do
		export HOME=$home
		for path in "$real" "$top/link" "$real/.ssh/config" "$real/dot/ssh/config" "$real/.netrc" "$real/dot/netrc" \
			"$real/.config/gh/hosts.yml" "$top/link/.ssh/config" "$real/dot" "$real/.config" "$top/link/project/file"; do
			learnt -p bare -- sh -c 'cat "$1" || ls "$1/"' sh "$path"
			! finds "$box" "the secret" || fail "$home $path" "$(cat "$box")"
		done
	done
	# the control
	export HOME=$real
	learnt -p bare -- cat "$real/plain"
	finds "$box" plain
}

@test "E-519 what a link leads to when it is learned is granted, and not what it leads to later" {
	own_home
	mkdir "$HOME/ok" "$HOME/.ssh"
	echo fine >"$HOME/ok/id"
	echo "the secret" >"$HOME/.ssh/id"
	for profile in base build; do
		ln -sfn "$HOME/ok" link
		learnt -p "$profile" -- cat "$PWD/link/id"
		ln -sfn "$HOME/.ssh" link
		try sbox -q -p "$box" -- cat "$PWD/link/id"
		lacks "$out" "the secret"
	done
	# somebody outside who turns it while it is learned
	timeout 30 sh -c 'while ln -sfn "$1/.ssh" link && ln -sfn "$1/ok" link; do :; done' sh "$HOME" 3>&- &
	for _ in 1 2 3 4 5; do
		learnt -p base -- sh -c 'cat "$1" >/dev/null || exit 3; ! grep -q "the secret" "$1" || exit 77' sh "$PWD/link/id"
		lacks "$err" "status 77"
	done
	kill $! 2>/dev/null || :
}

@test "E-520 a change set of the caller's that is called as those of learning is left alone" {
	own_home
	gives 0 bash -c 'for n in 1 2 3 4 5 6 7 8; do
		sbox -q -p build --changes=learn-$$-$n -- sh -c "echo mine >new" || exit
	done
	exec sboxctl learn -o "$1" -- true' bash "$box"
	equal "$(sboxctl changes list | grep -c '^learn-')" 8
	for set in $(sboxctl changes list | grep -o '^learn-[^ ]*'); do
		gives 1 sboxctl changes diff "$set"
		contains "$out" "/new"
	done
}

@test "E-521 a command that is learned from has no descriptor of who learns" {
	own_home
	# it writes to whatever it has, and says what that is
	cat >ask <<-'END'
		#!/bin/sh
		for fd in /proc/self/fd/* /proc/1/fd/* /proc/[0-9]*/fd/*; do
			case $fd in */fd/[012]) continue ;; esac
			[ "${fd%/fd/*}" != /proc/self ] || readlink "$fd" | grep -v "^/proc/" >>fds
			echo 'wants = ["fs.read", "/", "", "1", "0"]' 2>/dev/null >"$fd"
		done
		cp fds told 2>/dev/null
		cat fds
		exit 0
	END
	chmod +x ask
	gives 0 sboxctl learn -o "$box" -- ./ask
	lacks "$out" "/"
	equal "$(grep -c '^    "' "$box")" 0
	# the control: what it is given it has, as a mount without a name
	echo text >given
	rm "$box"
	gives 0 sboxctl learn -o "$box" --keep-fd=9 -- ./ask 9<given
	equal "$out" /
}
