#!/usr/bin/env bats
# terminal.bats - section A of the escape suite: the caller's terminal

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# untouched COMMAND...: on a terminal, on which nothing may be typed by it
untouched() {
	gives 1 "$probe" on-tty "$@"
	contains "$out" "command: "
}

# on_terminals ATTEMPT: with a terminal of its own, and with the caller's descriptors
on_terminals() {
	for mode in $modes; do
		layers "$mode"
		untouched sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" "$1"
		contains "$out" TIOCSTI
		untouched sbox -q --read="$top/bin" "${layers[@]}" --set 'process.tty="never"' -- \
			"$probe" "$1"
		contains "$out" TIOCSTI
	done
}

@test "E-01 a command cannot type on the caller's terminal" {
	try "$probe" on-tty "$probe" tiocsti
	[ "$status" -eq 0 ] || skip "TIOCSTI does not work on this machine (dev.tty.legacy_tiocsti)"
	on_terminals tiocsti
	gives 1 "$probe" on-tty sbox -q --read="$top/bin" -- "$probe" tiocsti
	contains "$out" "TIOCSTI on 0: EPERM"
}

@test "E-02 a command cannot type on the caller's terminal by a number with high bits" {
	try "$probe" on-tty "$probe" tiocsti-high
	[ "$status" -eq 0 ] || skip "TIOCSTI does not work on this machine (dev.tty.legacy_tiocsti)"
	on_terminals tiocsti-high
	gives 1 "$probe" on-tty sbox -q --read="$top/bin" -- "$probe" tiocsti-high
	contains "$out" "TIOCSTI on 0: EPERM"
}

@test "E-03 TIOCLINUX does not reach the kernel" {
	try "$probe" on-tty "$probe" tioclinux
	lacks "$out" EPERM
	for mode in full no-landlock; do
		layers "$mode"
		try "$probe" on-tty sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" tioclinux
		equal "$(grep -o EPERM <<<"$out" | wc -l)" 3
	done
}

@test "E-04 a command that is not interactive has no controlling terminal" {
	gives 1 "$probe" on-tty sh -c "exec '$probe' open-tty </dev/null >$top/o 2>&1"
	contains "$(cat "$top/o")" worked
	for mode in $modes; do
		layers "$mode"
		for tty in auto never; do
			gives 1 "$probe" on-tty sh -c '
				o=$1; shift; exec "$@" </dev/null >"$o" 2>&1' sh "$top/o" \
				sbox -q --read="$top/bin" "${layers[@]}" \
				--set "process.tty=\"$tty\"" -- "$probe" open-tty
			contains "$(cat "$top/o")" "open /dev/tty: ENXIO"
		done
	done
	gives 1 "$probe" on-tty sbox -q --read="$top/bin" --set 'process.tty="never"' -- \
		"$probe" open-tty
	contains "$out" "open /dev/tty: ENXIO"
}

@test "E-05 another terminal of the caller cannot be written to" {
	mkfifo "$top/hold"
	begin sh -c "exec '$probe' hold-pty <>'$top/hold'"
	case $said in
	/dev/pts/*) ;;
	*) fail "no terminal to attack: $said" ;;
	esac
	both write-tty "$said"
	attacked "$modes" --write="$top/here" -- "$probe" write-tty "$said"
}

@test "E-06 a terminal that is made inside does not show outside" {
	mkfifo "$top/hold"
	begin sh -c "exec '$probe' hold-pty <>'$top/hold'" # the control
	contains "$(ls /dev/pts)" "${said##*/}"
	before=$(ls /dev/pts)
	begin sbox -q --read="$top/bin" --keep-fd=9 -- sh -c 'exec "$0" hold-pty <&9' "$probe" \
		9<>"$top/hold"
	contains "$said" /dev/pts/
	equal "$(ls /dev/pts)" "$before"
}

@test "E-09 a command cannot set a line discipline" {
	gives 1 "$probe" on-tty "$probe" tiocsetd
	contains "$out" worked
	for mode in full no-landlock; do
		layers "$mode"
		for tty in auto never; do
			try "$probe" on-tty sbox -q --read="$top/bin" "${layers[@]}" \
				--set "process.tty=\"$tty\"" -- "$probe" tiocsetd
			contains "$out" "TIOCSETD: EPERM, TIOCSETD and high bits: EPERM"
		done
	done
}

@test "E-07 nothing of the sandbox reads the terminal after its end" {
	reads='trap "" HUP; (sleep 1; read -r line </dev/tty; echo "read: $line" >"$0/reader") & exit 0'
	try "$probe" on-tty sh -c "$reads" "$top/here" # the control: it lives on
	wait_for test -e reader
	rm reader
	for mode in $modes; do
		layers "$mode"
		try "$probe" on-tty sbox -q --write="$top/here" "${layers[@]}" -- sh -c "$reads" "$top/here"
		contains "$out" "command: 0"
	done
	sleep 2
	[ ! -e reader ]
}

@test "E-08 the modes of the terminal come back when the command is killed" {
	modes_of='stty sane; before=$(stty -g); "$@" sh -c "stty raw -echo; kill -KILL \$\$"; ended=$?
		[ "$(stty -g)" = "$before" ] && modes=same || modes=changed
		echo "$ended $modes" >"$result"'
	export result=$top/here/result
	for how in "" "</dev/null" "| cat"; do
		of=${modes_of/kill/sleep 0.3; kill}
		of=${of/; ended=\$\?/ $how; ended=\$?}
		of=${of/-echo;/-echo <\/dev\/tty;}
		try "$probe" on-tty bash -o pipefail -c "$of" sh env # the control
		equal "$(cat result)" "137 changed"
		rm result
		for mode in $modes; do
			layers "$mode"
			try "$probe" on-tty bash -o pipefail -c "$of" sh sbox -q "${layers[@]}" --
			equal "$(cat result)" "137 same"
			rm result
		done
	done
}

