/* Clauses and their ranges. See specifier.h. */
#include "specifier.h"

/* What these bytes mean behind a part of a key stands in version.h. */
enum { BELOW_DEV = 1, ABOVE = 0xff, ABOVE_LOCAL = 0 };

th_slice th_operator_read(th_cursor *cursor, th_operator *operator) {
    const char *start = cursor->at;
    char first = th_cursor_peek(cursor);
    bool equals = cursor->end - start >= 2 && start[1] == '=';
    size_t length = equals ? 2 : 1;
    switch (first) {
    case '=':
        if (!equals)
            return (th_slice){start, 0};
        *operator = TH_EQUAL;
        if (cursor->end - start >= 3 && start[2] == '=') {
            *operator = TH_ARBITRARY;
            length = 3;
        }
        break;
    case '~':
    case '!':
        if (!equals)
            return (th_slice){start, 0};
        *operator = first == '~' ? TH_COMPATIBLE : TH_NOT_EQUAL;
        break;
    case '<':
        *operator = equals ? TH_AT_MOST : TH_LESS;
        break;
    case '>':
        *operator = equals ? TH_AT_LEAST : TH_GREATER;
        break;
    default:
        return (th_slice){start, 0};
    }
    cursor->at += length;
    return (th_slice){start, length};
}

/* Moves past what `===` may compare with: anything but spaces, `;` and `)`. */
static void skip_arbitrary(th_cursor *cursor) {
    for (; !th_cursor_done(cursor) && *cursor->at != ';' && *cursor->at != ')'; cursor->at++) {
        th_cursor ahead = *cursor;
        th_skip_spaces(&ahead);
        if (ahead.at != cursor->at)
            return;
    }
}

th_status th_clause_read(th_cursor *cursor, th_clause *clause) {
    memset(clause, 0, sizeof *clause);
    th_cursor ahead = *cursor;
    clause->sign = th_operator_read(&ahead, &clause->operator);
    if (clause->sign.length == 0)
        return TH_INVALID;
    th_skip_spaces(&ahead);
    const char *start = ahead.at;
    bool equality = clause->operator == TH_EQUAL || clause->operator == TH_NOT_EQUAL;
    if (clause->operator == TH_ARBITRARY) {
        skip_arbitrary(&ahead);
        if (ahead.at == start)
            return TH_INVALID;
    } else {
        th_version *version = &clause->version;
        if (th_version_read(&ahead, version) != TH_OK)
            return TH_INVALID;
        bool only_release = version->release.start + version->release.length == ahead.at;
        if (equality && only_release && ahead.end - ahead.at >= 2 && ahead.at[0] == '.' &&
            ahead.at[1] == '*') {
            clause->wildcard = true;
            ahead.at += 2;
        }
        if ((version->local.length != 0 && !equality) ||
            (clause->operator == TH_COMPATIBLE && version->components < 2))
            return TH_INVALID;
    }
    clause->written = th_slice_between(start, ahead.at);
    cursor->at = ahead.at;
    return TH_OK;
}

th_status th_clause_parse(th_slice text, th_clause *clause) {
    th_cursor cursor = th_cursor_over(text);
    th_skip_spaces(&cursor);
    if (th_clause_read(&cursor, clause) != TH_OK)
        return TH_INVALID;
    th_skip_spaces(&cursor);
    return th_cursor_done(&cursor) ? TH_OK : TH_INVALID;
}

bool th_specifier_next(th_slice *rest, th_slice *clause) {
    while (rest->length != 0) {
        const char *comma = memchr(rest->start, ',', rest->length);
        const char *end = rest->start + rest->length;
        *clause = th_trim_spaces(th_slice_between(rest->start, comma == NULL ? end : comma));
        *rest = th_slice_between(comma == NULL ? end : comma + 1, end);
        if (clause->length != 0)
            return true;
    }
    return false;
}

th_status th_specifier_check(th_slice specifier) {
    th_slice text;
    th_clause clause;
    while (th_specifier_next(&specifier, &text))
        if (th_clause_parse(text, &clause) != TH_OK || clause.version.too_long)
            return TH_INVALID;
    return TH_OK;
}

/* Whether there is nothing to leave out: most are written so. */
static bool is_compact(th_slice specifier) {
    char before = ',';
    for (size_t i = 0; i < specifier.length; i++) {
        char byte = specifier.start[i];
        if (byte <= ' ' || byte >= 0x7f || (byte == ',' && before == ','))
            return false; /* a space in UTF-8 has bytes that are negative, or above 0x7f */
        before = byte;
    }
    return before != ',' || specifier.length == 0;
}

th_status th_specifier_write(th_slice specifier, th_buffer *out) {
    if (is_compact(specifier))
        return th_buffer_append(out, specifier);
    th_slice text;
    th_clause clause;
    for (bool first = true; th_specifier_next(&specifier, &text); first = false) {
        if (th_clause_parse(text, &clause) != TH_OK)
            return TH_INVALID;
        if ((!first && th_buffer_push(out, ',') != TH_OK) ||
            th_buffer_append(out, clause.sign) != TH_OK ||
            th_buffer_append(out, clause.written) != TH_OK)
            return TH_NO_MEMORY;
    }
    return TH_OK;
}

