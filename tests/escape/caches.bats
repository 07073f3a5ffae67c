#!/usr/bin/env bats
# caches.bats - private caches, attacked by commands that have another, or none, or write
# to all that is around them
# shellcheck disable=SC2016 # the shell inside expands, not ours

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
# shellcheck source=tests/escape/guard.bash
. "$BATS_TEST_DIRNAME/guard.bash"

# $home is a home directory with a cache "one" in its place, which has a secret.
make_cache() {
	home=$top/h
	[ ! -e "$home" ] || rm -r "$home"
	mkdir -p "$home/.cache/sbox" # which is made where it could be written to
	chmod 700 "$home/.cache" "$home/.cache/sbox"
	export XDG_CACHE_HOME=$home/.cache
	caches=$XDG_CACHE_HOME/sbox-caches
	gives 0 sbox -q -p build --cache=one:/one -- sh -c 'echo "the secret" >/one/file'
	row "with the cache" works
}

@test "E-230 a command sees no cache but its own, whatever else it is shown" {
	make_cache
	control hunt "$home" "the secret" 0
	for option in --write="$home" --read="$home" --read=/ --write="$home:/w" --read="$XDG_CACHE_HOME"; do
		where=$home
		[ "$option" != "--write=$home:/w" ] || where=/w
		attacked "$modes nested" "$option" -- "$probe" hunt "$where" "the secret" 0
	done
	for where in /w /two /two/../w; do
		attacked "$modes nested" --cache=two:/two --write="$home:/w" -- \
			"$probe" hunt "$where" "the secret" 0
	done
	# where it is not in the environment's place, but in that of another run
	mkdir -p "$top/x"
	HOME=$home XDG_CACHE_HOME=$top/x attacked "$modes" --write="$home" -- \
		"$probe" hunt "$home" "the secret" 0
	# asked for by its path it is a mistake
	for path in "$caches" "$caches/one" "$caches/one/data" "$caches/one/data/file"; do
		for key in read write root; do
			gives 125 sbox -q "--$key=$path" -- true
			[ "$key" = root ] && [ -f "$path" ] || contains "$err" "fs.cache shows one"
		done
	done
	gives 0 sbox -q --cache=one:/one -- grep -q "the secret" /one/file
}

@test "E-231 what is around the caches cannot be moved away, nor caches made in its place" {
	for path in .cache .cache/sbox-caches .cache/sbox-caches/one; do
		make_cache
		control rename "$home/$path" "$home/moved"
		make_cache
		before=$(tree "$home")
		attacked "$modes nested" --write="$home" -- "$probe" rename "$home/$path" "$home/moved"
		attacked "$modes nested" --write="$home" --cache=one:/one -- "$probe" rename "$home/$path" "$home/moved"
		equal "$(tree "$home")" "$before"
	done
	# before there are any: a later run would take what is there for its cache
	for mode in outside $modes; do
		rm -r "$home"
		mkdir "$home"
		attack='umask 077; mkdir -p "$0/.cache/sbox-caches/one/data" && echo planted >"$0/.cache/sbox-caches/one/data/file"'
		if [ "$mode" = outside ]; then
			sh -c "$attack" "$home"
			gives 0 sbox -q --cache=one:/one -- cat /one/file
			row outside works
		else
			layers "$mode"
			try sbox -q "${layers[@]}" --write="$home" -- sh -c "$attack" "$home"
			gives 1 sbox -q --cache=one:/one -- cat /one/file
			row "$mode" stopped
		fi
	done
}

