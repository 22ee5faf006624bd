/* arch_names.h: parts of tensors' names: blocks, experts, stacks; arch.c puts them together. */
#ifndef SPX_FORMATS_ARCH_NAMES_H
#define SPX_FORMATS_ARCH_NAMES_H

#include "spx/arch.h"

/* The next block in a name from `from` on: `before` starts it or, after a dot, a part of it
 * ("model.layers."), and a number and a dot follow, which *rest is behind; NULL if there is none.
 */
const char *arch_block(const char *name, const char *from, const char *before, const char **rest,
                       long *layer);
/* True, with *place set but for the stack, for a matrix of a mixture of experts whose name ends in
 * `end` or, in a stack, in "[E]". */
bool arch_expert(const char *name, const char *end, spx_place *place);
/* The stack of a tensor by the first `len` bytes of its name. */
spx_stack arch_stack(const char *name, size_t len);

#endif
