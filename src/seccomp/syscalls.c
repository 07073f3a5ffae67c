/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syscalls.c - the table of system calls; see syscalls.h
 *
 * A call gets here once somebody has thought about it. Until then it is ENOSYS,
 * whatever the kernel can do. Reasons for the rows that are not plain:
 *
 *  clone3              its flags are behind a pointer, where no filter sees them; every
 *                      libc falls back to clone
 *  openat2             so is the mode of what it makes, and that could be a set-id file;
 *                      every user of it falls back to openat
 *  io_uring_*          its operations are not system calls, so no filter sees them
 *  vmsplice            with splice it has been half of several page cache writes
 *  name_to_handle_at   a handle names a file outside of every mount we made
 *  userfaultfd, bpf, perf_event_open, keyctl
 *                      kernel surface that builds do not need
 *  io_setup            its contexts are counted for the whole machine (fs.aio-max-nr);
 *                      there is no share of a user to bound
 *  ptrace              stays: sanitizers and debuggers; nothing of ours is in reach
 *  process_vm_*, pidfd_getfd, kcmp, process_madvise
 *                      the same reach without a debugger's excuse
 *  mbind and the like  stay: allocators for several memory nodes
 *  uretprobe, uprobe   put into a traced program by the kernel; with ENOSYS before
 *                      6.14 a tracer outside would kill what runs in here
 *  lookup_dcookie, ustat, sysfs, uselib and other museum pieces
 *                      absent, as on a kernel that has dropped them
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "seccomp/syscalls.h"

