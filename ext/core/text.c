/* Slices, cursors and buffers. See text.h. */
#include "text.h"

#include "memory.h"

/* U+212A KELVIN SIGN and U+0130 LATIN CAPITAL LETTER I WITH DOT ABOVE: the only characters outside
 * ASCII whose lower-case forms, "k" and "i" with U+0307, have ASCII in them
 * (https://www.unicode.org/Public/UCD/latest/ucd/SpecialCasing.txt). */
#define KELVIN "\xe2\x84\xaa"
#define DOTTED_I "\xc4\xb0"
#define I_WITH_DOT "i\xcc\x87"

static bool starts_with(const char *at, const char *end, const char *prefix, size_t length) {
    return (size_t)(end - at) >= length && memcmp(at, prefix, length) == 0;
}

/* Bytes of the white-space character at `at`, 0 when there is none
 * (https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt, and U+001C..U+001F as Python). */
static size_t space_length(const char *at, const char *end) {
    if (at == end)
        return 0;
    unsigned char byte = (unsigned char)*at;
    if (byte < 0x80)
        return byte == ' ' || (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1f);
    if (byte == 0xc2 && end - at >= 2)
        return at[1] == '\x85' || at[1] == '\xa0' ? 2 : 0;
    if (end - at < 3)
        return 0;
    unsigned char last = (unsigned char)at[2];
    if (byte == 0xe1)
        return at[1] == '\x9a' && last == 0x80 ? 3 : 0;
    if (byte == 0xe2 && at[1] == '\x80')
        return last <= 0x8a || last == 0xa8 || last == 0xa9 || last == 0xaf ? 3 : 0;
    if (byte == 0xe2)
        return at[1] == '\x81' && last == 0x9f ? 3 : 0;
    return byte == 0xe3 && at[1] == '\x80' && last == 0x80 ? 3 : 0;
}

void th_skip_blanks(th_cursor *cursor) {
    while (cursor->at != cursor->end && th_is_blank(*cursor->at))
        cursor->at++;
}

void th_skip_spaces(th_cursor *cursor) {
    size_t length;
    while ((length = space_length(cursor->at, cursor->end)) != 0)
        cursor->at += length;
}

th_slice th_read_digits(th_cursor *cursor) {
    const char *start = cursor->at;
    while (cursor->at != cursor->end && th_is_digit(*cursor->at))
        cursor->at++;
    return th_slice_between(start, cursor->at);
}

th_slice th_trim_blanks(th_slice text) {
    th_cursor cursor = th_cursor_over(text);
    th_skip_blanks(&cursor);
    while (!th_cursor_done(&cursor) && th_is_blank(cursor.end[-1]))
        cursor.end--;
    return th_slice_between(cursor.at, cursor.end);
}

th_slice th_trim_spaces(th_slice text) {
    th_cursor cursor = th_cursor_over(text);
    th_skip_spaces(&cursor);
    for (size_t length = 1; length <= 3;) {
        if ((size_t)(cursor.end - cursor.at) >= length &&
            space_length(cursor.end - length, cursor.end) == length) {
            cursor.end -= length;
            length = 1;
        } else {
            length++;
        }
    }
    return th_slice_between(cursor.at, cursor.end);
}

bool th_slice_is_ascii(th_slice text) {
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.start[i] >= 0x80)
            return false;
    return true;
}

bool th_slice_equal(th_slice a, th_slice b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.start, b.start, a.length) == 0);
}

bool th_slice_equals(th_slice a, const char *text) {
    return th_slice_equal(a, (th_slice){text, strlen(text)});
}

bool th_slice_holds(th_slice text, th_slice needle) {
    if (needle.length == 0)
        return true;
    if (needle.length > text.length)
        return false;
    const char *at = text.start, *last = text.start + (text.length - needle.length);
    while (at <= last && (at = memchr(at, needle.start[0], (size_t)(last - at) + 1)) != NULL) {
        if (memcmp(at, needle.start, needle.length) == 0)
            return true;
        at++;
    }
    return false;
}

/* Returns the next byte of the lower-case form and moves past what it came from. */
static char next_folded(th_cursor *cursor) {
    if (starts_with(cursor->at, cursor->end, KELVIN, 3)) {
        cursor->at += 3;
        return 'k';
    }
    return th_lower(*cursor->at++);
}

bool th_slice_equal_folded(th_slice a, th_slice b) {
    th_cursor left = th_cursor_over(a), right = th_cursor_over(b);
    while (!th_cursor_done(&left) && !th_cursor_done(&right))
        if (next_folded(&left) != next_folded(&right))
            return false;
    return th_cursor_done(&left) && th_cursor_done(&right);
}

void th_buffer_start(th_buffer *buffer) {
    buffer->bytes = buffer->own;
    buffer->length = 0;
    buffer->capacity = TH_BUFFER_OWN;
}

void th_buffer_free(th_buffer *buffer) {
    if (buffer->bytes != buffer->own)
        th_free(buffer->bytes);
    th_buffer_start(buffer);
}

uint8_t *th_buffer_reserve(th_buffer *buffer, size_t room) {
    if (room <= buffer->capacity - buffer->length)
        return buffer->bytes + buffer->length;
    if (room > SIZE_MAX / 4 - buffer->length)
        return NULL;
    size_t wanted = buffer->length + room;
    if (wanted < 2 * buffer->capacity)
        wanted = 2 * buffer->capacity;
    bool owned = buffer->bytes != buffer->own;
    uint8_t *block = th_resize(owned ? buffer->bytes : NULL, wanted, 1);
    if (block == NULL)
        return NULL;
    if (!owned)
        memcpy(block, buffer->own, buffer->length);
    buffer->bytes = block;
    buffer->capacity = wanted;
    return block + buffer->length;
}

th_status th_buffer_append(th_buffer *buffer, th_slice text) {
    uint8_t *at = th_buffer_reserve(buffer, text.length);
    if (at == NULL)
        return TH_NO_MEMORY;
    if (text.length != 0)
        memcpy(at, text.start, text.length);
    buffer->length += text.length;
    return TH_OK;
}

th_status th_buffer_push(th_buffer *buffer, char byte) {
    return th_buffer_append(buffer, (th_slice){&byte, 1});
}

th_status th_name_write(th_slice name, th_buffer *out) {
    /* U+0130 grows from two bytes to three; nothing grows more. */
    uint8_t *start = th_buffer_reserve(out, 2 * name.length), *at = start;
    if (start == NULL)
        return TH_NO_MEMORY;
    for (th_cursor cursor = th_cursor_over(name); !th_cursor_done(&cursor);) {
        if (starts_with(cursor.at, cursor.end, DOTTED_I, 2)) {
            memcpy(at, I_WITH_DOT, 3);
            at += 3;
            cursor.at += 2;
            continue;
        }
        char byte = next_folded(&cursor);
        if (byte == '_' || byte == '.')
            byte = '-';
        if (byte != '-' || at == start || at[-1] != '-')
            *at++ = (uint8_t)byte;
    }
    out->length += (size_t)(at - start);
    return TH_OK;
}
