/* What the readers of pages share. See page.h. */
#include "page.h"

void th_page_free(th_page *page) {
    th_vec_free(&page->files);
    th_arena_free(&page->texts);
}

th_slice th_page_copy(th_page *page, th_slice text, bool lower) {
    char *copy = th_arena_take(&page->texts, text.length + 1, 1);
    if (copy == NULL)
        return (th_slice){0};
    for (size_t i = 0; i < text.length; i++)
        copy[i] = lower ? th_lower(text.start[i]) : text.start[i];
    return (th_slice){copy, text.length};
}

bool th_is_hex_digest(th_slice text) {
    for (size_t i = 0; i < text.length; i++) {
        char byte = th_lower(text.start[i]);
        if (!th_is_digit(byte) && (byte < 'a' || byte > 'f'))
            return false;
    }
    return text.length != 0 && text.length % 2 == 0;
}

/* Reads `count` digits at `at`; -1 when there are none. */
static int64_t number_at(th_slice text, size_t at, size_t count) {
    int64_t number = 0;
    for (size_t i = at; i < at + count; i++) {
        if (!th_is_digit(text.start[i]))
            return -1;
        number = 10 * number + (text.start[i] - '0');
    }
    return number;
}

static bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to a date that exists, of 1970 or later; -1 when it does not. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1970 || month < 1 || month > 12)
        return -1;
    int64_t before = year - 1;
    int64_t days = 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477;
    for (int i = 0; i < month - 1; i++)
        days += lengths[i] + (i == 1 && is_leap(year));
    int64_t length = lengths[month - 1] + (month == 2 && is_leap(year));
    return day < 1 || day > length ? -1 : days + day - 1;
}

static bool is_utc(th_slice zone) {
    return th_slice_equals(zone, "Z") || th_slice_equals(zone, "+00:00");
}

th_status th_page_time(th_slice text, int64_t *seconds) {
    static const char form[] = "0000-00-00T00:00:00";
    const size_t length = sizeof form - 1;
    if (text.length <= length)
        return TH_INVALID;
    for (size_t i = 0; i < length; i++)
        if (form[i] == '0' ? !th_is_digit(text.start[i]) : text.start[i] != form[i])
            return TH_INVALID;
    th_slice rest = {text.start + length, text.length - length};
    if (rest.start[0] == '.') {
        size_t digits = 1;
        while (digits < rest.length && th_is_digit(rest.start[digits]))
            digits++;
        if (digits != 4 && digits != 7)
            return TH_INVALID;
        rest = (th_slice){rest.start + digits, rest.length - digits};
    }
    int64_t days = days_of(number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2));
    int64_t hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
    int64_t second = number_at(text, 17, 2);
    if (!is_utc(rest) || days < 0 || hour > 23 || minute > 59 || second > 59)
        return TH_INVALID;
    *seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    return TH_OK;
}
