/* Finds version classes by partition refinement. See classes.h.
 *
 * All live releases of a node start in one class. Each thing that could tell them apart (their
 * requirement list, being visible, every set that something in the problem uses) splits the classes
 * it cuts. Only the smaller of a set and its complement is looked at (Hopcroft 1971; Paige & Tarjan
 * 1987, "Three partition refinement algorithms"). No hash decides what is equal.
 */
#include "classes.h"

#include <string.h>

#include "memory.h"

typedef struct {
    const th_problem *problem;
    const th_domains *domains;
    th_classes *classes;
    th_id *equal_set; /* set -> the first set with the same live members */
    unsigned char *set_used;
    th_id *slots; /* hash table of sets, then of lists, then (2 * list + visible) -> class */
    size_t slot_count;
    th_id *sorted_lists; /* list_sets with each list as sorted, distinct equal sets */
    int32_t *sorted_counts;
    th_id *sizes;             /* like classes->best: class -> its members */
    th_id *members;           /* splitting: the smaller side of the set */
    th_id *touched;           /* the classes it has members of */
    th_id *hits;              /* class -> its members there; all 0 in between */
    th_id *halves;            /* class -> the class they move to; all TH_NONE in between */
    TH_VEC(uint64_t) by_node; /* node << 32 | set, of the sets that are used */
    size_t largest;           /* releases of one node */
    th_halt *halt;
} refining;

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static th_word live_word(const refining *run, th_id set, size_t i) {
    th_id node = run->problem->set_nodes[set];
    return th_problem_set(run->problem, set)[i] & th_domains_of(run->domains, node)[i];
}

static size_t set_words(const refining *run, th_id set) {
    return th_domains_words(run->domains, run->problem->set_nodes[set]);
}

static bool sets_equal(const refining *run, th_id a, th_id b) {
    if (run->problem->set_nodes[a] != run->problem->set_nodes[b])
        return false;
    for (size_t i = 0; i < set_words(run, a); i++)
        if (live_word(run, a, i) != live_word(run, b, i))
            return false;
    return true;
}

/* Fills equal_set: sets that differ only in releases already filtered out are one set. */
static void find_equal_sets(refining *run) {
    memset(run->slots, 0xff, run->slot_count * sizeof *run->slots);
    for (th_id set = 0; set < (th_id)run->problem->set_count; set++) {
        uint64_t hash = mix(1, (uint64_t)run->problem->set_nodes[set]);
        if (th_halt_after(run->halt, 4 * set_words(run, set) + 4))
            return;
        for (size_t i = 0; i < set_words(run, set); i++)
            hash = mix(hash, live_word(run, set, i));
        size_t slot = (size_t)hash & (run->slot_count - 1);
        while (run->slots[slot] != TH_NONE && !sets_equal(run, run->slots[slot], set))
            slot = (slot + 1) & (run->slot_count - 1);
        if (run->slots[slot] == TH_NONE)
            run->slots[slot] = set;
        run->equal_set[set] = run->slots[slot];
    }
}

/* Whether the set holds all, or none, of the live values of its node: it tells nothing apart. */
static bool is_trivial(const refining *run, th_id set) {
    bool all = true, none = true;
    const th_word *domain = th_domains_of(run->domains, run->problem->set_nodes[set]);
    for (size_t i = 0; i < set_words(run, set); i++) {
        all &= live_word(run, set, i) == domain[i];
        none &= live_word(run, set, i) == 0;
    }
    return all || none;
}

static void use_set(refining *run, th_id set) {
    run->set_used[run->equal_set[set]] = 1;
}

/* Sorts a short list in place; lists are a few requirements long, the longest some hundreds. */
static void sort_ids(th_id *items, size_t count) {
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count; i++) {
            th_id item = items[i];
            size_t k = i;
            for (; k >= gap && items[k - gap] > item; k -= gap)
                items[k] = items[k - gap];
            items[k] = item;
        }
}

