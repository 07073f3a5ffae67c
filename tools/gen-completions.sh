#!/bin/sh
# gen-completions.sh - the shells' completions, from the help texts and the key table
#
#	{ sbox --help; sboxctl --help; } | tools/gen-completions.sh bash|zsh|fish src/policy/keys.c
#
# The result goes to standard output. Which options and subcommands there are is read from
# the help texts, what their arguments can be from the key table; tools/completions-ctl.*
# are the parts for sboxctl that do not change. `make completions` writes the files of
# completions/; tests/lint/completions.sh fails if one of them is out of date.
#
# Nothing that a completion does runs the program whose name is typed: it could be a
# stranger's ./sboxctl, and nobody has pressed Return yet.
set -eu
export LC_ALL=C
here=$(dirname "$0")

# A line for each option, its fields parted by tabs, "-" for nothing:
#	LONG LETTER ARG KIND WORDS MANY HELP SET
# ARG: what --help calls the argument; in brackets if it may be left out. KIND: how it is
# completed (profile, key, limit, file, dir, env, words: one of WORDS; any: nothing is
# known). MANY: "*" if the option makes sense more than once. SET: "policy" if sboxctl knows
# it, too. Then "@key NAME" for each key, and "@ctl NAME ACTIONS HELP" for each subcommand.
options() {
	{
		awk -f "$here/keys.awk" "$1"
		echo "@help"
		cat
	} | awk -F '\t' -v OFS='\t' '
		$1 == "@help" {
			help_text = 1
			next
		}
		!help_text {
			if ($1 == "key") {
				names[++n] = $2
				type[$6] = $3
				form[$6] = $4
				words[$6] = $5
			}
			next
		}
		function kind(long, arg) {
			if (long == "profile" || long == "limit")
				return long
			if (long == "set")
				return "key"
			if (long == "report")
				return "file"
			if (arg == "-" || long in words == 0)
				return "any"
			if (words[long] != "-")
				return "words"
			if (form[long] == "ENV_PATTERN")
				return "env"
			if (arg == "DIR")
				return "dir"
			return form[long] == "SPEC" || form[long] == "PATH" ? "file" : "any"
		}
		/^Usage: sboxctl/ { ctl = 1 }
		ctl && /^  [a-z]/ {
			split(substr($0, 3), part, /  +/)
			actions = part[2]
			if (actions !~ /^[a-z]+\|/)
				actions = "-"
			sub(/ .*/, "", actions)
			gsub(/\|/, " ", actions)
			subcommands = subcommands "@ctl" OFS part[1] OFS actions OFS part[3] "\n"
		}
		ctl { next }
		/^Settings/ { settings = 1 }
		/^  (-[a-zA-Z], |    )--[a-z]/ {
			letter = substr($0, 4, 1) == " " ? "-" : substr($0, 4, 1)
			help = substr($0, 9)
			long = help
			sub(/ .*/, "", long)
			help = substr(help, length(long) + 1)
			sub(/^ +/, "", help)
			arg = long
			sub(/\[?=.*/, "", long)
			arg = substr(arg, length(long) + 1)
			if (arg ~ /^\[=/) {
				words[long] = substr(arg, 3, length(arg) - 3)
				gsub(/[|]/, " ", words[long])
			}
			if (form[long] == "USER")
				words[long] = "root caller"
			sub(/^=/, "", arg)
			if (arg == "")
				arg = "-"
			many = long ~ /^(profile|set|limit)$/ || type[long] ~ /^(TEXTS|PAIRS)$/
			print long, letter, arg, kind(long, arg),
				(words[long] == "" ? "-" : words[long]), (many ? "*" : "-"), help,
				(settings || long ~ /^(profile|set|limit)$/ ? "policy" : "run")
		}
		END {
			for (i = 1; i <= n; i++)
				if (names[i] != "fs.mount")
					print "@key", names[i]
			printf "%s", subcommands
		}'
}

bash_completion() {
	cat <<'END'
# bash completion for sbox and sboxctl, made by tools/gen-completions.sh: do not edit
# shellcheck shell=bash

END
	awk -F '\t' '
		$1 == "@key" {
			keys = keys " " $2 "="
			if (sub(/^limits\./, "", $2))
				limits = limits " " $2 "="
			next
		}
		$1 == "@ctl" {
			subcommands = subcommands " " $2
			if ($3 != "-")
				actions = actions "\t" $2 ") _sbox_words " $3 " ;;\n"
			next
		}
		{
			optional = $3 ~ /^\[/
			all = all " --" $1 ($3 == "-" || optional ? "" : "=")
			if ($8 == "policy")
				policy = policy " --" $1 "=" ($2 != "-" ? " -" $2 : "")
			name = "--" $1
			if ($2 != "-") {
				all = all " -" $2
				name = name " | -" $2
			}
			if ($3 == "-")
				next
			if (!optional)
				valued = valued " | " name
			if ($4 == "words")
				cases = cases "\t" name ") _sbox_words " $5 " ;;\n"
			else if ($4 != "any")
				cases = cases "\t" name ") _sbox_" $4 " ;;\n"
		}
		END {
			print "_sbox_options=\"" substr(all, 2) "\""
			print "_sboxctl_policy_options=\"" substr(policy, 2) "\""
			print "_sboxctl_subcommands=\"" substr(subcommands, 2) "\""
			print ""
			print "# What can follow subcommand $1."
			print "_sboxctl_actions() {"
			print "\tcase $1 in"
			printf "%s", actions
			print "\t*) false ;;"
			print "\tesac"
			print "}"
			print ""
			print "# Whether $1 is an option that takes the next word if it has no \"=\"."
			print "_sbox_takes_word() {"
			print "\tcase $1 in"
			print "\t" substr(valued, 4) ") true ;;"
			print "\t*) false ;;"
			print "\tesac"
			print "}"
			print ""
			print "# The values of option $1."
			print "_sbox_value() {"
			print "\tcase $1 in"
			printf "%s", cases
			print "\tesac"
			print "}"
			print ""
			print "_sbox_key() {"
			print "\t_sbox_words" keys
			print "\tcompopt -o nospace"
			print "}"
			print ""
			print "_sbox_limit() {"
			print "\t_sbox_words" limits
			print "\tcompopt -o nospace"
			print "}"
		}'
	cat <<'END'

_sbox_words() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

_sbox_file() {
	_filedir
}

_sbox_dir() {
	_filedir -d
}

_sbox_env() {
	mapfile -t COMPREPLY < <(compgen -e -- "$cur")
}

# The names in the search path, as far as it can be known; a path has a slash.
_sbox_profile() {
	local dir file prefix
	if [[ $cur == */* || $cur == "~"* ]]; then
		_filedir toml
		return
	fi
	prefix=$(type -P "${words[0]}")
	prefix=${prefix%/bin/*}
	for dir in "${XDG_CONFIG_HOME:-$HOME/.config}" "$prefix/etc" "$prefix/share" /etc \
		/usr/local/etc /usr/local/share /usr/share; do
		for file in "$dir"/sbox/profiles/*.toml; do
			[[ -e $file ]] || continue
			file=${file##*/}
			[[ $file != "$cur"* ]] || COMPREPLY+=("${file%.toml}")
		done
	done
}

# The command begins at word $1 of $words, where "--read=X" is one word. For bash it is
# several; _command_offset wants to know the number that the command has there.
_sbox_command() {
	local i word offset=0
	for ((i = 0; i < $1; i++)); do
		word=
		while [[ $word != "${words[i]}" && $offset -lt $COMP_CWORD ]]; do
			word+=${COMP_WORDS[offset++]}
		done
	done
	_command_offset "$offset"
}

_sbox() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split i
	_init_completion -s -n : || return
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--)
			_sbox_command $((i + 1))
			return
			;;
		-*) ! _sbox_takes_word "${words[i]}" || i=$((i + 1)) ;;
		*)
			_sbox_command "$i"
			return
			;;
		esac
	done
	if [[ $split == true ]] || { [[ $i -gt $cword ]] && _sbox_takes_word "$prev"; }; then
		_sbox_value "$prev"
	elif [[ $cur == -* ]]; then
		_sbox_words "$_sbox_options"
		[[ ${COMPREPLY-} != *= ]] || compopt -o nospace
	else
		_sbox_command "$cword"
	fi
} && complete -F _sbox sbox

END
	cat "$here/completions-ctl.bash"
}

