/* products_option.h: the option that says how a model's floats are multiplied. */
#ifndef SPX_TOOLS_PRODUCTS_H
#define SPX_TOOLS_PRODUCTS_H

#include "cli.h"

extern const char *products; /* what the option gave */

/* A row of an option table. */
#define PRODUCTS_OPTION                                                                  \
    {                                                                                    \
        CLI_STR, 0, "products", &products, 0, 0,                                         \
            "of floats: float; split, three of bfloat16 each, error 2^-16; bf16 [float]" \
    }

/* Sets it for the process; says so where this processor has to do it by float. The tool's exit
 * code. */
int products_choose(void);

#endif
