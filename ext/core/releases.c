/* Grouping files by version. See releases.h; the twin is advisor_core/index/build.py. */
#include "releases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "filename.h"
#include "intern.h"
#include "version_list.h"

/* As in the twin: longer filenames do not fit every file system beside a suffix, longer URLs and
 * specifiers are no honest ones. Such files are left out. */
enum { FILENAME_LIMIT = 200, URL_LIMIT = 2000, SPECIFIER_LIMIT = 500 };

static const char FIELD = '\x1f';

typedef struct {
    uint32_t file;
    th_id version;
    th_slice tags;
} kept_file;

typedef struct {
    th_page *page;
    th_slice project;
    TH_VEC(kept_file) kept;
    th_intern versions;    /* normalized texts, in the order met */
    th_version_list order; /* the same, sorted, of equal ones only the first */
    th_version_entry *met; /* what `order` was before it was sorted */
    th_intern specifiers;
    TH_VEC(bool) valid; /* per specifier */
    th_intern file_shapes;
    th_intern shapes;
    th_slice last_name; /* of a wheel, which was the project's */
} builder;

void th_releases_start(th_releases *releases) {
    memset(releases, 0, sizeof *releases);
    th_buffer_start(&releases->versions);
    th_buffer_start(&releases->file_shapes);
    th_buffer_start(&releases->shapes);
    th_buffer_start(&releases->records);
}

void th_releases_free(th_releases *releases) {
    th_buffer_free(&releases->versions);
    th_buffer_free(&releases->file_shapes);
    th_buffer_free(&releases->shapes);
    th_buffer_free(&releases->records);
    th_free(releases->ends);
    th_free(releases->shape_of);
    th_free(releases->times);
    th_free(releases->prereleases);
}

static bool starts_with(th_slice text, th_slice start) {
    return text.length >= start.length && memcmp(text.start, start.start, start.length) == 0;
}

static bool ends_with(th_slice text, th_slice end) {
    return text.length >= end.length &&
           memcmp(text.start + text.length - end.length, end.start, end.length) == 0;
}

/* TH_OK: the URL can be kept; TH_STOPPED: the file is to be left out; TH_INVALID: the long way. */
static th_status check_url(th_slice url) {
    th_slice rest;
    if (starts_with(url, (th_slice){"https://", 8}))
        rest = (th_slice){url.start + 8, url.length - 8};
    else if (starts_with(url, (th_slice){"http://", 7}))
        rest = (th_slice){url.start + 7, url.length - 7};
    else
        return TH_INVALID;
    const char *slash = memchr(rest.start, '/', rest.length);
    size_t authority = slash == NULL ? rest.length : (size_t)(slash - rest.start);
    if (memchr(rest.start, '@', authority) != NULL)
        return TH_INVALID;
    return authority == 0 || url.length > URL_LIMIT || url.start[url.length - 1] == '/' ? TH_STOPPED
                                                                                        : TH_OK;
}

/* Makes a specifier that is not PEP 440 an empty one. */
static th_status check_specifier(builder *build, th_slice *specifier) {
    th_id id;
    if (specifier->length == 0)
        return TH_OK;
    if (specifier->length > SPECIFIER_LIMIT)
        return TH_STOPPED;
    size_t known = build->specifiers.texts.count;
    if (th_intern_add(&build->specifiers, *specifier, &id) != TH_OK)
        return TH_NO_MEMORY;
    if (build->specifiers.texts.count != known &&
        th_vec_push(&build->valid, th_specifier_check(*specifier) == TH_OK) != TH_OK)
        return TH_NO_MEMORY;
    if (!build->valid.items[id])
        *specifier = (th_slice){0};
    return TH_OK;
}

/* TH_STOPPED: the name is not that of the project. */
static th_status check_name(builder *build, th_slice name) {
    if (th_slice_equal(name, build->last_name))
        return TH_OK;
    th_buffer normalized;
    th_buffer_start(&normalized);
    th_status status = th_name_write(name, &normalized);
    if (status == TH_OK && !th_slice_equal(th_buffer_slice(&normalized), build->project))
        status = TH_STOPPED;
    th_buffer_free(&normalized);
    if (status == TH_OK)
        build->last_name = name;
    return status;
}

