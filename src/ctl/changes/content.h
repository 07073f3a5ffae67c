/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * content.h - the lines that a change set would remove and add
 *
 * The two files are compared by diff(1). One of them is a command's, so diff reads them
 * in a sandbox of its own (profile "default"), as two open files and without a path.
 */
#ifndef SBOX_CHANGES_CONTENT_H
#define SBOX_CHANGES_CONTENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "changes/diff.h"

#define CONTENT_MAX ((off_t)8 * 1024 * 1024) /* of a file whose lines are shown */

/* Appends what is to be said of @entry of @set, escaped, and in colours if @colors. */
_must_check_ int changes_content(const struct changes_set *set,
				 const struct diff_entry *entry, bool colors,
				 struct strbuf *out, struct error *err);

/*
 * If standard output is a terminal, it is a pager from here on ($PAGER, else less):
 * returns its number for changes_pager_end(), or 0.
 */
pid_t changes_pager(void);
void changes_pager_end(pid_t pager);

#endif
