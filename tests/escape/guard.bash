# shellcheck shell=bash
# guard.bash - how the tests of the guard attack: each is done outside first, where the
# program has to run the attack's code, which writes $mark. Then the same is done in a
# sandbox, and the program used again.
# shellcheck disable=SC2016,SC2154 # for the inner shells; what lib.bash sets

# evil FILE: a program at FILE that shows that it was run; part of an attack
evil='evil() { mkdir -p "$(dirname "$1")" && printf "#!/bin/sh\ntouch %s\n" "$mark" >"$1" && chmod +x "$1"; }'

# fresh KIND: an empty directory with a repository of that kind, which is entered
fresh() {
	[ ! -d "$top/here/project" ] || chmod -R u+rwX "$top/here/project"
	rm -rf "$top/here/project" "$mark"
	mkdir "$top/here/project"
	cd "$top/here/project" || return
	case $1 in
	git) git_repository . ;;
	hg) hg_repository . ;;
	none) echo text >file ;;
	esac
}

git_repository() {
	git init -q "$1"
	echo text >"$1/file"
	git -C "$1" add file
	git -C "$1" -c user.name=n -c user.email=e commit -qm first
}

hg_repository() {
	hg init "$1"
	echo text >"$1/file"
	hg -R "$1" add -q "$1/file"
	hg -R "$1" commit -qm first -u n
}

# plants KIND BEFORE ATTACK USE [OPTION...]: with a repository of KIND in which BEFORE was
# done, ATTACK has USE run code outside, and has not after a run. $status, $err are the run's.
plants() {
	local kind=$1 before=$2 attack=$3 use=$4
	shift 4
	mark=$top/mark
	export mark
	# the caller's own settings must have no part in it
	git config --global user.name n
	git config --global user.email e
	git config --global protocol.file.allow always
	fresh "$kind"
	bash -euc "$evil; $before"
	bash -euc "$evil; $attack"
	bash -c "$use" >"$top/used" 2>&1 || :
	[ -e "$mark" ] || fail "the control outside" "$attack" "$use" "$(cat "$top/used")"
	row outside works
	for mode in ${modes_here:-full bare}; do
		fresh "$kind"
		bash -euc "$evil; $before"
		rm -f "$mark"
		layers "$mode"
		try sbox -p build "${layers[@]}" "$@" -- \
			bash -c "mark=$mark; $evil; $attack"
		bash -c "$use" >"$top/used" 2>&1 || :
		[ ! -e "$mark" ] || fail "mode $mode" "$attack" "$use" "status: $status" "$err"
		row "$mode" stopped
	done
}

# planted KIND BEFORE ATTACK USE NAME: the same, and the run must have said NAME, with 123
planted() {
	local name=$5
	plants "$1" "$2" "$3" "$4"
	equal "$status" 123
	contains "$err" "$name"
	contains "$err" "moved to"
}

# between COMMAND: what the user does between the two runs of planted_before
between() {
	in_between=$1
}

# planted_before KIND BEFORE FIRST SECOND USE NAME: FIRST in one run, which says nothing of
# it, and SECOND in a later one, which must say NAME, with 123
planted_before() {
	local kind=$1 before=$2 first=$3 second=$4 use=$5 name=$6
	mark=$top/mark
	export mark
	git config --global user.name n
	git config --global user.email e
	fresh "$kind"
	bash -euc "$evil; $before; $first"
	bash -euc "${in_between:-:}"
	bash -euc "$evil; $second"
	bash -c "$use" >"$top/used" 2>&1 || :
	[ -e "$mark" ] || fail "the control outside" "$first" "$second" "$use" "$(cat "$top/used")"
	row outside works
	fresh "$kind"
	bash -euc "$evil; $before"
	gives 0 sbox -p build -- bash -euc "mark=$mark; $evil; $first"
	sleep 0.1 # the clock that files have their times from is coarse
	bash -euc "${in_between:-:}"
	rm -f "$mark"
	sleep 0.1
	gives 123 sbox -p build -- bash -euc "mark=$mark; $evil; $second"
	bash -c "$use" >"$top/used" 2>&1 || :
	[ ! -e "$mark" ] || fail "$first" "$second" "$use" "$err"
	contains "$err" "$name"
	row full stopped
	in_between=
}
