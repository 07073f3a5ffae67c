#!/usr/bin/env bash
# via-exec.bash - in the place of sbox: its command by sboxctl exec
#
# Takes sbox's own command line. A sandbox with the same options is started with a command
# that only waits, or with SBOX_ESCAPE_VIA=hold without one, and what should have been its command goes in by "sboxctl exec". A line
# in $SBOX_ESCAPE_LOG says how it went; a sandbox that the waiting command cannot be run in
# runs its command as ever.
set -u
real=$SBOX_ESCAPE_SBOX
options=() said=-q
# A command that owns the namespaces can have no other beside it.
case " $* " in
*" -p container "* | *namespaces.inner=false*)
	echo "direct" >>"$SBOX_ESCAPE_LOG"
	exec "$real" "$@"
	;;
esac
while [ $# -gt 0 ]; do
	case $1 in
	--) shift && break ;;
	-q | --quiet) options+=("$1") ;;
	-v | --verbose | --dry-run* | --name=*) exec "$real" "${options[@]}" "$@" ;;
	--*=*) options+=("$1") ;;
	-*) options+=("$1" "$2") && shift ;;
	*) break ;;
	esac
	shift
done
name=via-$$
waits=(-- sleep 1000)
[ "$SBOX_ESCAPE_VIA" != hold ] || waits=(--hold)
XDG_RUNTIME_DIR=$SBOX_ESCAPE_RUN "$real" "$said" "${options[@]}" --name="$name" \
	"${waits[@]}" </dev/null >/dev/null 2>&1 &
waiting=$!
for ((n = 0; n < 400; n++)); do
	[ ! -e "$SBOX_ESCAPE_RUN/sbox/$name.toml" ] || break
	kill -0 "$waiting" 2>/dev/null || break
	sleep 0.02
done
if [ ! -e "$SBOX_ESCAPE_RUN/sbox/$name.toml" ]; then
	echo "direct" >>"$SBOX_ESCAPE_LOG"
	exec "$real" "${options[@]}" -- "$@"
fi
echo "exec" >>"$SBOX_ESCAPE_LOG"
XDG_RUNTIME_DIR=$SBOX_ESCAPE_RUN sboxctl exec "$name" -- "$@"
status=$?
kill -KILL "$waiting" 2>/dev/null
wait "$waiting" 2>/dev/null
exit "$status"
