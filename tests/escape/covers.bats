#!/usr/bin/env bats
# covers.bats - what covers a denied or protected path, while the command, the next run or
# somebody outside moves that path, the directories that it is in, or other things there

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# A directory with a secret in it, deep inside, and what could be taken for it.
make_tree() {
	rm -rf w
	mkdir -p w/conf/deep w/decoy/deep w/other
	echo "the secret" >w/conf/deep/.env
	echo decoy >w/decoy/deep/.env
	w=$PWD/w secret=$PWD/w/conf/deep/.env
}

# hidden MODES [OPTION...]: nothing that has the secret's text can be read in such a sandbox
hidden() {
	attacked "$1" --write="$w" "${@:2}" -- "$probe" hunt "$w" "the secret" 0
}

# not_run TEXT OPTION...: refused before anything is run, with this text
not_run() {
	gives 125 sbox -q --write="$w" "${@:2}" -- echo "it runs"
	lacks "$out" runs
	contains "$err" "$1"
}

@test "E-150 a denied path and the directories above it cannot be moved, so the next run hides it, too" {
	for path in conf/deep/.env conf/deep conf; do
		make_tree
		control hunt w "the secret" 0
		control rename "w/$path" w/moved
		make_tree
		before=$(tree w)
		for mode in $modes nested; do
			attacked "$mode" --write="$w" --deny="$secret" -- "$probe" rename "$w/$path" "$w/moved"
			equal "$(tree w)" "$before"
			hidden "$mode" --deny="$secret"
		done
	done
}

@test "E-150 the same for a denied directory, in a root directory, and under each of two names" {
	make_tree
	hidden "$modes" --deny="$w/conf/deep"
	for path in conf/deep conf; do
		attacked "$modes" --write="$w" --deny="$w/conf/deep" -- "$probe" rename "$w/$path" "$w/moved"
		attacked "$modes" --write="$w:/one" --write="$w:/two/x" --deny="$w/conf/deep" -- \
			"$probe" rename "/one/$path" /one/moved
		attacked "$modes" --write="$w:/one" --write="$w:/two/x" --deny="$w/conf/deep" -- \
			"$probe" rename "/two/x/$path" /two/x/moved
	done
	mkdir -p root/bin root/dev root/proc root/conf/deep
	echo "the secret" >root/conf/deep/.env
	install -m 755 "$probe" root/bin/probe
	mount=(--root="$PWD/root" --set 'fs.root_mode="rw"' --set 'extends=[]' --deny="$PWD/root/conf/deep/.env")
	gives 1 sbox -q "${mount[@]}" --read=/usr --read=/lib --read=/lib64 --read="$top/bin" -- \
		"$probe" rename /conf /moved || [ "$status" -eq 125 ] # where it has no mount points
	[ -e root/conf/deep/.env ]
}

@test "E-150 the home directory as the current one: what the shipped profiles hide stays hidden" {
	cd "$HOME"
	for path in .ssh/id .local/share/keyrings/login .config/gh/hosts.yml .aws/credentials; do
		mkdir -p "${path%/*}"
		echo "the secret" >"$path"
	done
	mkdir -p .config/sbox && cp "$config"/*.toml .config/sbox/
	for profile in build ci; do
		try sbox -q -p "$profile" --project=. -- sh -c '
			for d in .local/share/keyrings .local/share .local .config/gh .config .ssh .aws; do
				mv "$d" "$d-moved"; mv "$d" .; mv "$d" /tmp/x; rm -rf "$d"; rmdir "$d"
			done 2>/dev/null; :'
		[ "$status" -eq 0 ] || equal "$status" 123 # of the guard, for the copies that mv makes
		for path in .ssh/id .local/share/keyrings/login .config/gh/hosts.yml .aws/credentials; do
			equal "$(cat "$path")" "the secret"
		done
		gives 1 sbox -q -p "$profile" --project=. --read="$top/bin" -- "$probe" hunt "$HOME" "the secret" 0
	done
	control hunt "$HOME" "the secret" 0
}

@test "E-151 a decoy in the place of a denied path does not lift the denial" {
	for name in conf/deep/.env conf/deep conf; do
		make_tree
		mv "w/$name" w/moved # as an earlier command could, where nothing is denied
		not_run "does not exist, so it cannot be hidden" --deny="$secret"
		for link in "$w/decoy" nowhere "${name##*/}" /etc/passwd; do
			rm -f "w/$name"
			ln -s "$link" "w/$name"
			not_run "cannot be hidden" --deny="$secret"
			not_run "cannot be hidden" --deny="?$secret"
		done
		rm -f "w/$name"
		echo decoy >"w/$name"
		[ "$name" = conf/deep/.env ] || not_run "does not exist" --deny="$secret"
	done
	# what cannot be looked at is not taken for missing either
	make_tree
	chmod 0 w/conf
	not_run "Permission denied" --deny="?$secret"
	chmod 755 w/conf
}

