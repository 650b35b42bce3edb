/* Reading and evaluating markers. See marker.h. */
#include "marker.h"

#include "specifier.h"

/* What every step of one reading needs. */
typedef struct {
    th_cursor cursor;
    const th_marker_environment *environment; /* NULL: only read */
    th_slice extra;
    th_fault *fault;
} reader;

/* One side of a comparison. */
typedef struct {
    th_variable variable; /* TH_VARIABLE_NONE: a quoted text */
    th_slice text;        /* of the quoted text, or the variable's name */
} operand;

typedef enum { COMPARE, IN, NOT_IN } relation;

typedef struct {
    relation relation;
    th_operator operator; /* of COMPARE */
    th_slice sign;
} operation;

static const char *const variable_names[] = {
    [TH_IMPLEMENTATION_NAME] = "implementation_name",
    [TH_IMPLEMENTATION_VERSION] = "implementation_version",
    [TH_OS_NAME] = "os_name",
    [TH_PLATFORM_MACHINE] = "platform_machine",
    [TH_PLATFORM_PYTHON_IMPLEMENTATION] = "platform_python_implementation",
    [TH_PLATFORM_RELEASE] = "platform_release",
    [TH_PLATFORM_SYSTEM] = "platform_system",
    [TH_PLATFORM_VERSION] = "platform_version",
    [TH_PYTHON_FULL_VERSION] = "python_full_version",
    [TH_PYTHON_VERSION] = "python_version",
    [TH_SYS_PLATFORM] = "sys_platform",
    [TH_EXTRA] = "extra",
    [TH_EXTRAS] = "extras",
    [TH_DEPENDENCY_GROUPS] = "dependency_groups",
};

/* Spellings from before PEP 508 that `packaging` still reads. */
static const struct {
    const char *name;
    th_variable variable;
} legacy_names[] = {
    {"os.name", TH_OS_NAME},
    {"sys.platform", TH_SYS_PLATFORM},
    {"platform.version", TH_PLATFORM_VERSION},
    {"platform.machine", TH_PLATFORM_MACHINE},
    {"platform.python_implementation", TH_PLATFORM_PYTHON_IMPLEMENTATION},
    {"python_implementation", TH_PLATFORM_PYTHON_IMPLEMENTATION},
};

const char *th_variable_name(th_variable variable) {
    return variable_names[variable];
}

/* Moves past `word` if it stands at the cursor and ends there. */
static bool accept_word(th_cursor *cursor, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return false;
    const char *after = cursor->at + length;
    if (after != cursor->end && th_is_word(*after))
        return false;
    cursor->at = after;
    return true;
}

static th_variable read_variable(th_cursor *cursor) {
    char first = th_cursor_peek(cursor);
    for (int i = 0; i < TH_VARIABLE_NONE; i++)
        if (variable_names[i][0] == first && accept_word(cursor, variable_names[i]))
            return (th_variable)i;
    for (size_t i = 0; i < sizeof legacy_names / sizeof *legacy_names; i++)
        if (legacy_names[i].name[0] == first && accept_word(cursor, legacy_names[i].name))
            return legacy_names[i].variable;
    return TH_VARIABLE_NONE;
}

static th_status read_quoted(reader *r, operand *result) {
    char quote = *r->cursor.at++;
    const char *start = r->cursor.at;
    for (; !th_cursor_done(&r->cursor); r->cursor.at++) {
        char byte = *r->cursor.at;
        if (byte == quote) {
            result->text = th_slice_between(start, r->cursor.at++);
            return TH_OK;
        }
        /* Not in the grammar of PEP 508; Python, which `packaging` asks, would take the backslash
         * as an escape and the others as an error. */
        if (byte == '\\' || byte == '\n' || byte == '\r' || byte == '\0')
            return th_fault_set(r->fault, r->cursor.at,
                                "a backslash, line end or null in a quoted text");
    }
    return th_fault_set(r->fault, start - 1, "a quoted text without an end");
}

static th_status read_operand(reader *r, operand *result) {
    char first = th_cursor_peek(&r->cursor);
    result->variable = TH_VARIABLE_NONE;
    if (first == '"' || first == '\'')
        return read_quoted(r, result);
    result->variable = read_variable(&r->cursor);
    if (result->variable == TH_VARIABLE_NONE)
        return th_fault_set(r->fault, r->cursor.at, "expected a marker variable or a quoted text");
    const char *name = th_variable_name(result->variable);
    result->text = (th_slice){name, strlen(name)};
    return TH_OK;
}

