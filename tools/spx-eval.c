/* spx-eval: what a checkpoint, or a stage of a run on top of its model, can still do. */
#include "eval_rows.h"
#include "products_option.h"
#include "task_options.h"

#include "spx/adapter.h"
#include "spx/evaluate.h"
#include "spx/file.h"
#include "spx/output.h"
#include "spx/paired.h"
#include "spx/record.h"
#include "spx/sources.h"

#include <unistd.h>

static const char *checkpoint, *model_path, *facts_path, *items_path, *paired, *unedited,
    *references, *stage_name, *shard;
static double edits = -1;
static long first, count, drift;
static bool generate, answers;

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "CHECKPOINT",
     .value = &checkpoint,
     .help = "model, BASE+ADAPTER, or with --model RUN.h5#STAGE or a LoRA adapter"},
    {.kind = CLI_HEADING, .help = "Models"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "the model that a stage was edited from"},
    {.kind = CLI_STR,
     .name = "unedited",
     .value = &unedited,
     .value_name = "MODEL",
     .help = "the model before editing, if CHECKPOINT is a whole one; for locality and drift"},
    {.kind = CLI_HEADING, .help = "Facts"},
    {.kind = CLI_STR,
     .name = "facts",
     .value = &facts_path,
     .value_name = "FILE",
     .help = "CounterFact or zsRE records (JSON or JSON lines)"},
    {.kind = CLI_INT, .name = "first", .value = &first, .max = 1e9, .help = "first record [0]"},
    {.kind = CLI_INT, .name = "count", .value = &count, .max = 1e9, .help = "records; 0: all [0]"},
    {.kind = CLI_FLAG,
     .name = "generate",
     .value = &generate,
     .help = "facts: also measure the fluency of free text about the subjects"},
    {.kind = CLI_STR,
     .name = "references",
     .value = &references,
     .value_name = "FILE",
     .help = "texts to compare it with (attribute_snippets.json)"},
    {.kind = CLI_FLAG,
     .name = "answers",
     .value = &answers,
     .help =
         "facts: also answers in free text that are the target; greedy, 32 tokens, up to a full "
         "stop or line end, bare and after \"Please answer the question:\""},
    {.kind = CLI_INT,
     .name = "drift",
     .value = &drift,
     .max = 1e9,
     .value_name = "N",
     .help = "facts: also KL and top-10 overlap of next tokens with the unedited model's, on N "
             "prompts of other subjects [0]"},
    {.kind = CLI_HEADING, .help = "Texts and tasks"},
    TASK_OPTIONS,
    {.kind = CLI_HEADING, .help = "Work and output"},
    PRODUCTS_OPTION,
    {.kind = CLI_STR,
     .name = "items",
     .value = &items_path,
     .value_name = "FILE",
     .help = "write the value of each item, tab-separated"},
    {.kind = CLI_STR,
     .name = "paired",
     .value = &paired,
     .value_name = "FILE",
     .help = "compare this file of --items with CHECKPOINT, another one"},
    {.kind = CLI_STR,
     .name = "stage",
     .value = &stage_name,
     .value_name = "NAME",
     .help = "with -o RUN.h5: the stage, new or existing, that gets the metrics"},
    {.kind = CLI_REAL,
     .name = "edits",
     .value = &edits,
     .max = 1e12,
     .value_name = "X",
     .help = "position of a new stage on its axis, e.g. edits made [stages so far]"},
    {.kind = CLI_STR,
     .name = "shard",
     .value = &shard,
     .value_name = "I/N",
     .help = "do the I-th of N shares of the work, to be joined by spx-merge"},
    {0},
};

static spx_status write_items(const spx_results *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output file = {0};
    SPX_TRY(spx_output_open(&file, items_path, err));
    FILE *f = file.to;
    fprintf(f, "metric\tset\titem\tvalue\n");
    for (size_t i = 0; i < r->items; i++) {
        const spx_item *x = &r->item[i];
        fprintf(f, "%s\t%s\t%ld\t%.17g\n", x->q->name, x->set, x->item, x->value);
    }
    SPX_TRY(spx_output_finish(&file, err));
out:
    return st;
}

/* Writes the metrics to a stage of the run file that -o names. */
static spx_status keep_metrics(const spx_results *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    size_t at = 0;
    const bool exists = access(cli.output, F_OK) == 0;
    SPX_TRY(spx_store_open(cli.output, exists ? SPX_STORE_UPDATE : SPX_STORE_CREATE, &s, err));
    if (spx_store_find_stage(s, stage_name, &at, NULL) != SPX_OK) {
        at = spx_store_stages(s);
        SPX_TRY(spx_store_add_stage(s, stage_name, edits >= 0 ? edits : (double)at, err));
    }
    SPX_TRY(spx_record_evaluation(s, at, r, err));
    SPX_TRY(spx_store_set_text(s, "evaluation", "history", cli.command, err));
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    return st;
}