@test "E-151 what is denied, missing and may be so is told of when it is made" {
	make_tree
	mv w/conf/deep w/moved
	gives 0 sbox --write="$w" --deny="?$secret" --report="$top/report" -- \
		sh -c 'mkdir -p "$1" && echo x >"$1/.env"' sh "$w/conf/deep"
	contains "$err" "a denied path did not exist, was created, and was not hidden: $secret"
	contains "$(cat "$top/report")" "\"created\":[\"$secret\"]"
}

@test "E-152 no start reads a denied path that another sandbox moves at that moment" {
	make_tree
	begin sbox -q --read="$top/bin" --write="$w" -- "$probe" shuffle "$w"
	hid=0 refused=0
	for ((i = 0; i < $(scaled 1000); i++)); do
		case $((i % 3)) in
		0) box=(--write="$w") ;;
		1) box=(--write="$w:/w") ;;
		2) box=(--write="$top/here") ;;
		esac
		try sbox -q --read="$top/bin" "${box[@]}" --deny="$secret" -- \
			"$probe" hunt "$([ $((i % 3)) -eq 1 ] && echo /w || echo "$w")" "the secret" 2
		case $status in
		1) hid=$((hid + 1)) ;;
		125)
			matches "$err" "does not exist, so it cannot be hidden|moved or replaced while|symbolic link that the command could replace|was replaced while"
			refused=$((refused + 1))
			;;
		*) fail "start $i: status $status" "$out" "$err" ;;
		esac
	done
	end_job "$job"
	echo "# $hid hid it, $refused were refused" >&3
	[ $((hid + refused)) -eq "$(scaled 1000)" ]
	control hunt "$w" "the secret" 0
}

@test "E-153 a denied path stays hidden while somebody outside moves it about" {
	for to in conf/moved top decoy/moved other/moved; do
		for from in conf/deep/.env conf/deep; do
			for mode in full bare; do
				make_tree
				layers "$mode"
				mkfifo "w/go"
				begin sbox -q --read="$top/bin" --write="$w" --deny="$secret" "${layers[@]}" -- sh -c \
					'echo ready; read -r x <"$1/go"; "$2" hunt "$1" "the secret" 20; echo "$?" >"$1/verdict"' \
					sh "$w" "$probe"
				mv "w/$from" "w/$to"
				control hunt w "the secret" 0
				echo go >w/go
				wait_for test -s w/verdict
				equal "$(cat w/verdict)" 1 || fail "$from to $to, $mode"
				row "$mode" stopped
				end_job "$job"
			done
		done
	done
}

@test "E-154 what lies in a mount of its own is kept in its place as well" {
	mkdir -p w/u/p/.git/hooks
	echo "the secret" >w/u/p/.env
	w=$PWD/w
	before=$(tree w)
	guards=(--protect="$w/u/p/.git/hooks" --deny="$w/u/p/.env")
	for second in --write="$w/u/p" --read="$w/u/p"; do
		for guard in "${guards[@]}"; do
			for path in u/p u; do
				attacked "$modes" --write="$w" "$second" "$guard" -- \
					"$probe" rename "$w/$path" "$w/moved"
				equal "$(tree w)" "$before"
			done
		done
		hidden "$modes" "$second" --deny="$w/u/p/.env"
	done
	control rename "$w/u" "$w/moved"
}

