#!/usr/bin/env bats
# learn.bats - sboxctl learn: what a hostile command could be granted, and what it could write

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup_file() {
	# as one more command nobody is learned from
	[ -z "${SBOX_ESCAPE_VIA:-}" ] || skip "the sandbox's own command alone is learned from"
}

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