/* --paired A B: prints the comparison of two files of items. */
static int compare_items(void)
{
    spx_error err = {0};
    spx_pairs p;
    if (spx_paired_compare(paired, checkpoint, (unsigned long long)cli.seed, &p, &err) != SPX_OK)
        return cli_fail(&err);
    eval_print_pairs(&p);
    spx_pairs_free(&p);
    return CLI_OK;
}

/* Refuses options that do not go together; returns the exit code. */
static int check_options(size_t wanted)
{
    if (!facts_path && wanted == 0)
        return cli_usage(
            "nothing to measure (expected --facts, --perplexity, --lambada or --task)");
    if (spx_ckpt_stage(checkpoint, NULL, 0) && !model_path)
        return cli_usage("--model is missing: a stage holds the edited weights only");
    if (drift > 0 && !facts_path) return cli_usage("--drift needs --facts");
    if (drift > 0 && !model_path && !unedited)
        return cli_usage("--drift needs the model before editing, --model or --unedited");
    if (answers && !facts_path) return cli_usage("--answers needs --facts");
    if (cli_run_file() && (!stage_name || !*stage_name)) return cli_usage("--stage is missing");
    if (stage_name && !cli_run_file()) return cli_usage("--stage needs a run file, -o RUN.h5");
    return CLI_OK;
}

/* Prints the results and writes the files that the options name. */
static spx_status give_results(const spx_results *before, const spx_results *out, spx_error *err)
{
    spx_status st = SPX_OK;
    eval_print_columns();
    if (before->metrics > 0) eval_print_metrics(before, model_path ? model_path : unedited);
    eval_print_metrics(out, checkpoint);
    if (items_path) SPX_TRY(write_items(out, err));
    if (stage_name) SPX_TRY(keep_metrics(out, err));
out:
    return st;
}

/* An adapter of the model is evaluated as a whole model, beside the model as it was. */
static spx_status put_adapter_on_model(spx_source *s, spx_error *err)
{
    if (!model_path || !spx_adapter_is(checkpoint)) return SPX_OK;
    const spx_status st = spx_source_beside(model_path, checkpoint, s, err);
    checkpoint = s->path;
    unedited = model_path;
    model_path = NULL;
    return st;
}

static int evaluate(const spx_eval_plan *plan)
{
    spx_error err = {0};
    spx_source merged;
    if (put_adapter_on_model(&merged, &err) != SPX_OK) return cli_fail(&err);
    const spx_evaluation x = {.host = cli_items_host(),
                              .checkpoint = checkpoint,
                              .model = model_path,
                              .unedited = unedited,
                              .shard = shard,
                              .which = {.first = (size_t)first,
                                        .count = (size_t)count,
                                        .skip_bad = tasks.skip_bad,
                                        .alt = tasks.alt,
                                        .neighbors = (size_t)tasks.neighbors,
                                        .notify = cli_notify()},
                              .plan = plan,
                              .say = give_results};
    return spx_evaluate(&x, &err) == SPX_OK ? CLI_OK : cli_fail(&err);
}

static int run(void)
{
    spx_eval_plan plan = {.facts_name = facts_path, .skip_bad = tasks.skip_bad};
    if (paired) return spx_comm_rank(cli.comm) == 0 ? compare_items() : CLI_OK;
    if (tasks_listed()) return CLI_OK;
    int code = tasks_collect(&plan.task, &plan.tasks);
    if (code == CLI_OK) code = check_options(plan.tasks);
    if (code == CLI_OK) code = products_choose();
    if (code != CLI_OK) return code;
    plan.seed = (uint64_t)cli.seed;
    plan.generate = generate || references;
    plan.references = references;
    plan.answers = answers;
    plan.drift = (size_t)drift;
    return evaluate(&plan);
}

static const char *const examples[] = {
    "spx-eval model.gguf --perplexity text.txt",
    "spx-eval run.h5#r20 --model model.gguf --facts facts.json --count 100",
    NULL,
};

int main(int argc, char **argv)
{
    static const cli_quantities tables[] = {spx_eval_metric, NULL};
    const cli_tool tool = {.name = "spx-eval",
                           .summary = "facts, perplexity and abilities of a checkpoint",
                           .about = "Measures what a model, or a stage of a run file put into "
                                    "its model, knows and can do: edited facts, perplexity, word "
                                    "prediction and tasks, each with an interval. With -o RUN.h5 "
                                    "the results join a stage of a run file.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .opts = opts,
                           .run = run,
                           .views = eval_views,
                           .explains = tables};
    return cli_main_ranked(&tool, argc, argv);
}
