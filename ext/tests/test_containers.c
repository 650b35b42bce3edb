/* Memory, vectors, arena and bitsets. */
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "bitset.h"
#include "check.h"

static void a_product_that_does_not_fit_is_refused(void) {
    CHECK(th_allocate(SIZE_MAX / 2, 3) == NULL);
    CHECK(th_resize(NULL, SIZE_MAX, 1) == NULL);
    th_arena arena = {0};
    CHECK(th_arena_take(&arena, SIZE_MAX / 8, 16) == NULL);
    CHECK(th_arena_take(&arena, SIZE_MAX / 2, 1) == NULL);
    th_arena_free(&arena);
    size_t capacity = 0;
    int *items = NULL;
    CHECK(th_vec_grow(&items, &capacity, 2, SIZE_MAX - 1, sizeof *items) == TH_NO_MEMORY);
    CHECK(items == NULL && capacity == 0);
}

static void an_empty_block_can_be_had_and_freed(void) {
    void *block = th_allocate(0, 8);
    CHECK(block != NULL);
    th_free(block);
    th_free(NULL);
}

static void a_vector_keeps_its_items_when_memory_runs_out(void) {
    TH_VEC(int) numbers = {0};
    for (int i = 0; i < 4; i++)
        CHECK(th_vec_push(&numbers, i) == TH_OK);
    allocation_fail_after(1);
    CHECK(th_vec_push(&numbers, 4) == TH_NO_MEMORY);
    CHECK(allocation_has_failed());
    allocation_fail_after(0);
    CHECK(numbers.count == 4);
    for (int i = 4; i < 1000; i++)
        CHECK(th_vec_push(&numbers, i) == TH_OK);
    for (int i = 0; i < 1000; i++)
        CHECK(numbers.items[i] == i);
    th_vec_free(&numbers);
    CHECK(numbers.items == NULL && numbers.count == 0);
}

static void an_arena_returns_zeroed_aligned_memory_of_its_own(void) {
    th_arena arena = {0};
    unsigned char *before = NULL;
    for (size_t size = 1; size < 6000; size += 7) {
        unsigned char *block = th_arena_take(&arena, size, 1);
        CHECK(block != NULL && (uintptr_t)block % 16 == 0);
        for (size_t i = 0; i < size; i++)
            CHECK(block[i] == 0);
        memset(block, 0xa5, size);
        CHECK(before == NULL || before[0] == 0xa5);
        before = block;
    }
    CHECK(th_arena_take(&arena, 3, 1 << 20) != NULL); /* larger than the largest usual block */
    allocation_fail_after(1);
    CHECK(th_arena_take(&arena, 3, 1 << 20) == NULL);
    allocation_fail_after(0);
    th_arena_free(&arena);
    CHECK(arena.last == NULL && arena.bytes == 0);
}

static void bitset_operations_agree_with_the_single_bits(void) {
    enum { BITS = 130, WORDS = 3 };
    CHECK(th_bitset_words(BITS) == WORDS && th_bitset_words(128) == 2 && th_bitset_words(0) == 0);
    th_word odd[WORDS] = {0}, all[WORDS] = {0}, none[WORDS] = {0};
    th_bitset_fill(all, BITS);
    for (size_t i = 1; i < BITS; i += 2)
        th_bitset_add(odd, i);
    for (size_t i = 0; i < BITS; i++)
        CHECK(th_bitset_has(odd, i) == (i % 2 == 1) && th_bitset_has(all, i));
    CHECK(th_bitset_size(odd, WORDS) == 65 && th_bitset_size(all, WORDS) == 130);
    CHECK(th_bitset_is_empty(none, WORDS) && !th_bitset_is_empty(odd, WORDS));
    CHECK(th_bitset_within(odd, all, WORDS) && !th_bitset_within(all, odd, WORDS));
    CHECK(th_bitset_meets(odd, all, WORDS) && !th_bitset_meets(odd, none, WORDS));
    CHECK(th_bitset_equal(odd, odd, WORDS) && !th_bitset_equal(odd, all, WORDS));
    CHECK(th_bitset_next(odd, WORDS, 0) == 1 && th_bitset_next(odd, WORDS, 64) == 65);
    CHECK(th_bitset_next(odd, WORDS, 130) == th_bitset_end(WORDS));
    CHECK(th_bitset_next(odd, WORDS, 5000) == th_bitset_end(WORDS));
    th_bitset_remove(odd, 1);
    CHECK(th_bitset_next(odd, WORDS, 0) == 3);
}

static void bytes_and_bitsets_are_the_same_set(void) {
    unsigned char bytes[9] = {0x81, 0, 0, 0, 0, 0, 0, 0x80, 0x05}, back[9] = {0};
    CHECK(th_bitset_bytes_valid(bytes, 9, 67) && !th_bitset_bytes_valid(bytes, 9, 66));
    CHECK(!th_bitset_bytes_valid(bytes, 8, 67) && th_bitset_bytes_valid(bytes, 0, 0));
    th_word set[2];
    th_bitset_from_bytes(set, bytes, 67);
    CHECK(th_bitset_has(set, 0) && th_bitset_has(set, 7) && th_bitset_has(set, 63));
    CHECK(th_bitset_has(set, 64) && th_bitset_has(set, 66) && th_bitset_size(set, 2) == 5);
    th_bitset_to_bytes(back, set, 67);
    CHECK(memcmp(bytes, back, 9) == 0);
}

int main(void) {
    a_product_that_does_not_fit_is_refused();
    an_empty_block_can_be_had_and_freed();
    a_vector_keeps_its_items_when_memory_runs_out();
    an_arena_returns_zeroed_aligned_memory_of_its_own();
    bitset_operations_agree_with_the_single_bits();
    bytes_and_bitsets_are_the_same_set();
    return 0;
}