/* Writes the list as sorted, distinct equal sets, without those that hold for every live value of a
 * node that is reached anyway: others still tell who supports what. */
static void sort_list(refining *run, th_id list) {
    const th_problem *problem = run->problem;
    int32_t from = problem->list_offsets[list];
    th_id *items = run->sorted_lists + from;
    size_t count = 0;
    for (int32_t i = from; i < problem->list_offsets[list + 1]; i++) {
        th_id set = problem->list_sets[i];
        th_id node = problem->set_nodes[set];
        if (!run->domains->founded[node] ||
            !th_bitset_within(th_domains_of(run->domains, node), th_problem_set(problem, set),
                              set_words(run, set)))
            items[count++] = run->equal_set[set];
    }
    sort_ids(items, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || items[i] != items[kept - 1])
            items[kept++] = items[i];
    run->sorted_counts[list] = (int32_t)kept;
}

static bool lists_equal(const refining *run, th_id a, th_id b) {
    const int32_t *offsets = run->problem->list_offsets;
    return run->sorted_counts[a] == run->sorted_counts[b] &&
           (run->sorted_counts[a] == 0 ||
            memcmp(run->sorted_lists + offsets[a], run->sorted_lists + offsets[b],
                   (size_t)run->sorted_counts[a] * sizeof *run->sorted_lists) == 0);
}

/* Fills list_class for the lists of live releases, and marks the sets in them as used. */
static void find_equal_lists(refining *run) {
    const th_problem *problem = run->problem;
    th_id *list_class = run->classes->list_class;
    memset(run->slots, 0xff, run->slot_count * sizeof *run->slots);
    for (size_t list = 0; list < problem->list_count; list++)
        list_class[list] = TH_NONE;
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        for (th_id value = 0; value < problem->node_sizes[node]; value++) {
            th_id list = problem->candidate_lists[problem->first[node] + (size_t)value];
            if (!th_domains_has(run->domains, node, value) || list_class[list] != TH_NONE)
                continue;
            size_t length = (size_t)(problem->list_offsets[list + 1] - problem->list_offsets[list]);
            if (th_halt_after(run->halt, 16 * length + 4))
                return;
            sort_list(run, list);
            uint64_t hash = 2;
            for (int32_t i = 0; i < run->sorted_counts[list]; i++) {
                th_id set = run->sorted_lists[problem->list_offsets[list] + i];
                hash = mix(hash, (uint64_t)set);
                use_set(run, set);
            }
            size_t slot = (size_t)hash & (run->slot_count - 1);
            while (run->slots[slot] != TH_NONE && !lists_equal(run, run->slots[slot], list))
                slot = (slot + 1) & (run->slot_count - 1);
            if (run->slots[slot] == TH_NONE)
                run->slots[slot] = list;
            list_class[list] = run->slots[slot];
        }
}

static void use_other_sets(refining *run) {
    const th_problem *problem = run->problem;
    for (size_t i = 0; i < problem->pair_count; i++) {
        use_set(run, problem->pair_a[i]);
        use_set(run, problem->pair_b[i]);
    }
    for (int32_t i = 0; i < problem->rule_when_offsets[problem->rule_count]; i++)
        use_set(run, problem->rule_when[i]);
    for (int32_t i = 0; i < problem->rule_unless_offsets[problem->rule_count]; i++)
        use_set(run, problem->rule_unless[i]);
    for (size_t rule = 0; rule < problem->rule_count; rule++)
        if (problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE)
            use_set(run, (th_id)problem->rule_values[rule]);
}

static th_status group_sets(refining *run) {
    for (th_id set = 0; set < (th_id)run->problem->set_count; set++) {
        if (th_halt_after(run->halt, 2 * set_words(run, set)))
            return TH_STOPPED;
        if (run->set_used[set] && !is_trivial(run, set) &&
            th_vec_push(&run->by_node,
                        (uint64_t)run->problem->set_nodes[set] << 32 | (uint64_t)set) != TH_OK)
            return TH_NO_MEMORY;
    }
    return TH_OK;
}

