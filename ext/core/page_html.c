/* Plain PEP 503 pages: lists of anchors with quoted attributes. See page.h. */
#include "page.h"

/* What an attribute is decoded to: a slice of the body, or a copy when it had entities. */
typedef struct {
    const char *name;
    th_slice *value;
} wanted;

static bool accept_text(th_cursor *cursor, const char *text) {
    size_t length = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

static bool is_white(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Replaces the entities that pages use. */
static th_status unescape(th_page *page, th_slice *value) {
    static const struct {
        const char *name;
        char byte;
    } entities[] = {{"&gt;", '>'},   {"&lt;", '<'},   {"&amp;", '&'},
                    {"&quot;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''}};
    if (memchr(value->start, '&', value->length) == NULL)
        return TH_OK;
    char *copy = th_arena_take(&page->texts, value->length, 1);
    if (copy == NULL)
        return TH_NO_MEMORY;
    size_t length = 0;
    th_cursor cursor = th_cursor_over(*value);
    while (!th_cursor_done(&cursor)) {
        if (*cursor.at != '&') {
            copy[length++] = *cursor.at++;
            continue;
        }
        size_t i = 0;
        while (i < sizeof entities / sizeof *entities && !accept_text(&cursor, entities[i].name))
            i++;
        if (i == sizeof entities / sizeof *entities)
            return TH_INVALID;
        copy[length++] = entities[i].byte;
    }
    *value = (th_slice){copy, length};
    return TH_OK;
}

/* Reads ` name="value"` as often as it is there, then the end of the tag. Values of names that are
 * not wanted are left out; those of others are printable ASCII. */
static th_status read_attributes(th_cursor *cursor, th_page *page, const wanted *all) {
    for (;;) {
        const char *start = cursor->at;
        while (!th_cursor_done(cursor) && is_white(*cursor->at))
            cursor->at++;
        if (th_cursor_accept(cursor, '>'))
            return TH_OK;
        const char *name = cursor->at;
        while ((th_cursor_peek(cursor) >= 'a' && th_cursor_peek(cursor) <= 'z') ||
               th_cursor_peek(cursor) == '-')
            cursor->at++;
        th_slice key = th_slice_between(name, cursor->at);
        if (name == start || key.length == 0 || !accept_text(cursor, "=\""))
            return TH_INVALID;
        const char *end = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
        if (end == NULL)
            return TH_INVALID;
        th_slice value = th_slice_between(cursor->at, end);
        cursor->at = end + 1;
        const wanted *found = all;
        while (found->name != NULL && !th_slice_equals(key, found->name))
            found++;
        if (found->name == NULL)
            continue;
        for (size_t i = 0; i < value.length; i++)
            if (value.start[i] < ' ' || value.start[i] > '~')
                return TH_INVALID;
        th_status status = unescape(page, &value);
        if (status != TH_OK)
            return status;
        *found->value = value;
    }
}

/* Decodes %XX of ASCII. */
static th_status unquote(th_page *page, th_slice *text) {
    if (memchr(text->start, '%', text->length) == NULL)
        return TH_OK;
    char *copy = th_arena_take(&page->texts, text->length, 1);
    if (copy == NULL)
        return TH_NO_MEMORY;
    size_t length = 0;
    for (size_t i = 0; i < text->length; i++) {
        char byte = text->start[i];
        if (byte == '%') {
            if (i + 2 >= text->length || !th_is_hex_digest((th_slice){text->start + i + 1, 2}))
                return TH_INVALID;
            unsigned value = 0;
            for (size_t k = i + 1; k < i + 3; k++) {
                char digit = th_lower(text->start[k]);
                value =
                    16 * value + (unsigned)(th_is_digit(digit) ? digit - '0' : digit - 'a' + 10);
            }
            if (value < ' ' || value > '~')
                return TH_INVALID;
            byte = (char)value;
            i += 2;
        }
        copy[length++] = byte;
    }
    *text = (th_slice){copy, length};
    return TH_OK;
}

/* Takes the hash of a fragment: `sha256=HEX`. */
static th_status read_fragment(th_page *page, th_slice fragment, th_slice *hashes) {
    static const char *const algorithms[] = {
        "md5=", "sha1=", "sha224=", "sha256=", "sha384=", "sha512="};
    if (fragment.length == 0)
        return TH_OK;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        th_cursor cursor = th_cursor_over(fragment);
        if (accept_text(&cursor, algorithms[i])) {
            if (!th_is_hex_digest(th_slice_between(cursor.at, cursor.end)))
                return TH_INVALID;
            *hashes = th_page_copy(page, fragment, true);
            return hashes->start == NULL ? TH_NO_MEMORY : TH_OK;
        }
    }
    return TH_INVALID;
}

/* Turns the value of data-core-metadata into that of th_page_file.metadata. */
static th_status read_metadata(th_page *page, th_slice *metadata) {
    th_slice text = th_page_copy(page, *metadata, true);
    if (text.start == NULL)
        return TH_NO_MEMORY;
    th_cursor cursor = th_cursor_over(text);
    if (accept_text(&cursor, "sha256="))
        text = th_slice_between(cursor.at, cursor.end);
    if (th_slice_equals(text, "false"))
        *metadata = (th_slice){"0", 1};
    else if (text.length == 64 && th_is_hex_digest(text))
        *metadata = text;
    else
        *metadata = (th_slice){"1", 1};
    return TH_OK;
}

static th_status read_anchor(th_cursor *cursor, th_page *page) {
    /* Not an empty text but one that starts at NULL: the attribute is not there. */
    th_slice href = {0}, requires_python = {0}, yanked = {0}, core = {0}, info = {0}, time = {0};
    const wanted all[] = {{"href", &href},
                          {"data-requires-python", &requires_python},
                          {"data-yanked", &yanked},
                          {"data-core-metadata", &core},
                          {"data-dist-info-metadata", &info},
                          {"data-upload-time", &time},
                          {NULL, NULL}};
    th_status status = read_attributes(cursor, page, all);
    if (status != TH_OK || href.start == NULL)
        return status;
    th_page_file file = {.requires_python = requires_python,
                         .yanked = yanked,
                         .is_yanked = yanked.start != NULL,
                         .size = -1,
                         .upload_time = TH_TIME_UNKNOWN};
    const char *end = href.start + href.length;
    const char *hash = memchr(href.start, '#', href.length);
    file.url = th_slice_between(href.start, hash == NULL ? end : hash);
    if (hash != NULL)
        status = read_fragment(page, th_slice_between(hash + 1, end), &file.hashes);
    const char *query = memchr(file.url.start, '?', file.url.length);
    const char *name_end = query == NULL ? file.url.start + file.url.length : query;
    const char *name = name_end;
    while (name > file.url.start && name[-1] != '/')
        name--;
    file.filename = th_slice_between(name, name_end);
    if (status == TH_OK)
        status = unquote(page, &file.filename);
    file.metadata = core.start != NULL ? core : info;
    if (status == TH_OK && file.metadata.start != NULL)
        status = read_metadata(page, &file.metadata);
    if (status == TH_OK && time.start != NULL)
        status = th_page_time(time, &file.upload_time);
    if (status == TH_OK && page->files.count >= TH_PAGE_FILES_LIMIT)
        return TH_INVALID;
    return status == TH_OK ? th_vec_push(&page->files, file) : status;
}

/* Accepts nothing but `pypi:repository-version` 1.x and metas without a meaning for indexes. */
static th_status read_meta(th_cursor *cursor, th_page *page) {
    th_slice name = {0}, content = {0};
    const wanted all[] = {{"name", &name}, {"content", &content}, {NULL, NULL}};
    th_status status = read_attributes(cursor, page, all);
    if (status != TH_OK)
        return status;
    if (th_slice_equals(name, "pypi:repository-version"))
        return content.length >= 2 && memcmp(content.start, "1.", 2) == 0 ? TH_OK : TH_INVALID;
    if (th_slice_equals(name, "pypi:project-status"))
        return th_slice_equals(content, "active") ? TH_OK : TH_INVALID;
    return TH_OK;
}

/* Whether a tag without attributes that means nothing here is at the cursor; moves past it. */
static bool accept_meaningless(th_cursor *cursor) {
    static const char *const tags[] = {"</a>",   "<br/>",   "<br />",          "<br>",
                                       "<html>", "</html>", "<head>",          "</head>",
                                       "<body>", "</body>", "<title>",         "</title>",
                                       "<h1>",   "</h1>",   "<!DOCTYPE html>", "<!doctype html>"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (accept_text(cursor, tags[i]))
            return true;
    return false;
}

th_status th_page_read_html(th_slice body, th_page *page) {
    static const char end[] = "</html>";
    const size_t end_length = sizeof end - 1;
    while (body.length != 0 && is_white(body.start[body.length - 1]))
        body.length--;
    if (body.length < end_length || body.start[0] != '<' ||
        memcmp(body.start + body.length - end_length, end, end_length) != 0)
        return TH_INVALID; /* perhaps cut off */
    th_cursor cursor = th_cursor_over(body);
    for (;;) {
        const char *tag = memchr(cursor.at, '<', (size_t)(cursor.end - cursor.at));
        if (tag == NULL)
            return TH_OK;
        cursor.at = tag;
        th_status status = TH_OK;
        if (accept_text(&cursor, "<a ")) {
            cursor.at--;
            status = read_anchor(&cursor, page);
        } else if (accept_text(&cursor, "<meta ")) {
            cursor.at--;
            status = read_meta(&cursor, page);
        } else if (!accept_meaningless(&cursor)) {
            status = TH_INVALID;
        }
        if (status != TH_OK)
            return status;
    }
}