# replace HOW: another file comes into the place of w/conf/deep/.env
replace() {
	case $1 in
	mv) echo "the secret" >w/new && mv w/new "$secret" ;;
	sed) sed -i 's/secret/secret, changed/' "$secret" ;;
	away) mv "$secret" "$secret~" && echo "the secret" >"$secret" ;;
	dir) mv w/conf w/conf-old && mkdir -p w/conf/deep && echo "the secret" >"$secret" ;;
	remade) mv w/conf/deep w/conf/x && mkdir w/conf/deep && mv w/conf/x/.env w/conf/deep/ ;;
	again) replace mv && pause 0.3 && replace remade ;;
	# the number of the inode is used again (ext4), as by "git checkout", or is the same
	number) rm "$secret" && echo "the secret" >"$secret" ;;
	numbers) rm -r w/conf/deep && mkdir w/conf/deep && echo "the secret" >"$secret" ;;
	link) ln "$secret" w/conf/kept && rm "$secret" && mv w/conf/kept "$secret" ;;
	exchange) mkdir w/swap && echo "the secret" >w/swap/.env && "$probe" exchange w/swap w/conf/deep ;;
	esac
}

# held OPTION...: a sandbox with w that waits, and then says in w/verdict what it can still do
# after ten seconds; sbox.toml(5) says how long it was open on an idle machine
held() {
	mkfifo w/go
	begin sbox --read="$top/bin" --write="$w" --report="$top/report" "$@" -- sh -c \
		'shut() { for i in $(seq 100); do "$@" >/dev/null || return 1; sleep 0.1; done; }
		echo ready; read -r x <"$1/go"
		case $4 in --deny*) shut "$2" hunt "$1" "the secret" 0 ;; *) false ;; esac
		echo "$?" >"$1/verdict"
		shut "$2" write "$3"; echo "$?" >>"$1/verdict"' sh "$w" "$probe" "$secret" "$1"
	pause 0.2 # until it is watched for
}