/* Reads version and tags from the filename. TH_STOPPED: it is no artifact of the project. */
static th_status read_filename(builder *build, th_slice filename, th_version *version,
                               th_slice *tags) {
    *tags = (th_slice){0};
    if (filename.length > FILENAME_LIMIT || memchr(filename.start, '/', filename.length) != NULL ||
        memchr(filename.start, '\\', filename.length) != NULL)
        return TH_STOPPED;
    if (!ends_with(filename, (th_slice){".whl", 4}))
        return th_sdist_filename_read(filename, build->project, version) == TH_OK ? TH_OK
                                                                                  : TH_STOPPED;
    th_wheel_filename wheel;
    if (th_wheel_filename_read(filename, &wheel) != TH_OK)
        return TH_STOPPED;
    *version = wheel.version;
    *tags = wheel.tags;
    for (size_t i = 0; i < tags->length; i++) {
        if (tags->start[i] != th_lower(tags->start[i])) {
            *tags = th_page_copy(build->page, *tags, true);
            if (tags->start == NULL)
                return TH_NO_MEMORY;
            break;
        }
    }
    return check_name(build, wheel.name);
}

/* Sets the number of the version, by its normalized text. */
static th_status number_version(builder *build, const th_version *version, th_id *id) {
    th_buffer text;
    th_buffer_start(&text);
    char *at = (char *)th_buffer_reserve(&text, th_version_room(version));
    th_status status = at == NULL ? TH_NO_MEMORY : TH_OK;
    if (status == TH_OK) {
        text.length = th_version_write_text(version, at);
        *id = th_intern_find(&build->versions, th_buffer_slice(&text));
        if (*id == TH_NONE) {
            th_slice kept = th_page_copy(build->page, th_buffer_slice(&text), false);
            status = kept.start == NULL ? TH_NO_MEMORY
                                        : th_version_list_add(&build->order, version, kept);
            if (status == TH_OK)
                status = th_intern_add(&build->versions, kept, id);
        }
    }
    th_buffer_free(&text);
    return status;
}

static th_status keep_file(builder *build, size_t number) {
    th_page_file *file = &build->page->files.items[number];
    th_version version;
    kept_file kept = {.file = (uint32_t)number};
    th_status status = read_filename(build, file->filename, &version, &kept.tags);
    if (status == TH_OK)
        status = check_url(file->url);
    if (status == TH_OK)
        status = check_specifier(build, &file->requires_python);
    if (status == TH_OK)
        status = number_version(build, &version, &kept.version);
    return status == TH_OK ? th_vec_push(&build->kept, kept) : status;
}

