/* version.c: the version of the library. */
#include "spx/version.h"

const char *spx_version(void) { return SPX_VERSION; }
