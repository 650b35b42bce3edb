/* test_vac.c with 32-bit costs (weight.h). */
#define TH_NARROW
#include "test_vac.c"
