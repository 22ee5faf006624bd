/* experts.c: stacks of experts, [experts, ., .], shown as the matrices that they consist of. */
#include "formats/format.h"

#include "spx/arch.h"

#include <stdio.h>

enum { MOST_EXPERTS = 65536, LONGEST_NAME = 512 };

/* True for three axes under a name that the table of architectures knows as a mixture. */
static bool is_stack(const spx_tensor *t)
{
    if (t->ndim != 3 || !spx_tensor_has_weights(t) || t->shape[0] > MOST_EXPERTS) return false;
    return strlen(t->name) < LONGEST_NAME && t->bytes % t->shape[0] == 0 &&
           spx_arch_place(t->name).expert == SPX_EXPERT_ALL;
}

static spx_status name_expert(spx_ckpt *c, size_t at, const spx_tensor *stack, size_t i,
                              spx_error *err)
{
    char name[LONGEST_NAME + 24];
    snprintf(name, sizeof name, "%s[%zu]", stack->name, i);
    const spx_status st = spx_text_dup(&c->expert_names[at], name, err);
    c->expert[at].name = c->expert_names[at];
    return st;
}

/* Matrix i of the stack becomes expert `at`. */
static spx_status add_expert(spx_ckpt *c, size_t at, const spx_tensor *stack, size_t i,
                             spx_error *err)
{
    spx_tensor *t = &c->expert[at];
    *t = (spx_tensor){.dtype = stack->dtype,
                      .ndim = 2,
                      .shape = {stack->shape[1], stack->shape[2]},
                      .bytes = stack->bytes / stack->shape[0],
                      .of = stack,
                      .type = stack->type,
                      .quantised = stack->quantised,
                      .first_row = i * stack->shape[1],
                      .unreadable = stack->unreadable};
    t->data = stack->data + i * t->bytes;
    return name_expert(c, at, stack, i, err);
}

spx_status format_experts(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        if (is_stack(&c->tensor[i])) n += c->tensor[i].shape[0];
    SPX_TRY(SPX_NEW(&c->expert, n, err));
    SPX_TRY(SPX_NEW(&c->expert_hash, n, err));
    SPX_TRY(SPX_NEW(&c->show, c->count + n, err));
    SPX_TRY(SPX_NEW(&c->expert_names, n, err));
    c->experts = n;
    n = 0;
    for (size_t i = 0; i < c->count; i++) {
        const spx_tensor *t = &c->tensor[i];
        const size_t experts = is_stack(t) ? t->shape[0] : 0;
        if (experts == 0) c->show[c->shown++] = t;
        for (size_t k = 0; k < experts; k++) {
            c->show[c->shown++] = &c->expert[n];
            SPX_TRY(add_expert(c, n++, t, k, err));
        }
    }
out:
    return st;
}
