/* Plain PEP 691 pages: strict JSON of ASCII texts, each key at most once where it matters.
 * See page.h. */
#include "page.h"

/* Arrays and objects open at once in values that are skipped. */
enum { DEPTH_LIMIT = 32 };

/* Hashes of one file. */
enum { HASHES_LIMIT = 4 };

typedef struct {
    th_cursor at;
    th_page *page;
} reader;

static void skip_white(reader *json) {
    while (!th_cursor_done(&json->at) && (*json->at.at == ' ' || *json->at.at == '\n' ||
                                          *json->at.at == '\t' || *json->at.at == '\r'))
        json->at.at++;
}

/* Moves past white space, the byte, and white space. */
static bool accept(reader *json, char byte) {
    skip_white(json);
    bool accepted = th_cursor_accept(&json->at, byte);
    skip_white(json);
    return accepted;
}

static bool accept_word(reader *json, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(json->at.end - json->at.at) < length || memcmp(json->at.at, word, length) != 0)
        return false;
    json->at.at += length;
    return true;
}

/* Reads what follows a backslash: a printable character, or 0 for anything else. */
static char read_escape(reader *json) {
    char byte = th_cursor_peek(&json->at);
    if (byte == '"' || byte == '\\' || byte == '/') {
        json->at.at++;
        return byte;
    }
    if (byte != 'u' || json->at.end - json->at.at < 5 || json->at.at[1] != '0' ||
        json->at.at[2] != '0' || !th_is_hex_digest((th_slice){json->at.at + 3, 2}))
        return '\0';
    unsigned value = 0;
    for (int i = 3; i < 5; i++) {
        char digit = th_lower(json->at.at[i]);
        value = 16 * value + (unsigned)(th_is_digit(digit) ? digit - '0' : digit - 'a' + 10);
    }
    json->at.at += 5;
    return value < ' ' || value > '~' ? '\0' : (char)value;
}

/* Reads the rest of a text with escapes; `start` is behind its quotation mark. */
static th_status read_escaped(reader *json, const char *start, th_slice *text) {
    const char *end = json->at.at; /* the longest it can be: up to a quotation mark not escaped */
    while (end < json->at.end && *end != '"')
        end += *end == '\\' && json->at.end - end > 1 ? 2 : 1;
    char *copy = th_arena_take(&json->page->texts, (size_t)(end - start) + 1, 1);
    if (copy == NULL)
        return TH_NO_MEMORY;
    size_t length = (size_t)(json->at.at - start);
    memcpy(copy, start, length);
    while (!th_cursor_done(&json->at)) {
        char byte = *json->at.at++;
        if (byte == '"') {
            *text = (th_slice){copy, length};
            return TH_OK;
        }
        if (byte == '\\')
            byte = read_escape(json);
        if (byte < ' ' || byte > '~')
            return TH_INVALID;
        copy[length++] = byte;
    }
    return TH_INVALID;
}

/* Reads a text of printable ASCII. */
static th_status read_text(reader *json, th_slice *text) {
    if (!th_cursor_accept(&json->at, '"'))
        return TH_INVALID;
    const char *start = json->at.at;
    for (; !th_cursor_done(&json->at); json->at.at++) {
        char byte = *json->at.at;
        if (byte == '"') {
            *text = th_slice_between(start, json->at.at++);
            return TH_OK;
        }
        if (byte == '\\')
            return read_escaped(json, start, text);
        if (byte < ' ' || byte > '~')
            return TH_INVALID;
    }
    return TH_INVALID;
}

/* Reads a key of an object and its colon. */
static th_status read_key(reader *json, th_slice *key) {
    th_status status = read_text(json, key);
    return status == TH_OK && !accept(json, ':') ? TH_INVALID : status;
}

static bool skip_number(reader *json) {
    (void)th_cursor_accept(&json->at, '-');
    th_slice whole = th_read_digits(&json->at);
    if (whole.length == 0 || (whole.length > 1 && whole.start[0] == '0'))
        return false;
    if (th_cursor_accept(&json->at, '.') && th_read_digits(&json->at).length == 0)
        return false;
    if (th_cursor_accept(&json->at, 'e') || th_cursor_accept(&json->at, 'E')) {
        if (!th_cursor_accept(&json->at, '+'))
            (void)th_cursor_accept(&json->at, '-');
        return th_read_digits(&json->at).length != 0;
    }
    return true;
}

