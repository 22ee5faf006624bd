/* tiny_facts.h: three facts for tests/data/tiny.gguf, and a plain run of one of their prompts. */
#ifndef SPX_TESTS_TINY_FACTS_H
#define SPX_TESTS_TINY_FACTS_H

#include "check.h"

#include "spx/targets.h"

#include <stdbool.h>
#include <string.h>

enum { D = 64, FF = 172, V = 512, BLOCKS = 5, LAYER = 2, FACTS = 3, CONTEXTS = 3 };

typedef struct fixture {
    spx_model *m;
    spx_tokenizer *t;
    spx_prompts p;
    spx_target_opts o;
} fixture;

static const char *const tiny_prefixes[CONTEXTS - 1] = {
    "Because of this, people often ask about it.", "Therefore we say."};

static inline void setup(fixture *f)
{
    static const spx_request requests[FACTS] = {
        {"The mother tongue of Danielle Darrieux is", "Danielle Darrieux", "English", 0},
        {"Toko Yasuda produces the most amazing music on the", "Toko Yasuda", "piano", 0},
        {"Paris is in", "Paris", "Italy", 0},
    };
    spx_error err = {0};
    spx_ckpt *c = NULL;
    *f = (fixture){
        .o = {
            .layer = LAYER, .steps = 20, .lr = 0.1, .clamp = 4, .weight_decay = 0.5, .kl = 0.0625}};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &f->m, &err));
    check_ok(spx_tokenizer_open(c, &f->t, &err));
    spx_ckpt_close(c);
    check_ok(spx_prompts_new(f->t, requests, FACTS, tiny_prefixes, CONTEXTS - 1, &f->p, &err));
    assert_int_equal(f->p.contexts, CONTEXTS);
}

static inline void teardown(fixture *f)
{
    spx_prompts_free(&f->p);
    spx_tokenizer_close(f->t);
    spx_model_close(f->m);
}

/* Log-probabilities of all rows of sequence q with delta added behind LAYER at the subject's last
 * token. */
static inline size_t plain_run(const fixture *f, size_t q, const double *delta, double *logp)
{
    spx_error err = {0};
    static float x[64 * D], z[64 * V];
    size_t row[64];
    const size_t first = f->p.start[q], n = f->p.start[q + 1] - first, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = f->p.token + first};
    const spx_pass below = {.from = 0, .to = LAYER + 1}, above = {.from = LAYER + 1, .to = BLOCKS};
    assert_true(n <= 64);
    spx_model_embed(f->m, &b, x);
    check_ok(spx_model_forward(f->m, &b, &below, x, &err));
    for (size_t j = 0; j < D; j++) x[f->p.subject[q] * D + j] += (float)delta[j];
    check_ok(spx_model_forward(f->m, &b, &above, x, &err));
    for (size_t r = 0; r < n; r++) row[r] = r;
    check_ok(spx_model_logits(f->m, x, row, n, z, &err));
    for (size_t r = 0; r < n; r++) {
        double sum = 0;
        for (size_t j = 0; j < V; j++) sum += exp((double)z[r * V + j]);
        for (size_t j = 0; j < V; j++) logp[r * V + j] = (double)z[r * V + j] - log(sum);
    }
    return n;
}

#endif
