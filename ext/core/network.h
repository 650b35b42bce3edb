/* A cost function network under construction: variables, unary costs, one table per pair.
 *
 * A weighted constraint satisfaction problem asks for one value for each variable such that the sum
 *
 *     constant + sum of unary[x][value of x] + sum of table[x, y][value of x][value of y]
 *
 * is least. A cost of TH_TOP forbids. All costs of one pair are added up in one table *first*: two
 * tables over the same pair give weaker bounds than their sum. A cost that depends on more than two
 * variables gets a hidden variable (Rossi, Petrie & Dhar 1990; Larrosa & Dechter 2000): for
 * conditions A, B, C its values are "all hold", "A fails", "A holds, B fails", "A and B hold, C
 * fails", each tied to A, B and C by a table of two.
 */
#ifndef THOTH_CORE_NETWORK_H
#define THOTH_CORE_NETWORK_H

#include "arena.h"
#include "halt.h"
#include "ids.h"
#include "memory.h"

typedef int64_t th_cost;

/* What is forbidden costs TH_TOP; sums with it stay at or above TH_TOP_LIMIT, and every finite cost
 * is below. */
#define TH_TOP ((th_cost)1 << 62)
#define TH_TOP_LIMIT ((th_cost)1 << 61)

static inline bool th_cost_is_top(th_cost cost) {
    return cost >= TH_TOP_LIMIT;
}

static inline th_cost th_cost_add(th_cost a, th_cost b) {
    return th_cost_is_top(a) || th_cost_is_top(b) ? TH_TOP : a + b;
}

typedef struct {
    th_id x, y;    /* x < y */
    th_cost *cost; /* row-major: cost[value of x * size of y + value of y] */
} th_table;

typedef struct {
    th_id size;
    th_cost *unary;
    TH_VEC(th_id) tables; /* tables that have this variable */
} th_variable;

typedef struct {
    th_cost constant; /* TH_TOP: no solution */
    TH_VEC(th_variable) variables;
    TH_VEC(th_table) tables;
    th_arena arena;      /* owns costs and masks */
    size_t memory_limit; /* bytes of the arena; past it th_network_* return TH_NO_MEMORY */
    bool over_limit;     /* that has happened */
    size_t other_bytes;  /* held by what was made from it; they count towards the limit */
    th_halt *halt;       /* asked while it is built and reduced; NULL: never stop */
} th_network;

/* One condition: the variable takes a value whose mask byte is 1. */
typedef struct {
    th_id variable;
    const unsigned char *mask; /* as many bytes as the variable has values */
} th_literal;

void th_network_free(th_network *network);

/* Bytes that may still be taken; SIZE_MAX: no limit. */
size_t th_network_left(const th_network *network);

/* Returns `count` zeroed items of the network's arena, or NULL: no memory, or past the limit. */
void *th_network_take(th_network *network, size_t count, size_t item_size);

/* Adds a variable with `size` values of cost 0. */
th_status th_network_add_variable(th_network *network, th_id size, th_id *variable);

/* Finds the table of x and y (x < y), or makes one of zeros. It moves when a table is added. */
th_status th_network_table(th_network *network, th_id x, th_id y, th_table **table);

/* The table of x and y if there is one, else NULL. */
th_table *th_network_find(th_network *network, th_id x, th_id y);

/* Adds `cost` (any sign, or TH_TOP) to every assignment that satisfies all `count` literals.
 * Literals may repeat a variable. Three or more that are left make a hidden variable.
 * TH_STOPPED: `halt` said so; the network is not complete. */
th_status th_network_add(th_network *network, const th_literal *literals, size_t count,
                         th_cost cost);

#endif
