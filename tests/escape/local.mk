# tests/escape: see Makefile.am