static th_status read_operation(reader *r, operation *result) {
    const char *start = r->cursor.at;
    result->relation = COMPARE;
    if (accept_word(&r->cursor, "in")) {
        result->relation = IN;
        return TH_OK;
    }
    if (accept_word(&r->cursor, "not")) {
        result->relation = NOT_IN;
        bool apart = !th_cursor_done(&r->cursor) && th_is_blank(*r->cursor.at);
        th_skip_blanks(&r->cursor);
        if (apart && accept_word(&r->cursor, "in"))
            return TH_OK;
        return th_fault_set(r->fault, r->cursor.at, "expected `in` after `not`");
    }
    result->sign = th_operator_read(&r->cursor, &result->operator);
    if (result->sign.length == 0)
        return th_fault_set(r->fault, start, "expected a marker operator");
    return TH_OK;
}

static bool needs_version(th_variable key) {
    return key == TH_IMPLEMENTATION_VERSION || key == TH_PLATFORM_RELEASE ||
           key == TH_PYTHON_FULL_VERSION || key == TH_PYTHON_VERSION;
}

/* Compares as versions if operator and `right` together are a clause; sets `is_clause`. */
static th_status compare_versions(th_slice left, const operation *by, th_slice right,
                                  bool *is_clause, bool *holds) {
    th_buffer text; /* joined as `packaging` does: `<` and "=3" are the clause `<=3` */
    th_buffer_start(&text);
    th_candidate candidate;
    th_buffer_start(&candidate.key);
    th_clause clause;
    th_status status = th_buffer_append(&text, by->sign);
    if (status == TH_OK)
        status = th_buffer_append(&text, right);
    *is_clause = status == TH_OK && th_clause_parse(th_buffer_slice(&text), &clause) == TH_OK;
    if (*is_clause) {
        status = clause.operator == TH_ARBITRARY ? TH_OK : th_candidate_start(&candidate, left);
        candidate.text = left;
        if (status == TH_OK)
            status = th_clause_holds(&clause, &candidate, holds);
    }
    th_candidate_free(&candidate);
    th_buffer_free(&text);
    return status;
}

/* Sets `holds` to the plain comparison of two texts. TH_INVALID: the operator has none. */
static th_status compare_texts(th_slice left, const operation *by, th_slice right, bool *holds) {
    switch (by->relation) {
    case IN:
        *holds = th_slice_holds(right, left);
        return TH_OK;
    case NOT_IN:
        *holds = !th_slice_holds(right, left);
        return TH_OK;
    case COMPARE:
        break;
    }
    switch (by->operator) {
    case TH_EQUAL:
    case TH_AT_MOST:
    case TH_AT_LEAST:
        *holds = th_slice_equal(left, right);
        return TH_OK;
    case TH_NOT_EQUAL:
        *holds = !th_slice_equal(left, right);
        return TH_OK;
    case TH_LESS:
    case TH_GREATER:
        *holds = false;
        return TH_OK;
    case TH_COMPATIBLE:
    case TH_ARBITRARY:
        break;
    }
    return TH_INVALID;
}

/* Sets `holds` to the comparison of a text with a set: only membership can be true. */
static th_status compare_set(th_slice left, const operation *by, const th_name_set *right,
                             bool *holds) {
    th_buffer name;
    th_buffer_start(&name);
    if (th_name_write(left, &name) != TH_OK)
        return TH_NO_MEMORY;
    bool found = false;
    for (size_t i = 0; i < right->count && !found; i++)
        found = th_slice_equal(right->names[i], th_buffer_slice(&name));
    th_buffer_free(&name);
    static const th_slice something = {"-", 1}, nothing = {"", 0}; /* a text is never a set */
    *holds = found;
    if (by->relation == IN)
        return TH_OK;
    *holds = !found;
    return by->relation == NOT_IN ? TH_OK : compare_texts(something, by, nothing, holds);
}

/* Compares with `extra`, for both values of it: `literal` is the other side. */
static th_status compare_extra(const reader *r, const operand *literal, bool normalize,
                               bool extra_is_left, const operation *by, unsigned *holds) {
    th_buffer name;
    th_buffer_start(&name);
    th_slice other = literal->text;
    if (normalize) {
        if (th_name_write(other, &name) != TH_OK)
            return TH_NO_MEMORY;
        other = th_buffer_slice(&name);
    }
    th_status status = TH_OK;
    *holds = 0;
    for (unsigned bit = TH_HOLDS_WITHOUT_EXTRA; bit <= TH_HOLDS_WITH_EXTRA; bit <<= 1) {
        th_slice extra = bit == TH_HOLDS_WITH_EXTRA ? r->extra : (th_slice){"", 0};
        bool holds_with;
        status = extra_is_left ? compare_texts(extra, by, other, &holds_with)
                               : compare_texts(other, by, extra, &holds_with);
        if (status != TH_OK)
            break;
        *holds |= holds_with ? bit : 0;
    }
    th_buffer_free(&name);
    return status;
}

