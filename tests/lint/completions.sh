#!/bin/sh
# The files of completions/ are what tools/gen-completions.sh makes of --help now.
set -eu
cd "${srcdir:-.}"
status=0
same() { # same SHELL FILE
	{ sbox --help; sboxctl --help; } | tools/gen-completions.sh "$1" src/policy/keys.c | cmp -s - "$2" && return
	echo "$2 is out of date: make completions"
	status=1
}
same bash completions/sbox.bash
same zsh completions/_sbox
same fish completions/sbox.fish
# Each shell that is there reads its file without complaint.
! command -v bash >/dev/null || bash -n completions/sbox.bash || status=1
! command -v zsh >/dev/null || zsh -n completions/_sbox || status=1
! command -v fish >/dev/null || fish -n completions/sbox.fish || status=1
exit $status
