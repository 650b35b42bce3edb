/* Makes a network smaller without losing its optimum.
 *
 * - arc consistency: a value that some neighbour has no partner for goes (Mackworth 1977, AC-3);
 * - dominance: value a goes if another value b never costs more, whatever the neighbours take:
 *       unary[b] - unary[a] + sum over neighbours of max (table[b, c] - table[a, c]) <= 0
 *   (dead-end elimination: Goldstein 1994; soft neighbourhood substitutability: Lecoutre, Roussel &
 *   Dehani 2012);
 * - elimination: a variable with at most two neighbours is minimised out into them (bucket
 *   elimination: Dechter 1999; Larrosa & Dechter 2003), and gets its value back at the end.
 *
 * Example: the variable `zlib` is tied to `python-isal` only. For each value of python-isal the
 * best zlib is known, so its cost is added there and zlib leaves the search.
 */
#ifndef THOTH_CORE_REDUCE_H
#define THOTH_CORE_REDUCE_H

#include "network.h"

typedef struct {
    th_id variable;
    th_id tables[2]; /* tables that tied it to variables left at that moment, or TH_NONE */
} th_elimination;

typedef struct {
    th_network *network;
    th_id **live;        /* variable -> its values left, ascending */
    th_id *live_count;   /* 0 only when the network is infeasible */
    unsigned char *gone; /* variable -> 1 when eliminated or fixed */
    TH_VEC(th_elimination) eliminations;
    th_id *component; /* variable left -> its component; TH_NONE for the others */
    th_id component_count;
} th_reduction;

typedef struct {
    bool keep_all; /* only what keeps *every* solution: no dominance, no minimising out; all that is
                      left is one component */
} th_reduce_options;

/* Reduces in place: network->constant grows, tables and unary costs change. network->constant is
 * TH_TOP when there is no solution. TH_STOPPED: the network's halt said so; what is left is of no
 * use. */
th_status th_reduce(th_network *network, th_reduce_options options, th_reduction *reduction);
void th_reduction_free(th_reduction *reduction);

/* Completes `values`, set for the variables left, by those of the others. */
void th_reduction_complete(const th_reduction *reduction, th_id *values);

#endif
