#!/bin/sh
# No two objects need each other, by whatever way round: what one file offers can be read,
# tested and linked with what it stands on, and nothing else. Asked of the symbols of the
# objects as built; a program's own files count together with the archives' objects.
set -eu
command -v nm >/dev/null || { echo "nm is not installed"; exit 77; }
builddir=${builddir:-.}

# symbols: lines "OBJECT offers|needs SYMBOL" of the objects below a directory; a number of
# gcc's at the end of a name (a part of a function) is not a symbol that others see.
symbols() {
	(cd "$1" && find . -name '*.o' -path './src/*' | sort | xargs nm -A --format=posix) |
		sed -n 's|^\./\([^:]*\): \([^ ]*\) \([A-Z]\)\( .*\)*$|\1 \3 \2|p' |
		awk '{ print $1, $2 == "U" ? "needs" : "offers", $3 }'
}

# circles: the objects that can reach themselves, one group a line
circles() {
	awk '
		$2 == "offers" { owner[$3] = $1 }
		$2 == "needs" { need[++n] = $1 " " $3 }
		function visit(v,    i, w, group) {
			number[v] = low[v] = ++count
			stack[++top] = v
			on[v] = 1
			for (i = 1; i <= arrows[v]; i++) {
				w = arrow[v, i]
				if (!(w in number)) {
					visit(w)
					if (low[w] < low[v])
						low[v] = low[w]
				} else if (on[w] && number[w] < low[v])
					low[v] = number[w]
			}
			if (low[v] != number[v])
				return
			group = ""
			do {
				w = stack[top--]
				on[w] = 0
				group = w (group == "" ? "" : " ") group
			} while (w != v)
			if (group != v)
				print group
		}
		END {
			for (i = 1; i <= n; i++) {
				split(need[i], part, " ")
				if (!(part[2] in owner) || owner[part[2]] == part[1])
					continue
				arrow[part[1], ++arrows[part[1]]] = owner[part[2]]
				nodes[part[1]] = 1
			}
			for (v in nodes)
				if (!(v in number))
					visit(v)
		}'
}

symbols "$builddir" >/dev/null # fails here if nm does
found=$(symbols "$builddir" | circles)
[ -z "$found" ] || { printf 'these need each other:\n%s\n' "$found"; exit 1; }
objects=$(symbols "$builddir" | cut -d ' ' -f 1 | sort -u | wc -l)
[ "$objects" -gt 50 ] || { echo "only $objects objects were found in $builddir"; exit 1; }

# The check can fail: two that need each other, and three in a ring.
two='a.o offers f
a.o needs g
b.o offers g
b.o needs f'
ring='a.o offers f
a.o needs g
b.o offers g
b.o needs h
c.o offers h
c.o needs f
d.o needs f'
line='a.o offers f
b.o offers g
b.o needs f
c.o needs g
c.o needs f'
[ "$(printf '%s\n' "$two" | circles | wc -w)" -eq 2 ] || { echo "two in a circle are not seen"; exit 1; }
[ "$(printf '%s\n' "$ring" | circles | wc -w)" -eq 3 ] || { echo "a ring of three is not seen"; exit 1; }
[ -z "$(printf '%s\n' "$line" | circles)" ] || { echo "a line is taken for a circle"; exit 1; }
