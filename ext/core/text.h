/* Borrowed pieces of UTF-8 text, a cursor over them, and a buffer that grows: what the readers of
 * PEP 440 and PEP 508 share.
 *
 * "Space" is what Python's str.isspace and the \s of its regular expressions mean, as `packaging`
 * allows it around versions and clauses; "blank" is a space or a tab, as PEP 508 allows it between
 * tokens. Nothing here needs a terminating zero.
 */
#ifndef THOTH_CORE_TEXT_H
#define THOTH_CORE_TEXT_H

#include <string.h>

#include "ids.h"

/* Bytes of one version, specifier, requirement or marker. The longest requirement on the public
 * index is under 2 KiB; a longer text than this is refused before it is read. */
#define TH_TEXT_LENGTH_LIMIT 65536

typedef struct {
    const char *start; /* not owned; may be NULL when length is 0 */
    size_t length;
} th_slice;

typedef struct {
    const char *at;
    const char *end;
} th_cursor;

static inline th_slice th_slice_between(const char *start, const char *end) {
    return (th_slice){start, (size_t)(end - start)};
}

static inline th_cursor th_cursor_over(th_slice text) {
    /* Not even 0 may be added to NULL (C11 6.5.6). */
    return (th_cursor){text.start, text.length == 0 ? text.start : text.start + text.length};
}

static inline bool th_cursor_done(const th_cursor *cursor) {
    return cursor->at == cursor->end;
}

/* The byte at the cursor, 0 at the end. A byte 0 of the text itself fits no token either. */
static inline char th_cursor_peek(const th_cursor *cursor) {
    return cursor->at == cursor->end ? '\0' : *cursor->at;
}

/* Moves past `expected` and returns true, or stays and returns false. */
static inline bool th_cursor_accept(th_cursor *cursor, char expected) {
    if (cursor->at == cursor->end || *cursor->at != expected)
        return false;
    cursor->at++;
    return true;
}

static inline bool th_is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static inline char th_lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static inline bool th_is_alphanumeric(char byte) {
    return th_is_digit(byte) || (th_lower(byte) >= 'a' && th_lower(byte) <= 'z');
}

/* ASCII letters, digits and the underscore. */
static inline bool th_is_word(char byte) {
    return th_is_alphanumeric(byte) || byte == '_';
}

static inline bool th_is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

void th_skip_blanks(th_cursor *cursor);
void th_skip_spaces(th_cursor *cursor);

/* Moves past the digits at the cursor and returns them. */
th_slice th_read_digits(th_cursor *cursor);

/* Returns `text` without the blanks, or the spaces, at both ends. */
th_slice th_trim_blanks(th_slice text);
th_slice th_trim_spaces(th_slice text);

bool th_slice_is_ascii(th_slice text);
bool th_slice_equal(th_slice a, th_slice b);
bool th_slice_equals(th_slice a, const char *text);

/* Whether `needle` occurs in `text`; the empty one always does. */
bool th_slice_holds(th_slice text, th_slice needle);

/* Whether the lower-case forms (Python's str.lower) are equal, one of the two being ASCII. */
bool th_slice_equal_folded(th_slice a, th_slice b);

/* What a reader of PEP 508 found wrong. */
typedef struct {
    const char *at;      /* in the text */
    const char *problem; /* a constant: "expected a package name" */
} th_fault;

/* Sets the fault and returns TH_INVALID. */
static inline th_status th_fault_set(th_fault *fault, const char *at, const char *problem) {
    *fault = (th_fault){at, problem};
    return TH_INVALID;
}

/* A growing buffer that holds short contents in itself. It must not be copied or moved. */
enum { TH_BUFFER_OWN = 160 };

typedef struct {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint8_t own[TH_BUFFER_OWN];
} th_buffer;

/* Makes the buffer empty and usable. */
void th_buffer_start(th_buffer *buffer);
void th_buffer_free(th_buffer *buffer);

/* Returns where `room` more bytes can be written, or NULL: out of memory, the buffer is unchanged.
 * The caller adds what it wrote to `length`. */
uint8_t *th_buffer_reserve(th_buffer *buffer, size_t room);
th_status th_buffer_append(th_buffer *buffer, th_slice text);
th_status th_buffer_push(th_buffer *buffer, char byte);

static inline th_slice th_buffer_slice(const th_buffer *buffer) {
    return (th_slice){(const char *)buffer->bytes, buffer->length};
}

/* Appends the PEP 503 normalized form: lower case, each run of `-`, `_` and `.` one `-`.
 * Letters outside ASCII are left alone but for the two whose lower-case form has ASCII in it, so
 * the result compares with any ASCII name as Python's would. */
th_status th_name_write(th_slice name, th_buffer *out);

#endif
