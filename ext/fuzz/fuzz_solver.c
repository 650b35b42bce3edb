/* Any problem, told and interrupted in any way, has the answer of a plain search.
 *
 * Input: two bytes say which request for memory fails, one how many conflicts a run may have and
 * how much is forgotten; the rest is a problem (ext/tests/problem.h).
 */
#include "check.h"
#include "fuzz.h"
#include "problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3 || size > FUZZ_TEXT_LIMIT)
        return 0;
    disturbances disturbance = {.conflict_budget = (data[2] & 3) == 0 ? -1 : data[2] & 3};
    small_problem problem = problem_decode(data + 3, size - 3);
    th_solver solver;
    th_solver_init(&solver);
    solver.learner.bytes_max = solver.learner.next_bytes = (size_t)(data[2] >> 2) * 16;
    allocation_fail_after(data[0] | data[1] << 8);
    th_outcome outcome = problem_drive(&problem, &solver, disturbance);
    problem_check(&problem, &solver, outcome);
    th_solver_free(&solver);
    allocation_fail_after(0);
    return 0;
}
