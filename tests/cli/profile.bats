#!/usr/bin/env bats
# profile.bats - sboxctl profile: which there are, what they come to, what is wrong in them

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

shipped() {
	(cd "$srcdir/profiles" && printf '%s\n' *.toml | sed 's/\.toml$//')
}

# The plan of a command without the places that its parts come from, and without the
# profiles themselves, which are protected.
plan_of() {
	sbox "$@" --dry-run=json -- true | sed -E 's/"from":"[^"]*"/"from":0/g'
}

@test "list tells every profile, what it says of itself, and which is hidden" {
	profile odd <<<'description = "not \u001b[2J this"'
	profile wrong <<<'description = "half" oops'
	profile silent <<<'version = 1'
	works sboxctl profile list
	equal "$(head -1 <<<"$out")" "$config"
	for name in $(shipped); do
		matches "$out" "^  $name +[a-z]"
	done
	matches "$out" '^  odd +not \\x1b\[2J this$'
	matches "$out" '^  wrong +\(has mistakes'
	matches "$out" '^  silent$'
	works sboxctl profile list --json
	works python3 - "$out" "$config" <<-'END'
		import json, sys
		rows = {row["name"]: row for row in json.loads(sys.argv[1]) if row["path"].startswith(sys.argv[2])}
		assert rows["odd"]["description"] == "not \x1b[2J this", rows["odd"]
		assert rows["odd"]["ok"] and not rows["wrong"]["ok"], rows
		assert rows["silent"]["description"] is None, rows["silent"]
		assert rows["build"]["hidden_by"] is None
	END
}

@test "list names the file that hides another of the same name" {
	# only root can write to the directories behind the first: inside they are ours
	dir=$(sboxctl profile check no-such-profile 2>&1 | sed 's/.* in [^,]*, [^,]*, \([^ ]*\) .*/\1/')
	cp -r "$config" ../copies
	# which has to look at files as sbox does, by a call that sandboxes go without
	works sbox --set='seccomp.allow=["openat2"]' --tmpfs="${dir%/sbox/profiles}" --read="$top/copies:$dir" \
		--read="$config/build.toml:/root/.config/sbox/profiles/build.toml" \
		--read="$(command -v sboxctl):/run/sboxctl" -- /run/sboxctl profile list
	matches "$out" '^  build +compile software'
	matches "$out" "^  build +\(hidden by /root/.config/sbox/profiles/build.toml\) compile software"
	matches "$out" "^  ci +a CI job"
	matches "$out" "^  agent +commands of a coding agent"
}

@test "show prints the files as they are, parents first" {
	works sboxctl profile show ci
	equal "$out" "$(cd "$config"; for f in base toolchains home build ci; do
		[ $f = base ] || echo
		printf '# ---- %s\n' "$config/$f.toml"; cat $f.toml; done)"
	gives 125 sboxctl profile show no-such-profile
	gives 125 sboxctl profile show build --read=/usr
	contains "$err" "--effective"
}

@test "show --effective is a profile that gives the same plan" {
	mkdir -p .git/hooks
	for name in $(shipped); do
		works sboxctl profile show --effective "$name"
		cp ../out "$config/once.toml"
		plan_of -p "$name" >../plan
		plan_of -p once >../plan-once
		[ -s ../plan ] || fail "no plan of $name"
		diff ../plan ../plan-once || fail "not the same plan: $name"
		sed 's/ *# .*//' "$config/once.toml" >../once
		works sboxctl profile show --effective once
		sed 's/ *# .*//' ../out | diff ../once - || fail "not the same when shown again: $name"
	done
}

