/* Reading filenames. See filename.h. */
#include "filename.h"

/* Takes off `suffix` if the text ends with it. */
static bool take_suffix(th_slice *text, const char *suffix) {
    size_t length = strlen(suffix);
    if (text->length < length || memcmp(text->start + text->length - length, suffix, length) != 0)
        return false;
    text->length -= length;
    return true;
}

/* Takes off the part up to the first `-`, and the dash. Returns false when there is no dash. */
static bool take_part(th_slice *text, th_slice *part) {
    const char *end = text->start + text->length;
    const char *dash = text->length == 0 ? NULL : memchr(text->start, '-', text->length);
    if (dash == NULL)
        return false;
    *part = th_slice_between(text->start, dash);
    *text = th_slice_between(dash + 1, end);
    return true;
}

static bool is_wheel_name(th_slice name) {
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.start[i];
        if ((!th_is_word(byte) && byte != '.') ||
            (byte == '_' && i + 1 < name.length && name.start[i + 1] == '_'))
            return false;
    }
    return name.length != 0;
}

/* Whether these are names with dots between them, in the first part Python identifiers. */
static bool is_tag_part(th_slice part, bool identifiers, size_t *count) {
    bool starts = true;
    *count = 1;
    for (size_t i = 0; i < part.length; i++) {
        char byte = part.start[i];
        if (byte == '.') {
            if (starts)
                return false;
            ++*count;
        } else if (identifiers && (!th_is_word(byte) || (starts && th_is_digit(byte)))) {
            return false;
        }
        starts = byte == '.';
    }
    return !starts;
}

static bool are_tags(th_slice tags) {
    th_slice interpreters, abis;
    size_t counts[3];
    if (!take_part(&tags, &interpreters) || !take_part(&tags, &abis) ||
        memchr(tags.start, '-', tags.length) != NULL)
        return false;
    return is_tag_part(interpreters, true, &counts[0]) && is_tag_part(abis, false, &counts[1]) &&
           is_tag_part(tags, false, &counts[2]) &&
           counts[0] * counts[1] * counts[2] <= TH_TAG_LIMIT;
}

th_status th_wheel_filename_read(th_slice filename, th_wheel_filename *wheel) {
    memset(wheel, 0, sizeof *wheel);
    if (filename.length > TH_FILENAME_LENGTH_LIMIT || !th_slice_is_ascii(filename) ||
        !take_suffix(&filename, ".whl"))
        return TH_INVALID;
    size_t dashes = 0;
    for (size_t i = 0; i < filename.length; i++)
        dashes += filename.start[i] == '-';
    th_slice version;
    if ((dashes != 4 && dashes != 5) || !take_part(&filename, &wheel->name) ||
        !is_wheel_name(wheel->name) || !take_part(&filename, &version) ||
        th_version_parse(version, &wheel->version) != TH_OK)
        return TH_INVALID;
    wheel->has_build = dashes == 5;
    if (wheel->has_build) {
        th_slice build = {0};
        (void)take_part(&filename, &build);
        th_cursor cursor = th_cursor_over(build);
        wheel->build_number = th_read_digits(&cursor);
        if (wheel->build_number.length == 0)
            return TH_INVALID;
        wheel->build_suffix = th_slice_between(cursor.at, cursor.end);
        if (memchr(cursor.at, '\n', wheel->build_suffix.length) != NULL)
            return TH_INVALID;
    }
    wheel->tags = filename;
    return are_tags(filename) ? TH_OK : TH_INVALID;
}

/* Whether `name`, ASCII, normalizes (PEP 503) to `normalized`. */
static bool normalizes_to(th_slice name, th_slice normalized) {
    size_t length = 0;
    char last = '\0';
    for (size_t i = 0; i < name.length; i++) {
        char byte = th_lower(name.start[i]);
        if (byte == '_' || byte == '.')
            byte = '-';
        if (byte == '-' && last == '-')
            continue;
        if (length == normalized.length || normalized.start[length] != byte)
            return false;
        length++;
        last = byte;
    }
    return length == normalized.length;
}

th_status th_sdist_filename_read(th_slice filename, th_slice project, th_version *version) {
    if (filename.length > TH_FILENAME_LENGTH_LIMIT || !th_slice_is_ascii(filename) ||
        (!take_suffix(&filename, ".tar.gz") && !take_suffix(&filename, ".zip")))
        return TH_INVALID;
    for (size_t i = 1; i < filename.length; i++) {
        if (filename.start[i] == '-' && normalizes_to((th_slice){filename.start, i}, project))
            return th_version_parse((th_slice){filename.start + i + 1, filename.length - i - 1},
                                    version);
    }
    return TH_INVALID;
}
