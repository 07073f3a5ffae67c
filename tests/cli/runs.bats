#!/usr/bin/env bats
# runs.bats - the last runs that failed are remembered, and can be asked about

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export XDG_RUNTIME_DIR=$top/runtime
	mkdir -m 700 "$XDG_RUNTIME_DIR"
}

# remembered: how many there are
remembered() {
	sboxctl runs | tail -n +2 | wc -l
}

@test "a run that failed is remembered with its directory, options and command, and no other" {
	works sbox -- true
	equal "$(remembered)" 0
	[ ! -e "$XDG_RUNTIME_DIR/sbox" ]
	gives 3 sbox -q -p build --setenv='X=a b' -- sh -c 'exit 3' 'word "1"'
	works sboxctl runs
	matches "$out" "^[0-9]{8}-[0-9]{6}-[0-9]+ +3  exited +$top/here: sh -c exit 3 word .?\"1.?\"$"
	works sboxctl runs --json
	equal "$(python3 -c 'import json, sys
run, = json.load(sys.stdin)
print(run["status"], run["why"], run["cwd"], run["options"], run["command"])' <<<"$out")" \
		"3 exited $top/here ['-q', '-p', 'build', '--setenv=X=a b', '--'] ['sh', '-c', 'exit 3', 'word \"1\"']"
	equal "$(stat -c %a "$XDG_RUNTIME_DIR/sbox/runs" "$XDG_RUNTIME_DIR"/sbox/runs/*)" $'700\n600'
}

@test "explain last answers for that run: its directory, its profile and its options" {
	mkdir project
	printf 'version = 1\nextends = ["build"]\n[fs]\ndeny = ["%s/project/.env"]\n' "$PWD" >project/box.toml
	touch project/.env
	(cd project && gives 1 sbox -q -p ./box.toml --report=../report --setenv=ONLY=here -- cat .env)
	gives 1 sboxctl explain last path .env
	contains "$out" "$top/here/project/.env"
	contains "$out" 'box.toml:4:'
	works sboxctl explain last env ONLY
	contains "$out" here
	gives 1 sboxctl explain last net crates.io:443
	works sboxctl explain last --json path .
	contains "$out" '"answer":"yes"'
	works sboxctl explain "$(sboxctl runs | awk 'END { print $1 }')" env ONLY
}

@test "the options of a run become a profile, which does the same" {
	echo text >file
	options=(-p build --read=file:/inside/file --write=. --limit=pids=50 --setenv=A=b --setenv=AB=x=y
		--setenv=A=c --user=caller)
	gives 1 sbox "${options[@]}" -- false
	works sboxctl profile new --from-run=last ./box.toml
	equal "$out" ./box.toml
	equal "$(stat -c %a box.toml)" 600
	works sboxctl profile check ./box.toml
	see='cat /inside/file; id -u; ulimit -u; env | grep -v PWD= | sort; ls; : >made'
	works sbox -q "${options[@]}" -- sh -c "$see"
	wanted=$out
	rm made
	mkdir "$top/elsewhere"
	cd "$top/elsewhere"
	works sbox -q -p "$top/here/box.toml" -- sh -c "cd $top/here; unset OLDPWD; $see"
	equal "$out" "$wanted"
	cd "$top/here"
	# once more, which writes over nothing
	gives 125 sboxctl profile new --from-run=last ./box.toml
	gives 125 sbox --no-such-option -- false
	for words in "--from-run=none" "--from-run=last --detect" "--from-run=last -p build"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl profile new $words ./other.toml
		[ ! -e other.toml ]
	done
	# options from elsewhere are read once
	printf -- '--read=file:/inside/file\0' >arguments
	gives 1 sbox -p build --args-fd=0 -- false <arguments
	works sboxctl profile new --from-run=last ./args.toml </dev/null
	contains "$(cat args.toml)" "/file:/inside/file"
	works sboxctl explain last path /inside/file </dev/null
	# what no line of a profile can say
	gives 1 sbox -p build --project="$PWD" -- false
	gives 125 sboxctl profile new --from-run=last ./other.toml
	contains "$err" "--project="
	gives 1 sbox --setenv=A=$'\001' -- false
	gives 125 sboxctl profile new --from-run=last ./other.toml
	gives 1 sbox --setenv='A="' -- false
	gives 125 sboxctl profile new --from-run=last ./other.toml
	contains "$err" "write it into one yourself"
}

@test "a profile that was mended since answers as it is now" {
	profile mine <<<$'version = 1\nextends = ["default"]\n[env]\nset = { A = "1" }'
	gives 1 sbox -q -p mine -- false
	profile mine <<<$'version = 1\nextends = ["default"]\n[env]\nset = { A = "2" }'
	works sboxctl explain last env A
	contains "$out" '"2"'
}

@test "the last twenty are there" {
	for n in $(seq 23); do
		gives "$n" sbox -q -- sh -c "exit $n"
	done
	equal "$(remembered)" 20
	equal "$(sboxctl runs | awk 'NR == 2 { print $2 } END { print $2 }')" $'4\n23'
}

@test "no sandbox sees them, and where there is no runtime directory there are none" {
	gives 1 sbox -q -- false
	gives 2 sbox -q --read="$top" -- ls "$XDG_RUNTIME_DIR/sbox/runs"
	export XDG_RUNTIME_DIR=$top/nowhere
	gives 1 sbox -q -- false
	[ ! -e "$top/nowhere" ]
	gives 125 sboxctl explain last path /
	contains "$err" "no run that failed is remembered"
}

@test "what was changed there is no record, and mistakes are told" {
	gives 1 sbox -q -- false
	echo 'status = "x' >"$XDG_RUNTIME_DIR/sbox/runs/20991231-000000-1.toml"
	ln -s /etc/passwd "$XDG_RUNTIME_DIR/sbox/runs/20991231-000000-2.toml"
	equal "$(remembered)" 1
	gives 125 sboxctl explain 20991231-000000-1 path /
	contains "$err" '"sboxctl runs" lists them'
	gives 125 sboxctl runs extra
	chmod 755 "$XDG_RUNTIME_DIR/sbox"
	equal "$(remembered)" 0
}
