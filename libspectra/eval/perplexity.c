/* perplexity.c: of a text in windows that do not overlap; each window's first token is not scored.
 */
#include "eval/families.h"

#include "spx/file.h"

#include <math.h>
#include <string.h>

spx_status perplexity_ready(const char *path, size_t tokens, size_t window, const spx_tokenizer *t,
                            spx_tokens *out, spx_error *err)
{
    char *text = NULL;
    size_t len = 0;
    if (window < 2) return SPX_FAIL(err, SPX_EINVAL, "%s: windows of %zu tokens", path, window);
    spx_status st = spx_file_text(path, &text, &len, err);
    if (st != SPX_OK) return st;
    st = spx_tokenizer_encode(t, text, len, false, out, err);
    spx_free(text);
    if (st != SPX_OK) {
        spx_prefix(err, "%s", path);
        return st;
    }
    if (out->n >= window && out->n >= tokens) {
        if (tokens) out->n = tokens;
        return SPX_OK;
    }
    st = SPX_FAIL(err, SPX_EINVAL, "%s: text too short: %zu tokens, %zu wanted", path, out->n,
                  tokens > window ? tokens : window);
    spx_tokens_free(out);
    return st;
}

/* A window is one item: its first token the prompt, the rest the target. */
spx_status perplexity_run(const spx_tokens *text, size_t window, const char *set,
                          const spx_model *m, spx_metric *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t n = text->n / window;
    void *item = NULL, *scores = NULL;
    SPX_TRY(spx_scratch_alloc(&tmp, &item, n, sizeof(score_item), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &scores, n, sizeof(score), err));
    score_item *it = item;
    const score *s = scores;
    for (size_t i = 0; i < n; i++)
        it[i] = (score_item){text->id + i * window, text->id + i * window + 1, 1, window - 1};
    SPX_TRY(score_items(m, it, n, scores, err));
    double mean = 0, spread = 0;
    for (size_t i = 0; i < n; i++) mean += s[i].nll / (double)n;
    for (size_t i = 0; i < n; i++) spread += (s[i].nll - mean) * (s[i].nll - mean);
    const double half = n > 1 ? 1.96 * sqrt(spread / (double)(n - 1) / (double)n) : (double)NAN;
    out->set = set;
    out->value = exp(mean);
    out->lo = exp(mean - half);
    out->hi = exp(mean + half);
    out->items = n * (window - 1);
out:
    spx_scratch_free(&tmp);
    return st;
}
