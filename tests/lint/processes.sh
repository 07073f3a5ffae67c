#!/bin/sh
# Which process runs the code of src/box/start, by the line "Process:" in the head of each
# file, and that by the symbols of the objects as built:
#
# - init and the command use nothing of the supervisor's, and no room that is for the host's
#   side alone; they get what they need before they are there;
# - the supervisor uses of theirs only where it becomes one of them.
set -eu
command -v nm >/dev/null || { echo "nm is not installed"; exit 77; }
builddir=${builddir:-.}
start=${srcdir:-.}/src/box/start
outside='src/(run|cli|ctl|verdict|box/(door|guard|covers|cgroup|companion))/'
# what a forked process becomes
becomes='inside_init|attendant_start'

# sides: "OBJECT SIDE" of each file of the room; the first words behind "Process:"
sides() {
	for file in "$start"/*.c; do
		side=$(sed -n 's/^ \* Process: \(the supervisor\|the command\|init\).*/\1/p' "$file")
		case $side in
		"the supervisor") side=outside ;;
		init | "the command") side=inside ;;
		*) echo "${file##*/}: its head does not say which process it is for" >&2; return 1 ;;
		esac
		file=${file##*/}
		echo "src/box/start/${file%.c}.o $side"
	done
}

# symbols: as in circles.sh
symbols() {
	(cd "$1" && find . -name '*.o' -path './src/*' | sort | xargs nm -A --format=posix) |
		sed -n 's|^\./\([^:]*\): \([^ ]*\) \([A-Z]\)\( .*\)*$|\1 \3 \2|p' |
		awk '{ print $1, $2 == "U" ? "needs" : "offers", $3 }'
}

# crossings: of lines "side OBJECT SIDE" and those of symbols, those that are not allowed
crossings() {
	awk -v outside="^$outside" -v becomes="^($becomes)\$" '
		$1 == "side" { side[$2] = $3; next }
		$2 == "offers" { owner[$3] = $1 }
		$2 == "needs" { need[++n] = $1 " " $3 }
		END {
			for (i = 1; i <= n; i++) {
				split(need[i], part, " ")
				from = side[part[1]]
				to = owner[part[2]]
				if (from == "inside" && (side[to] == "outside" || to ~ outside))
					print part[1], "is inside and uses", part[2], "of", to
				if (from == "outside" && side[to] == "inside" && part[2] !~ becomes)
					print part[1], "is outside and uses", part[2], "of", to
			}
		}'
}

all=$(sides | sed 's/^/side /')
found=$({ echo "$all"; symbols "$builddir"; } | crossings)
[ -z "$found" ] || { echo "$found"; exit 1; }
[ "$(echo "$all" | grep -c ' inside$')" -ge 4 ] || { echo "hardly any file is inside"; exit 1; }

# The check can fail: each side uses the other, and the inside a room of the host's side.
for line in 'a.o supervise' 'a.o registry_open' 'b.o command_main'; do
	[ -n "$(printf '%s\n' 'side a.o inside' 'side b.o outside' 'a.o offers command_main' \
		'b.o offers supervise' 'src/box/door/r.o offers registry_open' \
		"${line% *} needs ${line#* }" | crossings)" ] || { echo "not seen: $line"; exit 1; }
done
[ -z "$(printf '%s\n' 'side a.o inside' 'side b.o outside' 'a.o offers inside_init' \
	'b.o needs inside_init' | crossings)" ] || { echo "what is right is taken for wrong"; exit 1; }
