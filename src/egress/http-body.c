/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * http-body.c - where the body of a request ends; see http.h
 *
 * What frames chunks is followed byte by byte, and their data is stepped over.
 */
#include "config.h"

#include "egress/http-parts.h"
#include "egress/http.h"

#define SIZE_LINE_MAX 128
#define TRAILERS_MAX ((size_t)8 * 1024)

/* Where in a chunked body its next byte is, RFC 9112 7.1. */
enum chunk_state {
	AT_SIZE, /* its first digit */
	IN_SIZE,
	AT_EXTENSION, /* behind the ";" */
	IN_EXTENSION,
	AT_SIZE_LF,
	IN_DATA,
	AT_DATA_CR,
	AT_DATA_LF,
	AT_TRAILER, /* the beginning of a line of them, or of the empty one */
	IN_TRAILER_NAME,
	IN_TRAILER,
	AT_TRAILER_LF,
	AT_LAST_LF,
	AT_END,
	IS_BROKEN,
};

void http_body_begin(const struct http_head *head, struct http_body *ret)
{
	*ret = (struct http_body){ .chunked = head->chunked, .left = head->length };
}

bool http_body_ended(const struct http_body *body)
{
	return body->chunked ? body->state == AT_END : body->left == 0;
}

static enum chunk_state expect(char c, char wanted, enum chunk_state next)
{
	return c == wanted ? next : IS_BROKEN;
}

static enum chunk_state size_byte(struct http_body *body, char c)
{
	unsigned digit;

	if (c >= '0' && c <= '9')
		digit = (unsigned)(c - '0');
	else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		digit = (unsigned)((c | 0x20) - 'a' + 10);
	else if (body->state == AT_SIZE)
		return IS_BROKEN;
	else
		return c == ';' ? AT_EXTENSION : expect(c, '\r', AT_SIZE_LF);
	if (body->left > (HTTP_LENGTH_MAX - digit) / 16)
		return IS_BROKEN;
	body->left = body->left * 16 + digit;
	return IN_SIZE;
}

/* A quote would hide what stands between it and the next one from some readers. */
static enum chunk_state extension_byte(const struct http_body *body, char c)
{
	if (body->state == AT_EXTENSION)
		return http_is_token_byte(c) ? IN_EXTENSION : IS_BROKEN;
	if (c == '\r')
		return AT_SIZE_LF;
	return http_is_line_byte(c) && c != '"' ? IN_EXTENSION : IS_BROKEN;
}

static enum chunk_state trailer_byte(const struct http_body *body, char c)
{
	if (body->state == AT_TRAILER && c == '\r')
		return AT_LAST_LF;
	if (body->state == IN_TRAILER) {
		if (c == '\r')
			return AT_TRAILER_LF;
		return http_is_line_byte(c) ? IN_TRAILER : IS_BROKEN;
	}
	if (body->state == IN_TRAILER_NAME && c == ':')
		return IN_TRAILER;
	return http_is_token_byte(c) ? IN_TRAILER_NAME : IS_BROKEN;
}

static enum chunk_state frame_byte(struct http_body *body, char c)
{
	switch ((enum chunk_state)body->state) {
	case AT_SIZE:
	case IN_SIZE:
		return size_byte(body, c);
	case AT_EXTENSION:
	case IN_EXTENSION:
		return extension_byte(body, c);
	case AT_SIZE_LF:
		return expect(c, '\n', body->left > 0 ? IN_DATA : AT_TRAILER);
	case AT_DATA_CR:
		return expect(c, '\r', AT_DATA_LF);
	case AT_DATA_LF:
		return expect(c, '\n', AT_SIZE);
	case AT_TRAILER:
	case IN_TRAILER_NAME:
	case IN_TRAILER:
		return trailer_byte(body, c);
	case AT_TRAILER_LF:
		return expect(c, '\n', AT_TRAILER);
	case AT_LAST_LF:
		return expect(c, '\n', AT_END);
	case IN_DATA:
	case AT_END:
	case IS_BROKEN:
		break;
	}
	return IS_BROKEN;
}

/* One byte that frames chunks; counts those of a line of sizes, and of all trailers. */
static void step_frame(struct http_body *body, char c)
{
	enum chunk_state next = frame_byte(body, c);

	body->line++;
	if (body->line > (body->state >= AT_TRAILER ? TRAILERS_MAX : SIZE_LINE_MAX))
		next = IS_BROKEN;
	if (body->state == AT_SIZE_LF || body->state == AT_DATA_LF)
		body->line = 0;
	body->state = (int)next;
}

/* Steps over what the data has of the chunk or body. */
static size_t step_over(struct http_body *body, size_t len)
{
	size_t n = body->left < len ? (size_t)body->left : len;

	body->left -= n;
	if (body->chunked && body->left == 0)
		body->state = AT_DATA_CR;
	return n;
}

size_t http_body_take(struct http_body *body, const char *data, size_t len,
		      const char **ret_why)
{
	size_t n = 0;

	if (!body->chunked)
		return step_over(body, len);
	while (n < len && body->state != AT_END && body->state != IS_BROKEN) {
		if (body->state == IN_DATA)
			n += step_over(body, len - n);
		else
			step_frame(body, data[n++]);
	}
	if (body->state != IS_BROKEN)
		return n;
	*ret_why = "the chunks of the request's body are not as RFC 9112 7.1 has them";
	return 0;
}
