#!/usr/bin/env bats
# input.bats - section E of the escape suite: what sbox itself is given

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "E-106 sbox refuses to run setuid or setgid" {
	need_subids
	mkdir setuid
	chmod 755 . setuid
	cp "$probe" setuid/who
	cp "$(command -v sbox)" setuid/sbox
	for mode in 04755 02755 06755; do
		cp "$(command -v sbox)" setuid/sbox
		chmod 755 setuid/sbox
		gives 0 setuid/sbox -q -- true
		cp "$probe" setuid/who
		chmod 755 setuid/who
		"$probe" give-away "$subuid" "$subgid" "$PWD/setuid/who" "$subuid" "$subgid" $mode
		"$probe" give-away "$subuid" "$subgid" "$PWD/setuid/sbox" "$subuid" "$subgid" $mode
		gives 0 setuid/who who # the control: the bit counts here
		gives 125 setuid/sbox -- sh -c 'echo started'
		contains "$err" setuid
		equal "$out" ""
		rm -f setuid/sbox setuid/who
	done
}

@test "E-108 a command and its arguments are taken literally" {
	mkdir bin
	for name in --dry-run --read=x -p --help --; do
		printf '#!/bin/sh\necho "ran $0 $*"\n' >"bin/$name"
		chmod 755 "bin/$name"
		gives 0 sbox -q --read="$PWD/bin" --setenv=PATH="$PWD/bin:/usr/bin:/bin" -- "$name" --version
		equal "$out" "ran $PWD/bin/$name --version"
		gives 0 sbox -q -- echo "$name" --write=/
		equal "$out" "$name --write=/"
	done
	# without the two dashes an option is one only before the command
	gives 0 sbox -q echo --write=/ -- -p x
	equal "$out" "--write=/ -- -p x"
	gives 127 sbox -q -- --no-such-option
	gives 127 sbox -q -- -
	mkdir -- -dir
	echo text >./-dir/-file
	gives 0 sbox -q --read="$PWD/-dir" -- cat "$PWD/-dir/-file"
	gives 0 sbox -q --argv0=-p -- sh -c 'echo $0' --write=/
	equal "$out" "--write=/"
	# no command, an empty one, and not even a program name
	gives 125 sbox -q --
	gives 127 sbox -q -- ""
	try "$probe" empty-argv "$(command -v sbox)"
	[ "$status" -lt 128 ] || fail "it crashed: $status"
	equal "$out" ""
}

# clean FILE: no control character but newline and tab, and no bidirectional override
clean() {
	LC_ALL=C grep -n -P '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xc2[\x80-\x9f]' "$1" >"$top/dirty" || return 0
	fail "control characters: $(cat -v "$top/dirty")"
}

@test "E-109 control characters are printed escaped" {
	nasty=$(printf 'a\033[2Jb\rc\007d\xe2\x80\xaee\xc2\x9bf\x7fg')
	printf '%s\n' "$nasty" >"$top/nasty"
	if clean "$top/nasty"; then
		fail "the control: this check does not find them"
	fi
	printf 'version = 1\nextends = ["base"]\n# %s\n[fs]\nread = ["/%s"] # %s\n' \
		"$nasty" "$nasty" "$nasty" >"$config/bad.toml"
	printf 'version = 1\ndescription = "\\u001b[2J"\n[fs]\nrd = 1 # %s\n"\\u001b[2J" = 2\n"%s" = 3\n' \
		"$nasty" "$nasty" >"$config/worse.toml"
	printf 'version = 1\nextends = ["base"]\ndescription = "\\u001b[2J"\n[env]\nset = { X = "\\u001b[2J\\u202e" }\n' \
		>"$config/good.toml"
	check() {
		try "$@"
		clean "$top/out" || fail "stdout of: $(printf '%q ' "$@")"
		clean "$top/err" || fail "stderr of: $(printf '%q ' "$@")"
	}
	check sbox -p bad -- true
	[ "$status" -eq 125 ]
	check sbox -p worse -- true
	[ "$status" -eq 125 ]
	check sbox -p "$nasty" -- true
	check sbox -p "./$nasty" -- true
	check sbox -- "$nasty"
	check sbox -- "/$nasty"
	check sbox "--$nasty" -- true
	check sbox --read="/$nasty" -- true
	check sbox --read="$nasty" -- true
	check sbox --chdir="/$nasty" -- true
	check sbox --set "$nasty=1" -- true
	check sbox --set "identity.hostname=\"$nasty\"" -- true
	check sbox --set 'identity.hostname="\u001b[2J"' -- true
	check sbox --setenv="$nasty" -- true
	check sbox --dry-run=full -p good --setenv="X=$nasty" -- "$nasty" "$nasty"
	[ "$status" -eq 127 ]
	check sbox --dry-run -p good --setenv="X=$nasty" -- "$nasty" "$nasty"
	[ "$status" -eq 127 ]
	check sbox --dry-run=json -p good --setenv="X=$nasty" -- "$nasty" "$nasty"
	[ "$status" -eq 127 ]
	mkdir "$nasty"
	cd "$nasty"
	check sbox --dry-run -p build -- true
	check sbox -v -p build -- true
	check sbox -p build --chdir="$PWD/none" -- true
	printf '#!/%s\n' "$nasty" >script
	chmod 755 script
	check sbox -p build -- ./script
	mkdir .git
	check sbox -p build -- sh -c 'mkdir -p .git/hooks; echo x >.envrc'
	contains "$err" envrc
}

