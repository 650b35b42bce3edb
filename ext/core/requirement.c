/* Reading requirements. See requirement.h. */
#include "requirement.h"

#include "specifier.h"

/* Moves past a letter or digit and all of [A-Za-z0-9._-] behind it up to the last letter, digit or
 * underscore, which `packaging` lets a name end with too. Returns it, empty when there is none. */
static th_slice read_name(th_cursor *cursor) {
    const char *start = cursor->at, *last = start;
    if (!th_is_alphanumeric(th_cursor_peek(cursor)))
        return (th_slice){start, 0};
    for (const char *at = start; at != cursor->end; at++) {
        if (th_is_word(*at))
            last = at + 1;
        else if (*at != '.' && *at != '-')
            break;
    }
    cursor->at = last;
    return th_slice_between(start, last);
}

static th_status read_extras(th_cursor *cursor, th_slice *extras, th_fault *fault) {
    const char *start = cursor->at;
    th_skip_blanks(cursor);
    if (read_name(cursor).length != 0) {
        th_skip_blanks(cursor);
        while (th_cursor_accept(cursor, ',')) {
            th_skip_blanks(cursor);
            if (read_name(cursor).length == 0)
                return th_fault_set(fault, cursor->at, "expected the name of an extra");
            th_skip_blanks(cursor);
        }
    }
    *extras = th_slice_between(start, cursor->at);
    if (!th_cursor_accept(cursor, ']'))
        return th_fault_set(fault, cursor->at, "expected a comma or `]`");
    return TH_OK;
}

bool th_extras_next(th_slice *rest, th_slice *name) {
    th_cursor cursor = th_cursor_over(*rest);
    th_skip_blanks(&cursor);
    (void)th_cursor_accept(&cursor, ',');
    th_skip_blanks(&cursor);
    *name = read_name(&cursor);
    *rest = th_slice_between(cursor.at, cursor.end);
    return name->length != 0;
}

/* Reads clauses with commas between them, in parentheses or not; the last may have a comma too. */
static th_status read_specifier(th_cursor *cursor, th_slice *specifier, th_fault *fault) {
    bool enclosed = th_cursor_accept(cursor, '(');
    th_skip_blanks(cursor);
    const char *start = cursor->at;
    th_clause clause;
    while (th_clause_read(cursor, &clause) == TH_OK) {
        /* What `===` takes may have commas in it; then it is several clauses. */
        th_slice written = th_slice_between(clause.sign.start, cursor->at);
        if (clause.operator == TH_ARBITRARY ? th_specifier_check(written) != TH_OK
                                            : clause.version.too_long)
            return th_fault_set(fault, written.start, "not a version specifier");
        th_skip_blanks(cursor);
        if (!th_cursor_accept(cursor, ','))
            break;
        th_skip_blanks(cursor);
    }
    *specifier = th_trim_blanks(th_slice_between(start, cursor->at));
    if (enclosed && !th_cursor_accept(cursor, ')'))
        return th_fault_set(fault, cursor->at, "expected a comma or a closing parenthesis");
    return TH_OK;
}

static th_status read_url(th_cursor *cursor, th_slice *url, th_fault *fault) {
    th_skip_blanks(cursor);
    const char *start = cursor->at;
    while (!th_cursor_done(cursor) && !th_is_blank(*cursor->at))
        cursor->at++;
    *url = th_slice_between(start, cursor->at);
    if (url->length == 0)
        return th_fault_set(fault, start, "expected a URL after `@`");
    return TH_OK;
}

th_status th_requirement_read(th_slice text, const th_marker_environment *environment,
                              th_slice extra, th_requirement *requirement, unsigned *holds,
                              th_fault *fault) {
    th_cursor cursor = th_cursor_over(text);
    unsigned value = TH_HOLDS;
    memset(requirement, 0, sizeof *requirement);
    th_skip_blanks(&cursor);
    requirement->name = read_name(&cursor);
    if (requirement->name.length == 0)
        return th_fault_set(fault, cursor.at, "expected a package name");
    th_skip_blanks(&cursor);
    th_status status = TH_OK;
    if (th_cursor_accept(&cursor, '['))
        status = read_extras(&cursor, &requirement->extras, fault);
    th_skip_blanks(&cursor);
    if (status == TH_OK && th_cursor_accept(&cursor, '@'))
        status = read_url(&cursor, &requirement->url, fault);
    else if (status == TH_OK)
        status = read_specifier(&cursor, &requirement->specifier, fault);
    th_skip_blanks(&cursor);
    if (status == TH_OK && th_cursor_accept(&cursor, ';')) {
        const char *start = cursor.at;
        status = th_marker_read(&cursor, environment, extra, &value, fault);
        requirement->marker = th_trim_blanks(th_slice_between(start, cursor.at));
    }
    if (status == TH_OK && !th_cursor_done(&cursor))
        return th_fault_set(fault, cursor.at, "expected the end of the requirement");
    if (holds != NULL)
        *holds = value;
    return status;
}
