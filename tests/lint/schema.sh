#!/bin/sh
# docs/profile.schema.json is what `sboxctl profile schema` makes of the key table now.
set -eu
cd "${srcdir:-.}"
sboxctl profile schema | cmp -s - docs/profile.schema.json || {
	echo "docs/profile.schema.json is out of date: make schema"
	exit 1
}
# and the comparison can fail
if sboxctl profile schema | sed 's/"fs"/"sf"/' | cmp -s - docs/profile.schema.json; then
	echo "this test notices no difference"
	exit 1
fi