/* Fills `members` with the live releases that are in the set, or (flip all bits) that are not. */
static size_t gather(refining *run, th_id node, th_id set, th_word flip) {
    size_t count = 0, size = (size_t)run->problem->node_sizes[node];
    for (size_t i = 0; i < th_domains_words(run->domains, node); i++) {
        th_word left =
            (th_problem_set(run->problem, set)[i] ^ flip) & th_domains_of(run->domains, node)[i];
        for (; left != 0; left &= left - 1) {
            size_t value = i * TH_WORD_BITS + th_word_lowest(left);
            if (value < size) /* "absent" is in no class */
                run->members[count++] = (th_id)value;
        }
    }
    return count;
}

/* Splits the classes of `node`: members on the smaller side of the set move to a new class, unless
 * their whole class is there. */
static th_status split(refining *run, th_id node, th_id set) {
    size_t first = run->problem->first[node], touched = 0;
    th_id *class_of = run->classes->class_of + first, *sizes = run->sizes + first;
    th_id *count = &run->classes->counts[node];
    size_t members = gather(run, node, set, 0);
    if (members > (size_t)run->problem->node_sizes[node] / 2)
        members = gather(run, node, set, ~(th_word)0);
    if (th_halt_after(run->halt, 4 * members + set_words(run, set)))
        return TH_STOPPED;
    for (size_t i = 0; i < members; i++) {
        th_id class = class_of[run->members[i]];
        if (run->hits[class]++ == 0)
            run->touched[touched++] = class;
    }
    for (size_t i = 0; i < members; i++) {
        th_id *class = &class_of[run->members[i]];
        if (run->hits[*class] == sizes[*class])
            continue;
        if (run->halves[*class] == TH_NONE)
            run->halves[*class] = (*count)++;
        *class = run->halves[*class];
    }
    for (size_t i = 0; i < touched; i++) {
        th_id class = run->touched[i];
        if (run->halves[class] != TH_NONE) {
            sizes[run->halves[class]] = run->hits[class];
            sizes[class] -= run->hits[class];
        }
        run->hits[class] = 0;
        run->halves[class] = TH_NONE;
    }
    return TH_OK;
}

/* The first partition of a node: by requirement list and visibility. */
static void start_classes(refining *run, th_id node) {
    const th_problem *problem = run->problem;
    size_t first = problem->first[node];
    th_id *class_of = run->classes->class_of + first;
    th_id count = 0;
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        class_of[value] = TH_NONE;
        if (!th_domains_has(run->domains, node, value))
            continue;
        th_id list = run->classes->list_class[problem->candidate_lists[first + (size_t)value]];
        th_id *slot = &run->slots[2 * list + problem->candidate_visible[first + (size_t)value]];
        if (*slot == TH_NONE) {
            *slot = count;
            run->halves[count++] = (th_id)(slot - run->slots);
        }
        class_of[value] = *slot;
        run->sizes[first + (size_t)*slot]++;
    }
    run->classes->counts[node] = count;
    for (th_id class = 0; class < count; class++)
        run->slots[run->halves[class]] = TH_NONE;
}

/* Numbers the classes of a node by their first members: neighbours in order are mostly alike, so
 * that the search can halve a domain at one place (search.h). */
static void number_in_order(refining *run, th_id node) {
    const th_problem *problem = run->problem;
    th_id *class_of = run->classes->class_of + problem->first[node];
    th_id count = 0;
    for (th_id class = 0; class < run->classes->counts[node]; class++)
        run->halves[class] = TH_NONE;
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        if (class_of[value] == TH_NONE)
            continue;
        th_id *number = &run->halves[class_of[value]];
        if (*number == TH_NONE)
            *number = count++;
        class_of[value] = *number;
    }
}

