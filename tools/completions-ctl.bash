# The names of running sandboxes, as far as their directory tells.
_sboxctl_running() {
	local entry names=()
	for entry in "${XDG_RUNTIME_DIR:-/nonexistent}"/sbox/*; do
		[[ -e $entry ]] || continue
		entry=${entry##*/}
		names+=("${entry%.*}")
	done
	_sbox_words "${names[@]}"
}

# The names of private caches.
_sboxctl_caches() {
	local entry names=()
	for entry in "${XDG_CACHE_HOME:-$HOME/.cache}"/sbox-caches/*; do
		[[ ! -d $entry ]] || names+=("${entry##*/}")
	done
	_sbox_words "${names[@]}"
}

# Word number $3 of "sboxctl $1 $2 ...", counted from 0.
_sboxctl_word() {
	case "$1 $2 $3" in
	*" 0") _sbox_words "$_sboxctl_subcommands" ;;
	"explain path 2") _sbox_file ;;
	"explain path 3") _sbox_words read write exec ;;
	"explain env 2") _sbox_env ;;
	"profile new 2") _sbox_file ;;
	"profile show "* | "profile check "* | "profile path "*) _sbox_profile ;;
	"cache clear "*) _sboxctl_caches ;;
	"exec "*" 1" | "kill "*) _sboxctl_running ;;
	*" 1") _sboxctl_actions "$1" ;;
	esac
}

_sboxctl_option() {
	case $1 in
	explain) _sbox_words "$_sboxctl_policy_options --json --help" ;;
	profile) _sbox_words "$_sboxctl_policy_options --json --effective --detect --help" ;;
	cache) _sbox_words --json --all --help ;;
	exec) _sbox_words --help ;;
	kill) _sbox_words --signal --all --help ;;
	'') _sbox_words --help --version ;;
	*) _sbox_words --json --help ;;
	esac
	[[ ${COMPREPLY-} != *= ]] || compopt -o nospace
}

_sboxctl() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split i plain=()
	_init_completion -s -n : || return
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--)
			[[ ${plain[0]-} != exec ]] || _sbox_command $((i + 1))
			return
			;;
		-*) ! _sbox_takes_word "${words[i]}" || i=$((i + 1)) ;;
		*) plain+=("${words[i]}") ;;
		esac
	done
	if [[ $split == true ]] || { [[ $i -gt $cword ]] && _sbox_takes_word "$prev"; }; then
		_sbox_value "$prev"
	elif [[ $cur == -* ]]; then
		_sboxctl_option "${plain[0]-}"
	else
		_sboxctl_word "${plain[0]-}" "${plain[1]-}" "${#plain[@]}"
	fi
} && complete -F _sboxctl sboxctl
