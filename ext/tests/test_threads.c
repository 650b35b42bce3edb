/* Solvers in several threads share nothing. Meant for `run.sh threads`. */
#include <pthread.h>

#include "check.h"
#include "problem.h"

enum { THREADS = 4, PROBLEMS = 300, LENGTH = 300 };

static void *solve_many(void *argument) {
    unsigned char bytes[LENGTH];
    uint64_t state = 0x9e3779b97f4a7c15u + *(const unsigned *)argument % 2;
    for (int i = 0; i < PROBLEMS; i++) {
        for (size_t k = 0; k < LENGTH; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes[k] = (unsigned char)(state >> 56);
        }
        small_problem problem = problem_decode(bytes, LENGTH);
        th_solver solver;
        th_solver_init(&solver);
        problem_check(&problem, &solver,
                      problem_drive(&problem, &solver, (disturbances){.conflict_budget = -1}));
        th_solver_free(&solver);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i;
        CHECK(pthread_create(&threads[i], NULL, solve_many, &seeds[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
