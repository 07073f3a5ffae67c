#!/usr/bin/env bats
# cache.bats - fs.cache: private caches that are kept for later runs, and sboxctl cache
# shellcheck disable=SC2016  # the shell inside expands, not ours

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	caches=$XDG_CACHE_HOME/sbox-caches
	mkdir -p "$top/work" # not "here": a guard of the project is no matter of these tests
	cd "$top/work" || return
}

teardown() {
	end_jobs
	[ ! -d "$caches" ] || chmod -R u+rwx "$caches" || :
}

# use NAME[:PATH] COMMAND...: in a sandbox with that cache
use() {
	works sbox -q -p build --cache="$1" -- "${@:2}"
}

@test "what is written to a cache is there in the next run, and in no other cache" {
	use npm sh -c 'echo kept >~/.cache/npm/file'
	use npm cat /home/build/.cache/npm/file
	equal "$out" kept
	use npm:.npm cat /home/build/.npm/file
	equal "$out" kept
	use npm:/c/d cat /c/d/file
	equal "$out" kept
	use other sh -c 'ls -A ~/.cache/other'
	equal "$out" ""
	# and without one, or with one for nobody, it is in memory
	works sbox -q -p build -- sh -c 'ls -A ~'
	equal "$out" ""
}

@test "the caches on the host are directories that nobody else can enter" {
	use one true
	equal "$(stat -c '%a %u %F' "$caches" "$caches/one" "$caches/one/data" | sort -u)" "700 $me directory"
	# without XDG_CACHE_HOME they are where it would be
	works env -u XDG_CACHE_HOME sbox -q -p build --cache=two -- true
	[ -d "$HOME/.cache/sbox-caches/two/data" ]
}

@test "what is no name of a cache, or no place for one, is a mistake with its place" {
	for bad in '' a/b .a -a 'a b' ../a "$(printf 'a%.0s' {1..64})" a: a:/ a:. a:.. a:x/../y a:/../x 'a:~/x'; do
		gives 125 sbox -q -p build "--cache=$bad" -- true
		contains "$err" "command line:"
		contains "$err" "is no cache, NAME or NAME:PATH"
	done
	[ ! -e "$caches" ]
	printf 'version = 1\nextends = ["build"]\n[fs]\ncache = [\n"a:x",\n"a:y"]\n' >twice.toml
	gives 125 sbox -q -p ./twice.toml -- true
	contains "$err" "twice.toml:6:1: the cache \"a\" is asked for here and at $PWD/twice.toml:5"
	gives 125 sbox -q --root=/usr --cache=a --set='reset=["env.set"]' -- true
	contains "$err" "the command has no HOME"
	gives 125 env -u XDG_CACHE_HOME -u HOME sbox -q -p base --cache=a:/a -- true
	contains "$err" "neither XDG_CACHE_HOME nor HOME"
	# nothing is made on the host for it to be mounted on
	gives 125 sbox -q -p build --cache="a:$PWD/new" -- true
	contains "$err" "no mount point"
	[ ! -e new ]
	[ ! -e "$caches" ]
}

@test "a later profile says where a cache is, in place of an earlier one" {
	printf 'version = 1\nextends = ["build"]\n[fs]\ncache = ["a:x", "b"]\n' >one.toml
	works sbox -q -p ./one.toml --cache=a:y -- sh -c 'cd && ls -A . .cache'
	equal "$out" $'.:\n.cache\ny\n\n.cache:\nb'
	works sbox -q -p ./one.toml --set='reset=["fs.cache"]' -- sh -c 'cd && ls -A'
	equal "$out" ""
}

