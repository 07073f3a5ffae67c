#!/usr/bin/env bats
# completions.bats - what the Tab key offers, asked in the shells themselves

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

bash_completion=/usr/share/bash-completion/bash_completion

setup() {
	common_setup
	touch a-file
	export XDG_RUNTIME_DIR=$top/run
	mkdir -p a-directory "$XDG_RUNTIME_DIR/sbox"
	touch "$XDG_RUNTIME_DIR/sbox/mybox.json"
}

# Each of the three leaves in $out what the shell offers behind the text $1, one a line.
# A shell's own way of marking more to come (a blank, a slash, a description) is cut off.

# bash: the function that is registered for the command, with the words as bash parts them.
in_bash() {
	[ -e "$bash_completion" ] || skip "bash-completion is not installed"
	cat >"$top/ask.bash" <<-'END'
		. "$1" && . "$2" || exit
		COMP_LINE=$3 COMP_POINT=${#3}
		text=${COMP_LINE//=/ = }
		text=${text//:/ : }
		read -ra COMP_WORDS <<<"$text"
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		# behind a "=" bash makes an empty word when nothing is typed yet
		[[ ${COMP_WORDS[COMP_CWORD]} != = ]] || { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }
		compopt() { :; }
		function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')
		"$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\n' "${COMPREPLY[@]}"
	END
	works bash "$top/ask.bash" "$bash_completion" "$srcdir/completions/sbox.bash" "$1"
}

# zsh: its completion system in a pseudo-terminal; what is handed to compadd goes to a file.
in_zsh() {
	need zsh
	mkdir -p "$top/functions"
	cp "$srcdir/completions/_sbox" "$top/functions"
	rm -f "$top/offered" "$top/offered-all"
	cat >"$top/ask.zsh" <<-END
		fpath=($top/functions \$fpath)
		autoload -Uz compinit && compinit -u -D
		zstyle ':completion:*' insert-unambiguous false
		compadd() {
			local -a found
			(( \${@[(I)-[OAD]*]} )) || {
				builtin compadd -O found "\$@"
				print -rl -- \$found >>$top/offered
			}
			builtin compadd "\$@"
		}
		ask() {
			_main_complete
			: >>$top/offered
			mv $top/offered $top/offered-all
			compstate[insert]= compstate[list]=
		}
		zle -C ask complete-word ask
		bindkey '^I' ask
		: >$top/zsh-is-ready
	END
	cat >"$top/drive.zsh" <<-END
		zmodload zsh/zpty
		zpty shell env PS1= TERM=dumb zsh -f -i
		zpty -w shell "source $top/ask.zsh"
		until [[ -e $top/zsh-is-ready ]]; do sleep 0.05; zpty -rt shell; done >/dev/null
		zpty -w -n shell "\$1"\$'\t'
		for ((i = 0; i < 400; i++)); do
			[[ ! -e $top/offered-all ]] || break
			sleep 0.05; zpty -rt shell
		done >/dev/null
		zpty -d shell
	END
	rm -f "$top/zsh-is-ready"
	try zsh -f "$top/drive.zsh" "$1"
	[ -e "$top/offered-all" ] || fail "zsh has not answered: $out $err"
	works sort -u "$top/offered-all"
}

# fish: what complete -C prints, without the descriptions.
in_fish() {
	need fish
	mkdir -p "$top/fish"
	ln -sf "$srcdir/completions/sbox.fish" "$top/fish/sbox.fish"
	ln -sf "$srcdir/completions/sbox.fish" "$top/fish/sboxctl.fish"
	works fish --no-config -c "set -p fish_complete_path $top/fish; complete -C $(printf %q "$1")"
	out=$(cut -f 1 <<<"$out")
}

# offers WORD...: each is a line of $out, as it is or with what the shell puts around
offers() {
	local word
	for word; do
		grep -Eq -- "^(--[a-z-]+=)?${word//./\\.}[=/ ]?\$" <<<"$out" || fail "not offered: $word" "offered: $out"
	done
}

offers_not() {
	local word
	for word; do
		! grep -Eq -- "^(--[a-z-]+=)?${word//./\\.}[=/ ]?\$" <<<"$out" || fail "offered: $word"
	done
}

# The same questions to each shell; $1 asks.
options_of_sbox() {
	"$1" "sbox --pro"
	offers --profile --protect --proc
	offers_not --read
	"$1" "sbox --root-mode="
	offers ro overlay rw
	"$1" "sbox --limit="
	offers wall pids memory
	"$1" "sbox --set="
	offers fs.read limits.wall seccomp.base
}

profiles_of_sbox() {
	profile mine-alone <<<'extends = ["base"]'
	"$1" "sbox --profile="
	offers mine-alone build default
	"$1" "sbox -p "
	offers mine-alone build
}

words_of_sboxctl() {
	local subcommand
	"$1" "sboxctl "
	for subcommand in $(sboxctl --help | sed -n 's/^  \([a-z]\{2,\}\) .*/\1/p'); do
		offers "$subcommand"
	done
	"$1" "sboxctl profile "
	offers list show check path new schema
	"$1" "sboxctl explain "
	offers path net syscall env
	offers_not explain profile
	"$1" "sboxctl explain -p build p"
	offers path
	offers_not net
}

arguments_of_sboxctl() {
	profile mine-alone <<<'extends = ["base"]'
	"$1" "sboxctl profile show "
	offers mine-alone build
	"$1" "sboxctl profile check mine"
	offers mine-alone
	offers_not build
	"$1" "sboxctl explain path a-"
	offers a-file a-directory
	export MY_OWN_VARIABLE=x
	"$1" "sboxctl explain env MY_OWN"
	offers MY_OWN_VARIABLE
	"$1" "sboxctl explain --re"
	offers --read
	offers_not --report --status-fd
	"$1" "sboxctl profile show --ef"
	offers --effective
}

@test "bash: options of sbox and their values" {
	options_of_sbox in_bash
}

@test "bash: profiles by name" {
	profiles_of_sbox in_bash
}

@test "bash: sboxctl's subcommands and what follows them" {
	words_of_sboxctl in_bash
	arguments_of_sboxctl in_bash
}

@test "bash: the command behind sbox's options is completed as one" {
	in_bash "sbox --read=/tmp -- touch a-"
	offers a-file a-directory
}

@test "zsh: options of sbox and their values" {
	options_of_sbox in_zsh
}

@test "zsh: profiles by name" {
	profiles_of_sbox in_zsh
}

@test "zsh: sboxctl's subcommands" {
	words_of_sboxctl in_zsh
}

@test "zsh: what follows sboxctl's subcommands" {
	arguments_of_sboxctl in_zsh
}

@test "fish: options of sbox and their values" {
	options_of_sbox in_fish
}

@test "fish: profiles by name" {
	profiles_of_sbox in_fish
}

@test "fish: sboxctl's subcommands and what follows them" {
	words_of_sboxctl in_fish
	arguments_of_sboxctl in_fish
}

@test "names of running sandboxes are offered where a subcommand takes them" {
	in_bash "sboxctl kill my"
	offers mybox
	in_fish "sboxctl kill my"
	offers mybox
}

@test "names of private caches are offered where they are cleared" {
	mkdir -p "$XDG_CACHE_HOME/sbox-caches/mycache"
	touch "$XDG_CACHE_HOME/sbox-caches/myfile"
	for shell in in_bash in_fish; do
		$shell "sboxctl cache clear my"
		offers mycache
		lacks "$out" myfile
	done
}

@test "completing runs nothing of the name that is typed" {
	printf '#!/bin/sh\ntouch %s\n' "$top/was-run" >sboxctl
	chmod +x sboxctl
	cp sboxctl sbox
	for words in "sboxctl profile show " "sboxctl " "sbox --profile=" "sboxctl kill "; do
		PATH=$PWD:$PATH in_bash "$words"
		PATH=$PWD:$PATH in_zsh "$words"
		PATH=$PWD:$PATH in_fish "$words"
	done
	[ ! -e "$top/was-run" ]
}