/* The variable whose value the comparison reads: as in `packaging`, the left side if that is a
 * variable, else what the right side names, even in quotes. */
static th_variable find_key(const operand *left, const operand *right) {
    if (left->variable != TH_VARIABLE_NONE)
        return left->variable;
    for (int i = 0; i < TH_VARIABLE_NONE; i++)
        if (th_slice_equals(right->text, variable_names[i]))
            return (th_variable)i;
    return TH_VARIABLE_NONE;
}

static th_status evaluate(const reader *r, const operand *left, const operation *by,
                          const operand *right, unsigned *holds) {
    const th_marker_environment *environment = r->environment;
    bool left_is_key = left->variable != TH_VARIABLE_NONE;
    th_variable key = find_key(left, right);
    if (key == TH_VARIABLE_NONE)
        return TH_INVALID;
    if (key == TH_EXTRA) {
        const operand *other = left_is_key ? right : left, *variable = left_is_key ? left : right;
        bool normalize =
            other->variable == TH_VARIABLE_NONE && variable->variable != TH_VARIABLE_NONE;
        return compare_extra(r, other, normalize, left_is_key, by, holds);
    }
    bool holds_always = false, is_clause = false;
    th_status status = TH_OK;
    if (key == TH_EXTRAS || key == TH_DEPENDENCY_GROUPS) {
        const th_name_set *set =
            key == TH_EXTRAS ? &environment->extras : &environment->dependency_groups;
        if (left_is_key || !set->is_defined)
            return TH_INVALID;
        status = compare_set(left->text, by, set, &holds_always);
    } else {
        th_slice left_text = left_is_key ? environment->values[key] : left->text;
        th_slice right_text = left_is_key ? right->text : environment->values[key];
        if (needs_version(key) && by->relation == COMPARE)
            status = compare_versions(left_text, by, right_text, &is_clause, &holds_always);
        if (status == TH_OK && !is_clause)
            status = compare_texts(left_text, by, right_text, &holds_always);
    }
    *holds = holds_always ? TH_HOLDS : 0;
    return status;
}

static th_status read_comparison(reader *r, unsigned *holds) {
    const char *start = r->cursor.at;
    operand left, right;
    operation by;
    th_status status = read_operand(r, &left);
    th_skip_blanks(&r->cursor);
    if (status == TH_OK)
        status = read_operation(r, &by);
    th_skip_blanks(&r->cursor);
    if (status == TH_OK)
        status = read_operand(r, &right);
    if (status != TH_OK || r->environment == NULL)
        return status;
    status = evaluate(r, &left, &by, &right, holds);
    if (status == TH_INVALID)
        return th_fault_set(r->fault, start, "a comparison that is not defined");
    return status;
}

static th_status read_alternatives(reader *r, int depth, unsigned *holds);

static th_status read_atom(reader *r, int depth, unsigned *holds) {
    th_skip_blanks(&r->cursor);
    const char *start = r->cursor.at;
    th_status status;
    if (th_cursor_accept(&r->cursor, '(')) {
        if (depth == TH_MARKER_DEPTH_LIMIT)
            return th_fault_set(r->fault, start, "parentheses nested too deep");
        status = read_alternatives(r, depth + 1, holds);
        if (status == TH_OK && !th_cursor_accept(&r->cursor, ')'))
            return th_fault_set(r->fault, r->cursor.at, "expected a closing parenthesis");
    } else {
        status = read_comparison(r, holds);
    }
    th_skip_blanks(&r->cursor);
    return status;
}

/* marker = atom (("and" | "or") atom)*; `and` binds closer. */
static th_status read_alternatives(reader *r, int depth, unsigned *holds) {
    unsigned any = 0, all = TH_HOLDS;
    for (;;) {
        unsigned atom = 0;
        th_status status = read_atom(r, depth, &atom);
        if (status != TH_OK)
            return status;
        all &= atom;
        if (accept_word(&r->cursor, "and"))
            continue;
        any |= all;
        all = TH_HOLDS;
        if (!accept_word(&r->cursor, "or")) {
            *holds = any;
            return TH_OK;
        }
    }
}

th_status th_marker_read(th_cursor *cursor, const th_marker_environment *environment,
                         th_slice extra, unsigned *holds, th_fault *fault) {
    reader r = {*cursor, environment, extra, fault};
    th_status status = read_alternatives(&r, 0, holds);
    cursor->at = r.cursor.at;
    return status;
}