/* Returns where in the sorted list a version is that equals this one. */
static size_t place_of(const th_version_list *list, const th_version_entry *version) {
    size_t low = 0, high = list->entries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const th_version_entry *entry = &list->entries.items[middle];
        int order = th_key_compare(list->keys.items + entry->key, entry->length,
                                   list->keys.items + version->key, version->length);
        if (order == 0)
            return middle;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sorts the kept files by the order of their versions; those of a version stay as they are. Sets
 * where the files of each begin, and then the end of the last. */
static th_status sort_kept(builder *build, size_t *starts) {
    size_t count = build->order.entries.count, spellings = build->versions.texts.count;
    size_t *places = th_allocate(spellings, sizeof *places);
    kept_file *sorted = th_allocate(build->kept.count, sizeof *sorted);
    if (places == NULL || sorted == NULL) {
        th_free(places);
        th_free(sorted);
        return TH_NO_MEMORY;
    }
    for (size_t i = 0; i < spellings; i++)
        places[i] = place_of(&build->order, &build->met[i]);
    for (size_t i = 0; i < build->kept.count; i++)
        starts[places[build->kept.items[i].version] + 1]++;
    for (size_t i = 0; i < count; i++)
        starts[i + 1] += starts[i];
    for (size_t i = build->kept.count; i-- > 0;)
        sorted[--starts[places[build->kept.items[i].version] + 1]] = build->kept.items[i];
    for (size_t i = 0; i < count; i++) /* each entry but the first moved back by one version */
        starts[i] = starts[i + 1];
    starts[count] = build->kept.count;
    th_free(places);
    th_free(build->kept.items);
    build->kept.items = sorted;
    build->kept.capacity = build->kept.count;
    return TH_OK;
}

/* What the first URL of the first and of the last version met begin with, up to a slash. */
static th_slice common_base(const builder *build, const kept_file *first, const kept_file *last) {
    th_slice a = build->page->files.items[first->file].url;
    th_slice b = build->page->files.items[last->file].url;
    size_t same = 0;
    while (same < a.length && same < b.length && a.start[same] == b.start[same])
        same++;
    while (same > 0 && a.start[same - 1] != '/')
        same--;
    return (th_slice){a.start, same};
}

static th_status append_number(th_buffer *buffer, int64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    return th_buffer_append(buffer, (th_slice){digits, (size_t)length});
}

/* Appends a text that the table has numbered, and its line end, when it is a new one. */
static th_status number_text(builder *build, th_intern *table, const th_buffer *text,
                             th_buffer *lines, th_id *id) {
    *id = th_intern_find(table, th_buffer_slice(text));
    if (*id != TH_NONE)
        return TH_OK;
    th_slice kept = th_page_copy(build->page, th_buffer_slice(text), false);
    th_status status = kept.start == NULL ? TH_NO_MEMORY : th_intern_add(table, kept, id);
    if (status == TH_OK && *id != 0)
        status = th_buffer_push(lines, '\n');
    return status == TH_OK ? th_buffer_append(lines, kept) : status;
}

static th_status number_file_shape(builder *build, th_releases *releases, const kept_file *kept,
                                   th_id *id) {
    const th_page_file *file = &build->page->files.items[kept->file];
    th_buffer text;
    th_buffer_start(&text);
    th_status status = th_buffer_append(&text, kept->tags);
    if (status == TH_OK)
        status = th_buffer_push(&text, FIELD);
    if (status == TH_OK)
        status = th_buffer_append(&text, file->requires_python);
    if (status == TH_OK)
        status = th_buffer_push(&text, FIELD);
    if (status == TH_OK)
        status = th_buffer_push(&text, file->is_yanked ? '1' : '0');
    if (status == TH_OK)
        status = number_text(build, &build->file_shapes, &text, &releases->file_shapes, id);
    th_buffer_free(&text);
    return status;
}

static int compare_ids(const void *left, const void *right) {
    th_id a = *(const th_id *)left, b = *(const th_id *)right;
    return (a > b) - (a < b);
}

/* Appends the numbers of the file shapes that are sdists', or not, each once; `ids` ascend. */
static th_status list_numbers(const builder *build, const th_id *ids, size_t count, bool sdists,
                              th_buffer *text) {
    th_status status = TH_OK;
    for (size_t i = 0; i < count && status == TH_OK; i++) {
        bool is_sdist = build->file_shapes.texts.items[ids[i]].start[0] == FIELD;
        if (is_sdist != sdists || (i > 0 && ids[i] == ids[i - 1]))
            continue;
        if (text->length != 0)
            status = th_buffer_push(text, ' ');
        if (status == TH_OK)
            status = append_number(text, ids[i]);
    }
    return status;
}

/* Numbers the set of file shapes of the release; `ids` has room for them. */
static th_status number_shape(builder *build, th_releases *releases, size_t release,
                              const kept_file *kept, size_t count, th_id *ids) {
    for (size_t i = 0; i < count; i++)
        if (number_file_shape(build, releases, &kept[i], &ids[i]) != TH_OK)
            return TH_NO_MEMORY;
    qsort(ids, count, sizeof *ids, compare_ids);
    th_buffer text;
    th_buffer_start(&text);
    th_id id = 0;
    th_status status = list_numbers(build, ids, count, true, &text);
    if (status == TH_OK)
        status = list_numbers(build, ids, count, false, &text);
    if (status == TH_OK)
        status = number_text(build, &build->shapes, &text, &releases->shapes, &id);
    releases->shape_of[release] = (uint16_t)id;
    th_buffer_free(&text);
    return status;
}

/* Appends one line of a record. */
static th_status write_file(th_releases *releases, const th_page_file *file) {
    th_buffer *out = &releases->records;
    th_slice url = file->url, name = file->filename;
    bool has_base = starts_with(url, releases->base);
    if (has_base)
        url = (th_slice){url.start + releases->base.length, url.length - releases->base.length};
    if (url.length > name.length && ends_with(url, name) &&
        url.start[url.length - name.length - 1] == '/')
        url.length -= name.length;
    const th_slice fields[] = {name, url, file->hashes};
    for (size_t i = 0; i < 3; i++) {
        if (i == 1 && has_base && th_buffer_push(out, '+') != TH_OK)
            return TH_NO_MEMORY;
        if (th_buffer_append(out, fields[i]) != TH_OK || th_buffer_push(out, FIELD) != TH_OK)
            return TH_NO_MEMORY;
    }
    if ((file->size >= 0 && append_number(out, file->size) != TH_OK) ||
        th_buffer_push(out, FIELD) != TH_OK ||
        th_buffer_append(out, file->requires_python) != TH_OK ||
        th_buffer_push(out, FIELD) != TH_OK ||
        (file->is_yanked &&
         (th_buffer_push(out, '!') != TH_OK || th_buffer_append(out, file->yanked) != TH_OK)) ||
        th_buffer_push(out, FIELD) != TH_OK ||
        (file->upload_time != TH_TIME_UNKNOWN && append_number(out, file->upload_time) != TH_OK) ||
        th_buffer_push(out, FIELD) != TH_OK)
        return TH_NO_MEMORY;
    return th_buffer_append(out, file->metadata);
}

/* Fills in what there is of one release. */
static th_status write_release(builder *build, th_releases *releases, size_t release,
                               const kept_file *kept, size_t count, th_id *ids) {
    int64_t earliest = TH_TIME_UNKNOWN, latest = TH_TIME_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        const th_page_file *file = &build->page->files.items[kept[i].file];
        if (file->upload_time != TH_TIME_UNKNOWN) {
            if (earliest == TH_TIME_UNKNOWN || file->upload_time < earliest)
                earliest = file->upload_time;
            if (file->upload_time > latest)
                latest = file->upload_time;
        }
        if ((i > 0 && th_buffer_push(&releases->records, '\n') != TH_OK) ||
            write_file(releases, file) != TH_OK)
            return TH_NO_MEMORY;
    }
    releases->times[2 * release] = earliest;
    releases->times[2 * release + 1] = latest;
    releases->ends[release] = releases->records.length;
    if ((release > 0 && th_buffer_push(&releases->versions, '\n') != TH_OK) ||
        th_buffer_append(&releases->versions, build->order.entries.items[release].text) != TH_OK)
        return TH_NO_MEMORY;
    return number_shape(build, releases, release, kept, count, ids);
}

