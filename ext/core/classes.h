/* Version classes: releases of one node that nothing in the problem tells apart but their score.
 *
 * flask 3.0.1 and 3.0.2 require the same, are accepted by the same requirements, and belong to the
 * same ranges of every pair and rule: any stack with one is a stack with the other. One class keeps
 * the member with most points; the search sees classes only. (Interchangeable values: Freuder 1991,
 * "Eliminating interchangeable values in constraint satisfaction problems".)
 */
#ifndef THOTH_CORE_CLASSES_H
#define THOTH_CORE_CLASSES_H

#include "domains.h"

typedef struct {
    const th_problem *problem;
    th_id *class_of; /* candidate -> class in its node, or TH_NONE when filtered out; numbered by
                        their first members */
    th_id *counts;   /* node -> number of classes */
    th_id *best;     /* first of the node + class -> the member with most points, as a value of the
                        node; among equals the first, which is the preferred one */
    th_id *list_class; /* list -> a list that asks the same of what is left, or TH_NONE: not used */
} th_classes;

/* Fills *classes, which th_classes_free frees (also after a failure). `halt` may be NULL;
 * TH_STOPPED: it said so, and there are no classes. */
th_status th_classes_make(const th_problem *problem, const th_domains *domains, th_halt *halt,
                          th_classes *classes);
void th_classes_free(th_classes *classes);

static inline th_id th_classes_best(const th_classes *classes, th_id node, th_id class) {
    return classes->best[classes->problem->first[node] + (size_t)class];
}

#endif
