/* prompt.c: prompt MODEL TEXT WINDOW WINDOWS [stored]: the text's first WINDOWS windows through the
 * model, one after another: the best tokens a second, and the perplexity of the second half of
 * each. */
#include "opening.h"

#include "spx/file.h"

#include <math.h>
#include <stdlib.h>

typedef struct bench {
    spx_model *m;
    spx_tokens text;
    size_t window, windows;
    float *x, *logits;
    size_t *row;
    double nll, best;
} bench;

static double row_nll(const float *z, size_t v, int32_t next)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 1; j < v; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < v; j++) sum += exp((double)z[j] - most);
    return most + log(sum) - (double)z[next];
}

/* The blocks over a window are timed; the head runs on the rows of its second half but the last,
 * which nothing in the window judges (as llama.cpp's perplexity does). */
static spx_status run_window(bench *b, size_t at, spx_error *err)
{
    const spx_model_config *c = spx_model_shape(b->m);
    const int32_t *token = b->text.id + at * b->window;
    const size_t start[2] = {0, b->window}, half = b->window / 2;
    const spx_batch batch = {.n = 1, .start = start, .token = token};
    const spx_pass pass = {.from = 0, .to = c->layers};
    const double begun = spx_seconds();
    spx_model_embed(b->m, &batch, b->x);
    spx_status st = spx_model_forward(b->m, &batch, &pass, b->x, err);
    const double took = spx_seconds() - begun;
    if (b->best == 0 || took < b->best) b->best = took;
    for (size_t i = 0; i + 1 < half; i++) b->row[i] = half + i;
    if (st == SPX_OK) st = spx_model_logits(b->m, b->x, b->row, half - 1, b->logits, err);
    for (size_t i = 0; st == SPX_OK && i + 1 < half; i++)
        b->nll += row_nll(b->logits + i * c->vocab, c->vocab, token[half + i + 1]);
    return st;
}

static spx_status open_all(bench *b, char **argv, spx_resident as, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tokenizer *t = NULL;
    char *text = NULL;
    size_t len = 0;
    SPX_TRY(open_model(argv[1], as, &b->m, &t, err));
    SPX_TRY(spx_file_text(argv[2], &text, &len, err));
    SPX_TRY(spx_tokenizer_encode(t, text, len, false, &b->text, err));
    if (b->text.n < b->window * b->windows)
        SPX_RAISE(err, SPX_EINVAL, "%s has %zu tokens", argv[2], b->text.n);
out:
    spx_free(text);
    spx_tokenizer_close(t);
    return st;
}

static spx_status allocate(bench *b, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(b->m);
    SPX_TRY(SPX_SCRATCH(tmp, &b->x, b->window * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(tmp, &b->logits, b->window * c->vocab, err));
    SPX_TRY(SPX_SCRATCH(tmp, &b->row, b->window, err));
out:
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    bench b = {0};
    spx_resident as;
    if (!stored_or_float(argc, argv, 4, &as))
        SPX_RAISE(&err, SPX_EINVAL, "prompt MODEL TEXT WINDOW WINDOWS [stored]");
    b.window = strtoul(argv[3], NULL, 10);
    b.windows = strtoul(argv[4], NULL, 10);
    if (b.window < 4 || b.windows < 1) SPX_RAISE(&err, SPX_EINVAL, "no window");
    const double begun = spx_seconds();
    SPX_TRY(open_all(&b, argv, as, &err));
    const double opened = spx_seconds() - begun;
    SPX_TRY(allocate(&b, &tmp, &err));
    for (size_t i = 0; i < b.windows; i++) SPX_TRY(run_window(&b, i, &err));
    printf("%.1f\t%.3f\t%.3f\n", (double)b.window / b.best,
           exp(b.nll / (double)(b.windows * (b.window / 2 - 1))), opened);
out:
    spx_scratch_free(&tmp);
    spx_tokens_free(&b.text);
    spx_model_close(b.m);
    return leave("prompt", st, &err);
}