static const struct syscall_row syscall_rows[] = {
	{ "_sysctl", 156, -1, CALL_ABSENT },
	{ "accept", 43, 202, CALL_PASS },
	{ "accept4", 288, 242, CALL_PASS },
	{ "access", 21, -1, CALL_PASS },
	{ "acct", 163, 89, CALL_REFUSE },
	{ "add_key", 248, 217, CALL_REFUSE },
	{ "adjtimex", 159, 171, CALL_REFUSE },
	{ "afs_syscall", 183, -1, CALL_ABSENT },
	{ "alarm", 37, -1, CALL_PASS },
	{ "arch_prctl", 158, -1, CALL_PASS },
	{ "bind", 49, 200, CALL_PASS },
	{ "bpf", 321, 280, CALL_REFUSE },
	{ "brk", 12, 214, CALL_PASS },
	{ "cachestat", 451, 451, CALL_PASS },
	{ "capget", 125, 90, CALL_PASS },
	{ "capset", 126, 91, CALL_PASS },
	{ "chdir", 80, 49, CALL_PASS },
	{ "chmod", 90, -1, CALL_PASS },
	{ "chown", 92, -1, CALL_PASS },
	{ "chroot", 161, 51, CALL_NEST },
	{ "clock_adjtime", 305, 266, CALL_REFUSE },
	{ "clock_getres", 229, 114, CALL_PASS },
	{ "clock_gettime", 228, 113, CALL_PASS },
	{ "clock_nanosleep", 230, 115, CALL_PASS },
	{ "clock_settime", 227, 112, CALL_REFUSE },
	{ "clone", 56, 220, CALL_PASS },
	{ "clone3", 435, 435, CALL_NEST_ABSENT },
	{ "close", 3, 57, CALL_PASS },
	{ "close_range", 436, 436, CALL_PASS },
	{ "connect", 42, 203, CALL_PASS },
	{ "copy_file_range", 326, 285, CALL_PASS },
	{ "creat", 85, -1, CALL_PASS },
	{ "create_module", 174, -1, CALL_ABSENT },
	{ "delete_module", 176, 106, CALL_REFUSE },
	{ "dup", 32, 23, CALL_PASS },
	{ "dup2", 33, -1, CALL_PASS },
	{ "dup3", 292, 24, CALL_PASS },
	{ "epoll_create", 213, -1, CALL_PASS },
	{ "epoll_create1", 291, 20, CALL_PASS },
	{ "epoll_ctl", 233, 21, CALL_PASS },
	{ "epoll_ctl_old", 214, -1, CALL_ABSENT },
	{ "epoll_pwait", 281, 22, CALL_PASS },
	{ "epoll_pwait2", 441, 441, CALL_PASS },
	{ "epoll_wait", 232, -1, CALL_PASS },
	{ "epoll_wait_old", 215, -1, CALL_ABSENT },
	{ "eventfd", 284, -1, CALL_PASS },
	{ "eventfd2", 290, 19, CALL_PASS },
	{ "execve", 59, 221, CALL_PASS },
	{ "execveat", 322, 281, CALL_PASS },
	{ "exit", 60, 93, CALL_PASS },
	{ "exit_group", 231, 94, CALL_PASS },
	{ "faccessat", 269, 48, CALL_PASS },
	{ "faccessat2", 439, 439, CALL_PASS },
	{ "fadvise64", 221, 223, CALL_PASS },
	{ "fallocate", 285, 47, CALL_PASS },
	{ "fanotify_init", 300, 262, CALL_REFUSE },
	{ "fanotify_mark", 301, 263, CALL_REFUSE },
	{ "fchdir", 81, 50, CALL_PASS },
	{ "fchmod", 91, 52, CALL_PASS },
	{ "fchmodat", 268, 53, CALL_PASS },
	{ "fchmodat2", 452, 452, CALL_PASS },
	{ "fchown", 93, 55, CALL_PASS },
	{ "fchownat", 260, 54, CALL_PASS },
	{ "fchroot", 472, 472, CALL_ABSENT },
	{ "fcntl", 72, 25, CALL_PASS },
	{ "fdatasync", 75, 83, CALL_PASS },
	{ "fgetxattr", 193, 10, CALL_PASS },
	{ "file_getattr", 468, 468, CALL_ABSENT },
	{ "file_setattr", 469, 469, CALL_ABSENT },
	{ "finit_module", 313, 273, CALL_REFUSE },
	{ "flistxattr", 196, 13, CALL_PASS },
	{ "flock", 73, 32, CALL_PASS },
	{ "fork", 57, -1, CALL_PASS },
	{ "fremovexattr", 199, 16, CALL_PASS },
	{ "fsconfig", 431, 431, CALL_NEST },
	{ "fsetxattr", 190, 7, CALL_PASS },
	{ "fsmount", 432, 432, CALL_NEST },
	{ "fsopen", 430, 430, CALL_NEST },
	{ "fspick", 433, 433, CALL_REMOUNT },
	{ "fstat", 5, 80, CALL_PASS },
	{ "fstatfs", 138, 44, CALL_PASS },
	{ "fsync", 74, 82, CALL_PASS },
	{ "ftruncate", 77, 46, CALL_PASS },
	{ "futex", 202, 98, CALL_PASS },
	{ "futex_requeue", 456, 456, CALL_PASS },
	{ "futex_wait", 455, 455, CALL_PASS },
	{ "futex_waitv", 449, 449, CALL_PASS },
	{ "futex_wake", 454, 454, CALL_PASS },
	{ "futimesat", 261, -1, CALL_PASS },
	{ "get_kernel_syms", 177, -1, CALL_ABSENT },
	{ "get_mempolicy", 239, 236, CALL_PASS },
	{ "get_robust_list", 274, 100, CALL_PASS },
	{ "get_thread_area", 211, -1, CALL_ABSENT },
	{ "getcpu", 309, 168, CALL_PASS },
	{ "getcwd", 79, 17, CALL_PASS },
	{ "getdents", 78, -1, CALL_PASS },
	{ "getdents64", 217, 61, CALL_PASS },
	{ "getegid", 108, 177, CALL_PASS },
	{ "geteuid", 107, 175, CALL_PASS },
	{ "getgid", 104, 176, CALL_PASS },
	{ "getgroups", 115, 158, CALL_PASS },
	{ "getitimer", 36, 102, CALL_PASS },
	{ "getpeername", 52, 205, CALL_PASS },
	{ "getpgid", 121, 155, CALL_PASS },
	{ "getpgrp", 111, -1, CALL_PASS },
	{ "getpid", 39, 172, CALL_PASS },
	{ "getpmsg", 181, -1, CALL_ABSENT },
	{ "getppid", 110, 173, CALL_PASS },
	{ "getpriority", 140, 141, CALL_PASS },
	{ "getrandom", 318, 278, CALL_PASS },
	{ "getresgid", 120, 150, CALL_PASS },
	{ "getresuid", 118, 148, CALL_PASS },
	{ "getrlimit", 97, 163, CALL_PASS },
	{ "getrusage", 98, 165, CALL_PASS },
	{ "getsid", 124, 156, CALL_PASS },
	{ "getsockname", 51, 204, CALL_PASS },
	{ "getsockopt", 55, 209, CALL_PASS },
	{ "gettid", 186, 178, CALL_PASS },
	{ "gettimeofday", 96, 169, CALL_PASS },
	{ "getuid", 102, 174, CALL_PASS },
	{ "getxattr", 191, 8, CALL_PASS },
	{ "getxattrat", 464, 464, CALL_PASS },
	{ "init_module", 175, 105, CALL_REFUSE },
	{ "inotify_add_watch", 254, 27, CALL_PASS },
	{ "inotify_init", 253, -1, CALL_PASS },
	{ "inotify_init1", 294, 26, CALL_PASS },
	{ "inotify_rm_watch", 255, 28, CALL_PASS },
	{ "io_cancel", 210, 3, CALL_PASS },
	{ "io_destroy", 207, 1, CALL_PASS },
	{ "io_getevents", 208, 4, CALL_PASS },
	{ "io_pgetevents", 333, 292, CALL_PASS },
	{ "io_setup", 206, 0, CALL_TRACE },
	{ "io_submit", 209, 2, CALL_PASS },
	{ "io_uring_enter", 426, 426, CALL_ABSENT },
	{ "io_uring_register", 427, 427, CALL_ABSENT },
	{ "io_uring_setup", 425, 425, CALL_ABSENT },
	{ "ioctl", 16, 29, CALL_PASS },
	{ "ioperm", 173, -1, CALL_REFUSE },
	{ "iopl", 172, -1, CALL_REFUSE },
	{ "ioprio_get", 252, 31, CALL_PASS },
	{ "ioprio_set", 251, 30, CALL_PASS },
	{ "kcmp", 312, 272, CALL_REFUSE },
	{ "kexec_file_load", 320, 294, CALL_REFUSE },
	{ "kexec_load", 246, 104, CALL_REFUSE },
	{ "keyctl", 250, 219, CALL_REFUSE },
	{ "kill", 62, 129, CALL_PASS },
	{ "landlock_add_rule", 445, 445, CALL_PASS },
	{ "landlock_create_ruleset", 444, 444, CALL_PASS },
	{ "landlock_restrict_self", 446, 446, CALL_PASS },
	{ "lchown", 94, -1, CALL_PASS },
	{ "lgetxattr", 192, 9, CALL_PASS },
	{ "link", 86, -1, CALL_PASS },
	{ "linkat", 265, 37, CALL_PASS },
	{ "listen", 50, 201, CALL_PASS },
	{ "listmount", 458, 458, CALL_ABSENT },
	{ "listns", 470, 470, CALL_ABSENT },
	{ "listxattr", 194, 11, CALL_PASS },
	{ "listxattrat", 465, 465, CALL_PASS },
	{ "llistxattr", 195, 12, CALL_PASS },
	{ "lookup_dcookie", 212, 18, CALL_ABSENT },
	{ "lremovexattr", 198, 15, CALL_PASS },
	{ "lseek", 8, 62, CALL_PASS },
	{ "lsetxattr", 189, 6, CALL_PASS },
	{ "lsm_get_self_attr", 459, 459, CALL_ABSENT },
	{ "lsm_list_modules", 461, 461, CALL_ABSENT },
	{ "lsm_set_self_attr", 460, 460, CALL_ABSENT },
	{ "lstat", 6, -1, CALL_PASS },
	{ "madvise", 28, 233, CALL_PASS },
	{ "map_shadow_stack", 453, 453, CALL_PASS },
	{ "mbind", 237, 235, CALL_PASS },
	{ "membarrier", 324, 283, CALL_PASS },
	{ "memfd_create", 319, 279, CALL_PASS },
	{ "memfd_secret", 447, 447, CALL_PASS },
	{ "migrate_pages", 256, 238, CALL_REFUSE },
	{ "mincore", 27, 232, CALL_PASS },
	{ "mkdir", 83, -1, CALL_PASS },
	{ "mkdirat", 258, 34, CALL_PASS },
	{ "mknod", 133, -1, CALL_PASS },
	{ "mknodat", 259, 33, CALL_PASS },
	{ "mlock", 149, 228, CALL_PASS },
	{ "mlock2", 325, 284, CALL_PASS },
	{ "mlockall", 151, 230, CALL_PASS },
	{ "mmap", 9, 222, CALL_PASS },
	{ "modify_ldt", 154, -1, CALL_REFUSE },
	{ "mount", 165, 40, CALL_NEST },
	{ "mount_setattr", 442, 442, CALL_REMOUNT },
	{ "move_mount", 429, 429, CALL_NEST },
	{ "move_pages", 279, 239, CALL_REFUSE },
	{ "mprotect", 10, 226, CALL_PASS },
	{ "mq_getsetattr", 245, 185, CALL_PASS },
	{ "mq_notify", 244, 184, CALL_PASS },
	{ "mq_open", 240, 180, CALL_PASS },
	{ "mq_timedreceive", 243, 183, CALL_PASS },
	{ "mq_timedsend", 242, 182, CALL_PASS },
	{ "mq_unlink", 241, 181, CALL_PASS },
	{ "mremap", 25, 216, CALL_PASS },
	{ "mseal", 462, 462, CALL_PASS },
	{ "msgctl", 71, 187, CALL_PASS },
	{ "msgget", 68, 186, CALL_PASS },
	{ "msgrcv", 70, 188, CALL_PASS },
	{ "msgsnd", 69, 189, CALL_PASS },
	{ "msync", 26, 227, CALL_PASS },
	{ "munlock", 150, 229, CALL_PASS },
	{ "munlockall", 152, 231, CALL_PASS },
	{ "munmap", 11, 215, CALL_PASS },
	{ "name_to_handle_at", 303, 264, CALL_REFUSE },
	{ "nanosleep", 35, 101, CALL_PASS },
	{ "newfstatat", 262, 79, CALL_PASS },
	{ "nfsservctl", 180, 42, CALL_ABSENT },
	{ "open", 2, -1, CALL_PASS },
	{ "open_by_handle_at", 304, 265, CALL_REFUSE },
	{ "open_tree", 428, 428, CALL_NEST },
	{ "open_tree_attr", 467, 467, CALL_REMOUNT_ABSENT },
	{ "openat", 257, 56, CALL_PASS },
	{ "openat2", 437, 437, CALL_NEST_ABSENT },
	{ "pause", 34, -1, CALL_PASS },
	{ "perf_event_open", 298, 241, CALL_REFUSE },
	{ "personality", 135, 92, CALL_PASS },
	{ "pidfd_getfd", 438, 438, CALL_REFUSE },
	{ "pidfd_open", 434, 434, CALL_PASS },
	{ "pidfd_send_signal", 424, 424, CALL_PASS },
	{ "pipe", 22, -1, CALL_PASS },
	{ "pipe2", 293, 59, CALL_PASS },
	{ "pivot_root", 155, 41, CALL_NEST },
	{ "pkey_alloc", 330, 289, CALL_PASS },
	{ "pkey_free", 331, 290, CALL_PASS },
	{ "pkey_mprotect", 329, 288, CALL_PASS },
	{ "poll", 7, -1, CALL_PASS },
	{ "ppoll", 271, 73, CALL_PASS },
	{ "prctl", 157, 167, CALL_PASS },
	{ "pread64", 17, 67, CALL_PASS },
	{ "preadv", 295, 69, CALL_PASS },
	{ "preadv2", 327, 286, CALL_PASS },
	{ "prlimit64", 302, 261, CALL_PASS },
	{ "process_madvise", 440, 440, CALL_REFUSE },
	{ "process_mrelease", 448, 448, CALL_ABSENT },
	{ "process_vm_readv", 310, 270, CALL_REFUSE },
	{ "process_vm_writev", 311, 271, CALL_REFUSE },
	{ "pselect6", 270, 72, CALL_PASS },
	{ "ptrace", 101, 117, CALL_PASS },
	{ "putpmsg", 182, -1, CALL_ABSENT },
	{ "pwrite64", 18, 68, CALL_PASS },
	{ "pwritev", 296, 70, CALL_PASS },
	{ "pwritev2", 328, 287, CALL_PASS },
	{ "query_module", 178, -1, CALL_ABSENT },
	{ "quotactl", 179, 60, CALL_REFUSE },
	{ "quotactl_fd", 443, 443, CALL_REFUSE },
	{ "read", 0, 63, CALL_PASS },
	{ "readahead", 187, 213, CALL_PASS },
	{ "readlink", 89, -1, CALL_PASS },
	{ "readlinkat", 267, 78, CALL_PASS },
	{ "readv", 19, 65, CALL_PASS },
	{ "reboot", 169, 142, CALL_REFUSE },
	{ "recvfrom", 45, 207, CALL_PASS },
	{ "recvmmsg", 299, 243, CALL_PASS },
	{ "recvmsg", 47, 212, CALL_PASS },
	{ "remap_file_pages", 216, 234, CALL_PASS },
	{ "removexattr", 197, 14, CALL_PASS },
	{ "removexattrat", 466, 466, CALL_PASS },
	{ "rename", 82, -1, CALL_PASS },
	{ "renameat", 264, 38, CALL_PASS },
	{ "renameat2", 316, 276, CALL_PASS },
	{ "request_key", 249, 218, CALL_REFUSE },
	{ "restart_syscall", 219, 128, CALL_PASS },
	{ "rmdir", 84, -1, CALL_PASS },
	{ "rseq", 334, 293, CALL_PASS },
	{ "rseq_slice_yield", 471, 471, CALL_ABSENT },
	{ "rt_sigaction", 13, 134, CALL_PASS },
	{ "rt_sigpending", 127, 136, CALL_PASS },
	{ "rt_sigprocmask", 14, 135, CALL_PASS },
	{ "rt_sigqueueinfo", 129, 138, CALL_PASS },
	{ "rt_sigreturn", 15, 139, CALL_PASS },
	{ "rt_sigsuspend", 130, 133, CALL_PASS },
	{ "rt_sigtimedwait", 128, 137, CALL_PASS },
	{ "rt_tgsigqueueinfo", 297, 240, CALL_PASS },
	{ "sched_get_priority_max", 146, 125, CALL_PASS },
	{ "sched_get_priority_min", 147, 126, CALL_PASS },
	{ "sched_getaffinity", 204, 123, CALL_PASS },
	{ "sched_getattr", 315, 275, CALL_PASS },
	{ "sched_getparam", 143, 121, CALL_PASS },
	{ "sched_getscheduler", 145, 120, CALL_PASS },
	{ "sched_rr_get_interval", 148, 127, CALL_PASS },
	{ "sched_setaffinity", 203, 122, CALL_PASS },
	{ "sched_setattr", 314, 274, CALL_PASS },
	{ "sched_setparam", 142, 118, CALL_PASS },
	{ "sched_setscheduler", 144, 119, CALL_PASS },
	{ "sched_yield", 24, 124, CALL_PASS },
	{ "seccomp", 317, 277, CALL_PASS },
	{ "security", 185, -1, CALL_ABSENT },
	{ "select", 23, -1, CALL_PASS },
	{ "semctl", 66, 191, CALL_PASS },
	{ "semget", 64, 190, CALL_PASS },
	{ "semop", 65, 193, CALL_PASS },
	{ "semtimedop", 220, 192, CALL_PASS },
	{ "sendfile", 40, 71, CALL_PASS },
	{ "sendmmsg", 307, 269, CALL_PASS },
	{ "sendmsg", 46, 211, CALL_PASS },
	{ "sendto", 44, 206, CALL_PASS },
	{ "set_mempolicy", 238, 237, CALL_PASS },
	{ "set_mempolicy_home_node", 450, 450, CALL_ABSENT },
	{ "set_robust_list", 273, 99, CALL_PASS },
	{ "set_thread_area", 205, -1, CALL_ABSENT },
	{ "set_tid_address", 218, 96, CALL_PASS },
	{ "setdomainname", 171, 162, CALL_NEST },
	{ "setfsgid", 123, 152, CALL_PASS },
	{ "setfsuid", 122, 151, CALL_PASS },
	{ "setgid", 106, 144, CALL_PASS },
	{ "setgroups", 116, 159, CALL_GROUPS },
	{ "sethostname", 170, 161, CALL_NEST },
	{ "setitimer", 38, 103, CALL_PASS },
	{ "setns", 308, 268, CALL_NEST },
	{ "setpgid", 109, 154, CALL_PASS },
	{ "setpriority", 141, 140, CALL_PASS },
	{ "setregid", 114, 143, CALL_PASS },
	{ "setresgid", 119, 149, CALL_PASS },
	{ "setresuid", 117, 147, CALL_PASS },
	{ "setreuid", 113, 145, CALL_PASS },
	{ "setrlimit", 160, 164, CALL_PASS },
	{ "setsid", 112, 157, CALL_PASS },
	{ "setsockopt", 54, 208, CALL_PASS },
	{ "settimeofday", 164, 170, CALL_REFUSE },
	{ "setuid", 105, 146, CALL_PASS },
	{ "setxattr", 188, 5, CALL_PASS },
	{ "setxattrat", 463, 463, CALL_PASS },
	{ "shmat", 30, 196, CALL_PASS },
	{ "shmctl", 31, 195, CALL_PASS },
	{ "shmdt", 67, 197, CALL_PASS },
	{ "shmget", 29, 194, CALL_PASS },
	{ "shutdown", 48, 210, CALL_PASS },
	{ "sigaltstack", 131, 132, CALL_PASS },
	{ "signalfd", 282, -1, CALL_PASS },
	{ "signalfd4", 289, 74, CALL_PASS },
	{ "socket", 41, 198, CALL_PASS },
	{ "socketpair", 53, 199, CALL_PASS },
	{ "splice", 275, 76, CALL_PASS },
	{ "stat", 4, -1, CALL_PASS },
	{ "statfs", 137, 43, CALL_PASS },
	{ "statmount", 457, 457, CALL_ABSENT },
	{ "statx", 332, 291, CALL_PASS },
	{ "swapoff", 168, 225, CALL_REFUSE },
	{ "swapon", 167, 224, CALL_REFUSE },
	{ "symlink", 88, -1, CALL_PASS },
	{ "symlinkat", 266, 36, CALL_PASS },
	{ "sync", 162, 81, CALL_PASS },
	{ "sync_file_range", 277, 84, CALL_PASS },
	{ "syncfs", 306, 267, CALL_PASS },
	{ "sysfs", 139, -1, CALL_ABSENT },
	{ "sysinfo", 99, 179, CALL_PASS },
	{ "syslog", 103, 116, CALL_REFUSE },
	{ "tee", 276, 77, CALL_PASS },
	{ "tgkill", 234, 131, CALL_PASS },
	{ "time", 201, -1, CALL_PASS },
	{ "timer_create", 222, 107, CALL_PASS },
	{ "timer_delete", 226, 111, CALL_PASS },
	{ "timer_getoverrun", 225, 109, CALL_PASS },
	{ "timer_gettime", 224, 108, CALL_PASS },
	{ "timer_settime", 223, 110, CALL_PASS },
	{ "timerfd_create", 283, 85, CALL_PASS },
	{ "timerfd_gettime", 287, 87, CALL_PASS },
	{ "timerfd_settime", 286, 86, CALL_PASS },
	{ "times", 100, 153, CALL_PASS },
	{ "tkill", 200, 130, CALL_PASS },
	{ "truncate", 76, 45, CALL_PASS },
	{ "tuxcall", 184, -1, CALL_ABSENT },
	{ "umask", 95, 166, CALL_PASS },
	{ "umount2", 166, 39, CALL_NEST },
	{ "uname", 63, 160, CALL_PASS },
	{ "unlink", 87, -1, CALL_PASS },
	{ "unlinkat", 263, 35, CALL_PASS },
	{ "unshare", 272, 97, CALL_NEST },
	{ "uprobe", 336, -1, CALL_PASS },
	{ "uretprobe", 335, -1, CALL_PASS },
	{ "uselib", 134, -1, CALL_ABSENT },
	{ "userfaultfd", 323, 282, CALL_REFUSE },
	{ "ustat", 136, -1, CALL_ABSENT },
	{ "utime", 132, -1, CALL_PASS },
	{ "utimensat", 280, 88, CALL_PASS },
	{ "utimes", 235, -1, CALL_PASS },
	{ "vfork", 58, -1, CALL_PASS },
	{ "vhangup", 153, 58, CALL_REFUSE },
	{ "vmsplice", 278, 75, CALL_ABSENT },
	{ "vserver", 236, -1, CALL_ABSENT },
	{ "wait4", 61, 260, CALL_PASS },
	{ "waitid", 247, 95, CALL_PASS },
	{ "write", 1, 64, CALL_PASS },
	{ "writev", 20, 66, CALL_PASS },
};

