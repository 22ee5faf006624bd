/* tokens.c: texts of records as ids. */
#include "eval/families.h"

#include <stdio.h>
#include <string.h>

spx_status tokens_of(const spx_tokenizer *t, const char *before, const char *text, spx_tokens *out,
                     spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const size_t n = strlen(before) + strlen(text);
    spx_status st = spx_scratch_alloc(&tmp, &mem, n + 1, 1, err);
    if (st != SPX_OK) return st;
    snprintf(mem, n + 1, "%s%s", before, text);
    st = *(const char *)mem == ' ' ? spx_tokenizer_continue(t, mem, n, out, err)
                                   : spx_tokenizer_prompt(t, mem, n, out, err);
    if (st == SPX_OK && out->n == 0) st = SPX_FAIL(err, SPX_EINVAL, "text without a token");
    if (st == SPX_OK) { /* nothing here asks which bytes a token stands for: 16 bytes a token */
        spx_free(out->begin);
        spx_free(out->end);
        out->begin = out->end = NULL;
    }
    spx_scratch_free(&tmp);
    return st;
}

score_item item_of(const spx_tokens *prompt, const spx_tokens *target)
{
    return (score_item){prompt->id, target->id, prompt->n, target->n, NULL};
}
