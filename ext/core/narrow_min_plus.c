/* min_plus.c with 32-bit costs. See weight.h. */
#define TH_NARROW
#include "min_plus.c"
