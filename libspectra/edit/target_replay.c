/* target_replay.c: targets of later layers from that of the first (rule fe, spx/targets.h). */
#include "spx/targets.h"

#include <assert.h>
#include <string.h>

/* The bare prompts up to the subjects' last tokens, packed. */
typedef struct bare_prompts {
    size_t *start; /* facts + 1 */
    int32_t *token;
} bare_prompts;

static spx_status pack_prompts(const spx_prompts *p, spx_scratch *tmp, bare_prompts *b,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t each = p->contexts + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &b->start, p->facts + 1, err));
    for (size_t i = 0; i < p->facts; i++) b->start[i + 1] = b->start[i] + p->subject[i * each] + 1;
    SPX_TRY(SPX_SCRATCH(tmp, &b->token, b->start[p->facts], err));
    for (size_t i = 0; i < p->facts; i++)
        memcpy(b->token + b->start[i], p->token + p->start[i * each],
               (b->start[i + 1] - b->start[i]) * sizeof *b->token);
out:
    return st;
}

/* The last row of prompt i, of d numbers. */
static float *last_row(const bare_prompts *b, size_t i, float *x, size_t d)
{
    return x + (b->start[i + 1] - 1) * d;
}

spx_status spx_targets_replay(const spx_model *m, const spx_prompts *p, const size_t *layer,
                              size_t layers, spx_mat *Z, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    bare_prompts bare = {0};
    float *x = NULL;
    const size_t d = spx_model_shape(m)->d_model;
    assert(layers > 0);
    SPX_TRY(pack_prompts(p, &tmp, &bare, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, bare.start[p->facts] * d, err));
    const spx_batch b = {.n = p->facts, .start = bare.start, .token = bare.token};
    spx_model_embed(m, &b, x);
    for (size_t l = 0, from = 0; l < layers; from = layer[l++] + 1) {
        const spx_pass pass = {.from = from, .to = layer[l] + 1};
        assert(Z[l].rows == d && Z[l].cols == p->facts);
        SPX_TRY(spx_model_forward(m, &b, &pass, x, err));
        for (size_t i = 0; i < p->facts; i++) {
            float *row = last_row(&bare, i, x, d);
            for (size_t j = 0; j < d; j++) {
                double *z = &Z[l].data[j * Z[l].ld + i];
                if (l == 0)
                    row[j] = (float)*z;
                else
                    *z = (double)row[j];
            }
        }
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