th_status th_specifier_names_prerelease(th_slice specifier, bool *names) {
    *names = false;
    th_slice text;
    th_clause clause;
    while (th_specifier_next(&specifier, &text)) {
        if (th_clause_parse(text, &clause) != TH_OK || clause.version.too_long)
            return TH_INVALID;
        if (clause.operator == TH_ARBITRARY &&
            (th_version_parse(clause.written, &clause.version) != TH_OK))
            continue;
        if (clause.version.too_long)
            return TH_INVALID;
        if (clause.operator != TH_NOT_EQUAL && th_version_is_prerelease(&clause.version))
            *names = true;
    }
    return TH_OK;
}

void th_range_start(th_range *range) {
    th_buffer_start(&range->low);
    th_buffer_start(&range->high);
}

void th_range_free(th_range *range) {
    th_buffer_free(&range->low);
    th_buffer_free(&range->high);
}

static bool key_is_below(const uint8_t *key, size_t length, const th_buffer *end) {
    return th_key_compare(key, length, end->bytes, end->length) < 0;
}

bool th_range_holds(const th_range *range, const uint8_t *key, size_t length) {
    bool inside = (!range->has_low || !key_is_below(key, length, &range->low)) &&
                  (!range->has_high || key_is_below(key, length, &range->high));
    return inside != range->outside;
}

/* Sets `end` to the key's first `length` bytes and then `last`. There is room. */
static void set_end(th_buffer *end, size_t length, uint8_t last) {
    end->bytes[length] = last;
    end->length = length + 1;
}

/* Sets `end` to lie below the .dev0 of the first `components` of the release, the last one more if
 * `next`. There is room. */
static void set_release_end(th_buffer *end, const th_version *version, size_t components,
                            bool next) {
    set_end(end, th_version_write_release(version, components, next, end->bytes), BELOW_DEV);
}

th_status th_clause_range(const th_clause *clause, th_range *range) {
    const th_version *version = &clause->version;
    th_buffer *low = &range->low, *high = &range->high;
    low->length = high->length = 0;
    size_t room = th_version_room(version) + 1;
    if (th_buffer_reserve(low, room) == NULL || th_buffer_reserve(high, room) == NULL)
        return TH_NO_MEMORY;
    range->has_low = range->has_high = true;
    range->outside = clause->operator == TH_NOT_EQUAL;
    if (clause->wildcard) {
        set_release_end(low, version, version->components, false);
        set_release_end(high, version, version->components, true);
        return TH_OK;
    }
    th_key_ends ends = th_version_write_key(version, low->bytes);
    low->length = ends.local;
    switch (clause->operator) {
    case TH_AT_LEAST:
        range->has_high = false;
        break;
    case TH_GREATER:
        range->has_high = false;
        set_end(low, version->has_dev || version->has_post ? ends.dev : ends.pre, ABOVE);
        break;
    case TH_COMPATIBLE:
        set_release_end(high, version, version->components - 1, true);
        break;
    case TH_EQUAL:
    case TH_NOT_EQUAL:
    case TH_AT_MOST:
        memcpy(high->bytes, low->bytes, low->length);
        if (version->local.length != 0)
            set_end(high, ends.local, ABOVE_LOCAL);
        else
            set_end(high, ends.dev, ABOVE);
        range->has_low = clause->operator != TH_AT_MOST;
        break;
    case TH_LESS:
        range->has_low = false;
        memcpy(high->bytes, low->bytes, low->length);
        if (th_version_is_prerelease(version))
            high->length = low->length;
        else
            set_end(high, version->has_post ? ends.dev - 1 : ends.release, BELOW_DEV);
        break;
    case TH_ARBITRARY:
        return TH_INVALID;
    }
    return TH_OK;
}

th_status th_candidate_start(th_candidate *candidate, th_slice text) {
    th_version version;
    candidate->text = text;
    candidate->is_version = candidate->is_prerelease = false;
    th_buffer_start(&candidate->key);
    if (th_version_parse(text, &version) != TH_OK)
        return TH_OK;
    if (version.too_long)
        return TH_INVALID;
    uint8_t *at = th_buffer_reserve(&candidate->key, th_version_room(&version));
    if (at == NULL)
        return TH_NO_MEMORY;
    candidate->key.length = th_version_write_key(&version, at).local;
    candidate->is_version = true;
    candidate->is_prerelease = th_version_is_prerelease(&version);
    return TH_OK;
}

void th_candidate_free(th_candidate *candidate) {
    th_buffer_free(&candidate->key);
}

th_status th_clause_holds(const th_clause *clause, const th_candidate *candidate, bool *holds) {
    if (clause->operator == TH_ARBITRARY) {
        *holds = th_slice_equal_folded(clause->written, candidate->text);
        return TH_OK;
    }
    *holds = false;
    if (!candidate->is_version)
        return TH_OK;
    if (clause->version.too_long)
        return TH_INVALID;
    th_range range;
    th_range_start(&range);
    th_status status = th_clause_range(clause, &range);
    if (status == TH_OK)
        *holds = th_range_holds(&range, candidate->key.bytes, candidate->key.length);
    th_range_free(&range);
    return status;
}

th_status th_specifier_contains(th_slice specifier, th_slice version, bool prereleases,
                                bool *contains) {
    *contains = false;
    if (th_specifier_check(specifier) != TH_OK)
        return TH_INVALID;
    th_candidate candidate;
    th_status status = th_candidate_start(&candidate, version);
    bool all = prereleases || !candidate.is_prerelease;
    th_slice text;
    th_clause clause;
    while (status == TH_OK && all && th_specifier_next(&specifier, &text)) {
        (void)th_clause_parse(text, &clause); /* checked above */
        status = th_clause_holds(&clause, &candidate, &all);
    }
    th_candidate_free(&candidate);
    *contains = status == TH_OK && all;
    return status;
}
