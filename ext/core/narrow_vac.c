/* vac.c with 32-bit costs. See weight.h. */
#define TH_NARROW
#include "vac.c"
