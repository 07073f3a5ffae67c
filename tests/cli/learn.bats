#!/usr/bin/env bats
# learn.bats - sboxctl learn: profiles that are found out by trying

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export XDG_STATE_HOME=$top/state
	cd "$(mktemp -d "$top/here/project.XXXX")" || exit
	mkdir .git
}

teardown() {
	end_jobs
	chmod -R u+rwX "$XDG_STATE_HOME" 2>/dev/null || :
}

# learns [OPTION...] -- COMMAND...: into $box, which has to work and to be whole, and leaves
# nothing of what the command wrote
learns() {
	box=$top/box.toml
	rm -f "$box"
	works sboxctl learn -o "$box" "$@"
	works sboxctl profile check "$box"
	equal "$(sboxctl changes list | wc -l)" 1
	text=$(cat "$box")
}

# entries: how many lines were granted
entries() {
	grep -c '^    "' "$box" || :
}

# hides TEXT: with the profile it is found nowhere below the home directory, where it is
hides() {
	grep -rsq "$1" "$HOME"
	refused sbox -q -p "$box" -- grep -rs "$1" "$HOME"
	equal "$out$err" ""
}

@test "a file that the command looks for in its own home directory is found, and is all" {
	need git
	rmdir .git
	git config --file "$HOME/.gitconfig" user.name You
	git config --file "$HOME/.gitconfig" user.email you@example.org
	git init -q .
	echo text >file
	git add file
	learns -p build -- git commit -qm message
	equal "$(entries)" 1
	contains "$text" '    "?${HOME}/.gitconfig:/home/build/.gitconfig",'
	matches "$text" '# git: [0-9]+ times; without it: status 128'
	contains "$text" 'extends = ["build"]'
	# ten times as many paths as lines, and the repository is as it was
	[ "$(sed -n 's/.*asked for \([0-9]*\) paths.*/\1/p' "$box")" -ge 10 ]
	refused git log
	works sbox -q -p "$box" -- git commit -qm message
	works git log --format=%an
	equal "$out" You
}

@test "--verify and --diff say what is missing, and write nothing" {
	mkdir "$HOME/data"
	echo text >"$HOME/data/file"
	gives 1 sboxctl learn --diff -p build -- cat "$HOME/data/file"
	matches "$out" '^fs.read = \["\?\$\{HOME\}/data/file"\] # cat: once; without it: status 1$'
	learns -- cat "$HOME/data/file"
	works sboxctl learn --verify "$box" -- cat "$HOME/data/file"
	contains "$out" "is enough: status 0"
	gives 1 sboxctl learn --verify "$box" -- sh -c 'exit 3'
	contains "$err" "fails with all that can be granted, too: status 3"
	lacks "$out" "is enough"
	rm "$box"
	gives 1 sboxctl learn --verify build -- cat "$HOME/data/file"
	contains "$out" 'fs.read = ["?${HOME}/data/file"]'
	works sboxctl learn --diff -- true
	equal "$out" "# what was given is enough: status 0"
	equal "$(ls -A)" .git
}

@test "what programs look for and do not need is dropped, and told" {
	mkdir "$HOME/data"
	echo one >"$HOME/data/one"
	echo two >"$HOME/data/two"
	learns -- sh -c "cat $HOME/data/one 2>/dev/null; cat $HOME/data/two"
	equal "$(entries)" 2
	learns -- sh -c "cat $HOME/data/one >/dev/null 2>&1; cat $HOME/data/two"
	equal "$(entries)" 1
	contains "$text" 'data/two",'
	matches "$text" '^#     fs.read: "\?\$\{HOME\}/data/one" \(cat, [0-9]+\)$'
}