@test "show --effective holds every kind of value, and what has replaced another" {
	mkdir -p a b 'odd"na\me' '$'
	profile parent <<-'END'
		extends = ["base"]
		[vars]
		WHERE = "${CWD}/a"
		[fs]
		read = ["${WHERE}:/x", "${CWD}/b:/y", "${CWD}/b:/maybe", "${CWD}/$$"]
		tmpfs = ["/m"]
	END
	profile child <<-'END'
		description = "tabs\tand \"quotes\", \\ and $$"
		extends = ["parent"]
		[fs]
		read = ['?/nowhere:/maybe', '${CWD}/odd"na\\me']
		write = ["${CWD}/b:/x"]
		tmpfs = ["/y"]
		[[fs.mount]]
		type = "bind"
		source = "/usr"
		target = "/m"
		readonly = true
		[[fs.mount]]
		type = "overlay"
		target = "/o"
		lower = ["/usr", "/etc"]
		[[fs.mount]]
		type = "file"
		target = "/f"
		content = "one\ntwo $$HOME \u007f\n"
		mode = "0600"
		[[fs.mount]]
		type = "tmpfs"
		target = "/t"
		size = "3M"
		inodes = 77
		[identity]
		user = "caller"
		[env]
		path = ["/p"]
		[env.set]
		'ODD.NAME' = "\t$$x"
		[seccomp]
		deny = ["mbind:ENOSYS"]
		[process]
		umask = "027"
		die_with_parent = false
		[limits]
		wall = "1h30m"
		grace = "0s"
		fsize = 1025
		core = "0"
		tmpfs = "1G"
		pids = 100
	END
	options=(--setenv='CL=$HOME "x"' --limit=wall=90s --read=/usr:/second)
	works sboxctl profile show --effective -p child "${options[@]}"
	cp ../out "$config/once.toml"
	matches "$out" '^	# ".*/a:/x",  # .*/parent.toml:5:9, replaced by .*/child.toml:5:10$'
	matches "$out" '^	# "/m",  # .*, replaced by .*'
	matches "$out" '^	".*/b:/maybe",'
	matches "$out" '^wall = "1m30s"  # command line:[0-9]+$'
	matches "$out" '^description = "tabs\\u0009and \\"quotes\\", \\\\ and \$\$"'
	plan_of -p child "${options[@]}" >../plan
	plan_of -p once >../plan-once
	[ -s ../plan ] && diff ../plan ../plan-once
	works sbox -p once -- sh -c 'cat /f; printf %s "$CL"'
	equal "$out" "$(printf 'one\ntwo $HOME \177\n$HOME "x"')"
	gives 125 sboxctl profile show --effective --setenv=$'X=\xff'
	contains "$err" "no UTF-8"
}

@test "check tells all mistakes of all profiles, also those that only the plan finds" {
	mapfile -t names < <(shipped)
	works sboxctl profile check "${names[@]}"
	equal "$out$err" ""
	{
		echo 'extends = ["base"]'
		for n in $(seq 30); do echo "wrong$n = 1"; done
	} | profile many
	profile plan <<<'fs.read = ["/no/such/directory"]
fs.root_mode = "rw"'
	gives 1 sboxctl profile check many plan build
	equal "$(grep -c '^[^ ].*unknown key' <<<"$err")" 30
	matches "$err" '/plan.toml:1:12: "/no/such/directory" does not exist'
	matches "$err" '/plan.toml:2:16: fs.root_mode without fs.root'
	gives 1 sboxctl profile check no-such-profile
	gives 125 sboxctl profile check
	gives 1 sboxctl profile check build --read=/no/such/directory
	matches "$err" '^command line:2: '
}

@test "check --json is for editors" {
	profile bad <<-'END'
		[fs]
		raed = ["/usr"]
	END
	gives 1 sboxctl profile check --json build bad
	works python3 - "$out" "$config/bad.toml" <<-'END'
		import json, sys
		good, bad = json.loads(sys.argv[1])
		assert good == {"profile": "build", "ok": True, "mistakes": []}, good
		assert not bad["ok"]
		(mistake,) = bad["mistakes"]
		assert (mistake["file"], mistake["line"], mistake["col"]) == (sys.argv[2], 2, 1), mistake
		assert "did you mean" in mistake["message"]
	END
	works sboxctl profile check --json build
}

@test "path tells the file of a name" {
	works sboxctl profile path build default
	equal "$out" "$config/build.toml
$config/default.toml"
	gives 1 sboxctl profile path biuld
	contains "$err" 'did you mean "build"?'
}

@test "new --detect writes a profile for what the project is, which works" {
	mkdir -p proj/node_modules/.bin proj/.venv/bin empty
	printf '#!/bin/sh\necho mine\n' >proj/node_modules/.bin/tool
	printf '#!/bin/sh\necho mine too\n' >proj/.venv/bin/other
	chmod +x proj/node_modules/.bin/tool proj/.venv/bin/other
	cd proj
	echo '{"name": "x\\\\n[net]\\\\nmode = \\"host\\"", "scripts": {}}' >package.json
	touch pyproject.toml Makefile Cargo.toml
	works sboxctl profile new --detect ./box.toml
	equal "$out" ./box.toml
	works sboxctl profile check ./box.toml
	matches "$(cat box.toml)" '^description = "node .package.json., python .pyproject.toml., rust .*, c .Makefile."$'
	contains "$(cat box.toml)" \
		'extends = ["build", "toolchain-node", "toolchain-python", "toolchain-rust", "toolchain-c"]'
	contains "$(cat box.toml)" "-p net-npm -- npm install"
	lacks "$(grep -v '^#' box.toml)" "mode ="
	works sbox -q -p ./box.toml --project=. -- sh -c 'tool; other; mountpoint -q ~/.cargo && echo kept'
	equal "$out" $'mine\nmine too\nkept'
	gives 125 sboxctl profile new --detect ./box.toml # it is there
	# with other parents, and for what is none
	works sboxctl profile new --detect -p ci ./ci.toml
	contains "$(cat ci.toml)" 'extends = ["ci", "toolchain-node",'
	cd ../empty
	gives 125 sboxctl profile new --detect ./box.toml
	contains "$err" "leave --detect out"
	[ ! -e box.toml ]
	ln -s /etc/passwd package.json # no file of the project
	gives 125 sboxctl profile new --detect ./box.toml
	for mark in go.mod:go pom.xml:java build.gradle:java Gemfile:ruby composer.json:php CMakeLists.txt:c \
		requirements.txt:python; do
		mkdir "../one${mark%:*}"
		cd "../one${mark%:*}"
		touch "${mark%:*}"
		works sboxctl profile new --detect ./box.toml
		contains "$(cat box.toml)" "description = \"${mark#*:} (${mark%:*})\""
		works sboxctl profile check ./box.toml
	done
}

