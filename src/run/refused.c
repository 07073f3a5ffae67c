/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refused.c - what net.mode = "filtered" has refused; see refused.h */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "run/refused.h"

#define TOLD_MAX 10 /* lines */
#define USUAL_PORT 443

void refused_target(const struct egress_row *row, struct strbuf *out)
{
	const bool six = strchr(row->host, ':') != NULL;

	strbuf_printf(out, six ? "[%s]" : "%s", row->host);
	strbuf_printf(out, ":%u", row->port ? row->port : USUAL_PORT);
	if (row->protocol == IPPROTO_UDP)
		strbuf_add(out, "/udp");
}

void refused_cure(const struct egress_row *row, struct strbuf *out)
{
	switch ((enum egress_why)row->why) {
	case EGRESS_NOT_LISTED:
		strbuf_add(out, "net.allow = [\"");
		refused_target(row, out);
		strbuf_add(out, "\"]");
		break;
	case EGRESS_INNER_ADDRESS:
		strbuf_add(out, "net.allow lists the address as well, if that is meant");
		break;
	case EGRESS_OTHER_NAME:
	case EGRESS_UNREADABLE:
		if (row->port != 80)
			strbuf_add(out, "net.tls = \"any\" lets it pass");
		break;
	case EGRESS_LET_THROUGH:
	case EGRESS_DENIED:
	case EGRESS_BAD_NAME:
	case EGRESS_NO_HOST:
	case EGRESS_NO_ANSWER:
	case EGRESS_CROWDED:
	case EGRESS_WHYS:
		break;
	}
}

/* Where the list of what is allowed is written: its last entry, or what chose the mode.
 */
static const struct srcpos *place_of_list(const struct session *session)
{
	const struct texts *allow = &session->policy.net.allow;

	return allow->len > 0 ? &allow->items[allow->len - 1].pos
			      : &session->policy.net.mode.pos;
}

/* No rule is the cause. */
static bool is_unreachable(const struct egress_row *row)
{
	return row->why == EGRESS_NO_HOST || row->why == EGRESS_NO_ANSWER;
}

static void tell_row(const struct session *session, const struct egress_row *row)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_strbuf_ struct strbuf cure = { 0 };
	const struct srcpos *place = place_of_list(session);

	strbuf_printf(&text, "%s: %s", is_unreachable(row) ? "not reached" : "refused",
		      row->host);
	if (row->port)
		strbuf_printf(&text, ":%u", row->port);
	strbuf_printf(&text, "%s (%u): ", row->protocol == IPPROTO_UDP ? "/udp" : "",
		      row->times);
	if (row->why != EGRESS_NOT_LISTED)
		strbuf_add(&text, egress_why(row->why));
	if (*row->other)
		strbuf_printf(&text, ", %s", row->other);
	refused_cure(row, &cure);
	if (cure.len > 0 && row->why != EGRESS_NOT_LISTED)
		strbuf_add(&text, "; ");
	strbuf_add(&text, strbuf_str(&cure));
	if (row->why == EGRESS_NOT_LISTED && place->file)
		strbuf_printf(&text, " (%s:%u)", place->file, place->line);
	session_warn(session, strbuf_str(&text), "");
}

void refused_tell(const struct session *session)
{
	_cleanup_strbuf_ struct strbuf more = { 0 };
	const struct egress_tally *tally = session->outcome.net.tally;
	size_t told = 0, left = 0;

	for (uint32_t i = 0; tally && i < tally->len; i++) {
		if (tally->rows[i].why == EGRESS_LET_THROUGH)
			continue;
		if (told < TOLD_MAX)
			tell_row(session, &tally->rows[i]);
		else
			left++;
		told++;
	}
	if (left == 0 && (!tally || tally->left_out == 0))
		return;
	strbuf_printf(&more, "refused: %zu hosts more, of which --report=FILE has %zu",
		      left + (tally ? tally->left_out : 0), left);
	session_warn(session, strbuf_str(&more), "");
}
