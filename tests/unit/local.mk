# tests/unit: cmocka programs, one for each module of src
if HAVE_CMOCKA
unit_programs = \
	tests/unit/test-arena \
	tests/unit/test-cgroup-find \
	tests/unit/test-changes \
	tests/unit/test-diag \
	tests/unit/test-egress-dns \
	tests/unit/test-egress-hello \
	tests/unit/test-egress-http \
	tests/unit/test-egress-http-body \
	tests/unit/test-egress-socks \
	tests/unit/test-error \
	tests/unit/test-errnos \
	tests/unit/test-filter \
	tests/unit/test-filter-cache \
	tests/unit/test-filter-programs \
	tests/unit/test-filter-random \
	tests/unit/test-forms \
	tests/unit/test-guard \
	tests/unit/test-net-backend \
	tests/unit/test-observe-table \
	tests/unit/test-given \
	tests/unit/test-host \
	tests/unit/test-history \
	tests/unit/test-hostname \
	tests/unit/test-import \
	tests/unit/test-job \
	tests/unit/test-json \
	tests/unit/test-keys \
	tests/unit/test-landlock \
	tests/unit/test-limits \
	tests/unit/test-listing \
	tests/unit/test-loop \
	tests/unit/test-msg \
	tests/unit/test-net \
	tests/unit/test-path \
	tests/unit/test-pathindex \
	tests/unit/test-plan \
	tests/unit/test-mountinfo \
	tests/unit/test-plan-changes \
	tests/unit/test-plan-caches \
	tests/unit/test-plan-guards \
	tests/unit/test-plan-ids \
	tests/unit/test-plan-mounts \
	tests/unit/test-plan-print \
	tests/unit/test-plan-check \
	tests/unit/test-plan-root \
	tests/unit/test-procs \
	tests/unit/test-profile \
	tests/unit/test-profile-merge \
	tests/unit/test-rules \
	tests/unit/test-strbuf \
	tests/unit/test-strindex \
	tests/unit/test-syscalls \
	tests/unit/test-toml \
	tests/unit/test-toml-scalar \
	tests/unit/test-toml-scan \
	tests/unit/test-toml-tree \
	tests/unit/test-units \
	tests/unit/test-vars \
	tests/unit/test-verdict \
	tests/unit/filter-live
endif
check_PROGRAMS += $(unit_programs) tests/unit/toml-dump
UNIT_TESTS += $(unit_programs) tests/unit/toml-differential.py
EXTRA_DIST += tests/unit/toml-differential.py