@test "new writes a profile that is right, and overwrites none" {
	works sboxctl profile new mine
	equal "$out" "$config/mine.toml"
	equal "$(stat -c %a "$config/mine.toml")" 644
	works sboxctl profile check mine
	works sbox -p mine -- true
	# every key in its comments is one
	sed -E 's/^# ([a-z_]+ = )/\1/' "$config/mine.toml" >tried.toml
	mkdir -p out
	touch .env Makefile
	works sbox -p ./tried.toml --set='net.mode="none"' --set='reset=["net.allow"]' -- true
	echo keep >there.toml
	gives 125 sboxctl profile new ./there.toml
	contains "$err" "File exists"
	equal "$(cat there.toml)" keep
	ln -s nowhere.toml link.toml
	gives 125 sboxctl profile new ./link.toml
	[ ! -e nowhere.toml ]
	(umask 0 && sboxctl profile new -p build -p ci ./two.toml)
	works sboxctl profile check ./two.toml
	contains "$(cat two.toml)" 'extends = ["build", "ci"]'
	for name in .. a/../b/ 'a b' ''; do
		gives 125 sboxctl profile new "$name"
	done
	gives 125 sboxctl profile new -p $'a"\nb' ./three.toml
	[ ! -e three.toml ]
	rm -r "${XDG_CONFIG_HOME:?}"
	works sboxctl profile new first
	[ -f "$config/first.toml" ]
}

@test "the schema takes what is right and refuses what is wrong" {
	python3 -c 'import tomllib' 2>/dev/null || skip "this Python cannot read TOML (tomllib, 3.11)"
	sboxctl profile schema >../schema.json
	cmp ../schema.json "$srcdir/docs/profile.schema.json"
	fits() {
		python3 "$srcdir/tests/cli/validate.py" ../schema.json "$1"
	}
	for file in "$srcdir"/profiles/*.toml; do
		works fits "$file"
	done
	works sboxctl profile new ./new.toml
	works fits ./new.toml
	sboxctl profile show --effective -p ci --limit=wall=1h --limit=memory=1G --limit=cpu=150% >../effective.toml
	works fits ../effective.toml
	tried=0
	while IFS= read -r line; do
		printf '%b\n' "$line" >wrong.toml
		try fits wrong.toml
		[ "$status" -ne 0 ] || fail "the schema takes: $line"
		# and so does not sbox
		gives 1 sboxctl profile check ./wrong.toml
		tried=$((tried + 1))
	done <<-'END'
		version = 2
		fs.raed = ["/usr"]
		fs.read = "/usr"
		fs.read = ["usr"]
		fs.read = [1]
		unknown = 1
		net.mode = "hots"
		net.ipv6 = "true"
		limits.pids = 0
		limits.pids = "many"
		limits.pids = 1.5
		limits.wall = 30
		limits.wall = "30"
		limits.tmpfs = "1Q"
		limits.cpu = "150"
		identity.user = "me:you"
		process.umask = "99"
		namespaces.share = ["pid"]
		reset = ["fs.raed"]
		extends = "base"
		env.set = { A = 1 }
		env.pass = ["A=B"]
		vars = { A = 1 }
		[[fs.mount]]\ntype = "bind"
		[[fs.mount]]\ntype = "bnd"\ntarget = "/x"
		[[fs.mount]]\ntype = "dir"\ntarget = "/x"\nsize = "x"
	END
	[ "$tried" -gt 20 ]
	echo 'net.mode = "${MODE:-none}"' >right.toml
	echo 'limits.tmpfs = "${SIZE:-1G}"' >>right.toml
	works fits right.toml
	works sboxctl profile check ./right.toml
}

@test "what is asked wrongly says how to ask" {
	for words in "" "nothing" "path" "new" "new a b" "list more" "schema more" "list --effective" "path --json build"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl profile $words
		equal "$out" ""
		differ "$err" ""
	done
	works sboxctl profile --help
	contains "$out" "Usage: sboxctl"
	works sboxctl profile check --help
}
