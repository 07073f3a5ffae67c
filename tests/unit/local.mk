# tests/unit: cmocka programs, one for each module of src
if HAVE_CMOCKA
UNIT_TESTS += \
	tests/unit/test-errnos \
	tests/unit/test-filter \
	tests/unit/test-filter-cache \
	tests/unit/test-filter-programs \
	tests/unit/test-helper-argv \
	tests/unit/test-net \
	tests/unit/test-syscalls \
	tests/unit/filter-live
check_PROGRAMS += $(UNIT_TESTS)
endif
UNIT_LDADD = $(LDADD) $(CMOCKA_LIBS)
bpf_sim = tests/unit/bpf-sim.c tests/unit/bpf-sim.h
tests_unit_test_filter_SOURCES = tests/unit/test-filter.c $(bpf_sim)
tests_unit_test_filter_LDADD = $(UNIT_LDADD)
tests_unit_test_filter_cache_SOURCES = tests/unit/test-filter-cache.c $(bpf_sim)
tests_unit_test_filter_cache_LDADD = $(UNIT_LDADD)
tests_unit_test_filter_programs_SOURCES = tests/unit/test-filter-programs.c $(bpf_sim)
tests_unit_test_filter_programs_LDADD = $(UNIT_LDADD)
tests_unit_test_syscalls_LDADD = $(UNIT_LDADD)
tests_unit_test_errnos_LDADD = $(UNIT_LDADD)
tests_unit_filter_live_LDADD = $(UNIT_LDADD) -lpthread
tests_unit_test_net_LDADD = $(UNIT_LDADD)
tests_unit_test_helper_argv_LDADD = $(UNIT_LDADD)