@test "E-217 a profile of somebody else counts in no user namespace" {
	need_subids
	printf 'version = 1\nextends = ["base"]\n' | tee mine.toml >theirs.toml
	chmod 644 mine.toml theirs.toml
	unshare --map-root-user --map-auto chown 5 theirs.toml
	gives 125 sbox -q -p ./theirs.toml -- true
	for map in --map-root-user --map-current-user; do
		# the control: one of the caller's does
		gives 0 unshare --user "$map" sbox -q -p ./mine.toml -- true
		gives 125 unshare --user "$map" sbox -q -p ./theirs.toml -- true
		contains "$err" "belongs to another user"
		gives 125 unshare --user "$map" sbox -q -p "$PWD/theirs.toml" -- true
	done
	rm -f theirs.toml
}

@test "E-116 what a directory is called shows no other one" {
	mkdir -p "$top/secret:/data"
	cd "$top/secret:/data"
	for write in read write; do
		printf 'version = 1\nextends = ["base"]\n[fs]\n%s = ["${CWD}"]\n' $write >"$config/$write.toml"
	done
	# the control: where the profile itself, or the caller, says so, the secret is there
	printf 'version = 1\nextends = ["base"]\n[vars]\nS = "%s"\n[fs]\nwrite = ["${S}:/data"]\n' \
		"$top/secret" >"$config/said.toml"
	gives 0 sbox -q -p said -- cat /data/file
	equal "$out" "the secret"
	row outside works
	for mode in $modes nested; do
		layers "$mode"
		for name in read write build ci offline-shell; do
			try sbox -q -p $name "${layers[@]}" -- sh -c 'cat /data/*; echo changed >/data/file'
			[ "$status" -ne 0 ] || fail "$mode, $name: $out"
			equal "$out" ""
			equal "$(cat "$top/secret/file")" "the secret"
		done
		# by a shell that says "$PWD"
		gives 125 sbox -q --write="$PWD" "${layers[@]}" -- cat /data/file
		row "$mode" stopped
	done
	# a backslash is no way either: neither to another directory, nor past what hides
	mkdir 'a\:b' 'a:b' 'q'
	echo "the secret" | tee 'a\:b/s' 'a:b/s' '?q' >/dev/null
	(
		cd 'a\:b'
		for option in --read="$PWD" --write="$PWD" --deny="$PWD/s" --deny="$PWD/new" --protect="$PWD/s"; do
			gives 125 sbox -q --write=. "$option" -- cat s
			equal "$out" ""
			contains "$err" "a backslash"
		done
		# the control: as it is to be written
		gives 0 sbox -q --read="$(sed 's/[\\:]/\\&/g' <<<"$PWD")" -- cat "$PWD/s"
	)
	gives 125 sbox -q --deny='?q' -- true
	# a home directory of such a name is denied as well
	export HOME=$top/secret:/data
	mkdir .ssh
	echo key >.ssh/id
	try sbox -q -p build -- cat "$HOME/.ssh/id"
	[ "$status" -ne 0 ] || fail "$out"
	equal "$out" ""
}

