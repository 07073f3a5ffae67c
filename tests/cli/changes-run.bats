#!/usr/bin/env bats
# changes-run.bats - runs that write to a change set and not to the host: what they see,
# what is kept, who may go on with it, and what becomes of it at the end

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export XDG_STATE_HOME=$top/state
	sets=$XDG_STATE_HOME/sbox/changes
	mkdir -p w/sub other
	echo old >w/file
	echo secret >w/.env
	w=$PWD/w
	before=$(listing w)
}

teardown() {
	end_jobs
	# overlayfs leaves a directory without permissions
	chmod -R u+rwX "$sets" 2>/dev/null || :
}

# listing DIR: all that is in it, with modes, times and what files say
listing() {
	(cd "$1" && find . -printf '%p %y %m %T@\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

# change [OPTION...] -- COMMAND...: writes to the set "s"
change() {
	works sbox -q --changes=s --write="$w" "$@"
}

unchanged() {
	equal "$(listing w)" "$before"
}

@test "what is written lands in the change set, and nothing of it on the host" {
	change -- sh -c 'cd '"$w"' && echo more >>file && echo new >new && mkdir d && mv new d && rmdir sub && cat file d/new && ls -A'
	equal "$out" "$(printf 'old\nmore\nnew\n.env\nd\nfile')"
	unchanged
	equal "$(cat "$sets/s/0/up/file")" "$(printf 'old\nmore')"
	equal "$(cat "$sets/s/0/up/d/new")" new
	equal "$(cat "$sets/s/state")" stopped
}

@test "it is kept, and said how to look at it, but not with --quiet" {
	works sbox --changes=s --write="$w" -- true
	equal "$err" "sbox: changes kept: sboxctl changes diff s"
	change -- true
	equal "$err" ""
	equal "$(stat -c %a "$XDG_STATE_HOME/sbox" "$sets" "$sets/s" "$sets/s/lock" "$sets/s/run.toml" "$sets/s/0")" \
		"$(printf '700\n700\n700\n600\n600\n700')"
}

@test "a run with the same name goes on with what was written, another name begins anew" {
	change -- sh -c "echo one >$w/one; rm $w/file"
	change -- sh -c "cd $w; ls; echo two >>one"
	equal "$out" "$(printf 'one\nsub')"
	change -- cat "$w/one"
	equal "$out" "$(printf 'one\ntwo')"
	works sbox -q --changes=t --write="$w" -- ls "$w"
	equal "$out" "$(printf 'file\nsub')"
	works sbox -q --write="$w" -- ls "$w"
	equal "$out" "$(printf 'file\nsub')"
	unchanged
}

@test "directories have the modes and the place that they have on the host" {
	chmod 2750 w
	chmod 1777 w/sub
	before=$(listing w)
	change -- stat -c '%n %a %u' "$w" "$w/sub" "$w/file"
	equal "$out" "$(sbox -q --write="$w" -- stat -c '%n %a %u' "$w" "$w/sub" "$w/file")"
	contains "$out" "$w 2750 "
	works sbox -q --changes=t --write="$w:/inside/w" -- sh -c 'echo x >/inside/w/x; pwd; cat /inside/w/file'
	equal "$out" "$(printf '/\nold')"
	equal "$(cat "$sets/t/0/up/x")" x
	unchanged
	cd w
	change -- pwd
	equal "$out" "$w"
}

@test "several directories have a tree each" {
	works sbox -q --changes=s --write="$w" --write="$PWD/other" -- \
		sh -c "echo a >$w/a; echo b >$PWD/other/b"
	equal "$(cd "$sets/s" && find . -path '*/up/*' | sort | xargs cat)" "$(printf 'a\nb')"
	equal "$(grep -c '^\[\[tree\]\]' "$sets/s/run.toml")" 2
	equal "$(ls other)" ""
	unchanged
}

@test "a change set of other directories, and one that is in use, are refused" {
	change -- true
	gives 125 sbox --changes=s --write="$w" --write="$PWD/other" -- true
	contains "$err" 'the change set "s" was made with other writable directories'
	gives 125 sbox --changes=s --write="$w:/elsewhere" -- true
	contains "$err" "other writable directories"
	begin sbox -q --changes=s --write="$w" -- sh -c 'echo ready; cat'
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" 'the change set "s" is in use'
	works sbox -q --changes=t --write="$w" -- true
	finish
	equal "$status" 0
	change -- true
}

@test "a directory that was replaced since is another" {
	change -- true
	mv w was
	mkdir w
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "was replaced since the change set"
}

@test "what is denied is hidden, and what is protected stays, in a change set as on the host" {
	mkdir -p w/conf/deep
	echo keep >w/conf/deep/kept
	before=$(listing w)
	options=(--deny="$w/.env" --protect="$w/conf/deep/kept")
	change "${options[@]}" -- sh -c "cd $w; cat .env; mv .env x; rm -f .env; echo y >conf/deep/kept
		mv conf/deep/kept conf/z; mv conf/deep z; mv conf z2; rm -rf conf; cat conf/deep/kept; cat z/* z2/* x; find . -name .env"
	# a copy may be made of what is protected: overlayfs renames no directory of the host
	equal "$(sed 1d <<<"$out" | grep -v '^keep$')" ./.env
	equal "$(head -n 1 <<<"$out")" keep
	unchanged
	# and in the runs that go on with it
	change "${options[@]}" -- sh -c "cat $w/.env; cat $w/conf/deep/kept"
	equal "$out" keep
	matches "$(cat "$sets/s/run.toml")" "^hidden = .*$w/.env.*$w/conf/deep/kept"
}

@test "a change set in which a protected file was removed is not run with" {
	change -- rm "$w/file"
	gives 125 sbox -q --changes=s --write="$w" --protect="$w/file" -- true
	contains "$err" "protect $w/file: it was moved or replaced in the change set"
}

@test "the guard protects what is there, and moves nothing out of a change set" {
	need git
	git init -q w
	change -- sh -c "cd $w; echo x >.git/hooks/pre-commit; git config alias.x '!y'; mkdir -p .vscode; echo '{}' >.vscode/tasks.json"
	contains "$err" "Read-only file system"
	equal "$(find "$sets/s/0/up" -name 'pre-commit' -o -name config)" ""
	equal "$(cat "$sets/s/0/up/.vscode/tasks.json")" "{}"
	[ ! -e "$XDG_STATE_HOME/sbox/guard" ]
}

@test "the command that fails keeps, and one that cannot be started leaves no set" {
	gives 3 sbox -q --changes=s --write="$w" --on-success=discard -- sh -c "echo x >$w/x; exit 3"
	equal "$(cat "$sets/s/0/up/x")" x
	gives 127 sbox -q --changes=t --write="$w" -- no-such-command
	equal "$(ls "$sets")" s
	# one that was there stays
	gives 127 sbox -q --changes=s --write="$w" -- no-such-command
	equal "$(cat "$sets/s/0/up/x")" x
	equal "$(cat "$sets/s/state")" stopped
}

@test "--on-success=discard leaves nothing" {
	works sbox --changes=s --write="$w" --on-success=discard -- sh -c "mkdir -p $w/a/b; rm -r $w/sub"
	equal "$err" ""
	equal "$(ls "$sets")" ""
	unchanged
}

@test "a profile writes to a change set with a name that is made, by its keys" {
	profile agent <<-END
		extends = ["default"]
		changes.enabled = true
		fs.write = ["$w"]
	END
	for n in 1 2; do
		works sbox -p agent -- touch "$w/x"
		equal "$err" "sbox: changes kept: sboxctl changes diff run-$(date -u +%Y%m%d)-$n"
	done
	unchanged
	works sbox -p agent --set 'changes.on_success="discard"' -- touch "$w/x"
	equal "$(ls "$sets" | wc -l)" 2
	# a name is given by somebody who wants to see it
	works sbox -q -p agent --set 'changes.on_success="discard"' --changes=mine -- touch "$w/x"
	[ -e "$sets/mine/0/up/x" ]
	works sbox -q -p agent --set changes.enabled=false -- touch "$w/x"
	[ -e w/x ]
}

@test "--try makes a name; without a terminal it keeps, and says what can be done" {
	works sbox --try --write="$w" -- touch "$w/x"
	name=try-$(date -u +%Y%m%d)-1
	contains "$err" "sboxctl changes diff $name"
	contains "$err" "sboxctl changes commit $name"
	contains "$err" "sboxctl changes discard $name"
	unchanged
	# a name is free again where nothing was run
	gives 125 sbox --try --write="$w" --write="$PWD/none" -- true
	gives 127 sbox --try --write="$w" -- no-such-command
	equal "$(ls "$sets")" "$name"
}

@test "a dry run makes nothing, and says where writes would go" {
	for what in "" =full =json; do
		works sbox --dry-run$what --changes=s --write="$w" -- true
		contains "$out" "$sets/s"
		works sbox --dry-run$what --try --write="$w" -- true
		contains "$out" "$sets/try-"
	done
	[ ! -e "$XDG_STATE_HOME" ]
	works sbox --dry-run --changes=s --write="$w" -- true
	matches "$out" '^can change +nothing of the host$'
	matches "$out" "^kept apart +$w\$"
	works sbox --dry-run=json --changes=s --write="$w" --deny="$w/.env" -- true
	equal "$(jq -c '.changes | [.layers, .trees[0].lower, .hidden[0]]' <<<"$out")" "[\"$sets/s\",\"$w\",\"$w/.env\"]"
	works sbox --dry-run=json --write="$w" -- true
	equal "$(jq .changes <<<"$out")" null
}

@test "sboxctl explain says that writes go to the change set" {
	works sboxctl explain --changes=s --write="$w" path "$w/file" write
	contains "$out" "shows \"$w\" of the host, and what is written goes to the change set"
	works sboxctl explain --set changes.enabled=true --write="$w" path "$w/new" write
	contains "$out" "goes to the change set"
	works sboxctl explain --write="$w" path "$w/file" write
	lacks "$out" "change set"
	[ ! -e "$XDG_STATE_HOME" ]
	# it knows what is in the set
	change -- sh -c "rm $w/file; echo x >$w/x"
	refused sboxctl explain --changes=s --write="$w" path "$w/file" read
	works sboxctl explain --changes=s --write="$w" path "$w/x" read
}

@test "the report has the name, the trees and the state" {
	change --report=r.json -- true
	equal "$(jq -c .changes r.json)" \
		"{\"name\":\"s\",\"state\":\"stopped\",\"trees\":[{\"lower\":\"$w\",\"target\":\"$w\"}]}"
	works sbox -q --changes=t --on-success=discard --write="$w" --report=r.json -- true
	equal "$(jq -r .changes.state r.json)" discarded
	works sbox -q --write="$w" --report=r.json -- true
	equal "$(jq .changes r.json)" null
}

@test "what others put into the place of a hidden path stays hidden in a change set" {
	mkdir w/conf
	echo secret >w/conf/key
	begin sbox -q --changes=s --write="$w" --deny="$w/.env" --deny="$w/conf/key" -- \
		sh -c "echo ready; read -r x; cat $w/.env $w/conf/key; :"
	echo secret >x && mv x w/.env
	mv w/conf elsewhere && mkdir w/conf && echo secret >w/conf/key
	finish
	equal "$(cat "$top/held")" ready
}

@test "more commands in the same sandbox write to the same change set" {
	own_registry
	begin sbox -q --name=box --changes=s --write="$w" -- sh -c 'echo ready; cat'
	works sboxctl exec box -- sh -c "echo x >$w/x; cat $w/x"
	equal "$out" x
	works sboxctl exec box -- cat "$w/x"
	finish
	equal "$(cat "$sets/s/0/up/x")" x
	unchanged
}

@test "killing the supervisor leaves a set that is in use until process 1 is gone, and usable then" {
	begin sbox -q --changes=s --write="$w" --status-fd=1 -- \
		sh -c "echo x >$w/x; for i in 1 2 3 4 5 6 7 8 9; do (while :; do echo y >>$w/x; done) & done; echo ready; wait"
	init=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$top/held" | head -n 1)
	[ -n "$init" ]
	refused flock -n "$sets/s/lock" true # the control: it is taken
	kill -KILL "$job"
	n=0
	until flock -n "$sets/s/lock" true; do
		n=$((n + 1))
		[ "$n" -lt 10000 ]
	done
	# a zombie is as good as gone
	state=$(sed 's/.*) //; s/ .*//' "/proc/$init/stat" 2>/dev/null || echo gone)
	[ "$state" = gone ] || [ "$state" = Z ] || [ "$state" = X ] || fail "init is there: $state"
	exec {held}>&-
	equal "$(cat "$sets/s/state")" running
	change -- head -n 1 "$w/x"
	equal "$out" x
	unchanged
}

@test "no sandbox sees the change sets, whatever it shows of the host" {
	change -- sh -c "echo mine >$w/mine"
	for options in "" "--changes=t --write=$w"; do
		# shellcheck disable=SC2086
		works sbox -q --read="$top" $options -- sh -c "ls -A $sets; cat $sets/s/0/up/mine; ls -A $XDG_STATE_HOME/sbox"
		equal "$out" changes
	done
	gives 125 sbox -q --read="$sets/s" -- true
	contains "$err" "cannot be shown"
	gives 125 sbox -q --write="$sets/s/0/up:/x" -- true
	contains "$err" "cannot be shown"
	refused sbox -q --write="$top" -- sh -c "echo x >$sets/s/0/up/mine; mv $sets/s $sets/t; mv $XDG_STATE_HOME/sbox $top/moved; ls -A $sets; cat $sets/s/run.toml"
	equal "$out" ""
	equal "$(cat "$sets/s/0/up/mine")" mine
}

@test "a set is hidden in the home directory of the account, when XDG_STATE_HOME names another" {
	local usual=$HOME/.local/state
	works env -u XDG_STATE_HOME sbox -q --changes=s --write="$w" -- true
	[ -e "$usual/sbox/changes/s" ]
	for environment in "XDG_STATE_HOME=$top/state" "XDG_STATE_HOME=$usual"; do
		refused env "$environment" sbox -q --read="$HOME" -- ls "$usual/sbox/changes"
		contains "$err" "Permission denied"
	done
	lives_in "$HOME"
	refused "${account[@]}" env HOME=/elsewhere XDG_CONFIG_HOME="$XDG_CONFIG_HOME" \
		sbox -q --read="$HOME" -- ls "$usual/sbox/changes"
	contains "$err" "Permission denied"
}

@test "a state directory that is not the caller's alone is refused" {
	mkdir -p "$XDG_STATE_HOME/sbox" elsewhere
	ln -s "$PWD/elsewhere" "$sets"
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "something else was put there"
	rm "$sets"
	mkdir -m 755 "$sets"
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "is open to others"
	chmod 700 "$sets"
	ln -s "$PWD/elsewhere" "$sets/s"
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "something else was put there"
	rm "$sets/s"
	mkdir -m 777 "$sets/s"
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "is open to others"
	rmdir "$sets/s"
	export XDG_STATE_HOME=/etc # which is somebody else's
	gives 125 sbox --changes=s --write="$w" -- true
	contains "$err" "/etc/sbox"
	unset XDG_STATE_HOME
	gives 125 env -u HOME sbox -p "$config/default.toml" --set 'extends=[]' --changes=s --write="$w" -- true
	equal "$(ls elsewhere)" ""
	unchanged
}

@test "changes.dir keeps the layers elsewhere, where it is the caller's alone" {
	mkdir -m 755 layers
	gives 125 sbox -q --changes=s --set changes.dir="\"$PWD/layers\"" --write="$w" -- true
	contains "$err" "is open to others"
	chmod 700 layers
	works sbox -q --changes=s --set changes.dir="\"$PWD/layers\"" --read="$top" --write="$w" -- \
		sh -c "echo x >$w/x; ls -A $PWD/layers; :"
	equal "$out" ""
	equal "$(cat layers/s/0/up/x)" x
	[ ! -e "$sets/s/0" ]
	gives 125 sbox -q --changes=s --write="$w" -- true
	contains "$err" "other layers"
	gives 125 sbox -q --changes=s --set changes.dir="\"$PWD/none\"" --write="$w" -- true
	contains "$err" "mkdir -m 700"
	works sbox -q --changes=s --set changes.dir="\"$PWD/layers\"" --on-success=discard --write="$w" -- true
	equal "$(ls layers)$(ls "$sets")" ""
}

@test "what cannot be kept apart is a mistake with a cure" {
	gives 125 sbox --changes=s --write="$w/file" -- true
	contains "$err" "\"$w/file\" is a file, and a change set is of directories"
	gives 125 sbox --changes=s --write="$top" -- true
	contains "$err" "has the directory of the change sets itself in it"
	gives 125 sbox --changes=s --write="$w" --write="$w:/again" -- true
	contains "$err" "a second time"
	mkdir root
	gives 125 sbox --changes=s --root="$PWD/root" --root-mode=rw -- true
	contains "$err" "is the root"
	gives 125 sbox --changes=s --write=/dev -- true
	contains "$err" "/dev"
	other=$(mktemp -d /dev/shm/sbox-test.XXXXXX)
	if [ "$(stat -c %d "$other")" != "$(stat -c %d "$top")" ]; then
		try sbox --changes=s --write="$other" -- true
		rmdir "$other"
		equal "$status" 125
		contains "$err" "set changes.dir to it"
	else
		rmdir "$other"
	fi
	[ ! -e "$sets" ]
}

@test "a directory with mounts below it names the mount" {
	unshare -Urm true 2>/dev/null || skip "no user namespace can be made for the test"
	try unshare --user --map-current-user --mount --keep-caps sh -c '
		mount -t tmpfs none "$1/sub" && shift && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' \
		sh "$w" sbox --changes=s --write="$w" -- true
	equal "$status" 125
	contains "$err" "has another file system in it, at \"$w/sub\""
}

@test "options that mean nothing are mistakes" {
	gives 125 sbox --on-success=keep -- true
	contains "$err" "no effect without a change set"
	gives 125 sbox --changes=s --on-success=maybe -- true
	contains "$err" "must be one of: keep, commit, discard, ask"
	gives 125 sbox --changes=../x -- true
	contains "$err" "is no name"
	works sbox --changes=s -- true
	contains "$err" "nothing to keep in a change set"
	[ ! -e "$XDG_STATE_HOME" ]
}
