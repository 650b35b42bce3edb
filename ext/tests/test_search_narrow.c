/* test_search.c with 32-bit costs (weight.h), and what does not fit in them. */
#define TH_NARROW
#include "test_search.c"
