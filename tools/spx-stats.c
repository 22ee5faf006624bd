/* spx-stats: second moments of keys, and of output gradients, from a text, which tell editors and
 * filters what to leave alone. */
#include "cli.h"
#include "products_option.h"

#include "spx/covariance.h"
#include "spx/file.h"
#include "spx/layer_list.h"
#include "spx/lm.h"
#include "spx/products.h"
#include "spx/run.h"
#include "spx/version.h"

static const char *model_path, *text_path, *layers = "6-10";
static long tokens, window = 512;
static bool gradients;

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "MODEL",
     .value = &model_path,
     .help = "GGUF file, or folder with config.json and tokenizer"},
    {.kind = CLI_STR,
     .name = "text",
     .value = &text_path,
     .value_name = "FILE",
     .help = "text to run"},
    {.kind = CLI_INT,
     .name = "tokens",
     .value = &tokens,
     .max = 1e12,
     .help = "tokens of it, from the first; 0: all [0]"},
    {.kind = CLI_INT,
     .name = "window",
     .value = &window,
     .min = 1,
     .max = 1e6,
     .help = "tokens read at once, from position 0 [512]"},
    {.kind = CLI_STR,
     .name = "layers",
     .value = &layers,
     .value_name = "LIST",
     .help = "blocks, such as 6-10 or 3,5,8-9 [6-10]"},
    {.kind = CLI_FLAG,
     .name = "gradients",
     .value = &gradients,
     .help =
         "also second moments of the gradients of FFN outputs under the loss of the next token, "
         "for the filter crisp"},
    PRODUCTS_OPTION,
    {0},
};

/* What is measured of the chosen layers: C, and B with --gradients. */
typedef struct moments {
    size_t layer[SPX_MAX_LAYERS], n;
    spx_mat C[SPX_MAX_LAYERS], B[SPX_MAX_LAYERS];
    size_t used; /* tokens */
} moments;

static void progress(const char *what, size_t done, size_t total)
{
    cli_progress(what, done, total);
}

static spx_status provenance(spx_store *s, const char *model, size_t used, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_store_set_text(s, "", "model_sha256", model, err));
    SPX_TRY(spx_sha256_file(text_path, hash, err));
    SPX_TRY(spx_store_set_text(s, "", "text_sha256", hash, err));
    SPX_TRY(spx_store_set_text(s, "", "title", "second moments of FFN keys", err));
    SPX_TRY(spx_store_set_text(s, "", "source", "spx-stats " SPX_VERSION, err));
    SPX_TRY(spx_store_set_text(s, "", "blas", spx_blas_name(), err));
    SPX_TRY(spx_store_set_text(s, "", "products", spx_products_name(), err));
    SPX_TRY(spx_store_set_number(s, "", "tokens", (double)used, err));
    SPX_TRY(spx_store_set_number(s, "", "window", (double)window, err));
    if (gradients)
        SPX_TRY(spx_store_set_text(s, "", "gradient_loss", "-log p of the text's next token", err));
out:
    return st;
}

static spx_status save_layer(spx_store *s, const spx_model *m, const moments *x, size_t i,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = spx_model_ffn_out_name(m, x->layer[i]);
    SPX_TRY(spx_covariance_write(s, name, &x->C[i], err));
    if (gradients) SPX_TRY(spx_gradient_moment_write(s, name, &x->B[i], err));
out:
    return st;
}

static spx_status save(const spx_model *m, const moments *x, const char *fingerprint,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, &s, err));
    SPX_TRY(provenance(s, fingerprint, x->used, err));
    for (size_t i = 0; i < x->n; i++) SPX_TRY(save_layer(s, m, x, i, err));
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    return st;
}

static double trace_of(const spx_mat *C)
{
    double trace = 0;
    for (size_t j = 0; j < C->rows; j++) trace += C->data[j * C->ld + j];
    return trace;
}

/* One row per layer: the number of tokens, the trace of C, which is the mean squared norm of a key,
 * and that of B. */
