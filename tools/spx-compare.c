/* spx-compare: the dominant subspaces of a base in later checkpoints or stages. */
#include "cli.h"
#include "compare_rows.h"

#include "spx/by_edit.h"
#include "spx/directions.h"
#include "spx/follow.h"

static spx_names globs, paths;
static const char *base_path, *model_path, *shard;
static double tau = 0.1;
static long k, tokens;
static bool previous, all, by_edit, maps;

static const cli_opt opts[] = {
    {.kind = CLI_ARG, .name = "BASE", .value = &base_path, .help = "checkpoint, or RUN.h5#STAGE"},
    {.kind = CLI_ANY,
     .name = "LATER",
     .value = &paths,
     .help = "later checkpoints, LoRA adapters of BASE, RUN.h5#STAGE, or RUN.h5 for all its "
             "stages; in natural order of names"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "tensors by glob; may repeat [FFN output projections]"},
    {.kind = CLI_FLAG, .name = "all", .value = &all, .help = "every matrix"},
    {.kind = CLI_REAL,
     .name = "tau",
     .value = &tau,
     .min = 1e-9,
     .max = 1,
     .help = "share of the base's singular values that is dominant [0.1]"},
    {.kind = CLI_INT,
     .letter = 'k',
     .name = "rank",
     .value = &k,
     .max = 1e6,
     .help = "dominant directions, instead of tau [0]"},
    {.kind = CLI_FLAG,
     .name = "maps",
     .value = &maps,
     .help = "with -o RUN.h5: keep also where each change lies in the base's singular grid, by "
             "tenths, and overlaps(k, l) of the leading k directions before and l now"},
    {.kind = CLI_FLAG,
     .name = "previous",
     .value = &previous,
     .help = "compare each stage with the one before as well; not with -o RUN.h5"},
    {.kind = CLI_FLAG,
     .name = "by-edit",
     .value = &by_edit,
     .help = "BASE is a RUN.h5: split what happened to its matrices over rounds and edits"},
    {.kind = CLI_INT,
     .name = "tokens",
     .value = &tokens,
     .max = 1000,
     .help = "instead: the N tokens nearest to each end of the leading directions of each change, "
             "and of "
             "dominant ones that BASE did not have"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "for --tokens: the model whose norms, embeddings and tokenizer are used [BASE]"},
    {.kind = CLI_STR,
     .name = "shard",
     .value = &shard,
     .value_name = "I/N",
     .help = "I/N: the I-th of N shares of the tensors, for job arrays; spx-merge joins them"},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return spx_tensor_is_matrix(t) && (all || spx_tensors_chosen(&globs, t));
}

static spx_status compare_stages(size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_source *stages = NULL, base;
    spx_source_of(base_path, &base);
    spx_follow_opts o = {
        .base = &base,
        .keep = kept,
        .globs = all ? NULL : &globs,
        .measure = {.parts = SPX_SUBSPACE | SPX_CHANGE, .dominant = {.k = (size_t)k, .tau = tau}},
        .previous = previous,
        .host = cli_items_host(),
        .heading =
            cli.json ? NULL : "stage\tbase\ttensor\tlayer\tmetric\tside\tk\tvalue\tnull\tchance",
        .shard = shard,
        .told = compare_print_numbers,
        .arg = &o.measure.dominant,
        .notify = cli_notify(),
    };
    o.measure.parts |= cli_run_file() ? SPX_SPECTRUM : SPX_CHANCE;
    if (maps) o.measure.parts |= SPX_MAPS;
    SPX_TRY(spx_sources_expand(&paths, base_path, &stages, &o.n, err));
    o.stages = stages;
    SPX_TRY(spx_follow(&o, odd, err));
out:
    spx_free(stages);
    return st;
}

