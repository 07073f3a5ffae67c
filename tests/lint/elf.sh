#!/bin/sh
# What the compiler and the linker were asked for has come true in the programs as built:
# position independent, relocations read-only and bound at start, no executable stack, no
# search path for libraries, the stack protector; and in our objects the marks for CET or
# for BTI and PAC, which a program has only if the libraries that it is linked with have them
# as well; and the order of the code, if the linker was asked for one.
set -eu
command -v readelf >/dev/null || { echo "readelf is not installed"; exit 77; }
builddir=${builddir:-.}
status=0
wrong() {
	echo "$1: $2"
	status=1
}

check() {
	headers=$(readelf -hldW "$1")
	says() { printf '%s\n' "$headers" | grep -Eq "$1"; }
	says '^ *Type: *DYN' || wrong "$1" "not position independent"
	says 'GNU_RELRO' || wrong "$1" "no read-only relocations"
	says 'BIND_NOW|FLAGS_1.*NOW' || wrong "$1" "relocations are bound late"
	says 'GNU_STACK.* RW ' || wrong "$1" "the stack is executable, or does not say"
	! says '\((RPATH|RUNPATH|TEXTREL)\)' || wrong "$1" "a search path, or relocations of its code"
	! says ' RWE ' || wrong "$1" "a segment that can be written to and executed"
	readelf -sW "$1" | grep -q '__stack_chk_fail' || wrong "$1" "no stack protector"
}

# The code of a start stands together: tools/startup.ld.
together() {
	number=$(readelf -SW "$1" | sed -n 's/^ *\[ *\([0-9]*\)\] \.text\.sbox_start .*/\1/p')
	found=$(readelf -sW "$1" | awk -v number="${number:-none}" '$7 == number { print $8 }')
	for name in inside_init command_main filter_load execve; do
		printf '%s\n' "$found" | grep -qx "$name" || wrong "$1" "$name is not where a start begins"
	done
}

# marked TEXT: each object says that it was compiled for checked jumps
marked() {
	readelf -nW "$builddir/libsbox.a" 2>/dev/null >"$work/notes"
	objects=$(grep -c '^File: ' "$work/notes")
	marked=$(grep -c ": $1" "$work/notes" || :)
	if [ "$objects" -eq 0 ] || [ "$marked" -lt "$objects" ]; then
		wrong libsbox.a "only $marked of $objects objects are marked: $1"
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in sbox sboxctl sbox-bwrap sbox-egress sbox-scope; do
	[ ! -x "$builddir/$program" ] || check "$builddir/$program"
done
[ -x "$builddir/sbox" ] || wrong "$builddir/sbox" "has not been built"
startup=$(sed -n 's/^STARTUP_LDFLAGS = *//p' "$builddir/Makefile")
[ -z "$startup" ] || together "$builddir/sbox"
case $(readelf -hW "$builddir/sbox" | sed -n 's/^ *Machine: *//p') in
*X86-64) marked "IBT, SHSTK" ;;
AArch64) marked "BTI, PAC" ;;
*) wrong "$builddir/sbox" "for which machine is it?" ;;
esac

# The checks can fail.
if [ "$status" -eq 0 ]; then
	[ -z "$startup" ] || [ "$(together "$builddir/sboxctl" | wc -l)" -eq 4 ] ||
		{ echo "sboxctl has no such order, and it was not seen"; exit 1; }
	echo 'int main(void) { return 0; }' >"$work/bad.c"
	${CC:-cc} -no-pie -fno-stack-protector -Wl,-z,execstack,-z,norelro,-z,lazy,-rpath,/x \
		-o "$work/bad" "$work/bad.c" 2>/dev/null
	found=$(check "$work/bad" | wc -l)
	[ "$found" -ge 6 ] || { echo "a bad program: only $found of its faults were seen"; exit 1; }
fi
exit $status
