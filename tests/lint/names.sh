#!/bin/sh
# Names, and what is said where they are declared:
#
# - no two files have a static function or variable of the same name: who reads one of them
#   in a backtrace, in tools/startup.ld or by searching knows which;
# - what a header offers begins with a noun: of the header, of the file with its body, of
#   their room, or of a struct or enum of sbox;
# - each function of a header has its contract: a comment right before it, or before the
#   group without blank lines that it stands in.
set -eu
cd "${srcdir:-.}"

# Names that begin with no such noun, and why they stay.
excepted() {
	cat <<-'END'
		cap_number	forms.h: of a capability, for which there is no struct
		close_range	sys.h: as the kernel names it
		fsconfig	sys.h: likewise
		fsmount	sys.h: likewise
		fsopen	sys.h: likewise
		move_mount	sys.h: likewise
		open_tree	sys.h: likewise
		fd_closep	cleanup.h: of any descriptor
		fd_drop	cleanup.h: likewise
		freep	cleanup.h: the usual name where "cleanup" is used
		oom	arena.h: ends the program
		sandbox_name_ok	forms.h: a name, which is a plain string
		take_fd	cleanup.h: of any descriptor
		user_parse	forms.h: into two numbers
		utf8_length	strbuf.h: of any string
	END
}

# static_names FILE...: "NAME FILE" of what is static at file scope
static_names() {
	awk '
		FNR == 1 { inside = 0 }
		inside && /^} / { line = substr($0, 3); inside = 0; take(); next }
		/^static / {
			line = substr($0, 8)
			if (line ~ /^[^(=]*[{]$/) # of a struct without a name
				inside = 1
			else
				take()
		}
		function take(    words) {
			sub(/[[(=;,].*/, "", line)
			words = split(line, word, /[ *]+/)
			print word[words] == "" ? word[words - 1] : word[words], FILENAME
		}' "$@"
}

# twice: of such lines, the names of more than one file, with their files
twice() {
	sort -u | awk '
		{ files[$1] = files[$1] " " $2; count[$1]++ }
		END { for (name in count) if (count[name] > 1) print "static twice: " name ":" files[name] }' |
		sort
}

# offered FILE...: "NAME FILE COMMENTED" of each function that is declared, or defined, at the
# beginning of a line and is not static; in a header an inline one as well
offered() {
	awk '
		FNR == 1 { said = 0; comment = 0 }
		/^$/ { said = 0 }
		/^\/\*/ { comment = 1 }
		/\*\/$/ && comment { said = 1; comment = 0; next }
		comment { next }
		{ line = $0; sub(/\/\*.*/, "", line) }
		line ~ /^[a-z_].*\(/ && !/^typedef / && !(/^static / && !/^static inline /) {
			gsub(/__attribute__\(\([^)]*(\([^)]*\))?[^)]*\)\) ?/, "", line)
			gsub(/_[a-z]+_(\([^)]*\))? /, "", line)
			if (match(line, /[a-z][a-z0-9_]*\(/))
				print substr(line, RSTART, RLENGTH - 1), FILENAME, said ? "yes" : "no"
		}' "$@"
}

# nouns FILE...: "FILE WORD" for each word of its name and its room, and "* WORD" for each tag
nouns() {
	for file in "$@"; do
		name=${file##*/} room=${file%/*}
		for word in $(echo "${name%.*}" | tr - ' ') "${room##*/}"; do
			echo "$file $word"
		done
	done
	sed -nE 's/^(struct|enum|union) ([a-z0-9]+).*[{]$/* \2/p' "$@"
}

# nounless: of lines "declared NAME FILE", "defined NAME FILE" and "noun FILE WORD" the declared
# names that begin with no noun; a word is one in singular and plural
nounless() {
	awk '
		$1 == "noun" { noun[$2, $3] = noun[$2, $3 "s"] = 1; sub(/s$/, "", $3); noun[$2, $3] = 1 }
		$1 == "defined" { body[$2] = $3 }
		$1 == "declared" { name[++n] = $2; header[n] = $3 }
		END {
			for (i = 1; i <= n; i++) {
				word = name[i]
				sub(/_.*/, "", word)
				if (!noun["*", word] && !noun[header[i], word] && !noun[body[name[i]], word])
					print header[i] ": " name[i] "() begins with no noun of its file or of a struct"
			}
		}'
}

# but_excepted: of such lines, those whose name is not excepted
but_excepted() {
	grep -vE ": ($(excepted | cut -f 1 | paste -sd '|'))\(\)" || true
}

headers=$(find src -name '*.h' | sort) bodies=$(find src -name '*.c' | sort)
# shellcheck disable=SC2086
{
	all_static=$(static_names $bodies)
	declared=$(offered $headers)
	defined=$(offered $bodies)
	all_nouns=$(nouns $headers $bodies)
}

# lines: all that nounless asks for
lines() {
	echo "$declared" | sed 's/^/declared /'
	echo "$defined" | sed 's/^/defined /'
	echo "$all_nouns" | sed 's/^/noun /'
}

bad=$(
	echo "$all_static" | twice
	lines | nounless | but_excepted
	echo "$declared" | sed -n 's/\(.*\) \(.*\) no$/\2: \1() has no contract/p'
)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
[ "$(echo "$all_static" | wc -l)" -gt 1500 ] || { echo "hardly a static name is seen"; exit 1; }
[ "$(echo "$declared" | wc -l)" -gt 500 ] || { echo "hardly a function of a header is seen"; exit 1; }
for name in $(excepted | cut -f 1); do
	lines | nounless | grep -q ": $name()" || { echo "$name() needs no exception"; exit 1; }
done

# The checks can fail.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p src/room
cat >src/room/one.c <<'END'
static int find(const char *s);
static const struct row *const rows[] = {
	{ "a" },
};
static const struct {
	int a;
} table[] = { { 1 } };
int one_first(void)
END
cat >src/room/two.c <<'END'
static struct list *find(void)
static const char rows[4] = "";
static unsigned table;
static int only(int (*call)(void))
void elsewhere_two(void)
END
cat >src/room/one.h <<'END'
#ifndef ONE_H
struct row {
	int (*call)(void);
};

/* What it does. */
_must_check_ int one_first(void);
int row_second(int a,
	       int b);

static inline int room_third(void)
{
	return call(1);
}

const char *two_fourth(void);
/* Of nothing. */
void nothing_fifth(void) __attribute__((format(printf, 1, 2)));
#endif
END
[ "$(static_names src/room/*.c | twice | cut -d : -f 2 | tr -d '\n')" = " find rows table" ] ||
	{ echo "not the names that are there twice:"; static_names src/room/*.c | twice; exit 1; }
[ "$(offered src/room/one.h | sed -n 's/ .* no$//p' | tr '\n' ' ')" = "room_third two_fourth " ] ||
	{ echo "not the functions without a contract:"; offered src/room/one.h; exit 1; }
echo 'int two_fourth(void)' >>src/room/two.c
found=$({
	offered src/room/one.h | sed 's/^/declared /'
	offered src/room/*.c | sed 's/^/defined /'
	nouns src/room/* | sed 's/^/noun /'
} | nounless)
[ "$found" = "src/room/one.h: nothing_fifth() begins with no noun of its file or of a struct" ] ||
	{ echo "not the names without a noun: $found"; exit 1; }
