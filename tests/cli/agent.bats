#!/usr/bin/env bats
# agent.bats - the profile agent: what a command writes lands when it has ended, can be taken
# back, and is refused where others would take it as instructions

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	need git
	unset XDG_STATE_HOME
	sets=$HOME/.local/state/sbox/changes
	git init -q .
	git config user.email a@example.org
	git config user.name A
	mkdir src
	echo 'int old;' >src/main.c
	git add src
	git commit -qm first
}

teardown() {
	end_jobs
	chmod -R u+rwx "$sets" # the kernel's own directories have no mode
}

# agent COMMAND...: options are in $options
agent() {
	sbox -q "${options[@]}" -p agent -- "$@"
}

# committed: the names of what can be undone, the last one in $last
committed() {
	last=$(sboxctl changes list | awk '$2 == "committed" { print $1 }' | tail -n 1)
	sboxctl changes list | awk '$2 == "committed"' | wc -l
}

@test "what a command has edited is there for the next one, and outside" {
	works agent sh -c 'echo "int new;" >src/main.c; echo "int more;" >src/more.c; test ! -e ../run'
	equal "$(cat src/main.c src/more.c)" "$(printf 'int new;\nint more;')"
	works agent sh -c 'cat src/more.c; rm src/main.c'
	equal "$out" 'int more;'
	[ ! -e src/main.c ]
}

@test "nothing of it is outside while the command runs" {
	begin sbox -q -p agent -- sh -c 'echo early >early; echo ready; cat >/dev/null'
	[ ! -e early ]
	finish
	equal "$status" 0
	equal "$(cat early)" early
}

@test "what a command has written that fails lands as well, and its status stays" {
	gives 3 agent sh -c 'echo failed >log; exit 3'
	equal "$(cat log)" failed
	gives 143 agent sh -c 'echo killed >log; kill -TERM $$'
	equal "$(cat log)" killed
	gives 1 agent sh -c 'echo kept >log; echo "*" >.gitattributes; mkdir -p .github/workflows; echo x >.github/workflows/x.yml; exit 1'
	equal "$(cat log)" killed
	contains "$err" .github/workflows
}

@test "a command that says what is to become of its changes is heard before the profile" {
	options=(--on-success=keep)
	gives 3 agent sh -c 'echo x >log; exit 3'
	[ ! -e log ]
	options=(--changes=mine)
	gives 3 agent sh -c 'echo x >log; exit 3'
	[ ! -e log ]
	works sboxctl changes commit mine
	equal "$(cat log)" x
}

@test "on_failure is keep, commit or discard" {
	options=('--set=changes.on_failure="keep"')
	gives 1 agent sh -c 'echo x >log; exit 1'
	[ ! -e log ]
	equal "$(find "$sets" -mindepth 1 -maxdepth 1 | wc -l)" 1
	options=('--set=changes.on_failure="discard"')
	gives 1 agent sh -c 'echo x >log; exit 1'
	[ ! -e log ]
	equal "$(find "$sets" -mindepth 1 -maxdepth 1 | wc -l)" 1
	options=('--set=changes.on_failure="ask"')
	gives 125 agent true
	contains "$err" 'must be one of: keep, commit, discard'
}

@test "what git, CI, editors and agents take as instructions is refused, and nothing lands" {
	local place
	for place in .github/workflows/x.yml .gitlab-ci.yml .vscode/tasks.json .envrc .claude/settings.json; do
		gives 123 agent sh -c "mkdir -p '$(dirname "$place")'; echo '{\"tasks\":[{\"command\":\"x\"}]}' >'$place'; echo x >beside"
		contains "$err" "${place%/*}"
		[ ! -e "$place" ] || fail "$place was put into place"
		[ ! -e beside ] || fail "with $place something else landed"
	done
	# the same without it
	works agent sh -c 'echo x >beside'
	[ -e beside ]
}

@test "a hook is not planted, whether there are hooks or not" {
	[ -d .git/hooks ]
	agent sh -c 'echo "#!/bin/sh" >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; mv .git/hooks .git/h' || :
	[ ! -e .git/hooks/pre-commit ]
	[ ! -e .git/h ]
	rm -r .git/hooks
	gives 123 agent sh -c 'mkdir .git/hooks; echo "#!/bin/sh" >.git/hooks/pre-commit; echo x >beside'
	contains "$err" .git/hooks
	[ ! -e .git/hooks ]
	[ ! -e beside ]
}

@test "who was refused is told the name of the set, and can commit a part of it" {
	try sbox -p agent -- sh -c 'echo x >.envrc; echo y >wanted'
	equal "$status" 123
	name=$(sed -n 's/.*sboxctl changes diff \([a-z0-9-]*\).*/\1/p' <<<"$err")
	[ -n "$name" ] || fail "$err"
	works sboxctl changes commit "$name" wanted
	equal "$(cat wanted)" y
	[ ! -e .envrc ]
}

