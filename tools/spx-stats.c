/* spx-stats: second moments of keys, and of output gradients, from a text, which tell editors and
 * filters what to leave alone. */
#include "cli.h"
#include "products_option.h"

#include "spx/covariance.h"
#include "spx/layer_list.h"
#include "spx/lm.h"
#include "spx/run.h"

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

static const cli_column columns[] = {
    {"tensor"}, {"layer"}, {"tokens"}, {"trace"}, {"gradient_trace", .label = "of gradients"}, {0}};

static const cli_view views[] = {{.of = "trace", .columns = columns}, {0}};

static void progress(const char *what, size_t done, size_t total)
{
    cli_progress(what, done, total);
}

/* One row per layer: the number of tokens, the trace of C, which is the mean squared norm of a key,
 * and that of B. */
static void print_rows(const spx_model *m, const spx_moments_text *text,
                       const spx_moments_report *r)
{
    if (!cli.json)
        fprintf(cli.out, "tensor\tlayer\ttokens\ttrace%s\n", gradients ? "\tgradient_trace" : "");
    for (size_t i = 0; i < text->n; i++) {
        fprintf(
            cli.out,
            cli.json
                ? "{\"schema\": 1, \"tool\": \"spx-stats\", \"tensor\": \"%s\", \"layer\": %zu, "
                  "\"tokens\": %zu, \"trace\": %.17g"
                : "%s\t%zu\t%zu\t%.9g",
            spx_model_ffn_out_name(m, text->layer[i]), text->layer[i], r->used, r->trace_C[i]);
        if (gradients)
            fprintf(cli.out, cli.json ? ", \"gradient_trace\": %.17g" : "\t%.9g", r->trace_B[i]);
        fprintf(cli.out, cli.json ? "}\n" : "\n");
    }
}

static spx_status measure(const size_t *layer, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    char fingerprint[SPX_SHA256_HEX];
    double C[SPX_MAX_LAYERS], B[SPX_MAX_LAYERS];
    spx_moments_report r = {.trace_C = C, .trace_B = gradients ? B : NULL};
    const spx_moments_text text = {.path = text_path,
                                   .tokens = (size_t)tokens,
                                   .window = (size_t)window,
                                   .layer = layer,
                                   .n = n,
                                   .gradients = gradients,
                                   .progress = progress};
    SPX_TRY(spx_lm_open(model_path, &m, &t, fingerprint, err));
    spx_lm_note(m, t, cli_notify());
    if (layer[n - 1] >= spx_model_shape(m)->layers)
        SPX_RAISE(err, SPX_EINVAL, "%s has %zu blocks, no block %zu", model_path,
                  spx_model_shape(m)->layers, layer[n - 1]);
    SPX_TRY(spx_moments_measure(m, t, fingerprint, &text, cli.output, &r, err));
    print_rows(m, &text, &r);
out:
    spx_tokenizer_close(t);
    spx_model_close(m);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    size_t layer[SPX_MAX_LAYERS], n = 0;
    if (!text_path) return cli_usage("--text is missing");
    if (!cli.output) return cli_usage("--output is missing");
    if (gradients && window < 2) return cli_usage("--gradients needs a --window of 2 or more");
    const int code = products_choose();
    if (code != CLI_OK) return code;
    if (spx_layers_parse(layers, layer, SPX_MAX_LAYERS, &n, &err) != SPX_OK ||
        measure(layer, n, &err) != SPX_OK)
        return cli_fail(&err);
    return CLI_OK;
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
                           .views = views,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
