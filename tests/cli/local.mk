# tests/cli: see Makefile.am
CLI_TESTS += tests/cli/network.bats
EXTRA_DIST += tests/cli/netlab.bash tests/cli/netlab.py