#define ROWS (sizeof syscall_rows / sizeof syscall_rows[0])

int syscall_number(const struct syscall_row *row)
{
	return SYSCALL_ARCH == AUDIT_ARCH_X86_64 ? row->x86_64 : row->aarch64;
}

const struct syscall_row *syscall_row(size_t i)
{
	return i < ROWS ? &syscall_rows[i] : NULL;
}

/* As strcmp() of the @len bytes at @name and @other. */
static int name_compare(const char *name, size_t len, const char *other)
{
	int diff = strncmp(name, other, len);

	return diff ? diff : -(other[len] != '\0');
}

const struct syscall_row *syscall_by_name(const char *name, size_t len)
{
	size_t from = 0, to = ROWS;

	if (len >= sizeof syscall_rows[0].name)
		return NULL;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int diff = name_compare(name, len, syscall_rows[mid].name);

		if (diff == 0)
			return &syscall_rows[mid];
		if (diff < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

const struct syscall_row *syscall_by_number(uint32_t nr)
{
	for (size_t i = 0; i < ROWS; i++) {
		int number = syscall_number(&syscall_rows[i]);

		if (number >= 0 && (uint32_t)number == nr)
			return &syscall_rows[i];
	}
	return NULL;
}

uint32_t syscall_must(const char *name)
{
	const struct syscall_row *row = syscall_by_name(name, strlen(name));

	if (!row || syscall_number(row) < 0)
		abort();
	return (uint32_t)syscall_number(row);
}

const char *const *syscall_names(struct arena *arena)
{
	const char **names = arena_alloc(arena, (ROWS + 1) * sizeof *names);

	for (size_t i = 0; i < ROWS; i++)
		names[i] = syscall_rows[i].name;
	return names;
}
