/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* errnos.c - errno names and numbers; see errnos.h */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "seccomp/errnos.h"

struct errno_row {
	char name[16];
	short number;
};

/* clang-format off */
#define E(name) { #name, name }

/* Of two names for one number the usual one comes first. */
static const struct errno_row errno_rows[] = {
	E(E2BIG), E(EACCES), E(EADDRINUSE), E(EADDRNOTAVAIL), E(EADV),
	E(EAFNOSUPPORT), E(EAGAIN), E(EALREADY), E(EBADE), E(EBADF), E(EBADFD),
	E(EBADMSG), E(EBADR), E(EBADRQC), E(EBADSLT), E(EBFONT), E(EBUSY),
	E(ECANCELED), E(ECHILD), E(ECHRNG), E(ECOMM), E(ECONNABORTED),
	E(ECONNREFUSED), E(ECONNRESET), E(EDEADLK), E(EDESTADDRREQ), E(EDOM),
	E(EDOTDOT), E(EDQUOT), E(EEXIST), E(EFAULT), E(EFBIG), E(EHOSTDOWN),
	E(EHOSTUNREACH), E(EHWPOISON), E(EIDRM), E(EILSEQ), E(EINPROGRESS), E(EINTR),
	E(EINVAL), E(EIO), E(EISCONN), E(EISDIR), E(EISNAM), E(EKEYEXPIRED),
	E(EKEYREJECTED), E(EKEYREVOKED), E(EL2HLT), E(EL2NSYNC), E(EL3HLT), E(EL3RST),
	E(ELIBACC), E(ELIBBAD), E(ELIBEXEC), E(ELIBMAX), E(ELIBSCN), E(ELNRNG),
	E(ELOOP), E(EMEDIUMTYPE), E(EMFILE), E(EMLINK), E(EMSGSIZE), E(EMULTIHOP),
	E(ENAMETOOLONG), E(ENAVAIL), E(ENETDOWN), E(ENETRESET), E(ENETUNREACH),
	E(ENFILE), E(ENOANO), E(ENOBUFS), E(ENOCSI), E(ENODATA), E(ENODEV), E(ENOENT),
	E(ENOEXEC), E(ENOKEY), E(ENOLCK), E(ENOLINK), E(ENOMEDIUM), E(ENOMEM),
	E(ENOMSG), E(ENONET), E(ENOPKG), E(ENOPROTOOPT), E(ENOSPC), E(ENOSR),
	E(ENOSTR), E(ENOSYS), E(ENOTBLK), E(ENOTCONN), E(ENOTDIR), E(ENOTEMPTY),
	E(ENOTNAM), E(ENOTRECOVERABLE), E(ENOTSOCK), E(ENOTTY), E(ENOTUNIQ), E(ENXIO),
	E(EOPNOTSUPP), E(EOVERFLOW), E(EOWNERDEAD), E(EPERM), E(EPFNOSUPPORT),
	E(EPIPE), E(EPROTO), E(EPROTONOSUPPORT), E(EPROTOTYPE), E(ERANGE), E(EREMCHG),
	E(EREMOTE), E(EREMOTEIO), E(ERESTART), E(ERFKILL), E(EROFS), E(ESHUTDOWN),
	E(ESOCKTNOSUPPORT), E(ESPIPE), E(ESRCH), E(ESRMNT), E(ESTALE), E(ESTRPIPE),
	E(ETIME), E(ETIMEDOUT), E(ETOOMANYREFS), E(ETXTBSY), E(EUCLEAN), E(EUNATCH),
	E(EUSERS), E(EXDEV), E(EXFULL), E(EWOULDBLOCK), E(EDEADLOCK), E(ENOTSUP),
};
/* clang-format on */

#define ROWS (sizeof errno_rows / sizeof errno_rows[0])

int errno_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strlen(errno_rows[i].name) == len &&
		    !memcmp(errno_rows[i].name, name, len))
			return errno_rows[i].number;
	return 0;
}

const char *errno_name(int number)
{
	for (size_t i = 0; i < ROWS; i++)
		if (errno_rows[i].number == number)
			return errno_rows[i].name;
	return NULL;
}

const char *const *errno_names(struct arena *arena)
{
	const char **names = arena_alloc(arena, (ROWS + 1) * sizeof *names);

	for (size_t i = 0; i < ROWS; i++)
		names[i] = errno_rows[i].name;
	return names;
}