@test "what a command has written can be taken back, but not past a later change of the same file" {
	works agent sh -c 'echo one >src/main.c; echo one >one'
	committed >/dev/null
	first=$last
	works agent sh -c 'echo two >two; rm one'
	committed >/dev/null
	gives 1 sboxctl changes undo "$first"
	contains "$err" one
	works sboxctl changes undo "$last"
	[ ! -e two ]
	equal "$(cat one)" one
	works agent sh -c 'echo three >three'
	committed >/dev/null
	echo four >four
	works sboxctl changes undo "$last"
	[ ! -e three ]
	equal "$(cat four)" four
}

@test "a command that writes nothing leaves no set" {
	works agent cat src/main.c
	gives 1 agent false
	[ -z "$(ls "$sets")" ] || fail "left: $(ls "$sets")"
}

@test "of what was committed the last sets stay, by their age" {
	options=(--set=changes.history=2)
	for n in 1 2 3 4; do
		works agent sh -c "echo $n >n"
	done
	equal "$(committed)" 2
	gives 123 agent sh -c 'echo x >.envrc'
	works agent sh -c 'echo 5 >n'
	works agent sh -c 'echo 6 >n'
	# what was refused is not history
	equal "$(sboxctl changes list | awk '{ print $1, $2 }' | sed 's/run-[0-9]*-//')" \
		"$(printf '%s\n' 'NAME STATE' '5 stopped' '6 committed' '7 committed')"
	committed >/dev/null
	works sboxctl changes undo "$last"
	equal "$(cat n)" 5
	options=(--set=changes.history=0)
	gives 125 agent true
	contains "$err" changes.history
}

@test "two commands at once both land, unless they have written to the same file" {
	begin sbox -q -p agent -- sh -c 'echo a >a; echo ready; cat >/dev/null'
	works agent sh -c 'echo b >b'
	finish
	equal "$status" 0
	equal "$(cat a b)" "$(printf 'a\nb')"
	begin sbox -q -p agent -- sh -c 'echo first >src/main.c; echo ready; cat >/dev/null'
	works agent sh -c 'echo second >src/main.c'
	finish
	equal "$status" 123
	equal "$(cat src/main.c)" second
}

@test "git commits in it, as whom the caller says" {
	echo changed >src/main.c
	works agent git commit -qam second
	equal "$(git log --format=%s | xargs)" 'second first'
	git fsck --strict
	[ -z "$(git status --short)" ] || fail "$(git status --short)"
	git config --unset user.name
	git config --unset user.email
	refused agent git commit -qm third --allow-empty
	GIT_AUTHOR_NAME=B GIT_AUTHOR_EMAIL=b@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org \
		works agent git commit -qm third --allow-empty
	equal "$(git log -1 --format='%an %ce')" 'B c@example.org'
}

@test "git rebases, merges, stashes and collects its garbage in it" {
	git checkout -qb other
	echo other >other && git add other && git commit -qm other
	git checkout -q -
	echo here >here && git add here && git commit -qm here
	works agent git rebase -q other
	equal "$(git log --format=%s | xargs)" 'here other first'
	works agent sh -c 'git checkout -qb third && echo 3 >three && git add three && git commit -qm three'
	works agent sh -c 'git checkout -q other && git merge -q third'
	echo dirty >>src/main.c
	works agent sh -c 'git stash -q && git stash pop -q'
	works agent git gc -q
	git fsck --strict
}

@test "npm installs into the project" {
	need npm
	mkdir dep
	echo '{"name":"dep","version":"1.0.0"}' >dep/package.json
	(cd dep && npm pack --silent >/dev/null)
	echo '{"name":"x","version":"1.0.0","dependencies":{"dep":"file:dep/dep-1.0.0.tgz"}}' >package.json
	works agent npm install --offline --no-audit --no-fund
	[ -e node_modules/dep/package.json ]
	works agent npm ci --offline --no-audit --no-fund
	[ -e node_modules/dep/package.json ]
}

@test "make has nothing to do after what it has made landed" {
	need make
	printf 'out: in\n\tcp in out\n' >Makefile
	echo x >in
	works agent make
	works make -q
	works agent make -q
}

@test "a directory that was there cannot be renamed, and mv moves it" {
	gives 18 agent perl -e 'rename("src", "lib") or exit $!'
	[ -e src/main.c ]
	works agent mv src lib
	equal "$(cat lib/main.c)" 'int old;'
	[ ! -e src ]
	options=(--set=changes.enabled=false)
	works agent perl -e 'rename("lib", "src") or exit $!'
	[ -e src/main.c ]
}

@test "it reaches no host, and tells which one would have been" {
	gives 2 sbox -p agent -- getent hosts example.org
	contains "$err" 'refused: example.org (1): net.allow = ["example.org:443"]'
}

@test "it has no network, no home directory and no more processes than 4096" {
	echo secret >"$HOME/secret"
	works agent sh -c 'ls ~; tail -n +3 /proc/net/dev | wc -l; echo "$HOME"'
	equal "$(xargs <<<"$out")" '1 /home/build'
	refused agent cat "$HOME/secret"
	works sbox -q -p agent --dry-run=full -- true
	contains "$out" 4096
}