/* Moves past one value of any type. */
static th_status skip_value(reader *json, int depth) {
    th_slice text;
    char first = th_cursor_peek(&json->at);
    if (first == '"')
        return read_text(json, &text);
    if (first != '{' && first != '[')
        return accept_word(json, "null") || accept_word(json, "true") ||
                       accept_word(json, "false") || skip_number(json)
                   ? TH_OK
                   : TH_INVALID;
    char last = first == '{' ? '}' : ']';
    (void)accept(json, first);
    if (depth >= DEPTH_LIMIT)
        return TH_INVALID;
    if (accept(json, last))
        return TH_OK;
    do {
        th_status status = first == '{' ? read_key(json, &text) : TH_OK;
        if (status == TH_OK)
            status = skip_value(json, depth + 1);
        if (status != TH_OK)
            return status;
    } while (accept(json, ','));
    return accept(json, last) ? TH_OK : TH_INVALID;
}

static th_status read_text_or_null(reader *json, th_slice *text) {
    *text = (th_slice){0};
    return accept_word(json, "null") ? TH_OK : read_text(json, text);
}

/* Reads the hashes of a file as `NAME=HEX`, joined by commas. */
static th_status read_hashes(reader *json, th_slice *hashes) {
    th_slice names[HASHES_LIMIT], digests[HASHES_LIMIT];
    size_t count = 0, length = 0;
    if (!accept(json, '{'))
        return TH_INVALID;
    *hashes = (th_slice){0};
    if (accept(json, '}'))
        return TH_OK;
    do {
        if (count == HASHES_LIMIT)
            return TH_INVALID;
        th_status status = read_key(json, &names[count]);
        if (status == TH_OK)
            status = read_text(json, &digests[count]);
        if (status != TH_OK)
            return status;
        for (size_t i = 0; i < names[count].length; i++)
            if (!th_is_alphanumeric(names[count].start[i]))
                return TH_INVALID;
        for (size_t i = 0; i < count; i++)
            if (th_slice_equal(names[i], names[count]))
                return TH_INVALID;
        if (names[count].length == 0 || !th_is_hex_digest(digests[count]))
            return TH_INVALID;
        length += names[count].length + digests[count].length + 2;
        count++;
    } while (accept(json, ','));
    if (!accept(json, '}'))
        return TH_INVALID;
    char *joined = th_arena_take(&json->page->texts, length, 1);
    if (joined == NULL)
        return TH_NO_MEMORY;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            joined[at++] = ',';
        for (size_t k = 0; k < names[i].length; k++)
            joined[at++] = th_lower(names[i].start[k]);
        joined[at++] = '=';
        for (size_t k = 0; k < digests[i].length; k++)
            joined[at++] = th_lower(digests[i].start[k]);
    }
    *hashes = (th_slice){joined, at};
    return TH_OK;
}

/* Reads true, false, null or {"sha256": HEX, ...} into a value of th_page_file.metadata. */
static th_status read_metadata(reader *json, th_slice *metadata) {
    *metadata = (th_slice){0};
    if (accept_word(json, "null"))
        return TH_OK;
    *metadata = (th_slice){"0", 1};
    if (accept_word(json, "false"))
        return TH_OK;
    *metadata = (th_slice){"1", 1};
    if (accept_word(json, "true"))
        return TH_OK;
    if (!accept(json, '{'))
        return TH_INVALID;
    if (accept(json, '}'))
        return TH_OK;
    do {
        th_slice name, digest;
        th_status status = read_key(json, &name);
        if (status == TH_OK)
            status = read_text(json, &digest);
        if (status != TH_OK)
            return status;
        if (!th_slice_equals(name, "sha256"))
            continue;
        *metadata = (th_slice){"1", 1};
        if (digest.length == 64 && th_is_hex_digest(digest)) {
            *metadata = th_page_copy(json->page, digest, true);
            if (metadata->start == NULL)
                return TH_NO_MEMORY;
        }
    } while (accept(json, ','));
    return accept(json, '}') ? TH_OK : TH_INVALID;
}

static th_status read_size(reader *json, int64_t *size) {
    *size = -1;
    if (accept_word(json, "null"))
        return TH_OK;
    th_slice digits = th_read_digits(&json->at);
    char next = th_cursor_peek(&json->at);
    if (digits.length == 0 || digits.length > 15 || (digits.length > 1 && digits.start[0] == '0') ||
        next == '.' || next == 'e' || next == 'E')
        return TH_INVALID;
    *size = 0;
    for (size_t i = 0; i < digits.length; i++)
        *size = 10 * *size + (digits.start[i] - '0');
    return TH_OK;
}

static th_status read_yanked(reader *json, th_page_file *file) {
    file->yanked = (th_slice){0};
    file->is_yanked = true;
    if (accept_word(json, "true"))
        return TH_OK;
    file->is_yanked = false;
    if (accept_word(json, "false") || accept_word(json, "null"))
        return TH_OK;
    file->is_yanked = true;
    return read_text(json, &file->yanked);
}

static th_status read_time(reader *json, int64_t *seconds) {
    th_slice text;
    *seconds = TH_TIME_UNKNOWN;
    th_status status = read_text_or_null(json, &text);
    return status == TH_OK && text.start != NULL ? th_page_time(text, seconds) : status;
}