zsh_completion() {
	cat <<'END'
#compdef sbox sboxctl
# zsh completion for sbox and sboxctl, made by tools/gen-completions.sh: do not edit

END
	awk -F '\t' '
		function quoted(s) {
			gsub(/\047/, "\047\\\047\047", s)
			return "\047" s "\047"
		}
		function plain(s) {
			gsub(/\[|\]|:|\\/, "\\\\&", s)
			return s
		}
		$1 == "@key" {
			keys = keys " " $2
			if (sub(/^limits\./, "", $2))
				limits = limits " " $2
			next
		}
		$1 == "@ctl" {
			subcommands = subcommands "\t\t" quoted($2 ":" plain($4)) "\n"
			if ($3 != "-")
				actions = actions "\t" $2 ") compadd -- " $3 " ;;\n"
			next
		}
		{
			optional = $3 ~ /^\[/
			value = ""
			if ($4 == "words")
				value = "(" $5 ")"
			else if ($4 == "key" || $4 == "limit" || $4 == "profile")
				value = "_sbox_" $4
			else if ($4 == "file")
				value = "_files"
			else if ($4 == "dir")
				value = "_files -/"
			else if ($4 == "env")
				value = "_parameters -g \"*export*\""
			what = optional ? substr($3, 3, length($3) - 3) : $3
			if ($3 != "-")
				value = ":" (optional ? ":" : "") plain(what) ":" value
			spec = "[" plain($7) "]" value
			long = "--" $1 ($3 == "-" ? "" : optional ? "=-" : "=")
			many = $6 == "*" ? "*" : "(" ($2 == "-" ? "" : "-" $2 " ") "--" $1 ")"
			if ($2 == "-")
				line = quoted(many long spec)
			else
				line = quoted(many) "{-" $2 ($3 == "-" ? "" : "+") "," long "}" \
					quoted(spec)
			lines = lines "\t\t" line " \\\n"
			if ($8 == "policy")
				policy = policy "\t\t" line " \\\n"
		}
		END {
			print "_sbox_key() {"
			print "\tcompadd -S = --" keys
			print "}"
			print ""
			print "_sbox_limit() {"
			print "\tcompadd -S = --" limits
			print "}"
			print ""
			print "_sbox_options() {"
			print "\t_arguments -s -S -A \"-*\" \\"
			printf "%s", lines
			print "\t\t\047(-):command: _command_names -e\047 \\"
			print "\t\t\047*::argument: _normal\047"
			print "}"
			print ""
			print "_sboxctl_subcommands() {"
			print "\tlocal -a names=("
			printf "%s", subcommands
			print "\t)"
			print "\t_describe -t subcommands subcommand names"
			print "}"
			print ""
			print "_sboxctl_actions() {"
			print "\tcase $1 in"
			printf "%s", actions
			print "\t*) false ;;"
			print "\tesac"
			print "}"
			print ""
			print "# $1: \"policy\" if the subcommand takes settings, too."
			print "_sboxctl_arguments() {"
			print "\tif [[ $1 == policy ]]; then"
			print "\t\t_arguments -C -s -S \"${@:2}\" \\"
			printf "%s", policy
			print "\t\t\047*:word:->word\047"
			print "\telse"
			print "\t\t_arguments -C -s -S \"${@:2}\" \047*:word:->word\047"
			print "\tfi"
			print "}"
		}'
	cat <<'END'

# The names in the search path, as far as it can be known; a path has a slash.
_sbox_profile() {
	local prefix=${commands[sbox]:-/usr/bin/sbox}
	local -a names
	prefix=${prefix%/bin/*}
	names=({${XDG_CONFIG_HOME:-$HOME/.config},$prefix/etc,$prefix/share,/etc,/usr/local/etc,/usr/local/share,/usr/share}/sbox/profiles/*.toml(N:t:r))
	if [[ $PREFIX == */* || $PREFIX == \~* ]]; then
		_files -g '*.toml'
	else
		compadd -- ${(u)names}
	fi
}

END
	cat "$here/completions-ctl.zsh"
}

