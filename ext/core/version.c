/* Reading, writing and ordering versions. See version.h. */
#include "version.h"

enum {
    PRE_DEV_ONLY = 1,
    PRE_A = 2,
    PRE_B = 3,
    PRE_RC = 4,
    PRE_NONE = 5,
    POST_NONE = 1,
    POST = 2,
    DEV = 1,
    DEV_NONE = 2,
    LOCAL_LETTERS = 1,
    LOCAL_DIGITS = 2,
    NUMBER_SMALL = 0x10,  /* plus the number */
    NUMBER_BINARY = 0xf0, /* plus the count of bytes */
    NUMBER_DECIMAL = 0xf9
};

static const uint64_t small_numbers = NUMBER_BINARY - NUMBER_SMALL;

/* Numbers of at most this many digits, and one more than them, fit in 64 bits. */
static const size_t binary_digits = 19;

static bool is_separator(char byte) {
    return byte == '.' || byte == '-' || byte == '_';
}

static void skip_separator(th_cursor *cursor) {
    if (!th_cursor_done(cursor) && is_separator(*cursor->at))
        cursor->at++;
}

/* Moves past `word` (lower case) in any case, or stays and returns false. */
static bool accept_word(th_cursor *cursor, const char *word) {
    const char *at = cursor->at;
    for (; *word != '\0'; word++, at++)
        if (at == cursor->end || th_lower(*at) != *word)
            return false;
    cursor->at = at;
    return true;
}

static th_slice read_number(th_cursor *cursor, th_version *version) {
    th_slice digits = th_read_digits(cursor);
    if (digits.length > TH_NUMBER_DIGITS_LIMIT)
        version->too_long = true;
    return digits;
}

/* Reads `[sep] word [sep] [number]`, the word being the first that fits. Returns its index, or -1
 * and stays. */
static int read_part(th_cursor *cursor, const char *const *words, th_version *version,
                     th_slice *number) {
    th_cursor ahead = *cursor;
    skip_separator(&ahead);
    for (int i = 0; words[i] != NULL; i++) {
        if (accept_word(&ahead, words[i])) {
            skip_separator(&ahead);
            *number = read_number(&ahead, version);
            *cursor = ahead;
            return i;
        }
    }
    return -1;
}

/* The spellings of PEP 440, "Normalization"; a longer one stands before its own beginning. */
static const char *const pre_words[] = {"alpha", "a", "beta", "b", "preview",
                                        "pre",   "c", "rc",   NULL};
static const char pre_letters[] = "aabbcccc";
static const char *const post_words[] = {"post", "rev", "r", NULL};
static const char *const dev_words[] = {"dev", NULL};

static void read_post(th_cursor *cursor, th_version *version) {
    th_cursor ahead = *cursor;
    if (th_cursor_accept(&ahead, '-') && th_is_digit(th_cursor_peek(&ahead))) {
        version->post_number = read_number(&ahead, version); /* the implicit form 1.0-1 */
        version->has_post = true;
        *cursor = ahead;
        return;
    }
    version->has_post = read_part(cursor, post_words, version, &version->post_number) >= 0;
}

static void read_local(th_cursor *cursor, th_version *version) {
    th_cursor ahead = *cursor;
    if (!th_cursor_accept(&ahead, '+') || !th_is_alphanumeric(th_cursor_peek(&ahead)))
        return;
    const char *start = ahead.at;
    while (th_is_alphanumeric(th_cursor_peek(&ahead))) {
        size_t digits = th_read_digits(&ahead).length;
        if (!th_is_alphanumeric(th_cursor_peek(&ahead)) && digits > TH_NUMBER_DIGITS_LIMIT)
            version->too_long = true; /* as the start of a word, digits are no number */
        while (th_is_alphanumeric(th_cursor_peek(&ahead)))
            ahead.at++;
        cursor->at = ahead.at;
        skip_separator(&ahead);
    }
    version->local = th_slice_between(start, cursor->at);
}