@test "E-155 what others put into the place of a denied or protected path is covered, too" {
	for guard in deny protect; do
		for how in mv sed away dir exchange remade again number numbers link; do
			# what notices it is outside, whatever the layers inside
			modes=(full)
			[[ $how != @(mv|dir|number) ]] || modes=(full bare nested)
			for mode in "${modes[@]}"; do
				make_tree
				layers "$mode"
				held --$guard="$secret" "${layers[@]}"
				replace "$how"
				pause 0.1
				echo go >w/go
				wait "$job"
				if [ $guard = deny ]; then
					equal "$(head -n 1 w/verdict)" 1 || fail "$how: it was read"
				fi
				equal "$(tail -n 1 w/verdict)" 1 || fail "$how: it was written to"
				row "$mode" stopped
				contains "$(cat "$top/begun.$((${#jobs_started[@]} - 1)).err")" "was replaced by another program"
				contains "$(cat "$top/report")" "\"replaced\":[\"$secret\"]"
			done
		done
	done
	control hunt w "the secret" 0
}

@test "E-155 it is covered again each time, and only what is replaced is told of" {
	make_tree
	held --deny="$secret" --protect="$w/other"
	for ((i = 0; i < 20; i++)); do
		replace mv
		echo x >w/conf/neighbour
		mv w/conf/neighbour w/conf/deep/neighbour
	done
	pause 0.1
	echo go >w/go
	wait "$job"
	equal "$(head -n 1 w/verdict)" 1
	equal "$(grep -c replaced "$top/begun.0.err")" 1
	# a command that changes what it may is not taken for somebody else
	make_tree
	gives 0 sbox --write="$w" --deny="$secret" --protect="$w/other" -- sh -c '
		cd "$1"; for i in 1 2 3 4 5 6 7 8 9; do echo x >"new$i"; mv "new$i" conf/; rm "conf/new$i"; done
		mv conf/deep/.env x; rmdir other; rm -rf conf/deep; sleep 0.1; :' sh "$w"
	lacks "$err" "warning"
}

@test "E-29 a shown directory is watched whatever it is called outside meanwhile" {
	for how in itself above copy; do
		for guard in deny protect; do
			rm -rf above w2 w
			make_tree
			shown=$w
			if [ $how = above ]; then
				mkdir -p above
				mv w above/w
				w=$PWD/above/w
				shown=$w
				secret=$w/conf/deep/.env
			fi
			ln -sfn "$shown" link
			mkfifo "$w/go"
			begin sbox --read="$top/bin" --write="$w" --report="$top/report" --$guard="$secret" -- sh -c '
				echo ready; read -r x <"$1/go"; sleep "$4"
				"$2" hunt "$1" "the secret" 0 >/dev/null; echo "$?"; "$2" write "$3" >/dev/null; echo "$?"' \
				sh "$w" "$probe" "$secret" "$slow"
			pause 0.2
			case $how in
			itself | copy) mv w w2 && now=w2 ;;
			above) mv above w2 && now=w2/w ;;
			esac
			[ $how != copy ] || cp -r w2 w
			echo "the secret" >new
			mv new "$now/conf/deep/.env"
			echo go >"$now/go"
			wait "$job"
			row full stopped
			out=$(cat "$top/begun.$((${#jobs_started[@]} - 1))")
			[ $guard = protect ] || equal "$(sed -n 2p <<<"$out")" 1
			equal "$(sed -n 3p <<<"$out")" 1
			contains "$(cat "$top/begun.$((${#jobs_started[@]} - 1)).err")" "was replaced by another program"
		done
	done
}

@test "E-38 what is changed in its place, or touched, is not taken for another" {
	make_tree
	held --deny="$secret" --protect="$w/other"
	for ((i = 0; i < 5; i++)); do
		echo "more of the secret" >>"$secret"
		touch "$secret" && chmod 0600 "$secret" && chmod 0700 "$w/other"
		# names that matter, so that all is looked at
		touch w/conf/deep/x && mv w/conf/deep/x w/other.new && rm w/other.new
		touch w/deep && rm w/deep
	done
	pause 0.1
	echo go >w/go
	wait "$job"
	equal "$(head -n 1 w/verdict)" 1
	lacks "$(cat "$top/begun.0.err")" "replaced"
	contains "$(cat "$top/report")" '"replaced":[]'
}

# busy PID: the processor time that it and the children that it has waited for have used, in
# hundredths of a second
busy() {
	awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13 + $14 + $15) * 100 / tick) }' "/proc/$1/stat"
}

@test "E-39 a command cannot keep sbox busy with names that others might replace" {
	make_tree
	echo x >w/conf/kept
	ln w/conf/kept w/second # by which its time of change can be set from inside
	begin sbox --write="$w" --protect="$w/conf/kept" -- sh -c 'cd "$1" && mkdir stir && echo ready
		while :; do echo y >>second; : >kept; mv kept stir/kept; rm stir/kept; done' sh "$w"
	pause 0.2
	before=$(busy "$job")
	sleep 3
	used=$(($(busy "$job") - before))
	[ "$used" -lt 50 ] || fail "sbox has used $used hundredths of a second in three"
	row full stopped
	# the control: what is done to the very name is looked at, by somebody outside
	echo new >w/new
	mv w/new w/conf/kept
	pause 0.3
	kill "$job"
	wait "$job" || :
	contains "$(cat "$top/begun.0.err")" "was replaced by another program"
	row outside works
}

@test "E-156 fs.on_replace = kill ends the sandbox, also if it is seen at the end only" {
	make_tree
	held --deny="$secret" --set 'fs.on_replace="kill"'
	replace mv
	status=0
	wait "$job" || status=$?
	equal "$status" 125
	[ ! -e w/verdict ]
	contains "$(cat "$top/begun.0.err")" "was replaced by another program"
	contains "$(cat "$top/report")" '"why":"replaced","status":125'
	make_tree
	mkfifo w/go
	begin sbox --write="$w" --deny="$secret" --set 'fs.on_replace="kill"' -- \
		sh -c 'echo ready; read -r x <"$1/go"' sh "$w"
	kill -STOP "$job" # the supervisor sees nothing of it
	replace mv
	echo go >w/go
	sleep 0.2
	kill -CONT "$job"
	status=0
	wait "$job" || status=$?
	equal "$status" 125
}

@test "E-157 through an overlay a denied path stays covered, whatever is put into its place" {
	make_tree
	mkdir "$top/here/upper" "$top/here/work"
	overlay="{type=\"overlay\",target=\"$w\",lower=[\"$w\"],upper=\"$top/here/upper\",work=\"$top/here/work\"}"
	try sbox -q --set "fs.mount=[$overlay]" -- true
	[ "$status" -eq 0 ] || skip "no overlay can be made on this machine: $err"
	begin sbox --read="$top/bin" --deny="$secret" --set "fs.mount=[$overlay]" -- sh -c \
		'echo ready; sleep 1; "$2" hunt "$1/conf/deep" "the secret" 0' sh "$w" "$probe"
	replace mv
	status=0
	wait "$job" || status=$?
	equal "$status" 1
}

@test "E-158 what sbox mounts says nothing about its memory" {
	make_tree
	mkdir lower
	echo x >lower/file
	over="{type=\"overlay\",target=\"/over\",lower=[\"$PWD/lower\"],readonly=true}"
	file="{type=\"file\",target=\"$w/other/made\",content=\"text\"}"
	touch w/other/made
	try sbox -q --write="$w" --set "fs.mount=[$over]" -- true
	[ "$status" -eq 0 ] || over=$file
	gives 0 sbox -q --write="$w" --deny="$secret" --set "fs.mount=[$over$([ "$over" = "$file" ] || echo ",$file")]" -- \
		sh -c 'cat /proc/self/mountinfo /proc/self/comm /proc/1/comm /proc/1/cmdline | tr "\0" " "'
	contains "$out" "/content-"
	lacks "$out" 0x
}

@test "E-159 what could be unmounted is no mount in a writable directory of a command that owns its mounts" {
	make_tree
	for option in --read="$w/conf" --tmpfs="$w/conf" --read="/usr:$w/conf"; do
		not_run "cannot be mounted in" -p container "$option"
		gives 0 sbox -q -p container --read="$w" --write="$w/other" "$option" -- true # the control
	done
	gives 0 sbox -q -p container --write="$w" --write="$w/conf" -- true
}

@test "E-160 a path that is named as it is called inside is a mistake, and protects nothing in silence" {
	mkdir w
	echo text >w/p
	cp w/p before
	gives 0 sbox -q --write="$PWD/w:/w" -- sh -c 'echo bad >/w/p' # the control
	cmp -s w/p before && fail "it could not be written to"
	cp before w/p
	for key in protect deny; do
		for path in /w/p /w/new /w; do
			gives 125 sbox -q --write="$PWD/w:/w" "--$key=$path" -- sh -c 'echo bad >/w/p'
			contains "$err" "of the host is not shown: inside, that is \"$PWD/w"
			cmp w/p before
		done
		# the cure that is named, and what may be missing
		try sbox -q --write="$PWD/w:/w" "--$key=$PWD/w/p" -- sh -c 'echo bad >/w/p'
		cmp w/p before
		gives 0 sbox -q --write="$PWD/w:/w" "--$key=?/w/p" -- true
		gives 0 sbox --write="$PWD/w:/w" "--$key=/nothing" -- true
		contains "$err" "\"/nothing\" does not exist, so fs.$key "
	done
	# what is read-only there needs no protection
	gives 0 sbox -q --read="$PWD/w:/w" --protect=/w/p -- true
}
