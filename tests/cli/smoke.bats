#!/usr/bin/env bats
# smoke.bats - what sbox is for, once and fast: "make quick" runs this file alone of its kind

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
}

@test "a command runs, and its status, output and signals come back" {
	gives 7 sbox -- sh -c 'read -r x; echo "$x"; exit 7' <<<text
	equal "$out" text
	gives 143 sbox -- sh -c 'kill -TERM $$'
	gives 127 sbox -- no-such-command
}

@test "only what is listed is there, and only what is writable is written" {
	mkdir project
	echo secret >project/.env
	touch other
	try sbox --write="$PWD/project" --deny="$PWD/project/.env" -- sh -c '
		cd "$0"; cat .env; echo made >file; echo bad >/usr/file; ls "$0/.."' "$PWD/project"
	equal "$(cat project/file)" made
	equal "$out" project
	contains "$err" "/usr/file: Read-only file system"
}

@test "no capability, a filter, namespaces of its own, no network" {
	works sbox -- cat /proc/self/status
	contains "$out" "CapEff:	0000000000000000"
	contains "$out" "Seccomp:	2"
	contains "$out" "NoNewPrivs:	1"
	for kind in user mnt pid net ipc uts; do
		works sbox -- readlink "/proc/self/ns/$kind"
		[ "$out" != "$(readlink "/proc/self/ns/$kind")" ]
	done
	works sbox -- sh -c 'grep -c : /proc/net/dev'
	equal "$out" 1
}

@test "what others would run is moved aside" {
	mkdir project
	cd project
	gives 123 sbox --write=. --guard=move -- sh -c 'mkdir -p r/.git/hooks; echo bad >r/.git/hooks/pre-commit'
	[ ! -e r/.git/hooks/pre-commit ]
}

@test "a held sandbox takes commands, is listed, and ends" {
	sbox --hold --name=smoke </dev/null &
	wait_for sboxctl exec smoke -- true
	gives 3 sboxctl exec smoke -- sh -c 'exit 3'
	works sboxctl ps
	contains "$out" "smoke "
	works sboxctl kill smoke
	wait "$!" || true
	works sboxctl ps
	lacks "$out" "smoke "
}

@test "a mistake in a profile is shown with its line" {
	printf 'version = 1\n[fs]\nreda = []\n' >box.toml
	gives 125 sbox -p ./box.toml -- true
	contains "$err" 'box.toml:3:1'
	contains "$err" 'did you mean "fs.read"'
}