th_status th_version_read(th_cursor *cursor, th_version *version) {
    memset(version, 0, sizeof *version);
    th_cursor ahead = *cursor;
    if (!th_cursor_accept(&ahead, 'v'))
        (void)th_cursor_accept(&ahead, 'V');
    const char *start = ahead.at;
    th_slice first = read_number(&ahead, version);
    if (first.length == 0)
        return TH_INVALID;
    if (th_cursor_accept(&ahead, '!')) {
        version->epoch = first;
        start = ahead.at;
        if (read_number(&ahead, version).length == 0)
            return TH_INVALID;
    }
    version->components = 1;
    while (th_cursor_peek(&ahead) == '.' && ahead.at + 1 != ahead.end && th_is_digit(ahead.at[1])) {
        ahead.at++;
        (void)read_number(&ahead, version);
        version->components++;
    }
    version->release = th_slice_between(start, ahead.at);
    int pre = read_part(&ahead, pre_words, version, &version->pre_number);
    version->pre = pre < 0 ? '\0' : pre_letters[pre];
    read_post(&ahead, version);
    version->has_dev = read_part(&ahead, dev_words, version, &version->dev_number) >= 0;
    read_local(&ahead, version);
    version->length = (size_t)(ahead.at - cursor->at);
    cursor->at = ahead.at;
    return TH_OK;
}

th_status th_version_parse(th_slice text, th_version *version) {
    th_cursor cursor = th_cursor_over(text);
    th_skip_spaces(&cursor);
    if (th_version_read(&cursor, version) != TH_OK)
        return TH_INVALID;
    th_skip_spaces(&cursor);
    return th_cursor_done(&cursor) ? TH_OK : TH_INVALID;
}

size_t th_version_room(const th_version *version) {
    /* A number of d digits takes at most d + 3 bytes of a key, and each has a byte of text of its
     * own besides; `r` is written as `.post0`. */
    return 6 * version->length + 16;
}

static th_slice without_zeros(th_slice digits) {
    while (digits.length != 0 && *digits.start == '0') {
        digits.start++;
        digits.length--;
    }
    return digits;
}

static uint8_t *write_binary(uint8_t *out, uint64_t number) {
    if (number < small_numbers) {
        *out = (uint8_t)(NUMBER_SMALL + number);
        return out + 1;
    }
    unsigned count = 1;
    while (count < 8 && number >> (8 * count) != 0)
        count++;
    *out++ = (uint8_t)(NUMBER_BINARY + count);
    while (count-- != 0)
        *out++ = (uint8_t)(number >> (8 * count));
    return out;
}

/* Writes the number, or the number plus one. */
static uint8_t *write_number(uint8_t *out, th_slice digits, bool plus_one) {
    digits = without_zeros(digits);
    size_t nines = 0;
    while (plus_one && nines < digits.length && digits.start[digits.length - 1 - nines] == '9')
        nines++;
    bool longer = plus_one && nines == digits.length; /* 99 + 1 has a digit more */
    if (digits.length + longer <= binary_digits) {
        uint64_t number = 0;
        for (size_t i = 0; i < digits.length; i++)
            number = 10 * number + (uint64_t)(digits.start[i] - '0');
        return write_binary(out, number + plus_one);
    }
    size_t length = digits.length + longer;
    *out++ = NUMBER_DECIMAL;
    *out++ = (uint8_t)(length >> 8);
    *out++ = (uint8_t)length;
    if (longer)
        *out++ = '1';
    memcpy(out, digits.start, digits.length);
    if (plus_one) {
        memset(out + digits.length - nines, '0', nines);
        if (!longer)
            out[digits.length - nines - 1]++;
    }
    return out + digits.length;
}

size_t th_version_write_release(const th_version *version, size_t components, bool next,
                                uint8_t *out) {
    uint8_t *at = write_number(out, version->epoch, false), *kept = at;
    th_cursor cursor = th_cursor_over(version->release);
    for (size_t i = 0; i < components; i++) {
        bool plus_one = next && i + 1 == components;
        th_slice digits = th_read_digits(&cursor);
        at = write_number(at, digits, plus_one);
        if (plus_one || without_zeros(digits).length != 0)
            kept = at; /* what follows is dropped if only zeros do */
        (void)th_cursor_accept(&cursor, '.');
    }
    return (size_t)(kept - out);
}