static th_status write_releases(builder *build, th_releases *releases) {
    size_t count = build->order.entries.count;
    releases->count = count;
    releases->ends = th_allocate(count, sizeof *releases->ends);
    releases->shape_of = th_allocate(count, sizeof *releases->shape_of);
    releases->times = th_allocate(2 * count, sizeof *releases->times);
    releases->prereleases = th_allocate((count + 7) / 8, 1);
    size_t *starts = th_allocate(count + 1, sizeof *starts);
    th_id *ids = th_allocate(build->kept.count, sizeof *ids);
    th_status status = TH_NO_MEMORY;
    if (releases->ends != NULL && releases->shape_of != NULL && releases->times != NULL &&
        releases->prereleases != NULL && starts != NULL && ids != NULL) {
        th_version_list_prereleases(&build->order, releases->prereleases);
        status = sort_kept(build, starts);
    }
    for (size_t i = 0; i < count && status == TH_OK; i++)
        status = write_release(build, releases, i, build->kept.items + starts[i],
                               starts[i + 1] - starts[i], ids);
    th_free(starts);
    th_free(ids);
    return status;
}

/* Keeps what is an artifact, and sorts the versions. */
static th_status collect(builder *build, th_releases *releases) {
    for (size_t i = 0; i < build->page->files.count; i++) {
        th_status status = keep_file(build, i);
        if (status != TH_OK && status != TH_STOPPED)
            return status;
    }
    if (build->kept.count != 0) {
        th_id last = (th_id)build->versions.texts.count - 1;
        size_t at = 0;
        while (build->kept.items[at].version != last)
            at++;
        releases->base = common_base(build, &build->kept.items[0], &build->kept.items[at]);
    }
    size_t count = build->order.entries.count;
    build->met = th_allocate(count, sizeof *build->met);
    if (build->met == NULL)
        return TH_NO_MEMORY;
    if (count > TH_RELEASES_LIMIT)
        return TH_INVALID;
    if (count != 0)
        memcpy(build->met, build->order.entries.items, count * sizeof *build->met);
    return th_version_list_sort(&build->order);
}

th_status th_releases_build(th_releases *releases, th_page *page, th_slice project) {
    builder build = {.page = page, .project = project};
    th_status status = collect(&build, releases);
    if (status == TH_OK)
        status = write_releases(&build, releases);
    th_free(build.met);
    th_vec_free(&build.kept);
    th_vec_free(&build.valid);
    th_intern_free(&build.versions);
    th_intern_free(&build.specifiers);
    th_intern_free(&build.file_shapes);
    th_intern_free(&build.shapes);
    th_version_list_free(&build.order);
    return status;
}
