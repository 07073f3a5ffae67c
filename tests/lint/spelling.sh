#!/bin/sh
# No word is misspelt that codespell knows; .codespellrc has those that look so.
set -eu
cd "${srcdir:-.}"
command -v codespell >/dev/null || { echo "needs codespell"; exit 77; }
codespell src man docs tests tools scripts profiles examples ./*.md NEWS .ci/run

# The check can fail. (The word stands here in another alphabet, or it would be found in
# this file.)
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
echo 0erpvrir | tr 0a-z " n-za-m" >"$bad"
! codespell "$bad" >/dev/null || { echo "a bad word is not found"; exit 1; }