/* Moves past the segment at the cursor and the separator behind it; sets whether it is a number. */
static th_slice read_segment(th_cursor *cursor, bool *is_number) {
    const char *start = cursor->at;
    *is_number = true;
    for (; !th_cursor_done(cursor) && !is_separator(*cursor->at); cursor->at++)
        *is_number = *is_number && th_is_digit(*cursor->at);
    th_slice segment = th_slice_between(start, cursor->at);
    skip_separator(cursor);
    return segment;
}

static uint8_t *write_local(uint8_t *out, th_slice local) {
    for (th_cursor cursor = th_cursor_over(local); !th_cursor_done(&cursor);) {
        bool is_number;
        th_slice segment = read_segment(&cursor, &is_number);
        *out++ = is_number ? LOCAL_DIGITS : LOCAL_LETTERS;
        if (is_number) {
            out = write_number(out, segment, false);
            continue;
        }
        for (size_t i = 0; i < segment.length; i++)
            *out++ = (uint8_t)th_lower(segment.start[i]);
        *out++ = 0;
    }
    return out;
}

th_key_ends th_version_write_key(const th_version *version, uint8_t *out) {
    th_key_ends ends;
    uint8_t *at = out + th_version_write_release(version, version->components, false, out);
    ends.release = (size_t)(at - out);
    switch (version->pre) {
    case 'a':
        *at++ = PRE_A;
        break;
    case 'b':
        *at++ = PRE_B;
        break;
    case 'c':
        *at++ = PRE_RC;
        break;
    default:
        *at++ = version->has_dev && !version->has_post ? PRE_DEV_ONLY : PRE_NONE;
    }
    if (version->pre != 0)
        at = write_number(at, version->pre_number, false);
    ends.pre = (size_t)(at - out);
    *at++ = version->has_post ? POST : POST_NONE;
    if (version->has_post)
        at = write_number(at, version->post_number, false);
    *at++ = version->has_dev ? DEV : DEV_NONE;
    if (version->has_dev)
        at = write_number(at, version->dev_number, false);
    ends.dev = (size_t)(at - out);
    at = write_local(at, version->local);
    ends.local = (size_t)(at - out);
    return ends;
}

static char *write_text(char *out, const char *text) {
    size_t length = strlen(text);
    memcpy(out, text, length);
    return out + length;
}

static char *write_digits(char *out, th_slice digits) {
    digits = without_zeros(digits);
    if (digits.length == 0)
        return write_text(out, "0");
    memcpy(out, digits.start, digits.length);
    return out + digits.length;
}

size_t th_version_write_text(const th_version *version, char *out) {
    char *at = out;
    if (without_zeros(version->epoch).length != 0) {
        at = write_digits(at, version->epoch);
        *at++ = '!';
    }
    th_cursor release = th_cursor_over(version->release);
    do {
        at = write_digits(at, th_read_digits(&release));
        if (!th_cursor_done(&release))
            *at++ = '.';
    } while (th_cursor_accept(&release, '.'));
    if (version->pre != 0) {
        at = write_text(at, version->pre == 'a' ? "a" : version->pre == 'b' ? "b" : "rc");
        at = write_digits(at, version->pre_number);
    }
    if (version->has_post)
        at = write_digits(write_text(at, ".post"), version->post_number);
    if (version->has_dev)
        at = write_digits(write_text(at, ".dev"), version->dev_number);
    char mark = '+';
    for (th_cursor local = th_cursor_over(version->local); !th_cursor_done(&local);) {
        bool is_number;
        th_slice segment = read_segment(&local, &is_number);
        *at++ = mark;
        mark = '.';
        if (is_number) {
            at = write_digits(at, segment);
            continue;
        }
        for (size_t i = 0; i < segment.length; i++)
            *at++ = th_lower(segment.start[i]);
    }
    return (size_t)(at - out);
}