@test "many files of one directory become one line, where nothing forbids it" {
	use='for i in 1 2 3 4 5 6; do cat "$1/$i" || exit 1; done'
	for dir in .config/tool .config/mixed tool; do
		mkdir -p "$HOME/$dir"
		for i in 1 2 3 4 5 6; do echo "$i" >"$HOME/$dir/$i"; done
	done
	learns -- sh -c "$use" sh "$HOME/.config/tool"
	equal "$(entries)" 1
	contains "$text" '    "?${HOME}/.config/tool",'
	contains "$text" "for 6 in it; without it: status 1"
	# a secret beside them, and a directory right below the home directory
	echo secret >"$HOME/.config/mixed/credentials"
	for dir in .config/mixed tool; do
		learns -- sh -c "$use" sh "$HOME/$dir"
		equal "$(entries)" 6
		echo "not wanted" >"$HOME/$dir/beside"
		hides "not wanted"
	done
	hides secret
}

@test "what a command writes elsewhere is learned as a directory, and is not written" {
	mkdir -p "$HOME/.cache/tool"
	echo old >"$HOME/.cache/tool/state"
	learns -- sh -c "echo new >$HOME/.cache/tool/state && echo made >$HOME/.cache/tool/made"
	equal "$(entries)" 1
	matches "$text" '^write = \['
	contains "$text" '    "?${HOME}/.cache/tool",'
	equal "$(cat "$HOME/.cache/tool/"*)" old
	# a file right in the home directory brings no directory with it
	echo old >"$HOME/.state"
	gives 1 sboxctl learn -o box.toml -- sh -c "echo new >$HOME/.state"
	contains "$(cat box.toml)" "$HOME/.state ("
	contains "$(cat box.toml)" "which is of directories"
	equal "$(grep -c '^    "' box.toml)" 0
}

