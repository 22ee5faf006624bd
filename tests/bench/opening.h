/* opening.h: what the programs of tests/bench begin and end with. */
#ifndef SPX_BENCH_OPENING_H
#define SPX_BENCH_OPENING_H

#include "spx/model.h"
#include "spx/products.h"
#include "spx/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Products as the environment's PRODUCTS names them; float without it. */
static inline spx_status choose_products(spx_error *err)
{
    spx_products kind = SPX_PRODUCTS_FLOAT;
    const char *name = getenv("PRODUCTS");
    if (name && !spx_products_find(name, &kind))
        return SPX_FAIL(err, SPX_EINVAL, "PRODUCTS is '%s'", name);
    if (!spx_products_set(kind))
        return SPX_FAIL(err, SPX_EINVAL, "no kernel for %s products", name);
    return SPX_OK;
}

/* The model of a file, its weights in float or as they are stored, and its tokenizer, unless t is
 * NULL. */
static inline spx_status open_model(const char *path, spx_resident as, spx_model **m,
                                    spx_tokenizer **t, spx_error *err)
{
    spx_ckpt *c = NULL;
    spx_status st = choose_products(err);
    if (st == SPX_OK) st = spx_ckpt_open(path, &c, err);
    if (st == SPX_OK) st = spx_model_open_as(c, as, m, err);
    if (st == SPX_OK && t) st = spx_tokenizer_open(c, t, err);
    spx_ckpt_close(c);
    return st;
}

/* The last argument, behind n others, may be "stored"; false if the command line is another. */
static inline bool stored_or_float(int argc, char **argv, int n, spx_resident *as)
{
    const bool stored = argc == n + 2 && strcmp(argv[n + 1], "stored") == 0;
    *as = stored ? SPX_RESIDENT_STORED : SPX_RESIDENT_FLOAT;
    return stored || argc == n + 1;
}

static inline int leave(const char *name, spx_status st, const spx_error *err)
{
    if (st != SPX_OK) fprintf(stderr, "%s: %s\n", name, err->text);
    return st == SPX_OK ? 0 : 3;
}

#endif