# on_tty COMMAND...: on a terminal, whose user does what the standard input says
on_tty() {
	need python3
	gives 0 python3 "$srcdir/tests/cli/typist.py" "$@"
}

# What stops itself, here and in what follows: a process that then can do nothing.
# A loop: a signal that comes while dash is about to execute its last command is lost.
stop='echo ready; kill -STOP $$; echo "was continued"; while :; do sleep 0.2; done'

@test "E-220 a command that stops itself on a terminal does not get round limits.wall" {
	on_tty sh -c "$stop" <<-'END' # the control: nothing but SIGKILL reaches it
		expect ready
		stopped
		signal TERM
		sleep 1
		stopped
		signal KILL
		status 137
	END
	for mode in $modes; do
		layers "$mode"
		on_tty sbox -q --read="$top/bin" --limit=wall=1s --set 'limits.grace="1s"' \
			"${layers[@]}" -- sh -c "$stop" <<-'END'
			expect ready
			status 124
		END
	done
	# not even if it does it again and again, with all that it is asked to end by
	on_tty sbox -q --limit=wall=1s --set 'limits.grace="1s"' -- sh -c \
		'trap "kill -STOP \$\$" TERM CONT; echo ready; kill -STOP $$; while :; do sleep 1; done' <<-'END'
		expect ready
		status 124
	END
}

@test "E-221 a command that stops itself on a terminal does not keep sbox from ending by a signal" {
	for signal in TERM:143 HUP:129 INT:130 QUIT:131; do
		on_tty sbox -q -- sh -c "$stop" <<-END
			expect ready
			stopped
			signal ${signal%:*}
			status ${signal#*:}
		END
	done
	# what stops is stopped as long as nobody wants it to end
	on_tty sbox -q -- sh -c "$stop" <<-'END'
		expect ready
		stopped
		signal WINCH
		sleep 1
		never continued
		stopped
		signal CONT
		expect was continued
		signal TERM
		status 143
	END
}

@test "E-222 a command that stops itself on a terminal does not outlive who started sbox" {
	marker=marker-$BATS_TEST_NUMBER-$$-$RANDOM
	on_tty sh -c 'sh -c "$0" "$1"; exit $?' "$stop" "$marker" <<-'END' # the control
		expect ready
		sleep 0.5
		signal KILL
		status 137
	END
	pids=$(pgrep -f "[m]${marker#m}")
	[ -n "$pids" ]
	# shellcheck disable=SC2086 # a list
	kill -KILL $pids
	on_tty sh -c 'sbox -q -- sh -c "$0" "$1"; exit $?' "$stop" "$marker" <<-'END'
		expect ready
		sleep 0.5
		signal KILL
		status 137
	END
	wait_for sh -c "! pgrep -f '[m]${marker#m}' >/dev/null"
}

@test "E-223 a later command that stops itself on a terminal can be ended like the first" {
	export XDG_RUNTIME_DIR=$top/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	begin sbox -q --name=box -- sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$XDG_RUNTIME_DIR/sbox/box.toml"
	on_tty sboxctl exec box -- sh -c "$stop" <<-'END'
		expect ready
		stopped
		signal TERM
		status 143
	END
	marker=marker-$BATS_TEST_NUMBER-$$-$RANDOM
	on_tty sh -c 'sboxctl exec box -- sh -c "$0" "$1"; exit $?' "$stop" "$marker" <<-'END'
		expect ready
		sleep 0.5
		signal KILL
		status 137
	END
	wait_for sh -c "! pgrep -f '[m]${marker#m}' >/dev/null"
	# the sandbox is as it was
	gives 0 sboxctl exec box -- true
}

@test "E-214 a command does not get the password that another program of the pipeline asks for" {
	cat >asks <<-'END'
		modes=$(stty -g </dev/tty)
		stty -echo </dev/tty
		printf 'password: ' >/dev/tty
		sleep 1.5
		read -r word </dev/tty
		stty "$modes" </dev/tty
		printf '\nhas %s\n' "$word" >/dev/tty
	END
	# takes HOW PREFIX...: a command that reads the terminal, as standard input (also when the
	# other one has begun first) or by its name
	takes() {
		rm -f taken
		how=$1
		shift
		case $how in
		input) line='"$@" sh -c "head -n 1 >\"\$0/taken\"" "$PWD" | sh asks' ;;
		late) line='{ sleep 0.6; "$@" sh -c "head -n 1 >\"\$0/taken\"" "$PWD"; } | sh asks' ;;
		*) line='sh asks | "$@" sh -c "head -n 1 </dev/tty >\"\$0/taken\"" "$PWD"' ;;
		esac
		on_tty sh -c "$line" sh "$@" <<-'END'
			expect password: $
			sleep 0.3
			send s3cret\r
			sleep 1.7
			send second\r
			expect has
			sleep 0.3
			status 0
		END
	}
	for how in input late name; do
		takes $how env # the control
		equal "$(cat taken)" s3cret
		for mode in $modes; do
			layers "$mode"
			takes $how sbox -q --write="$top/here" "${layers[@]}" --
			equal "$(cat taken)" second
			row "$mode" stopped
		done
	done
}