fish_completion() {
	cat <<'END'
# fish completion for sbox and sboxctl, made by tools/gen-completions.sh: do not edit

END
	awk -F '\t' '
		function quoted(s) {
			gsub(/[\\\047]/, "\\\\&", s)
			return "\047" s "\047"
		}
		$1 == "@key" {
			keys = keys " " $2 "="
			if (sub(/^limits\./, "", $2))
				limits = limits " " $2 "="
			next
		}
		$1 == "@ctl" {
			subcommands = subcommands "complete -c sboxctl -n \047not __sboxctl_words\047 -a " \
				$2 " -d " quoted($4) "\n"
			if ($3 != "-")
				actions = actions "\tcase " $2 "\n\t\tstring split \047 \047 \047" $3 "\047\n"
			next
		}
		{
			optional = $3 ~ /^\[/
			spec = spec " " ($2 == "-" ? "" : $2 "/") $1 \
				($3 == "-" ? "" : optional ? "=?" : "=+")
			line = "complete -c sbox -n __sbox_no_command -l " $1
			if ($2 != "-")
				line = line " -s " $2
			if ($3 != "-" && !optional)
				line = line ($4 == "file" ? " -rF" : " -x")
			if ($4 == "words")
				line = line " -a " quoted($5)
			else if ($4 == "dir")
				line = line " -a \047(__fish_complete_directories)\047"
			else if ($4 == "env")
				line = line " -a \047(set -nx)\047"
			else if ($4 == "key" || $4 == "limit" || $4 == "profile")
				line = line " -a \047(__sbox_" $4 ")\047"
			lines = lines line " -d " quoted($7) "\n"
			if ($8 != "policy")
				next
			sub(/-c sbox -n __sbox_no_command/, "-c sboxctl -n __sboxctl_takes_policy", line)
			policy = policy line " -d " quoted($7) "\n"
			policy_spec = policy_spec " " ($2 == "-" ? "" : $2 "/") $1 "=+"
		}
		END {
			print "function __sbox_key"
			print "\tstring split -n \" \" \047" keys "\047"
			print "end"
			print ""
			print "function __sbox_limit"
			print "\tstring split -n \" \" \047" limits "\047"
			print "end"
			print ""
			print "# The command and its arguments, as far as they are typed."
			print "function __sbox_command"
			print "\tset -l tokens (commandline -opc) (commandline -ct)"
			print "\tset -e tokens[1]"
			print "\tset -l options" spec
			print "\targparse -s $options -- $tokens 2>/dev/null"
			print "\tand test -n \"$argv\""
			print "\tand not string match -q -- \"-*\" $argv[1]"
			print "\tand string join0 -- $argv"
			print "end"
			print ""
			print "# The words of sboxctl in front of the current one, without options."
			print "function __sboxctl_words"
			print "\tset -l tokens (commandline -opc)"
			print "\tset -e tokens[1]"
			print "\targparse -i json effective detect h/help" policy_spec " -- $tokens 2>/dev/null"
			print "\tand test -n \"$argv\""
			print "\tor return 1"
			print "\tstring join0 -- $argv"
			print "\ttrue # of a single word nothing is joined"
			print "end"
			print ""
			print "function __sboxctl_actions"
			print "\tswitch \"$argv[1]\""
			printf "%s", actions
			print "\tend"
			print "end"
			print ""
			printf "%s%s%s", lines, subcommands, policy
		}'
	cat <<'END'
complete -c sbox -x -a '(__sbox_complete_command)'

function __sbox_no_command
	not __sbox_command >/dev/null
	or test (count (__sbox_command | string split0)) -eq 1
end

function __sbox_complete_command
	set -l words (__sbox_command | string split0)
	if test (count $words) -eq 0
		set words ''
	end
	__fish_complete_subcommand --commandline $words
end

# The names in the search path, as far as it can be known; a path has a slash.
function __sbox_profile
	set -l path (commandline -ct | string replace -r '^(--profile=|-p=?)' '')
	if string match -q '*/*' -- $path
		complete -C "'' $path" | string match -r '.*(?:/|\.toml)(?=\t|$)'
		return
	end
	set -l config $XDG_CONFIG_HOME
	test -n "$config"
	or set config ~/.config
	set -l prefix (string replace -r '/bin/[^/]*$' '' -- (command -s sbox))
	for file in {$config,$prefix/etc,$prefix/share,/etc,/usr/local/etc,/usr/local/share,/usr/share}/sbox/profiles/*.toml
		path basename $file | string replace -r '\.toml$' ''
	end
end

END
	cat "$here/completions-ctl.fish"
}

case ${1-} in
bash | zsh | fish) ;;
*)
	echo "usage: { sbox --help; sboxctl --help; } |" \
		"tools/gen-completions.sh bash|zsh|fish src/policy/keys.c" >&2
	exit 1
	;;
esac
options "${2:?the key table}" | "$1_completion"
