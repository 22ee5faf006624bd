/* spx-eval: what a checkpoint, or a stage of a run on top of its model, can still do. */
#include "cli.h"

#include "spx/metrics.h"

#include <string.h>

static const char *checkpoint, *model_path, *facts_path, *perplexity, *lambada;
static long first, count, tokens, window = 512, lambada_items;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "CHECKPOINT", &checkpoint, 0, 0, "GGUF file, or RUN.h5#STAGE with --model"},
    {CLI_STR, 0, "model", &model_path, 0, 0, "the model that a stage was edited from"},
    {CLI_STR, 0, "facts", &facts_path, 0, 0, "CounterFact records (JSON)"},
    {CLI_INT, 0, "first", &first, 0, 1e9, "first record [0]"},
    {CLI_INT, 0, "count", &count, 0, 1e9, "records; 0: all [0]"},
    {CLI_STR, 0, "perplexity", &perplexity, 0, 0, "text"},
    {CLI_INT, 0, "tokens", &tokens, 0, 1e12, "first tokens of it; 0: all [0]"},
    {CLI_INT, 0, "window", &window, 2, 1e6, "tokens a window [512]"},
    {CLI_STR, 0, "lambada", &lambada, 0, 0, "passages, JSON lines with \"text\""},
    {CLI_INT, 0, "lambada-items", &lambada_items, 0, 1e9, "first passages; 0: all [0]"},
    {0},
};

static void print(const spx_metric *m, size_t n)
{
    if (!cli.json) printf("metric\tset\tvalue\tlo\thi\titems\n");
    for (size_t i = 0; i < n; i++, m++) {
        if (!cli.json) {
            printf("%s\t%s", m->q->name, m->set);
            cli_cell(m->value);
            cli_cell(m->lo);
            cli_cell(m->hi);
            printf("\t%zu\n", m->items);
            continue;
        }
        printf("{\"schema\": 1, \"tool\": \"spx-eval\", \"metric\": \"%s\", \"set\": ", m->q->name);
        cli_json_text(m->set);
        printf(", \"value\": ");
        cli_json_number(m->value);
        printf(", \"lo\": ");
        cli_json_number(m->lo);
        printf(", \"hi\": ");
        cli_json_number(m->hi);
        printf(", \"items\": %zu}\n", m->items);
    }
}

/* Opens the model; a stage's weights are laid over it. */
static spx_status open_model(spx_model **m, spx_tokenizer **t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *base = NULL, *stage = NULL;
    SPX_TRY(spx_ckpt_open(model_path ? model_path : checkpoint, &base, err));
    SPX_TRY(spx_model_open(base, m, err));
    SPX_TRY(spx_tokenizer_open(base, t, err));
    if (!model_path) goto out;
    SPX_TRY(spx_ckpt_open(checkpoint, &stage, err));
    SPX_TRY(spx_model_overlay(*m, stage, err));
out:
    spx_ckpt_close(base);
    spx_ckpt_close(stage);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_facts facts = {0};
    spx_eval *e = NULL;
    spx_metric out[SPX_EVAL_MAX];
    size_t n = 0;
    if (!facts_path && !perplexity && !lambada)
        return cli_usage("nothing to measure: --facts, --perplexity or --lambada");
    if (strstr(checkpoint, ".h5#") && !model_path)
        return cli_usage("--model is missing: a stage holds the edited weights only");
    SPX_TRY(open_model(&m, &t, &err));
    if (facts_path) SPX_TRY(spx_facts_read(facts_path, (size_t)first, (size_t)count, &facts, &err));
    const spx_eval_plan plan = {.facts = facts_path ? &facts : NULL,
                                .facts_name = facts_path,
                                .perplexity_file = perplexity,
                                .perplexity_tokens = (size_t)tokens,
                                .window = (size_t)window,
                                .lambada_file = lambada,
                                .lambada_items = (size_t)lambada_items};
    SPX_TRY(spx_eval_new(&plan, t, &e, &err));
    SPX_TRY(spx_eval_run(e, m, out, &n, &err));
    print(out, n);
out:
    spx_eval_free(e);
    spx_facts_free(&facts);
    spx_tokenizer_close(t);
    spx_model_close(m);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-eval", "facts, perplexity and last words of a checkpoint", opts, run, false, false};
    return cli_main(&tool, argc, argv);
}
