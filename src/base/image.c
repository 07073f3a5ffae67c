/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image.c - the program's own pages in memory; see image.h */
#include "config.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/image.h"

#define IDLE_MS 1000

/* The program comes first, so this ends the walk: its libraries are not looked at. */
static int release(struct dl_phdr_info *info, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)getpagesize();

	(void)size;
	(void)data;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + part->p_vaddr,
			  end = begin + part->p_filesz;

		if (part->p_type != PT_LOAD || (part->p_flags & PF_W))
			continue;
		begin &= ~(page - 1);
		end &= ~(page - 1); /* the last page may be another segment's first */
		if (end <= begin)
			continue;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): it is a number in ELF */
		(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 1;
}

int image_poll(struct pollfd *fds, nfds_t len, int timeout, bool *done)
{
	int ready;

	if (*done || (timeout >= 0 && timeout <= IDLE_MS))
		return poll(fds, len, timeout);
	ready = poll(fds, len, IDLE_MS);
	if (ready != 0)
		return ready;
	(void)dl_iterate_phdr(release, NULL);
	*done = true;
	return poll(fds, len, timeout < 0 ? -1 : timeout - IDLE_MS);
}
