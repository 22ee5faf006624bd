/* products_option.c: the option that says how a model's floats are multiplied. */
#include "products_option.h"

#include "spx/products.h"

const char *products = "float";

int products_choose(void)
{
    spx_products kind = SPX_PRODUCTS_FLOAT;
    if (!spx_products_find(products, &kind))
        return cli_usage("--products is float, split or bf16, not '%s'", products);
    if (!spx_products_set(kind))
        cli_note("this processor has no kernel for %s products: they are computed as float",
                 products);
    return CLI_OK;
}
