/* products_option.h: the option that says how a model's floats are multiplied. */
#ifndef SPX_TOOLS_PRODUCTS_H
#define SPX_TOOLS_PRODUCTS_H

#include "cli.h"

extern const char *products; /* what the option gave */

/* A row of an option table. */
#define PRODUCTS_OPTION                                                                        \
    {                                                                                          \
        .kind = CLI_STR, .name = "products", .value = &products, .value_name = "KIND",         \
        .help = "products of floats: float; split, three of bfloat16 each, error 2^-16; bf16 " \
                "[float]"                                                                      \
    }

/* Sets it for the process, with a note where this processor multiplies as float instead. Returns
 * the exit code. */
int products_choose(void);

#endif