/* Reads one member of `files`. PEP 714: the older metadata keys count where the newer is not. */
static th_status read_file(reader *json) {
    th_page_file file = {.size = -1, .upload_time = TH_TIME_UNKNOWN};
    th_slice metadata[3] = {{0}};
    bool has_hashes = false;
    if (!accept(json, '{'))
        return TH_INVALID;
    do {
        th_slice key;
        th_status status = read_key(json, &key);
        if (status != TH_OK)
            return status;
        if (th_slice_equals(key, "filename")) {
            status = read_text(json, &file.filename);
        } else if (th_slice_equals(key, "url")) {
            status = read_text(json, &file.url);
        } else if (th_slice_equals(key, "hashes")) {
            has_hashes = true;
            status = read_hashes(json, &file.hashes);
        } else if (th_slice_equals(key, "size")) {
            status = read_size(json, &file.size);
        } else if (th_slice_equals(key, "requires-python")) {
            status = read_text_or_null(json, &file.requires_python);
        } else if (th_slice_equals(key, "yanked")) {
            status = read_yanked(json, &file);
        } else if (th_slice_equals(key, "upload-time")) {
            status = read_time(json, &file.upload_time);
        } else if (th_slice_equals(key, "core-metadata")) {
            status = read_metadata(json, &metadata[0]);
        } else if (th_slice_equals(key, "data-dist-info-metadata")) {
            status = read_metadata(json, &metadata[1]);
        } else if (th_slice_equals(key, "dist-info-metadata")) {
            status = read_metadata(json, &metadata[2]);
        } else {
            status = skip_value(json, 0);
        }
        if (status != TH_OK)
            return status;
    } while (accept(json, ','));
    if (!accept(json, '}') || file.filename.start == NULL || file.url.start == NULL ||
        !has_hashes || json->page->files.count >= TH_PAGE_FILES_LIMIT)
        return TH_INVALID;
    for (int i = 0; i < 3 && file.metadata.start == NULL; i++)
        file.metadata = metadata[i];
    return th_vec_push(&json->page->files, file);
}

static th_status read_files(reader *json) {
    if (!accept(json, '['))
        return TH_INVALID;
    if (accept(json, ']'))
        return TH_OK;
    do {
        th_status status = read_file(json);
        if (status != TH_OK)
            return status;
    } while (accept(json, ','));
    return accept(json, ']') ? TH_OK : TH_INVALID;
}

/* Reads an object of which one key, a text, is wanted. */
static th_status read_wanted(reader *json, const char *wanted, th_slice *text) {
    if (!accept(json, '{'))
        return TH_INVALID;
    if (accept(json, '}'))
        return TH_OK;
    do {
        th_slice key;
        th_status status = read_key(json, &key);
        if (status == TH_OK)
            status = th_slice_equals(key, wanted) ? read_text(json, text) : skip_value(json, 0);
        if (status != TH_OK)
            return status;
    } while (accept(json, ','));
    return accept(json, '}') ? TH_OK : TH_INVALID;
}

/* Whether the name normalizes to the project's. */
static th_status check_name(th_slice name, th_slice project) {
    th_buffer normalized;
    th_buffer_start(&normalized);
    th_status status = th_name_write(name, &normalized);
    if (status == TH_OK && !th_slice_equal(th_buffer_slice(&normalized), project))
        status = TH_INVALID;
    th_buffer_free(&normalized);
    return status;
}

th_status th_page_read_json(th_slice body, th_slice project, th_page *page) {
    reader json = {th_cursor_over(body), page};
    th_slice version = {0}, name = {0}, state = {"active", 6};
    bool has_files = false;
    if (!accept(&json, '{'))
        return TH_INVALID;
    do {
        th_slice key;
        th_status status = read_key(&json, &key);
        if (status != TH_OK)
            return status;
        if (th_slice_equals(key, "meta")) {
            status = read_wanted(&json, "api-version", &version);
        } else if (th_slice_equals(key, "name")) {
            status = read_text(&json, &name);
        } else if (th_slice_equals(key, "project-status")) {
            status = read_wanted(&json, "status", &state);
        } else if (th_slice_equals(key, "files")) {
            status = has_files ? TH_INVALID : read_files(&json);
            has_files = true;
        } else {
            status = skip_value(&json, 0);
        }
        if (status != TH_OK)
            return status;
    } while (accept(&json, ','));
    if (!accept(&json, '}') || !th_cursor_done(&json.at) || !has_files || name.start == NULL ||
        version.length < 2 || memcmp(version.start, "1.", 2) != 0 ||
        !th_slice_equals(state, "active"))
        return TH_INVALID;
    return check_name(name, project);
}