static void print_rows(const spx_model *m, const moments *x)
{
    if (!cli.json) printf("tensor\tlayer\ttokens\ttrace%s\n", gradients ? "\tgradient_trace" : "");
    for (size_t i = 0; i < x->n; i++) {
        printf(cli.json
                   ? "{\"schema\": 1, \"tool\": \"spx-stats\", \"tensor\": \"%s\", \"layer\": %zu, "
                     "\"tokens\": %zu, \"trace\": %.17g"
                   : "%s\t%zu\t%zu\t%.9g",
               spx_model_ffn_out_name(m, x->layer[i]), x->layer[i], x->used, trace_of(&x->C[i]));
        if (gradients)
            printf(cli.json ? ", \"gradient_trace\": %.17g" : "\t%.9g", trace_of(&x->B[i]));
        printf(cli.json ? "}\n" : "\n");
    }
}

/* The text's tokens, the first --tokens of them. */
static spx_status open_text(const spx_tokenizer *t, spx_tokens *text, spx_error *err)
{
    spx_status st = SPX_OK;
    char *bytes = NULL;
    size_t len = 0;
    SPX_TRY(spx_file_text(text_path, &bytes, &len, err));
    st = spx_tokenizer_encode(t, bytes, len, false, text, err);
    if (st == SPX_OK && tokens > 0 && text->n < (size_t)tokens)
        st = SPX_FAIL(err, SPX_EINVAL, "the text has %zu tokens (expected %ld)", text->n, tokens);
    if (st != SPX_OK) spx_prefix(err, "%s", text_path);
    if (st == SPX_OK && tokens > 0) text->n = (size_t)tokens;
out:
    spx_free(bytes);
    return st;
}

static spx_status open_inputs(spx_model **m, spx_tokens *text, char *fingerprint, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tokenizer *t = NULL;
    SPX_TRY(spx_lm_open(model_path, m, &t, fingerprint, err));
    spx_lm_note(*m, t, cli_notify());
    SPX_TRY(open_text(t, text, err));
    spx_tokenizer_begin(t, text->id, text->n / (size_t)window, (size_t)window);
out:
    spx_tokenizer_close(t);
    return st;
}

static spx_status measure(const spx_model *m, const spx_tokens *text, moments *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    const spx_covariance_text windows = {
        .token = text->id, .count = text->n, .window = (size_t)window};
    if (x->layer[x->n - 1] >= c->layers)
        SPX_RAISE(err, SPX_EINVAL, "%s has %zu blocks, no block %zu", model_path, c->layers,
                  x->layer[x->n - 1]);
    for (size_t i = 0; i < x->n; i++) {
        SPX_TRY(spx_mat_alloc(&x->C[i], c->d_ff, c->d_ff, err));
        if (gradients) SPX_TRY(spx_mat_alloc(&x->B[i], c->d_model, c->d_model, err));
    }
    SPX_TRY(spx_covariance_measure(m, x->layer, x->n, &windows, x->C, progress, err));
    if (gradients)
        SPX_TRY(spx_gradient_moment_measure(m, x->layer, x->n, &windows, x->B, progress, err));
    x->used = text->n / (size_t)window * (size_t)window;
out:
    return st;
}

static void free_moments(moments *x)
{
    for (size_t i = 0; i < x->n; i++) {
        spx_mat_free(&x->C[i]);
        spx_mat_free(&x->B[i]);
    }
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokens text = {0};
    moments x = {0};
    char fingerprint[SPX_SHA256_HEX] = "";

    if (!text_path) return cli_usage("--text is missing");
    if (!cli.output) return cli_usage("--output is missing");
    if (gradients && window < 2) return cli_usage("--gradients needs a --window of 2 or more");
    const int code = products_choose();
    if (code != CLI_OK) return code;
    SPX_TRY(spx_layers_parse(layers, x.layer, SPX_MAX_LAYERS, &x.n, &err));
    SPX_TRY(open_inputs(&m, &text, fingerprint, &err));
    SPX_TRY(measure(m, &text, &x, &err));
    SPX_TRY(save(m, &x, fingerprint, &err));
    print_rows(m, &x);
out:
    free_moments(&x);
    spx_tokens_free(&text);
    spx_model_close(m);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-stats model.gguf --text text.txt --layers 6-10 -o stats.h5",
    "spx-stats model/ --text text.txt --tokens 100000 --layers 3-8 --gradients -o stats.h5",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-stats",
                           .summary = "second moments of FFN keys from a text",
                           .about = "Runs a text through a model and keeps the uncentred second "
                                    "moment of the keys of each chosen layer, which tells "
                                    "editors what to leave alone, and on request that of "
                                    "the gradients of its outputs.",
                           .examples = examples,
                           .hand = CLI_HAS_FACTS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