/* --tokens: what the directions that the changes brought in stand for. */
static spx_status tell_tokens(size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_directions_model m = {0};
    spx_source *stages = NULL, base;
    size_t found = 0;
    spx_source_of(base_path, &base);
    spx_directions_opts o = {.base = &base,
                             .keep = kept,
                             .dominant = {.k = (size_t)k, .tau = tau},
                             .tokens = (size_t)tokens,
                             .directions = 4,
                             .seed = (uint64_t)cli.seed,
                             .notify = cli_notify(),
                             .told = compare_print_direction};
    SPX_TRY(spx_sources_expand(&paths, base_path, &stages, &o.n, err));
    SPX_TRY(spx_directions_model_open(model_path ? model_path : base_path, cli_notify(), &m, err));
    o.model = m.model;
    o.lens = m.lens;
    o.stages = stages;
    o.arg = m.tokenizer;
    if (!cli.json)
        fputs("stage\ttensor\tlayer\tside\tof\tindex\tvalue\tshare\tshare_chance\tend\tcosine\t"
              "chance\ttokens\n",
              cli.out);
    SPX_TRY(spx_directions_find(&o, odd, &found, err));
    if (found == 0) cli_note("no matrix that was chosen and changed reads or writes the stream");
out:
    spx_directions_model_close(&m);
    spx_free(stages);
    return st;
}

static spx_status split_run(spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *run = NULL;
    char **names = NULL;
    size_t n = 0;
    const spx_by_edit_opts o = {.k = (size_t)k, .tau = tau, .worst = 10};
    SPX_TRY(spx_store_open(base_path, SPX_STORE_READ, &run, err));
    SPX_TRY(spx_ledger_chosen(run, &globs, &names, &n, err));
    compare_print_columns();
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_by_edit(run, names[i], &o, compare_print_line, names[i], err));
out:
    spx_store_names_free(names, n);
    spx_store_close(run);
    return st;
}

/* Refuses options that do not go together; returns the exit code. */
static int check_options(void)
{
    if (paths.n == 0) return cli_usage("LATER is missing");
    if (maps && !cli_run_file()) return cli_usage("--maps needs -o RUN.h5");
    if (previous && cli_run_file()) return cli_usage("--previous cannot be used with -o RUN.h5");
    return CLI_OK;
}

static int check_tokens(void)
{
    if (model_path && !tokens) return cli_usage("--model needs --tokens");
    if (tokens && (cli_run_file() || maps || previous || shard))
        return cli_usage("--tokens cannot be used with -o RUN.h5, --maps, --previous or --shard");
    if (tokens && !model_path && spx_ckpt_stage(base_path, NULL, 0))
        return cli_usage("--model is missing: a stage holds the edited weights only");
    return CLI_OK;
}

static int run(void)
{
    spx_error err = {0};
    size_t odd = 0;
    if (by_edit && paths.n > 0) return cli_usage("--by-edit takes one RUN.h5");
    if (by_edit) return split_run(&err) == SPX_OK ? CLI_OK : cli_fail(&err);
    int code = check_options();
    if (code == CLI_OK) code = check_tokens();
    if (code != CLI_OK) return code;
    if (tokens && spx_comm_rank(cli.comm) > 0) return CLI_OK;
    if ((tokens ? tell_tokens : compare_stages)(&odd, &err) != SPX_OK) return cli_fail(&err);
    return odd ? CLI_CROSSED : CLI_OK;
}

static const char *const examples[] = {
    "spx-compare base/ edited/",
    "spx-compare base.gguf step-*.gguf --tau 0.1 -o run.h5",
    NULL,
};

int main(int argc, char **argv)
{
    static const cli_quantities tables[] = {spx_subspace_metric, spx_subspace_row,
                                            spx_change_metric,   spx_by_edit_column,
                                            spx_stage_quantity,  NULL};
    const cli_tool tool = {.name = "spx-compare",
                           .summary = "a base's dominant subspaces in later checkpoints",
                           .about = "Compares the dominant singular subspaces of a base with "
                                    "those of later checkpoints, matrix by matrix: principal "
                                    "angles, overlaps, energy, retained triplets and the change "
                                    "itself, each beside what rounding alone would give. With -o "
                                    "RUN.h5 the numbers become a run file that spx-plot draws.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .views = compare_views,
                           .long_rows = true,
                           .explains = tables};
    return cli_main_ranked(&tool, argc, argv);
}
