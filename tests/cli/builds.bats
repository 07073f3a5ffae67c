#!/usr/bin/env bats
# builds.bats - real software builds with the build profile, and its own tests give the same
# result inside as outside
#
# The sources are Debian's, fetched with apt-get into directories of this test.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
BATS_TEST_TIMEOUT=900

sources() {
	local id codename
	id=$(sed -n 's/^ID=//p' /etc/os-release)
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	case $id in
	debian) echo "deb-src http://deb.debian.org/debian $codename main" ;;
	ubuntu) echo "deb-src http://archive.ubuntu.com/ubuntu $codename main universe" ;;
	*) return 1 ;;
	esac
}

# Gives apt-get a place of its own, so that it needs no root and leaves the system alone.
fetch() {
	local apt=$PWD/apt
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/log"
	sources >"$apt/sources.list" || return
	set -- -q -o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" -o Dir::Log="$apt/log" \
		-o Dir::State::status=/dev/null -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::sourcelist="$apt/sources.list" -o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Debug::NoLocking=1
	timeout 120 apt-get "$@" update && timeout 120 apt-get "$@" source --download-only lua5.4 zlib jq
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	echo 0 >fetched
	fetch >log 2>&1 </dev/null || echo $? >fetched
}

# 124 is our own patience.
unreachable() {
	[ "$(cat "$BATS_FILE_TMPDIR/fetched")" -eq 124 ] || "$srcdir/tests/unreachable" "$BATS_FILE_TMPDIR/log"
}

setup() {
	common_setup
	# what the make that runs these tests has told its children is not for these builds
	unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL TESTS TEST_LOGS TEST_SUITE_LOG
	need apt-get dpkg-source make cc
	sources >/dev/null || skip "it is not known where this distribution has its sources"
	if [ "$(cat "$BATS_FILE_TMPDIR/fetched")" -ne 0 ]; then
		unreachable || fail "$(cat "$BATS_FILE_TMPDIR/log")"
		skip "the sources could not be fetched: $(tail -n 1 "$BATS_FILE_TMPDIR/log")"
	fi
	mkdir -p "$HOME/.ssh" "$HOME/.config/tool" "$HOME/src/other/deep"
	echo secret >"$HOME/.ssh/id_test"
	echo setting >"$HOME/.config/tool/settings"
	echo other >"$HOME/src/other/deep/file"
	project=$HOME/src/project
	outside=$top/outside
}

# All files below the home directory but those of the project, with what is in them.
others() {
	find "$HOME" -path "$project" -prune -o -printf '%p %y %m %s %T@ %l\n' | sort | grep -v "^$HOME/src d"
	find "$HOME" -path "$project" -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

# build PACKAGE SCRIPT: builds it inside in $project and at the same time outside in
# $outside; both must end in the same way. The outputs are $top/inside.log and outside.log.
build() {
	local before after pid inside=0 out=0
	dpkg-source --no-check -q --skip-patches -x "$BATS_FILE_TMPDIR/$1"_*.dsc "$project" 2>/dev/null
	cp -a "$project" "$outside"
	before=$(others)
	cd "$outside" || return
	sh -ec "$2" >"$top/outside.log" 2>&1 3>&- &
	pid=$!
	cd "$project" || return
	"$helpers/reaper" 20 sbox -p build -- sh -ec "$2" >"$top/inside.log" 2>&1 3>&- || inside=$?
	wait "$pid" || out=$?
	after=$(others)
	[ "$inside" -eq "$out" ] ||
		fail "ended with $inside inside, $out outside" "inside:" "$(tail -n 30 "$top/inside.log")" \
			"outside:" "$(tail -n 30 "$top/outside.log")"
	equal "$after" "$before"
}

# same REGEX: the lines of both outputs that match are the same, and there are some
same() {
	grep -E "$1" "$top/outside.log" | sort >"$top/outside.lines"
	grep -E "$1" "$top/inside.log" | sort >"$top/inside.lines"
	[ -s "$top/outside.lines" ] || fail "no line like $1 in:" "$(tail -n 30 "$top/outside.log")"
	diff "$top/outside.lines" "$top/inside.lines"
}

@test "lua builds to the same program, byte for byte, and works the same" {
	cat >"$top/script" <<-'END'
		make -j2 posix
		src/lua -v
		cat >try.lua <<-'LUA'
			print("result", #arg, math.maxinteger, string.rep("ab", 3), 2^53, 10 // 3)
			local f = assert(io.open("written", "w")) f:write("text") f:close()
			print("result", io.open("written"):read("a"), os.tmpname():match("^/tmp/") ~= nil)
			print("result", pcall(error, "raised"))
			print("result", io.popen("echo popen"):read("a"), os.execute("exit 3"))
			local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
			print("result", co(), co(), co(), string.format("%.14g", math.pi))
		LUA
		src/lua try.lua
		echo 'print "result compiled"' >compile.lua
		src/luac -o compiled compile.lua
		src/lua compiled
	END
	build lua5.4 "$(cat "$top/script")"
	same '^(Lua 5|result)'
	for file in src/lua src/luac src/liblua.a try.lua written; do
		[ -s "$project/$file" ]
	done
	cmp "$project/src/lua" "$outside/src/lua"
	cmp "$project/src/luac" "$outside/src/luac"
}

@test "zlib configures, builds and passes its tests as outside" {
	build zlib './configure && make -j2 && make test'
	same '^(Checking for|.*(OK|hello|FAILED|compress|inflate))'
	grep -q 'zlib test OK' "$top/inside.log"
	grep -q 'zlib shared test OK' "$top/inside.log"
	cmp "$project/minigzip" "$outside/minigzip"
}

@test "jq configures from scratch, builds and passes its tests as outside" {
	need autoreconf libtoolize bison flex
	onig=no
	[ ! -e /usr/include/oniguruma.h ] || onig=yes
	build jq "autoreconf -fi
		./configure --disable-docs --disable-valgrind --with-oniguruma=$onig
		make -j2
		make check"
	same '^(PASS|FAIL|SKIP|XPASS|ERROR|checking (for|whether))'
	same '^# (TOTAL|PASS|FAIL|ERROR):'
	cd "$project"
	equal "$(echo '{"a":[1,2]}' | sbox -p build -- ./jq -c .a)" "[1,2]"
}

@test "a build sees neither keys nor settings nor other projects, and cannot write to them" {
	mkdir "$project"
	cd "$project"
	before=$(others)
	for path in .ssh .ssh/id_test .config/tool src/other src/other/deep/file; do
		refused sbox -p build -- cat "$HOME/$path"
		refused sbox -p build -- ls "$HOME/$path"
		try sbox -p build -- sh -c "echo x >'$HOME/$path'; echo x >>'$HOME/$path/new'"
	done
	works sbox -p build -- sh -c "ls -A '$HOME' '$HOME/src'; find / -name id_test 2>/dev/null; :"
	lacks "$out" .ssh
	lacks "$out" other
	lacks "$out" id_test
	equal "$(others)" "$before"
	works sbox -p build -- sh -c 'echo made >made && cat made'
	equal "$(cat made)" made
}

@test "a build in the home directory itself does not see the keys" {
	cd "$HOME"
	refused sbox -p build --project=. -- cat "$HOME/.ssh/id_test"
	lacks "$out" secret
	works sbox -p build --project=. -- cat .config/tool/settings
}

@test "a build has no network" {
	need python3
	mkdir "$project"
	cd "$project"
	refused sbox -p build -- python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 5)'
	contains "$err" "unreachable"
}