static void find_best(refining *run, th_id node) {
    const th_problem *problem = run->problem;
    size_t first = problem->first[node];
    th_id *best = run->classes->best + first;
    for (th_id class = 0; class < run->classes->counts[node]; class++)
        best[class] = TH_NONE;
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        th_id class = run->classes->class_of[first + (size_t)value];
        if (class != TH_NONE &&
            (best[class] == TH_NONE || problem->candidate_scores[first + (size_t)value] >
                                           problem->candidate_scores[first + (size_t)best[class]]))
            best[class] = value;
    }
}

/* Bounds of a hash table for `count` entries: a power of two, at most half full. */
static size_t table_size(size_t count) {
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    return size;
}

static th_status refine(refining *run) {
    const th_problem *problem = run->problem;
    find_equal_sets(run);
    find_equal_lists(run);
    use_other_sets(run);
    if (th_halt_after(run->halt, 1)) /* what is equal is not known then */
        return TH_STOPPED;
    th_status status = group_sets(run);
    memset(run->slots, 0xff, run->slot_count * sizeof *run->slots);
    for (th_id node = 0; status == TH_OK && node < (th_id)problem->node_count; node++)
        start_classes(run, node);
    memset(run->halves, 0xff, run->largest * sizeof *run->halves); /* TH_NONE */
    for (size_t i = 0; status == TH_OK && i < run->by_node.count; i++)
        status = split(run, (th_id)(run->by_node.items[i] >> 32),
                       (th_id)(run->by_node.items[i] & UINT32_MAX));
    for (th_id node = 0; status == TH_OK && node < (th_id)problem->node_count; node++) {
        number_in_order(run, node);
        find_best(run, node);
    }
    return status;
}

th_status th_classes_make(const th_problem *problem, const th_domains *domains, th_halt *halt,
                          th_classes *classes) {
    memset(classes, 0, sizeof *classes);
    classes->problem = problem;
    size_t largest = 0;
    for (size_t node = 0; node < problem->node_count; node++)
        if ((size_t)problem->node_sizes[node] > largest)
            largest = (size_t)problem->node_sizes[node];
    size_t entries =
        problem->set_count > problem->list_count ? problem->set_count : problem->list_count;
    size_t list_items = (size_t)problem->list_offsets[problem->list_count];
    refining run = {.problem = problem,
                    .domains = domains,
                    .classes = classes,
                    .largest = largest,
                    .halt = halt};
    run.slot_count = table_size(entries);
#define TAKE(field, count) ((field) = th_allocate((count), sizeof *(field)))
    bool allocated =
        TAKE(classes->class_of, problem->candidate_count) &&
        TAKE(classes->counts, problem->node_count) &&
        TAKE(classes->best, problem->candidate_count) &&
        TAKE(classes->list_class, problem->list_count) && TAKE(run.equal_set, problem->set_count) &&
        TAKE(run.set_used, problem->set_count) && TAKE(run.slots, run.slot_count) &&
        TAKE(run.sorted_lists, list_items) && TAKE(run.sorted_counts, problem->list_count) &&
        TAKE(run.halves, largest) && TAKE(run.sizes, problem->candidate_count) &&
        TAKE(run.members, largest) && TAKE(run.touched, largest) && TAKE(run.hits, largest);
#undef TAKE
    th_status status = allocated ? refine(&run) : TH_NO_MEMORY;
    void *const blocks[] = {run.equal_set,     run.set_used, run.slots, run.sorted_lists,
                            run.sorted_counts, run.halves,   run.sizes, run.members,
                            run.touched,       run.hits};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
    th_vec_free(&run.by_node);
    return status;
}

void th_classes_free(th_classes *classes) {
    th_free(classes->class_of);
    th_free(classes->counts);
    th_free(classes->best);
    th_free(classes->list_class);
    memset(classes, 0, sizeof *classes);
}
