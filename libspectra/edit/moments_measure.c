/* moments_measure.c: second moments of keys from a text, kept in a run file. */
#include "spx/covariance.h"
#include "spx/layer_list.h"
#include "spx/products.h"
#include "spx/version.h"

#include <assert.h>
#include <string.h>

/* By which a plan sees whether a file serves it. */
static spx_status write_layers(spx_store *s, const spx_moments_text *text, spx_error *err)
{
    spx_status st = SPX_OK;
    char *list = NULL;
    const size_t size = 24 * text->n;
    SPX_TRY(SPX_NEW(&list, size, err));
    spx_layers_text(text->layer, text->n, list, size);
    SPX_TRY(spx_store_set_text(s, "", "layers", list, err));
out:
    spx_free(list);
    return st;
}

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
    SPX_TRY(write_layers(s, text, err));
    SPX_TRY(spx_store_set_number(s, "", "tokens", (double)used, err));
    SPX_TRY(spx_store_set_number(s, "", "window", (double)text->window, err));
    if (text->gradients)
        SPX_TRY(spx_store_set_text(s, "", "gradient_loss", "-log p of the text's next token", err));
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

/* C of n layers, and B if it is asked for. */
typedef struct measured {
    spx_mat *C, *B;
    size_t used;
} measured;

static spx_status take_memory(const spx_model *m, const spx_moments_text *text, measured *x,
                              spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    SPX_TRY(SPX_SCRATCH(tmp, &x->C, text->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &x->B, text->n, err));
    for (size_t i = 0; i < text->n; i++) {
        SPX_TRY(spx_mat_scratch(tmp, &x->C[i], c->d_ff, c->d_ff, err));
        if (text->gradients) SPX_TRY(spx_mat_scratch(tmp, &x->B[i], c->d_model, c->d_model, err));
    }
out:
    return st;
}

static spx_status measure(const spx_model *m, const spx_moments_text *text,
                          const spx_tokens *tokens, measured *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_covariance_text windows = {
        .token = tokens->id, .count = tokens->n, .window = text->window};
    SPX_TRY(spx_covariance_measure(m, text->layer, text->n, &windows, x->C, text->progress, err));
    if (text->gradients)
        SPX_TRY(spx_gradient_moment_measure(m, text->layer, text->n, &windows, x->B, text->progress,
                                            err));
    x->used = tokens->n / text->window * text->window;
out:
    return st;
}

static spx_status save(const spx_model *m, const char *model, const spx_moments_text *text,
                       const measured *x, const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    SPX_TRY(spx_store_open(output, SPX_STORE_CREATE, &s, err));
    SPX_TRY(provenance(s, model, text, x->used, err));
    for (size_t i = 0; i < text->n; i++) {
        const char *name = spx_model_ffn_out_name(m, text->layer[i]);
        SPX_TRY(spx_covariance_write(s, name, &x->C[i], err));
        if (text->gradients) SPX_TRY(spx_gradient_moment_write(s, name, &x->B[i], err));
    }
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    return st;
}

static double trace_of(const spx_mat *A)
{
    double trace = 0;
    for (size_t j = 0; j < A->rows; j++) trace += A->data[j * A->ld + j];
    return trace;
}

static void fill_report(const measured *x, size_t n, spx_moments_report *r)
{
    r->used = x->used;
    for (size_t i = 0; i < n; i++) {
        if (r->trace_C) r->trace_C[i] = trace_of(&x->C[i]);
        if (r->trace_B) r->trace_B[i] = trace_of(&x->B[i]);
    }
}

spx_status spx_moments_measure(const spx_model *m, const spx_tokenizer *t, const char *model,
                               const spx_moments_text *text, const char *output,
                               spx_moments_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tokens tokens = {0};
    measured x = {0};
    assert(text->n > 0 && text->layer[text->n - 1] < spx_model_shape(m)->layers);
    SPX_TRY(open_text(t, text, &tokens, err));
    SPX_TRY(take_memory(m, text, &x, &tmp, err));
    SPX_TRY(measure(m, text, &tokens, &x, err));
    SPX_TRY(save(m, model, text, &x, output, err));
    if (report) fill_report(&x, text->n, report);
out:
    spx_tokens_free(&tokens);
    spx_scratch_free(&tmp);
    return st;
}