@test "output that differs by chance makes no line a needed one" {
	echo text >"$HOME/wanted"
	learns -- python3 -c 'import os, sys, time
try: open(sys.argv[1])
except OSError: pass
print(time.time_ns())
# the same for some runs, and another one for the next
open("made-%d" % (time.time_ns() // 200_000_000), "w")' "$HOME/wanted"
	equal "$(entries)" 0
	contains "$text" "not needed"
	# but what is always the same counts
	learns -- python3 -c 'import os, sys, time
print(os.path.exists(sys.argv[1]))
print(time.time_ns(), file=sys.stderr)' "$HOME/wanted"
	equal "$(entries)" 1
	contains "$text" "without it: another standard output"
}

@test "--runs=N watches N runs, for a command that wants another file each time" {
	mkdir "$HOME/data"
	for i in 1 2 3; do echo "$i" >"$HOME/data/$i"; done
	# by a counter that the command cannot have: the time
	wants="import os, sys, time
os.stat('$HOME/data/%d' % (time.time_ns() // 1000 % 3 + 1))"
	try sboxctl learn --runs=30 -o box.toml -- python3 -c "$wants"
	for i in 1 2 3; do
		contains "$(cat box.toml)" "data/$i\""
	done
}

@test "what was given beside profiles becomes lines of the new one" {
	mkdir out
	echo text >"$HOME/wanted"
	learns -p base -p toolchain-c --read=. --write=out --limit=pids=100 --limit=wall=1m \
		--user=caller --pass-env=LANG -- cat "$HOME/wanted"
	contains "$text" 'extends = ["base", "toolchain-c"]'
	for line in 'pids = 100 # given' 'wall = "1m" # given' 'user = "caller" # given' '    "LANG", # given'; do
		contains "$text" "$line"
	done
	matches "$text" '^    ".*/project\.[^/]*/out", # given$'
	works sbox -p "$box" -- sh -c 'echo x >out/x && id -u'
	equal "$out" "$me"
	gives 125 sboxctl learn -o x --set net.mode=\"none\" -- true
	contains "$err" "write it into one yourself"
}

@test "an interrupt ends the run, and what is known is written" {
	mkdir "$HOME/data"
	echo text >"$HOME/data/file"
	begin sboxctl learn -o "$top/box.toml" -- sh -c "cat $HOME/data/file; echo ready; read x"
	kill -INT "$job"
	finish
	equal "$status" 1
	contains "$(cat "$top/held-err")" "was not tried: it was interrupted"
	contains "$(cat "$top/box.toml")" 'data/file"'
	contains "$(cat "$top/box.toml")" "not tried without"
	works sboxctl profile check "$top/box.toml"
	equal "$(sboxctl changes list | wc -l)" 1
	# on a terminal, whose user types it
	on_tty sboxctl learn -o "$top/typed.toml" -- sh -c "cat $HOME/data/file; echo begun; read x" <<-'END'
		expect begun
		send \x03
		status 1
	END
	contains "$(cat "$top/typed.toml")" 'data/file"'
}

@test "an interactive command has the terminal in the first run" {
	mkdir "$HOME/data"
	echo text >"$HOME/data/file"
	on_tty sboxctl learn -o "$top/box.toml" -- sh -c "read -r x; cat $HOME/data/\$x || exit 3" <<-'END'
		send file\r
		expect No such file
		status 1
	END
	contains "$(cat "$top/box.toml")" 'data/file"'
}

@test "builds and tests of real tools are learned, and get little" {
	need cmake npm python3 make cc
	mkdir -p "$HOME/.ssh" "$HOME/other/.git" "$HOME/www"
	echo secret >"$HOME/.ssh/id_rsa"
	echo theirs >"$HOME/other/file"
	echo page >"$HOME/www/page"
	echo 'int main(void) { return 0; }' >x.c
	printf 'cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(x x.c)\n' >CMakeLists.txt
	printf '{"name": "x", "version": "1.0.0", "scripts": {"test": "node -e 0"}}' >package.json
	printf 'x: x.c\n\t$(CC) -o $@ $<\n' >Makefile
	cat >serve.py <<-END
		import functools, http.server, threading, urllib.request
		handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="$HOME/www")
		server = http.server.HTTPServer(("127.0.0.1", 0), handler)
		threading.Thread(target=server.serve_forever, daemon=True).start()
		print(urllib.request.urlopen("http://127.0.0.1:%d/page" % server.server_port).read())
	END
	for command in "make" "sh -c 'cmake -B b && cmake --build b'" "npm test" "python3 serve.py"; do
		eval "learns -- $command"
		if [ "$command" = "python3 serve.py" ]; then wanted=1; else wanted=0; fi
		equal "$command: $(entries)" "$command: $wanted"
		[ "$(sed -n 's/.*asked for \([0-9]*\) paths.*/\1/p' "$box")" -ge 10 ] || fail "$text"
		hides secret
		hides theirs
	done
	equal "$(ls -A | tr '\n' ' ')" ".git CMakeLists.txt Makefile package.json serve.py x.c "
}

@test "a command that fails all the same is told" {
	gives 1 sboxctl learn -o box.toml -- sh -c 'exit 3'
	contains "$err" "fails with all that can be granted, too: status 3"
	gives 125 sboxctl learn -o none.toml -- no-such-command
	contains "$err" "command not found in the sandbox"
	[ ! -e none.toml ]
	gives 125 sboxctl learn -o none.toml -p no-such-profile -- true
	contains "$err" "no-such-profile"
}

@test "an interrupt at any moment ends learning" {
	echo text >"$HOME/wanted"
	for n in $(seq "$(scaled 12)"); do
		rm -f box.toml
		sboxctl learn -o box.toml -- sh -c "sleep 0.1; cat $HOME/wanted" >/dev/null 2>"$top/said" 3>&- &
		job=$!
		sleep "0.$((n * 7 + 10))"
		start=$SECONDS
		kill -INT "$job" 2>/dev/null || :
		status=0
		wait "$job" || status=$?
		[ $((SECONDS - start)) -lt $((20 * slow)) ] || fail "it went on" "$(cat "$top/said")"
		# whatever was dropped without having been tried would be missing
		if [ -e box.toml ] && grep -q '^# It asked' box.toml && ! grep -q 'wanted"' box.toml; then
			contains "$(cat "$top/said")" "interrupted"
		fi
		[ "$status" -ne 0 ] || contains "$(cat box.toml)" 'wanted",'
		equal "$(sboxctl changes list | wc -l)" 1
	done
}

@test "files that are wanted one after another are all found, and a great many are bounded" {
	mkdir -p "$HOME/.config/data"
	for i in $(seq 2000); do echo "$i" >"$HOME/.config/data/$i"; done
	learns -- sh -c "for i in \$(seq 20); do cat $HOME/.config/data/\$i || exit 1; done"
	contains "$text" "for 20 in it"
	# in little memory, and with a word about it
	try prlimit --as=1500000000 sboxctl learn -o many.toml -- python3 -c "
for i in range(1, 2001):
    try: open('$HOME/.config/data/%d' % i)
    except OSError: pass"
	contains "$err" "it wants more than was tried"
	[ -s many.toml ]
}

@test "many calls that succeed hide no wish, and too many that fail are told" {
	echo text >"$HOME/wanted"
	learns -- python3 -c "
import os
for root, dirs, files in os.walk('/usr'):
    for name in files:
        os.access(os.path.join(root, name), os.F_OK)
open('$HOME/wanted')"
	contains "$text" 'wanted",'
	gives 1 sboxctl learn -o many.toml -- python3 -c "
import os
for i in range(20000):
    os.access('/usr/share/no-such-%d' % i, os.F_OK)
open('$HOME/wanted')"
	contains "$err" "it wants more than was tried"
}

@test "a wish with which no sandbox can be made is told, and does not end all" {
	mkdir -p "$top/real" "$HOME/.config"
	ln -s "$top/real" "$top/link"
	export XDG_STATE_HOME=$top/link
	echo text >"$HOME/wanted"
	works sbox -q -p build --changes=mine -- true
	works sboxctl learn -o box.toml -- sh -c "cat $HOME/wanted && { touch $top/real/sbox/changes/new; :; } 2>/dev/null"
	contains "$(cat box.toml)" 'wanted",'
}

@test "a directory that is wanted after what is in it takes its place" {
	mkdir -p "$HOME/.config/tool"
	echo 1 >"$HOME/.config/tool/file"
	# both are wanted by the same run
	learns -- sh -c "cat $HOME/.config/tool/file; ls $HOME/.config/tool"
	equal "$(entries)" 1
	contains "$text" '    "?${HOME}/.config/tool",'
}

@test "what cannot be written in a profile is said before anything is run" {
	for name in 'a:b' $'a\001' $'a\377' 'a"b' 'a$b' 'a?b' '*'; do
		mkdir -p "$top/here/$name/sub"
		(cd "$top/here/$name" && gives 125 sboxctl learn -o "$top/box.toml" -p base --read=sub -- touch ran)
		[ ! -e "$top/box.toml" ]
	done
	gives 125 sboxctl learn -o none/box.toml -- touch ran
	contains "$err" "none/box.toml cannot be written"
	gives 125 sboxctl learn -o box.toml --try -- touch ran
	gives 125 sboxctl learn -o box.toml --changes=mine -- touch ran
	gives 125 sboxctl learn -o box.toml --read=/usr/../etc -- touch ran
	[ ! -e ran ]
	# made meanwhile: it is not lost
	gives 125 sboxctl learn -q -o late.toml --project=. -p base --write="$top" -- sh -c "echo theirs >'$PWD/late.toml'; :"
	works sboxctl learn -q -o quiet.toml -- true
	equal "$out$err" ""
}

@test "mistakes are said before anything is run" {
	echo mine >mine.toml
	for words in "-o mine.toml -- touch ran" "-- touch ran" "-o x touch ran" "-o x --runs=0 -- touch ran" \
		"-o x --runs=many -- touch ran" "-o x --" "-o x --verify y -- touch ran" \
		"--verify y -p build -- touch ran"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl learn --write=. $words
		contains "$err" "learn"
		[ ! -e ran ]
		[ ! -e x ]
	done
	for words in "-o" "-o x --runs" "--verify"; do
		# shellcheck disable=SC2086 # words
		gives 125 sboxctl learn --write=. $words -- touch ran
		contains "$err" "needs a value"
		[ ! -e ran ]
	done
	gives 125 sboxctl learn -o x --nonsense -- touch ran
	contains "$err" "unknown option"
	equal "$(cat mine.toml)" mine
}
