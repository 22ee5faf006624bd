/* large.c: large MODEL ROWS THREADS [stored]: seconds a row of one block forward, of one block
 * backward, and of the head forward and backward; weights in float, or as the checkpoint stores
 * them. Sequences of 8 rows, as the target search packs them. */
#include "opening.h"

#include <stdlib.h>

enum { LENGTH = 8 };

typedef struct bench {
    spx_model *m;
    spx_tape *tape;
    size_t n, rows, *start, *row;
    int32_t *token;
    float *x, *dx, *z;
} bench;

static spx_status allocate(bench *b, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(b->m);
    SPX_TRY(SPX_SCRATCH(tmp, &b->start, b->n + 1 + b->rows, err));
    b->row = b->start + b->n + 1;
    for (size_t i = 0; i <= b->n; i++) b->start[i] = i * LENGTH;
    SPX_TRY(SPX_SCRATCH(tmp, &b->token, b->rows, err));
    for (size_t r = 0; r < b->rows; r++)
        b->row[r] = r, b->token[r] = (int32_t)(r * 7919 % c->vocab);
    SPX_TRY(SPX_SCRATCH(tmp, &b->x, b->rows * (2 * c->d_model + c->vocab), err));
    b->dx = b->x + b->rows * c->d_model;
    b->z = b->dx + b->rows * c->d_model;
    SPX_TRY(spx_tape_new(b->m, 0, c->layers, b->rows, &b->tape, err));
out:
    return st;
}

/* The best of three of each; the first also brings the memory in. */
static spx_status run(bench *b, double best[3], spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_batch batch = {.n = b->n, .start = b->start, .token = b->token};
    const spx_pass pass = {.from = 0, .to = spx_model_shape(b->m)->layers, .tape = b->tape};
    for (int i = 0; i < 3; i++) {
        double at[4];
        spx_model_embed(b->m, &batch, b->x);
        at[0] = spx_seconds();
        SPX_TRY(spx_model_forward(b->m, &batch, &pass, b->x, err));
        at[1] = spx_seconds();
        SPX_TRY(spx_model_logits(b->m, b->x, b->row, b->rows, b->z, err));
        memset(b->dx, 0, b->rows * spx_model_shape(b->m)->d_model * sizeof(float));
        SPX_TRY(spx_model_logits_backward(b->m, b->x, b->row, b->rows, b->z, b->dx, err));
        at[2] = spx_seconds();
        SPX_TRY(spx_model_backward(b->m, &batch, &pass, b->dx, err));
        at[3] = spx_seconds();
        for (int k = 0; k < 3; k++)
            if (i == 0 || at[k + 1] - at[k] < best[k]) best[k] = at[k + 1] - at[k];
    }
out:
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    bench b = {0};
    double best[3] = {0};
    spx_resident as;
    if (!stored_or_float(argc, argv, 3, &as))
        SPX_RAISE(&err, SPX_EINVAL, "large MODEL ROWS THREADS [stored]");
    b.n = strtoul(argv[2], NULL, 10) / LENGTH;
    b.rows = b.n * LENGTH;
    if (b.n == 0) SPX_RAISE(&err, SPX_EINVAL, "no rows");
    spx_threads_set(atoi(argv[3]));
    SPX_TRY(open_model(argv[1], as, &b.m, NULL, &err));
    SPX_TRY(allocate(&b, &tmp, &err));
    SPX_TRY(run(&b, best, &err));
    const double rows = (double)b.rows, blocks = (double)spx_model_shape(b.m)->layers;
    printf("%.6f\t%.6f\t%.6f\n", best[0] / rows / blocks, best[2] / rows / blocks, best[1] / rows);
out:
    spx_tape_free(b.tape);
    spx_scratch_free(&tmp);
    spx_model_close(b.m);
    return leave("large", st, &err);
}
