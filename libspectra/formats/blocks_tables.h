/* blocks_tables.h: ggml's grids of the IQ types; how an entry is read is in blocks_tables.c. */
#ifndef SPX_FORMATS_BLOCKS_TABLES_H
#define SPX_FORMATS_BLOCKS_TABLES_H

#include <stdint.h>

/* Levels -1, 0, 1. */
extern const uint16_t grid_iq1[2048];
/* Levels 8, 25, 43. */
extern const uint16_t grid_iq2_xxs[256], grid_iq2_xs[512], grid_iq2_s[1024];
/* Levels 4, 12, 20, 28, 36, 44, 52, 62; 1, 3, 5, ... 15. */
extern const uint16_t grid_iq3_xxs[256], grid_iq3_s[512];

#endif