UNIT_LDADD = $(LDADD) $(CMOCKA_LIBS)
fake_host = tests/unit/fake-host.c tests/unit/fake-host.h
toml_samples = tests/unit/toml-samples.h
tests_unit_test_arena_LDADD = $(UNIT_LDADD)
tests_unit_test_cgroup_find_LDADD = $(UNIT_LDADD)
tests_unit_test_diag_LDADD = $(UNIT_LDADD)
tests_unit_test_egress_dns_LDADD = $(UNIT_LDADD)
tests_unit_test_egress_hello_SOURCES = tests/unit/test-egress-hello.c tests/unit/hello-samples.h
tests_unit_test_egress_hello_LDADD = $(UNIT_LDADD)
tests_unit_test_egress_http_LDADD = $(UNIT_LDADD)
tests_unit_test_egress_http_body_LDADD = $(UNIT_LDADD)
tests_unit_test_egress_socks_LDADD = $(UNIT_LDADD)
tests_unit_test_error_LDADD = $(UNIT_LDADD)
tests_unit_test_errnos_LDADD = $(UNIT_LDADD)
tests_unit_test_filter_LDADD = $(UNIT_LDADD)
tests_unit_test_filter_cache_LDADD = $(UNIT_LDADD)
tests_unit_test_filter_programs_SOURCES = tests/unit/test-filter-programs.c $(scmp_oracle)
tests_unit_test_filter_programs_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools
tests_unit_test_filter_programs_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
tests_unit_test_filter_programs_LDADD = $(UNIT_LDADD) $(SECCOMP_LIBS)
tests_unit_test_filter_random_SOURCES = tests/unit/test-filter-random.c $(scmp_oracle)
tests_unit_test_filter_random_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools
tests_unit_test_filter_random_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
tests_unit_test_filter_random_LDADD = $(UNIT_LDADD) $(SECCOMP_LIBS)
tests_unit_test_given_LDADD = $(UNIT_LDADD)
tests_unit_test_forms_LDADD = $(UNIT_LDADD)
tests_unit_test_msg_LDADD = $(UNIT_LDADD)
tests_unit_test_landlock_LDADD = $(UNIT_LDADD)
tests_unit_test_history_LDADD = $(UNIT_LDADD)
tests_unit_test_hostname_LDADD = $(UNIT_LDADD)
tests_unit_test_import_LDADD = $(UNIT_LDADD)
tests_unit_test_job_LDADD = $(UNIT_LDADD)
tests_unit_test_json_LDADD = $(UNIT_LDADD)
tests_unit_test_keys_LDADD = $(UNIT_LDADD)
tests_unit_test_path_LDADD = $(UNIT_LDADD)
tests_unit_test_pathindex_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_SOURCES = tests/unit/test-plan.c $(fake_host)
tests_unit_test_plan_LDADD = $(UNIT_LDADD)
tests_unit_test_mountinfo_LDADD = $(UNIT_LDADD)
tests_unit_test_changes_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_changes_SOURCES = tests/unit/test-plan-changes.c $(fake_host)
tests_unit_test_plan_changes_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_caches_SOURCES = tests/unit/test-plan-caches.c $(fake_host)
tests_unit_test_plan_caches_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_guards_SOURCES = tests/unit/test-plan-guards.c $(fake_host)
tests_unit_test_plan_guards_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_ids_SOURCES = tests/unit/test-plan-ids.c $(fake_host)
tests_unit_test_plan_ids_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_mounts_SOURCES = tests/unit/test-plan-mounts.c $(fake_host)
tests_unit_test_plan_mounts_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_print_SOURCES = tests/unit/test-plan-print.c $(fake_host)
tests_unit_test_plan_print_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_check_SOURCES = tests/unit/test-plan-check.c $(fake_host)
tests_unit_test_plan_check_LDADD = $(UNIT_LDADD)
tests_unit_test_plan_root_SOURCES = tests/unit/test-plan-root.c $(fake_host)
tests_unit_test_plan_root_LDADD = $(UNIT_LDADD)
tests_unit_test_profile_SOURCES = tests/unit/test-profile.c tests/unit/test-profile.h
tests_unit_test_profile_LDADD = $(UNIT_LDADD)
tests_unit_test_profile_merge_SOURCES = tests/unit/test-profile-merge.c \
	tests/unit/test-profile.h
tests_unit_test_profile_merge_LDADD = $(UNIT_LDADD)
tests_unit_test_rules_LDADD = $(UNIT_LDADD)
tests_unit_test_strbuf_LDADD = $(UNIT_LDADD)
tests_unit_test_strindex_LDADD = $(UNIT_LDADD)
tests_unit_test_syscalls_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
tests_unit_test_syscalls_LDADD = $(UNIT_LDADD) $(SECCOMP_LIBS)
tests_unit_test_toml_SOURCES = tests/unit/test-toml.c $(toml_samples)
tests_unit_test_toml_LDADD = $(UNIT_LDADD)
tests_unit_test_toml_scalar_SOURCES = tests/unit/test-toml-scalar.c $(toml_samples)
tests_unit_test_toml_scalar_LDADD = $(UNIT_LDADD)
tests_unit_test_toml_scan_SOURCES = tests/unit/test-toml-scan.c $(toml_samples)
tests_unit_test_toml_scan_LDADD = $(UNIT_LDADD)
tests_unit_test_toml_tree_SOURCES = tests/unit/test-toml-tree.c $(toml_samples)
tests_unit_test_toml_tree_LDADD = $(UNIT_LDADD)
tests_unit_test_units_LDADD = $(UNIT_LDADD)
tests_unit_test_vars_LDADD = $(UNIT_LDADD)
tests_unit_test_verdict_SOURCES = tests/unit/test-verdict.c $(fake_host)
tests_unit_test_verdict_LDADD = $(UNIT_LDADD)
tests_unit_filter_live_LDADD = $(UNIT_LDADD) -lpthread
tests_unit_test_host_LDADD = $(UNIT_LDADD)
tests_unit_test_limits_LDADD = $(UNIT_LDADD)
tests_unit_test_listing_LDADD = $(UNIT_LDADD)
tests_unit_test_loop_LDADD = $(UNIT_LDADD)
tests_unit_test_net_LDADD = $(UNIT_LDADD)
tests_unit_test_procs_LDADD = $(UNIT_LDADD)
tests_unit_test_guard_LDADD = $(UNIT_LDADD)
tests_unit_test_net_backend_LDADD = $(UNIT_LDADD)
tests_unit_test_observe_table_LDADD = $(UNIT_LDADD)