@test "E-129 the home directory of the account is guarded, whatever HOME is" {
	lives_in "$top/account"
	mkdir -p "$top/account/.ssh" "$top/account/.config" "$top/other"
	echo "the secret" >"$top/account/.ssh/id"
	cd "$top/account"
	attempt='cat .ssh/id
		mkdir -p .config/sbox/profiles && echo bad >.config/sbox/profiles/default.toml && echo planted
		echo bad >.bashrc'
	touch .bashrc
	gives 0 sh -c "$attempt" # the control outside
	equal "$out" "the secret
planted"
	row outside works
	rm -r .config/sbox
	: >.bashrc
	for mode in $modes nested; do
		layers "$mode"
		for home in -uHOME HOME= HOME=/ HOME=relative HOME=.. HOME="$top/other" HOME="$top/none" \
			HOME="$top/account/" HOME="$top/account/../account"; do
			for name in build ci; do
				try env "$home" "${account[@]}" sbox -q -p $name --project=. "${layers[@]}" -- sh -c "$attempt"
				[ "$status" -ne 125 ] || fail "$mode, $home: $err"
				equal "$out" ""
				[ ! -e .config/sbox/profiles ]
				[ ! -s .bashrc ]
			done
			try env "$home" "${account[@]}" sbox -q -p offline-shell "${layers[@]}" -- cat .ssh/id
			[ "$status" -eq 1 ] || fail "$mode, $home: $out $err"
		done
		row "$mode" stopped
	done
	# of whom no local file knows the home, and the environment names none
	lives_in ""
	for home in -uHOME HOME=/ HOME="$top/none"; do
		gives 0 env "$home" "${account[@]}" sbox -p build -- true
		contains "$err" "your home directory is not known"
	done
	gives 0 env HOME="$top/account" "${account[@]}" sbox -p build --project=. -- sh -c 'cat .ssh/id || true'
	lacks "$err" "not known"
	equal "$out" ""
}

# Everything by which somebody could come to read another file under the name $1.
replace='
	echo evil >>"$1"
	rm -f "$1"; ln -sf "$PWD/evil.toml" "$1"; mv -f evil.toml "$1"
	cat "$1" | grep -q evil && echo replaced
	target=$(readlink -f "$1") && { echo evil >>"$target"; rm -f "$target"; mv "$target" gone; }
	mv real moved; mv links moved; mv up moved; true'

@test "E-83 a profile that is reached by links can be neither changed nor replaced" {
	prepare() {
		cd "$top/here"
		rm -rf "$top/here/work"
		mkdir -p work/real work/links work/up
		cd work
		cp "$config/default.toml" real/ci.toml
		ln -s real/ci.toml ci.toml
		ln -s ../real/ci.toml links/second.toml
		ln -s links/second.toml third.toml
		ln -s ../real up/dir
		echo evil >evil.toml
	}
	for name in ./ci.toml ./links/second.toml ./third.toml ./up/dir/ci.toml ./up/../ci.toml; do
		prepare
		gives 0 sh -c "$replace" - "$name" # the control outside
		equal "$out" replaced
		for mode in $modes nested; do
			layers "$mode"
			prepare
			gives 0 sbox -p "$name" --write="$PWD" "${layers[@]}" -- sh -c "$replace" - "$PWD/$name" ||
				fail "$mode, $name"
			lacks "$out" replaced
			cmp "$name" "$config/default.toml"
			row "$mode" stopped
		done
	done
	row outside works
}

