/* moments_measure.c: second moments of keys from a text, kept in a run file. */
#include "spx/covariance.h"
#include "spx/products.h"
#include "spx/version.h"

#include <string.h>

static spx_status provenance(spx_store *s, const char *model, const spx_moments_text *text,
                             size_t used, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_store_set_text(s, "", "model_sha256", model, err));
    SPX_TRY(spx_sha256_file(text->path, hash, err));
    SPX_TRY(spx_store_set_text(s, "", "text_sha256", hash, err));
    SPX_TRY(spx_store_set_text(s, "", "title", "second moments of FFN keys", err));
    SPX_TRY(spx_store_set_text(s, "", "source", "spx-stats " SPX_VERSION, err));
    SPX_TRY(spx_store_set_text(s, "", "blas", spx_blas_name(), err));
    SPX_TRY(spx_store_set_text(s, "", "products", spx_products_name(), err));
    SPX_TRY(spx_store_set_number(s, "", "tokens", (double)used, err));
    SPX_TRY(spx_store_set_number(s, "", "window", (double)text->window, err));
out:
    return st;
}

/* The text's tokens, the first text->tokens of them, in windows that begin with BOS. */
static spx_status open_text(const spx_tokenizer *t, const spx_moments_text *text, spx_tokens *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char *bytes = NULL;
    size_t len = 0;
    SPX_TRY(spx_file_text(text->path, &bytes, &len, err));
    st = spx_tokenizer_encode(t, bytes, len, false, out, err);
    if (st == SPX_OK && text->tokens > 0 && out->n < text->tokens)
        st = SPX_FAIL(err, SPX_EINVAL, "the text has %zu tokens (expected %zu)", out->n,
                      text->tokens);
    if (st != SPX_OK) spx_prefix(err, "%s", text->path);
    if (st != SPX_OK) goto out;
    if (text->tokens > 0) out->n = text->tokens;
    spx_tokenizer_begin(t, out->id, out->n / text->window, text->window);
out:
    spx_free(bytes);
    return st;
}

static spx_status save(const spx_model *m, const char *model, const spx_moments_text *text,
                       const spx_mat *C, size_t used, const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    SPX_TRY(spx_store_open(output, SPX_STORE_CREATE, &s, err));
    SPX_TRY(provenance(s, model, text, used, err));
    for (size_t i = 0; i < text->n; i++)
        SPX_TRY(spx_covariance_write(s, spx_model_ffn_out_name(m, text->layer[i]), &C[i], err));
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    return st;
}

spx_status spx_moments_measure(const spx_model *m, const spx_tokenizer *t, const char *model,
                               const spx_moments_text *text, const char *output, double *trace,
                               size_t *used, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tokens tokens = {0};
    spx_mat *C = NULL;
    const spx_model_config *c = spx_model_shape(m);
    if (text->layer[text->n - 1] >= c->layers)
        SPX_RAISE(err, SPX_EINVAL, "the model has %zu blocks, no block %zu", c->layers,
                  text->layer[text->n - 1]);
    SPX_TRY(open_text(t, text, &tokens, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &C, text->n, err));
    for (size_t i = 0; i < text->n; i++)
        SPX_TRY(spx_mat_scratch(&tmp, &C[i], c->d_ff, c->d_ff, err));
    const spx_covariance_text windows = {
        .token = tokens.id, .count = tokens.n, .window = text->window};
    SPX_TRY(spx_covariance_measure(m, text->layer, text->n, &windows, C, text->progress, err));
    const size_t whole = tokens.n / text->window * text->window;
    SPX_TRY(save(m, model, text, C, whole, output, err));
    for (size_t i = 0; trace && i < text->n; i++) {
        trace[i] = 0;
        for (size_t j = 0; j < C[i].rows; j++) trace[i] += C[i].data[j * C[i].ld + j];
    }
    if (used) *used = whole;
out:
    spx_tokens_free(&tokens);
    spx_scratch_free(&tmp);
    return st;
}
