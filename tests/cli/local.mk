# tests/cli: see Makefile.am
CLI_TESTS += \
	tests/cli/limits.bats \
	tests/cli/report.bats
EXTRA_DIST += tests/cli/validate.py docs/report.schema.json