@test "E-83 links among the caller's profiles, and what they lead to, stay" {
	mkdir -p "$top/here/dot/profiles"
	cp "$config"/*.toml "$top/here/dot/profiles"
	evil='echo evil >>dot/profiles/default.toml; mv dot gone; mv dot/profiles gone; rm -f dot/profiles/default.toml
		echo evil >>new; mv -f new dot/profiles/default.toml; cat dot/profiles/default.toml | grep evil; true'
	# each of them a link, the directory of profiles, that of sbox
	for kind in files profiles sbox; do
		rm -rf "$XDG_CONFIG_HOME/sbox"
		mkdir -p "$XDG_CONFIG_HOME"
		case $kind in
		files) mkdir -p "$config" && ln -s "$top"/here/dot/profiles/*.toml "$config" ;;
		profiles) mkdir "$XDG_CONFIG_HOME/sbox" && ln -s "$top/here/dot/profiles" "$XDG_CONFIG_HOME/sbox/profiles" ;;
		sbox) ln -s "$top/here/dot" "$XDG_CONFIG_HOME/sbox" ;;
		esac
		for mode in $modes nested; do
			layers "$mode"
			gives 0 sbox -q -p build "${layers[@]}" -- sh -c "$evil"
			equal "$out" ""
			cmp dot/profiles/default.toml "$srcdir/profiles/default.toml"
			row "$mode" stopped
		done
	done
	gives 0 sh -c 'echo evil >>dot/profiles/default.toml && grep evil "$0/default.toml"' "$config" # outside
	equal "$out" evil
	row outside works
}

@test "E-83 a profile of the project is protected before it is in use" {
	printf 'version = 1\nextends = ["base"]\n' >box.toml
	cp box.toml "$top/good"
	mkdir .sbox
	cp box.toml .sbox/ci.toml
	for mode in $modes nested; do
		layers "$mode"
		gives 0 sbox -q -p build "${layers[@]}" -- sh -c 'echo evil >>box.toml; rm -f box.toml; mv box.toml x
			echo evil >y; mv -f y box.toml; echo evil >>.sbox/ci.toml; mv .sbox z; rm -rf y; true'
		cmp box.toml "$top/good"
		cmp .sbox/ci.toml "$top/good"
		row "$mode" stopped
	done
	rm -r box.toml .sbox
	gives 123 sbox -p build -- sh -c 'echo evil >box.toml'
	contains "$err" "the command created a protected path that did not exist: $PWD/box.toml; moved to "
	[ ! -e box.toml ]
	# one of another name is protected while it is in use only, which is said
	mv "$top/good" ci.toml
	gives 0 sbox -p ./ci.toml --write=. -- true
	contains "$err" "one that ran with another profile could have changed it"
	mv ci.toml box.toml
	gives 0 sbox -p ./box.toml --write=. -- true
	equal "$err" ""
}

@test "E-84 in a home directory that is read-only sbox runs, and no profile can be planted" {
	unset XDG_CACHE_HOME
	cd "$HOME"
	evil='chmod u+w . .config .config/sbox; mkdir -p .config/sbox/profiles; echo evil >.config/sbox/profiles/default.toml
		mv .config gone; rm -rf .config; true'
	for mode in $modes nested; do
		layers "$mode"
		chmod 555 .
		gives 0 sbox -q -p build --project=. "${layers[@]}" -- sh -c "$evil; echo ran"
		equal "$out" ran
		[ ! -e .config/sbox/profiles ]
		row "$mode" stopped
		chmod 755 .
		rm -rf .config .cache
	done
	chmod 555 .
	gives 0 sbox -q -p build --project=. -- true
	equal "$(stat -c %a .)" 555
	chmod 755 .
	rm -rf .config .cache
	gives 0 sh -c "mkdir -p .config/sbox; $evil" # the control outside
	[ -e gone/sbox/profiles/default.toml ]
	# the whole file system is: nobody can make anything there
	unshare -U true 2>/dev/null || skip "no user namespace can be made for the test"
	gives 0 unshare --user --map-current-user --mount --keep-caps sh -c '
		mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" && cd "$HOME" &&
		exec setpriv --inh-caps=-all --ambient-caps=-all sbox -q -p build --project=. -- sh -c "mkdir .config; echo ran"'
	equal "$out" ran
}

@test "E-111 a profile is never found by its bare name in the working directory" {
	printf 'version = 1\nextends = ["base"]\n' >name.toml
	cp name.toml name
	cp name.toml name.profile
	mkdir -p profiles .sbox
	cp name.toml profiles/
	cp name.toml .sbox/
	gives 0 sbox -q -p ./name.toml -- true # the control: it is a good one
	gives 125 sbox -q -p name -- true
	gives 125 sbox -q -p name.toml -- true
	gives 125 sbox -q -p "" -- true
	gives 125 sbox -q -p .. -- true
	printf 'version = 1\nextends = ["name"]\n' >"$config/child.toml"
	gives 125 sbox -q -p child -- true
	# an empty or relative directory in the environment is not the working directory either
	mkdir -p sbox/profiles
	cp name.toml sbox/profiles/
	XDG_CONFIG_HOME="" HOME=$PWD/none gives 125 sbox -q -p name -- true
	XDG_CONFIG_HOME=. gives 125 sbox -q -p name -- true
}

@test "E-111 a profile that others could have written is refused" {
	printf 'version = 1\nextends = ["base"]\n' >"$config/mine.toml"
	gives 0 sbox -q -p mine -- true
	for mode in 0664 0646 0666; do
		chmod $mode "$config/mine.toml"
		gives 125 sbox -q -p mine -- true
		contains "$err" mine.toml
		gives 125 sbox -q -p "$config/mine.toml" -- true
		printf 'version = 1\nextends = ["mine"]\n' >"$config/child.toml"
		gives 125 sbox -q -p child -- true
	done
	need_subids
	chmod 0644 "$config/mine.toml"
	"$probe" give-away "$subuid" "$subgid" "$config/mine.toml" "$subuid" "$subgid" 0644
	gives 125 sbox -q -p mine -- true
	rm -f "$config/mine.toml"
}

@test "E-111 what is no regular file is no profile and does not hang" {
	printf 'version = 1\nextends = ["base"]\n' >"$config/file.toml"
	ln -s file.toml "$config/link.toml"
	gives 0 sbox -q -p link -- true # the control: a link is followed to one
	mkfifo "$config/fifo.toml"
	gives 125 sbox -q -p fifo -- true
	mkdir "$config/dir.toml"
	gives 125 sbox -q -p dir -- true
	ln -s /dev/zero "$config/zero.toml"
	gives 125 sbox -q -p zero -- true
	ln -s loop.toml "$config/loop.toml"
	gives 125 sbox -q -p loop -- true
	ln -s /proc/self/fd/0 "$config/stdin.toml"
	gives 125 sbox -q -p stdin -- true
	truncate -s 1G "$config/huge.toml"
	gives 125 sbox -q -p huge -- true
}

@test "E-111 a profile that changes all the time is read once" {
	printf 'version = 1\nextends = ["base"]\n[identity]\nhostname = "one"\n' >"$config/a.toml"
	printf 'version = 1\nextends = ["base"]\n[identity]\nhostname = "two"\n' >"$config/b.toml"
	chmod 0666 "$config/b.toml" # this one must never be used
	begin sh -c 'echo ready; exec "$0" race "$1/a.toml" "$1/b.toml"' "$probe" "$config"
	ones=0
	for ((i = 0; i < 100; i++)); do
		try sbox -q -p a -- uname -n
		lacks "$out" two
		case $status in
		0) ones=$((ones + 1)) ;;
		125) ;;
		*) fail "status $status" ;;
		esac
	done
	[ "$ones" -gt 0 ]
}

@test "E-107 a profile with mistakes starts nothing, and each is told with its place" {
	# wrong LINE:COLUMN TEXT: of the profile that is the standard input
	wrong() {
		cat >"$config/wrong.toml"
		gives 125 sbox -q -p wrong -- sh -c 'echo started'
		equal "$out" ""
		contains "$err" "wrong.toml:$1"
		contains "$err" "$2"
	}
	printf 'version = 1\nextends = ["base"]\n' >"$config/right.toml"
	gives 0 sbox -q -p right -- sh -c 'echo started' # the control
	equal "$out" started
	wrong 2:12 "/../" <<<'version = 1
fs.read = ["/usr/../etc"]'
	wrong 2:4 "did you mean" <<<'version = 1
fs.rd = ["/usr"]
fs.read = "/usr"'
	printf 'version = 1\nfs.read = ["/a\0b"]\n' | wrong 2 ""
	wrong 2 "" <<<'version = 1
fs.tmpfs = ["/mnt", "/mnt/../x"]'
	for limit in -1 1e9 true '"-1"' '"99999999999999999999"' '"9999999999T"' '"1 K"' '"1KK"' '""'; do
		wrong 2:16 "" <<<"version = 1
limits.tmpfs = $limit"
	done
	# a line of a megabyte, a hundred thousand entries
	printf 'version = 1\ndescription = "%01048576d"\n' 0 >"$config/wrong.toml"
	gives 125 sbox -q -p wrong -- sh -c 'echo started'
	equal "$out" ""
	contains "$err" "larger than 1 MiB"
	wrong 3: "does not exist" < <(
		printf 'version = 1\nfs.read = [\n'
		seq 1 60000 | sed 's|.*|"/none/&",|'
		echo ']'
	)
	wrong 2:1 "needs" <<<'version = 1
[[fs.mount]]
type = "tmpfs"
[[fs.mount]]
type = "bind"
target = "/x"'
}

@test "E-112 sbox writes through its own /proc only" {
	mkdir -p root/{usr,tmp,etc,run,root,dev,var/tmp} root/proc/{self/attr,sys/user,1,2}
	for dir in bin sbin lib lib64; do
		ln -s usr/$dir root/$dir
	done
	for file in self/attr/current self/uid_map sys/user/max_user_namespaces 1/uid_map 2/uid_map \
		2/gid_map 2/setgroups; do
		echo untouched >"root/proc/$file"
	done
	control write root/proc/self/attr/current root/proc/sys/user/max_user_namespaces
	before=$(tree root)
	ran=0
	for mode in $modes; do
		for root_mode in ro overlay rw; do
			layers "$mode"
			try sbox -q --root="$PWD/root" --root-mode=$root_mode --read=/usr "${layers[@]}" -- \
				sh -c '[ "$(cat /proc/self/comm)" = sh ] || [ "$(cat /proc/self/comm)" = cat ]'
			case $status in
			0) ran=$((ran + 1)) ;;
			125) ;;
			*) fail "$mode, $root_mode: $status" "$err" ;;
			esac
			equal "$(tree root)" "$before" || fail "$mode, $root_mode"
		done
	done
	echo "# $ran of 12 starts with a hostile /proc went on" >&3
	[ "$ran" -gt 0 ]
}

@test "E-113 capabilities and secure bits of the caller do not come along" {
	need setpriv unshare
	caller=(unshare --user --map-root-user setpriv --inh-caps=+all --ambient-caps=+all
		--securebits=+noroot)
	try "${caller[@]}" "$probe" show-ids
	[ "$status" -eq 0 ] || skip "no user namespace can be made on this machine"
	lacks "$out" "$(printf 'CapAmb:\t0000000000000000')" # the control
	for mode in $modes; do
		layers "$mode"
		gives 0 "${caller[@]}" "$(command -v sbox)" -q --map=single --read="$top/bin" "${layers[@]}" -- \
			"$probe" show-ids
		for set in Inh Prm Eff Bnd Amb; do
			contains "$out" "$(printf 'Cap%s:\t0000000000000000' $set)"
		done
		contains "$out" "$(printf 'NoNewPrivs:\t1')"
	done
}

@test "E-114 the programs that write id maps are not looked for in PATH, and are checked" {
	need_subids
	mkdir fake
	for name in newuidmap newgidmap; do
		printf '#!/bin/sh\necho ran >"%s/ran"\nexec /usr/bin/%s "$@"\n' "$PWD" $name >fake/$name
		chmod 755 fake/$name
	done
	PATH=$PWD/fake:$PATH gives 1 newuidmap # the control: this is what PATH has
	[ -e ran ]
	rm ran
	PATH=$PWD/fake:$PATH gives 0 sbox -q --map=subids --user=root -- cat /proc/self/uid_map
	[ ! -e ran ]
	[ "$(awk '{ n += $3 } END { print n }' <<<"$out")" -gt 1 ]
}
