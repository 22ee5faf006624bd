/* spx-stats: second moments of keys from a text, which tell editors what to leave alone. */
#include "cli.h"
#include "products_option.h"

#include "spx/covariance.h"
#include "spx/layer_list.h"
#include "spx/lm.h"
#include "spx/run.h"

static const char *model_path, *text_path, *layers = "6-10";
static long tokens, window = 512;

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
    PRODUCTS_OPTION,
    {0},
};

static void progress(const char *what, size_t done, size_t total)
{
    cli_progress(what, done, total);
}

/* One row per layer: the number of tokens, and the trace of C: the mean squared norm of a key. */
static void print_rows(const spx_model *m, const size_t *layer, size_t n, const double *trace,
                       size_t used)
{
    if (!cli.json) printf("tensor\tlayer\ttokens\ttrace\n");
    for (size_t i = 0; i < n; i++)
        printf(cli.json
                   ? "{\"schema\": 1, \"tool\": \"spx-stats\", \"tensor\": \"%s\", \"layer\": %zu, "
                     "\"tokens\": %zu, \"trace\": %.17g}\n"
                   : "%s\t%zu\t%zu\t%.9g\n",
               spx_model_ffn_out_name(m, layer[i]), layer[i], used, trace[i]);
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    size_t layer[SPX_MAX_LAYERS], n = 0, used = 0;
    double trace[SPX_MAX_LAYERS];
    char fingerprint[SPX_SHA256_HEX] = "";

    if (!text_path) return cli_usage("--text is missing");
    if (!cli.output) return cli_usage("--output is missing");
    const int code = products_choose();
    if (code != CLI_OK) return code;
    SPX_TRY(spx_layers_parse(layers, layer, SPX_MAX_LAYERS, &n, &err));
    SPX_TRY(spx_lm_open(model_path, &m, &t, fingerprint, &err));
    spx_lm_note(m, t, cli_notify());
    if (layer[n - 1] >= spx_model_shape(m)->layers)
        SPX_RAISE(&err, SPX_EINVAL, "%s has %zu blocks, no block %zu", model_path,
                  spx_model_shape(m)->layers, layer[n - 1]);
    const spx_moments_text text = {.path = text_path,
                                   .tokens = (size_t)tokens,
                                   .window = (size_t)window,
                                   .layer = layer,
                                   .n = n,
                                   .progress = progress};
    SPX_TRY(spx_moments_measure(m, t, fingerprint, &text, cli.output, trace, &used, &err));
    print_rows(m, layer, n, trace, used);
out:
    spx_tokenizer_close(t);
    spx_model_close(m);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-stats model.gguf --text text.txt --layers 6-10 -o stats.h5",
    "spx-stats model/ --text text.txt --tokens 100000 --layers 3-8 -o stats.h5",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-stats",
                           .summary = "second moments of FFN keys from a text",
                           .about = "Runs a text through a model and keeps the uncentred second "
                                    "moment of the keys of each chosen layer, which tells "
                                    "editors what to leave alone.",
                           .examples = examples,
                           .hand = CLI_HAS_FACTS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
