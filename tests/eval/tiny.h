/* tiny.h: the tiny model, and scores from one plain pass a sequence. */
#ifndef SPX_TESTS_TINY_H
#define SPX_TESTS_TINY_H

#include "check.h"
#include "eval/score.h"

#include <string.h>

enum { V = 512, D = 64 };

static inline void open_tiny(spx_model **m, spx_tokenizer **t)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, m, &err));
    check_ok(spx_tokenizer_open(c, t, &err));
    spx_ckpt_close(c);
}

/* -(1/m) sum_j log p(t_j | prompt, t_<j) from one plain pass; best, if not NULL, as in score.h. */
static inline score plain_score(const spx_model *m, const score_item *it, int32_t *best)
{
    spx_error err = {0};
    int32_t token[512];
    static float x[512 * D], z[2 * V];
    const spx_model_config *c = spx_model_shape(m);
    const size_t n = it->prompts + it->targets, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = token};
    const spx_pass all = {.from = 0, .to = c->layers};
    score out = {0, 0, true};
    assert_true(n <= 512 && c->d_model <= D && c->vocab <= 2 * V);
    memcpy(token, it->prompt, it->prompts * sizeof *token);
    memcpy(token + it->prompts, it->target, it->targets * sizeof *token);
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &all, x, &err));
    for (size_t j = 0; j < it->targets; j++) {
        const size_t row = it->prompts - 1 + j, t = (size_t)it->target[j];
        double sum = 0;
        size_t top = 0;
        check_ok(spx_model_logits(m, x, &row, 1, z, &err));
        for (size_t k = 0; k < c->vocab; k++) {
            sum += exp((double)z[k]);
            if (z[k] > z[top]) top = k;
        }
        out.nll += (log(sum) - (double)z[t]) / (double)it->targets;
        out.hits += t == top;
        out.argmax = out.argmax && t == top;
        if (best) best[j] = (int32_t)top;
    }
    return out;
}

/* Behind a prompt, of a target with a leading space. */
static inline score score_texts(const spx_model *m, const spx_tokenizer *t, const char *prompt,
                                const char *target)
{
    spx_error err = {0};
    char spaced[256];
    spx_tokens p, q;
    snprintf(spaced, sizeof spaced, " %s", target);
    check_ok(spx_tokenizer_encode(t, prompt, strlen(prompt), false, &p, &err));
    check_ok(spx_tokenizer_encode(t, spaced, strlen(spaced), false, &q, &err));
    const score_item it = {p.id, q.id, p.n, q.n, NULL};
    const score s = plain_score(m, &it, NULL);
    spx_tokens_free(&p);
    spx_tokens_free(&q);
    return s;
}

/* Writes a text file in the working folder. */
static inline void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#endif
