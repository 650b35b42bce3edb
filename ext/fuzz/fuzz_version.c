/* A version that is read can be written, and what is written is the same version. */
#include "fuzz.h"
#include "memory.h"
#include "version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    th_slice text = {(const char *)data, size};
    th_version version, again;
    if (size > FUZZ_TEXT_LIMIT || th_version_parse(text, &version) != TH_OK || version.too_long)
        return 0;
    size_t room = th_version_room(&version);
    char *written = th_allocate(9, room); /* of the written version: at most 6 * room + 16 */
    REQUIRE(written != NULL);
    uint8_t *key = (uint8_t *)written + room, *other = key + room;
    size_t length = th_version_write_text(&version, written);
    th_key_ends ends = th_version_write_key(&version, key);
    REQUIRE(length <= room && ends.local <= room);
    REQUIRE(th_version_parse((th_slice){written, length}, &again) == TH_OK);
    REQUIRE(th_version_room(&again) <= 7 * room && again.components == version.components);
    th_key_ends same = th_version_write_key(&again, other);
    REQUIRE(th_key_compare(key, ends.local, other, same.local) == 0 && same.dev == ends.dev);
    /* The next release of every prefix is newer. */
    size_t next = th_version_write_release(&version, version.components, true, other);
    REQUIRE(next <= room && th_key_compare(other, next, key, ends.local) > 0);
    th_free(written);
    return 0;
}