@test "E-231 nor in the place of a link that leads to them" {
	attack='umask 077; rm "$0/.cache"; mkdir -p "$0/.cache/sbox-caches/one/data" && echo planted >"$0/.cache/sbox-caches/one/data/file"'
	for mode in outside $modes; do
		rm -rf "$top/scratch"
		make_cache
		mv "$home/.cache" "$top/scratch"
		ln -s "$top/scratch" "$home/.cache"
		gives 0 sbox -q --cache=one:/one -- grep -q "the secret" /one/file
		if [ "$mode" = outside ]; then
			sh -c "$attack" "$home"
			gives 0 sbox -q --cache=one:/one -- grep -q planted /one/file
			row outside works
		else
			layers "$mode"
			try sbox -q "${layers[@]}" --write="$home" -- sh -c "$attack" "$home"
			gives 0 sbox -q --cache=one:/one -- grep -q "the secret" /one/file
			row "$mode" stopped
		fi
	done
	# in one sandbox with both, it is refused before anything is run
	gives 125 sbox -q --cache=one:/one --write="$home" -- true
	contains "$err" "the command could replace"
}

@test "E-232 links that a command leaves in a cache lead nowhere but inside, and clearing follows none" {
	make_cache
	echo "the host's" >"$top/host"
	mkdir "$top/dir"
	touch "$top/dir/file"
	gives 0 sbox -q --cache=one:/one -- sh -c 'cd /one && rm file && ln -s "$0/host" file && ln -s "$0/dir" dir &&
		ln -s "$0" .git && ln -s ../../.. up' "$top"
	grep -q "the host's" "$caches/one/data/file" # the control: outside they do lead there
	row outside works
	for mode in $modes; do
		layers "$mode"
		try sbox -q "${layers[@]}" --cache=one:/one -- sh -c 'cat /one/file; echo x >/one/file; ls /one/dir/file /one/up/sbox-caches'
		lacks "$out" "the host's"
		equal "$(cat "$top/host")" "the host's"
		row "$mode" stopped
	done
	gives 0 sboxctl cache clear --all
	[ -e "$top/dir/file" ]
	[ -e "$top/host" ]
}

@test "E-233 a project, or a part of it, that calls itself a cache is guarded like any other" {
	repository='git init -q . && evil "$PWD/run" && git config core.fsmonitor "$PWD/run"'
	plants none "" "mkdir -p sbox-caches/one/data && cd sbox-caches/one/data && $repository" \
		"cd sbox-caches/one/data && git status" --cache=one
	plants none "" "mkdir -p .cache/sbox-caches/one/data && cd .cache/sbox-caches/one/data && $repository" \
		"cd .cache/sbox-caches/one/data && git status" --cache=one
	plants none "" "mkdir -p data && ln -s data sbox-caches; cd sbox-caches && $repository" \
		"cd data && git status" --cache=one
	plants git "" 'evil .git/hooks/pre-commit; ln -s . sbox-caches' "git commit --allow-empty -qm x" --cache=one
	# the caches are in the project itself: all around them is guarded
	export XDG_CACHE_HOME=$top/here/project/.cache
	plants none "" "mkdir -p .cache/x && cd .cache/x && $repository" "cd .cache/x && git status" --cache=one
	plants none "" "mkdir -p .cache/sbox-caches/x && cd .cache/sbox-caches/x && $repository" \
		"cd .cache/sbox-caches/x && git status" --cache=one
}

@test "E-234 a command cannot keep other sandboxes, or who clears it, from a cache" {
	make_cache
	attack='exec 9<"$0" && flock -x 9 && echo locked && exec sleep 60'
	# the control: the directory above, which no sandbox sees
	sh -c "$attack" "$caches/one" >"$top/held" 3>&- &
	holder=$!
	wait_for grep -q locked "$top/held"
	gives 124 timeout 1 sbox -q --cache=one:/one -- true
	kill "$holder" && wait "$holder" || :
	row outside works
	for mode in $modes; do
		layers "$mode"
		: >"$top/held"
		sbox -q "${layers[@]}" --cache=one:/one -- sh -c "$attack" /one >"$top/held" 3>&- &
		holder=$!
		wait_for grep -q locked "$top/held"
		gives 0 timeout 20 sbox -q --cache=one:/one -- true
		gives 1 sboxctl cache clear one # says that it is in use, at once
		kill "$holder" && wait "$holder" || :
		wait_for sboxctl cache clear one
		row "$mode" stopped
	done
}