@test "a link in the place of a cache, or of all caches, is not followed" {
	mkdir -p "$top/elsewhere/one/data"
	chmod -R go= "$top/elsewhere"
	for place in "$caches" "$caches/one" "$caches/one/data"; do
		rm -rf "$caches"
		(umask 077 && mkdir -p "$(dirname "$place")")
		to=$top/elsewhere${place#"$caches"}
		ln -s "$to" "$place"
		gives 125 sbox -q -p build --cache=one -- touch /home/build/.cache/one/file
		contains "$err" "$place"
		# also one that leads nowhere yet
		mv "$top/elsewhere" "$top/away"
		gives 125 sbox -q -p build --cache=one -- true
		mv "$top/away" "$top/elsewhere"
		[ ! -e "$top/elsewhere/one/data/file" ]
		rm "$place"
	done
	# the control: the same directory, and no link
	mv "$top/elsewhere" "$caches"
	use one touch /home/build/.cache/one/file
	[ -e "$caches/one/data/file" ]
}

@test "a cache that others could write to, or that is another user's, is not used" {
	use one true
	for place in "$caches" "$caches/one"; do
		chmod 750 "$place"
		gives 125 sbox -q -p build --cache=one -- true
		contains "$err" "$place can be entered by others (mode 0750)"
		gives 125 sboxctl cache clear one
		chmod 700 "$place"
	done
	rm -r "$caches/one"
	touch "$caches/one"
	gives 125 sbox -q -p build --cache=one -- true
	contains "$err" "something else was put there"
	# another user's: our own, seen from a namespace where we are somebody else
	rm "$caches/one"
	use one true
	need_subids
	works unshare --map-root-user --map-auto chown 1:1 "$caches/one/data"
	gives 125 sbox -q -p build --cache=one -- true
	contains "$err" "one/data belongs to user $subuid and not to you"
	works unshare --map-root-user --map-auto chown 1:1 "$caches/one"
	gives 125 sbox -q -p build --cache=one -- true
	works unshare --map-root-user --map-auto rm -r "$caches/one"
}

@test "--dry-run makes no cache, and it, explain and the report say what it is" {
	works sbox -p build --cache=npm:.npm --dry-run -- true
	matches "$out" '^caches +/home/build/\.npm$'
	lacks "$(grep '^can change' <<<"$out")" .npm
	works sbox -p build --cache=npm:.npm --dry-run=full -- true
	matches "$out" '^  cache    /home/build/\.npm from .*/sbox-caches/npm/data \(rw,nosuid,nodev\)  # command line:3$'
	works sbox -p build --cache=npm:.npm --dry-run=json -- true
	matches "$out" '"target":"/home/build/\.npm".*"from":"command line:3","cache":"npm"'
	[ ! -e "$caches" ]
	works sboxctl explain -p build --cache=npm:.npm path /home/build/.npm write
	contains "$out" 'the private cache "npm"'
	contains "$out" "command line:"
	works sbox -q -p build --cache=npm:.npm --report=r.json -- true
	contains "$(cat r.json)" '"caches":[{"name":"npm","path":"/home/build/.npm"'
	works sbox -q -p build --report=r.json -- true
	contains "$(cat r.json)" '"caches":[]'
}

@test "two sandboxes can have one cache at once, and it is not cleared meanwhile" {
	begin sbox -q -p build --cache=one -- sh -c 'echo ready; read x; cat ~/.cache/one/file'
	use one sh -c 'echo by the other >~/.cache/one/file'
	gives 1 sboxctl cache clear one
	contains "$err" "in use"
	gives 1 sboxctl cache clear --all
	works sboxctl cache list
	matches "$out" '^one +[0-9.]+K  now '
	works sboxctl cache list --json
	contains "$out" '"in_use":true'
	finish
	equal "$status" 0
	contains "$(cat "$top/held")" "by the other"
	works sboxctl cache clear one
	[ ! -e "$caches/one" ]
}

@test "a cache is free again when sbox was killed" {
	begin sbox -q -p build --cache=one -- sh -c 'echo ready; read x'
	gives 1 sboxctl cache clear one
	kill -KILL "$job"
	wait_for sboxctl cache clear one
}

@test "a sandbox that starts waits for who clears its cache" {
	use one true
	mkfifo "$top/go"
	flock --exclusive "$caches/one" sh -c "cat '$top/go'; rm -r '$caches/one'" 3>&- &
	wait_for sh -c "! flock --shared --nonblock '$caches/one' true"
	sbox -q -p build --cache=one -- touch /home/build/.cache/one/file 3>&- &
	local started=$!
	sleep 0.3
	[ -d "/proc/$started" ]
	[ ! -e "$caches/one/data/file" ]
	: >"$top/go"
	wait "$started"
	[ -e "$caches/one/data/file" ] # in the new one
}

@test "list tells names, sizes and times, of links and holes what they take" {
	works sboxctl cache list
	equal "$out" "NAME      SIZE  LAST USED         PATH"
	works sboxctl cache list --json
	equal "$out" "[]"
	use big sh -c 'cd ~/.cache/big && head -c 3M /dev/zero >f && ln f g && mkdir d && ln f d/h &&
		truncate -s 1T hole && ln -s / root'
	use small true
	works sboxctl cache list
	matches "$out" '^big +3\.[0-9]M  [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}  .*/sbox-caches/big/data$'
	matches "$out" '^small +[0-9.]+K '
	touch -d 2001-02-03T04:05:06Z "$caches/big"
	works sboxctl cache list --json
	contains "$out" '"name":"big"'
	contains "$out" '"last_used":"2001-02-03T04:05:06Z","in_use":false,"error":null'
	use big true # which is a use
	works sboxctl cache list --json
	lacks "$out" 2001
	# what is no cache is not listed; what cannot be used is, with the reason
	mkdir "$caches/.hidden" "$caches/"$'evil\nname\033[31m'
	chmod 755 "$caches/small"
	gives 125 sboxctl cache list
	contains "$err" "small can be entered by others"
	matches "$out" '^small +\?  \? '
	lacks "$out" evil
	gives 125 sboxctl cache list more
	gives 125 sboxctl cache
	gives 125 sboxctl cache burn
}

@test "clear removes what hostile commands leave, and nothing else" {
	need python3
	mkdir -p "$top/mine/dir"
	echo mine >"$top/mine/file"
	use one sh -c 'cd ~/.cache/one
		mkdir -p ro/ro/ro closed/in sticky; touch ro/ro/f closed/in/f sticky/f
		mkfifo fifo; ln -s "$0" out; ln -s "$0/dir" ro/out; ln -s . self; ln -s / root
		touch -- -rf "$(printf "new\nline")" "$(printf "\033[31mred\377")" 0 1 2; mkdir 3 4 4/0 5
		python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")"
		chmod 555 ro/ro/ro ro/ro ro; chmod 0 closed; chmod 1700 sticky; chmod 0 .' "$top/mine"
	# deeper than any path can name, and than there are descriptors
	use deep python3 -c '
import os
os.chdir(os.environ["HOME"] + "/.cache/deep")
for i in range(3000):
    os.mkdir("a-name-that-is-not-so-short")
    os.chdir("a-name-that-is-not-so-short")
os.chmod(".", 0o555)'
	use wide sh -c 'cd ~/.cache/wide; for i in 1 2 3 4 5 6 7 8 9; do mkdir -p $i/$i/$i; touch $i/$i/$i/f; done'
	works sh -c 'ulimit -n 32; sboxctl cache list'
	matches "$out" '^deep +[1-9][0-9]M  '
	works sh -c 'ulimit -n 32; exec sboxctl cache clear one deep'
	works sboxctl cache clear --all
	equal "$(ls -A "$caches")" ""
	equal "$(cat "$top/mine/file")" mine
	[ -d "$top/mine/dir" ]
	gives 1 sboxctl cache clear one
	contains "$err" "there is no cache"
	for bad in ../mine . .. a/b "" --none; do
		gives 125 sboxctl cache clear "$bad"
	done
	gives 125 sboxctl cache clear
	gives 125 sboxctl cache clear --all one
	works sboxctl cache clear --all # there is none
}

@test "files of subordinate ids are told of, with the command that removes them" {
	need_subids
	works sbox -q -p build --map=subids --user=root --set='caps.keep=["chown", "dac_override"]' \
		--cache=one -- sh -c 'cd ~/.cache/one && mkdir mine theirs && touch theirs/f mine/f &&
			chmod 700 theirs && chown 5:5 theirs/f theirs mine/f'
	gives 125 sboxctl cache clear one
	contains "$err" "belongs to user $((subuid + 4))"
	cure=${err##*unshare }
	[ ! -e "$caches/one/data" ] # what remains is no cache any more
	use one sh -c 'ls -A ~/.cache/one'
	equal "$out" ""
	eval "unshare $cure"
	[ ! -e "$caches/one" ]
}

@test "each bundle works with build, alone and all at once" {
	all=()
	for file in "$srcdir"/profiles/toolchain-*.toml; do
		name=$(basename "$file" .toml)
		works sboxctl profile check "$name"
		works sbox -q -p build -p "$name" --report=r.json -- sh -c 'for d in $(sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]*\/sbox-caches\/[^ ]* \([^ ]*\) .*/\1/p" /proc/self/mountinfo); do
			touch "$d/$0" || exit 1; done' "$name"
		contains "$(cat r.json)" '"caches":[{"name"'
		all+=(-p "$name")
	done
	[ "${#all[@]}" -eq 12 ]
	works sbox -q -p build "${all[@]}" -- true
	works sbox -q -p default "${all[@]}" -- true
	works sboxctl cache clear --all
}

@test "ccache finds in the second run what it has compiled in the first" {
	need ccache gcc
	mkdir -p "$HOME/.cache/ccache" "$HOME/.ccache"
	echo 'int main(void) { return 0; }' >a.c
	for round in 1 2; do
		works sbox -q -p build -p toolchain-c -- sh -c 'ccache -z >/dev/null; ccache gcc -c a.c && ccache --print-stats'
		matches "$out" "^(direct|preprocessed)_cache_hit	$((round - 1))\$"
		rm a.o
	done
	equal "$(find "$HOME/.cache/ccache" "$HOME/.ccache" -mindepth 1)" ""
}

@test "npm installs in the second run from what it has fetched in the first" {
	need npm node
	mkdir -p "$HOME/.npm" dep app
	echo '{"name": "dep", "version": "1.0.0"}' >dep/package.json
	echo '{"name": "app", "version": "1.0.0"}' >app/package.json
	works sbox -q -p build -- sh -c 'cd dep && npm pack --silent'
	cat >registry.js <<-'END'
		const http = require('http'), fs = require('fs'), { spawnSync, spawn } = require('child_process')
		const tgz = fs.readFileSync('dep/dep-1.0.0.tgz')
		const sum = require('crypto').createHash('sha512').update(tgz).digest('base64')
		http.createServer((q, a) => q.url.endsWith('.tgz') ? a.end(tgz) : a.end(JSON.stringify({
			name: 'dep', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'dep', version: '1.0.0',
			dist: { tarball: 'http://127.0.0.1:4873/dep.tgz', integrity: 'sha512-' + sum } } } }))).listen(4873, '127.0.0.1', () =>
			spawn('npm', ['install', '--no-audit', '--registry=http://127.0.0.1:4873', 'dep'], { cwd: 'app', stdio: 'inherit' })
				.on('exit', process.exit))
	END
	works sbox -q -p build -p toolchain-node -- node registry.js
	[ -e app/node_modules/dep/package.json ]
	rm -r app/node_modules app/package-lock.json
	# without the registry: from the cache alone
	works sbox -q -p build -p toolchain-node -- sh -c 'cd app && npm install --no-audit --offline --registry=http://127.0.0.1:4873 dep'
	[ -e app/node_modules/dep/package.json ]
	equal "$(ls -A "$HOME/.npm")" ""
	# the control: without the cache there is nothing to install from
	rm -r app/node_modules app/package-lock.json
	refused sbox -q -p build -- sh -c 'cd app && npm install --no-audit --offline --registry=http://127.0.0.1:4873 dep'
}
