#!/usr/bin/env bats
# changes.bats - a command that writes to a change set, or to what others have written there:
# what is committed from a set later is written to directories of the host

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	own_directories
	unset XDG_STATE_HOME
	mkdir -p "$top/bin" w/conf/deep v
	probe=$top/bin/probe
	install -m 755 "$builddir/tests/escape/probe" "$probe"
	echo "the secret" >w/conf/deep/.env
	jobs_started=()
	w=$PWD/w state=$HOME/.local/state/sbox
	sets=$state/changes
	victim
}

# victim: a set that somebody else's command has written to
victim() {
	gives 0 sbox -q --changes=victim --write="$w" -- sh -c "echo 'words of a victim' >$w/new"
	equal "$(cat "$sets/victim/0/up/new")" "words of a victim"
}

untouched() {
	equal "$(tree "$sets/victim/0/up")" "$before"
}

@test "E-240 no command sees what is in a change set, its own or another" {
	control hunt "$top" "words of a victim" 0
	for mode in $modes nested; do
		attacked "$mode" --read="$top" -- "$probe" hunt "$top" "words of a victim" 0
		attacked "$mode" --read="$top" --changes=own --write="$PWD/v" -- "$probe" hunt "$top" "words of a victim" 0
	done
	# by its own name for the upper directory, which the kernel tells in no form
	gives 0 sbox -q --changes=own --write="$PWD/v" -- sh -c "echo 'the other' >$PWD/v/x; cat /proc/self/mountinfo"
	contains "$out" upperdir
	lacks "$out" "$sets"
	control hunt "$sets" "the other" 0
	attacked "$modes nested" --read="$top" --changes=own --write="$PWD/v" -- "$probe" hunt "$HOME" "the other" 0
}

@test "E-241 no command changes what is in a change set, moves it or puts one there" {
	control create "$sets/victim/0/up/planted"
	rm "$sets/victim/0/up/planted"
	control rename "$sets/victim" "$sets/moved"
	rm -f "$sets/victim" # a file that it leaves in the place
	mv "$sets/moved" "$sets/victim"
	before=$(tree "$sets/victim/0/up")
	for mode in $modes nested; do
		attacked "$mode" --write="$top" -- "$probe" create "$sets/victim/0/up/planted" \
			"$sets/victim/journal" "$sets/planted" "$state/planted"
		attacked "$mode" --write="$top" -- "$probe" write "$sets/victim/0/up/new" \
			"$sets/victim/run.toml" "$sets/victim/state"
		for path in "$sets/victim" "$sets" "$state" "$HOME/.local/state" "$HOME/.local"; do
			attacked "$mode" --write="$top" -- "$probe" rename "$path" "$top/moved"
		done
		untouched
		# into its place from where it may write
		gives 1 sbox -q --write="$top" -- "$probe" rename "$w" "$sets/planted"
	done
	# what shows nothing else is not shown at all
	for option in --read --write; do
		gives 125 sbox -q "$option=$sets/victim/0/up:/x" -- true
		contains "$err" "cannot be shown"
	done
}

@test "E-241 nor where there are no change sets yet" {
	chmod -R u+rwX "$state"
	rm -rf "$state"
	gives 0 mkdir -p "$sets/forged/0/up" # the control
	rm -rf "$state"
	for mode in $modes nested; do
		attacked "$mode" --write="$top" -- sh -c 'mkdir -p "$1/forged/0/up" || exit 1' sh "$sets"
		[ ! -e "$sets/forged" ]
	done
}

@test "E-242 the lock and the directories of a change set are nobody's inside" {
	control with-fds "$w" "$probe" list-fds
	for mode in $modes nested; do
		layers "$mode"
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" --changes=own --write="$PWD/v" -- "$probe" list-fds
		equal "$out" "others: no"
	done
	# later commands neither
	mkdir -m 700 "$top/run"
	export XDG_RUNTIME_DIR=$top/run
	begin sbox -q --name=box --read="$top/bin" --changes=own --write="$PWD/v" -- sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$top/run/sbox/box.toml"
	gives 1 sboxctl exec box -- "$probe" list-fds
	equal "$out" "others: no"
	# and the lock is still taken when they have ended
	gives 125 sbox -q --changes=own --write="$PWD/v" -- true
	contains "$err" "is in use"
	end_job "$job"
}

@test "E-243 what lies under a change set is not written to, by whatever mount" {
	before=$(tree w)
	control write "$w/conf/deep/.env"
	control create "$w/planted"
	rm w/planted
	before=$(tree w)
	for mode in $modes nested; do
		attacked "$mode" --changes=own --write="$w" --read="$w:/before" -- \
			"$probe" write /before/conf/deep/.env
		attacked "$mode" --changes=own --write="$w" --read="$w:/before" -- "$probe" create /before/planted
		layers "$mode"
		gives 0 sbox -q --read="$top/bin" "${layers[@]}" --changes=own --write="$w" -- \
			sh -c 'cd "$1" && echo x >>conf/deep/.env && echo x >x && ln x y && chmod 700 conf && rm -r conf && truncate -s 1G z' sh "$w"
		gives 0 sbox -q --changes=own --on-success=discard --write="$w" -- true
		equal "$(tree w)" "$before"
	done
	mkdir mnt
	control uncover make "$PWD/mnt"
	attacked "$modes nested" --changes=own --write="$w" -- "$probe" uncover
	control remount make "$PWD/mnt"
	attacked "$modes nested" --changes=own --write="$w" -- "$probe" remount
	equal "$(tree w)" "$before"
}

@test "E-244 what is denied stays hidden in a change set, in this run and the next" {
	secret=$w/conf/deep/.env
	control hunt "$w" "the secret" 0
	for path in conf/deep/.env conf/deep conf; do
		control rename "w/$path" w/moved
		rm -rf w/conf w/moved
		mkdir -p w/conf/deep
		echo "the secret" >w/conf/deep/.env
		for mode in $modes nested; do
			attacked "$mode" --changes=own --write="$w" --deny="$secret" -- "$probe" rename "$w/$path" "$w/moved"
			attacked "$mode" --changes=own --write="$w" --deny="$secret" -- "$probe" hunt "$w" "the secret" 0
		done
	done
	gives 1 sbox -q --changes=own --write="$w" --deny="$secret" -- \
		sh -c 'cd "$1"; cp -a conf c; mv conf d; ln conf/deep/.env e; rm -rf conf; cat c/deep/.env d/deep/.env e' sh "$w"
	attacked "$modes" --changes=own --write="$w" --deny="$secret" -- "$probe" hunt "$w" "the secret" 0
	lacks "$(find "$sets/own/0/up" -type f -exec cat {} +)" secret
	equal "$(cat w/conf/deep/.env)" "the secret"
}
