/* spx-snapshot: keeps tensors of a checkpoint as the next stage of a run file. */
#include "cli.h"

#include "spx/file.h"
#include "spx/pairing.h"
#include "spx/record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path, *stage;
static long edits = -1;
static spx_names globs;

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "CHECKPOINT",
     .value = &path,
     .help = "what to keep; -o names the run file, made or added to"},
    {.kind = CLI_STR,
     .name = "stage",
     .value = &stage,
     .value_name = "NAME",
     .help = "name of the stage"},
    {.kind = CLI_INT,
     .name = "edits",
     .value = &edits,
     .max = 1e12,
     .help = "edits made by then [the stage's name if a number, else its place]"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "tensors by glob; may repeat [FFN output projections]"},
    {0},
};

static const cli_column columns[] = {
    {"stage", .show = CLI_TITLE}, {"tensor"}, {"layer"}, {"shape"}, {"dtype"}, {0},
};

static const cli_view views[] = {{.of = "dtype", .columns = columns}, {0}};

static double edits_of(const spx_store *s)
{
    char *end = NULL;
    const double number = strtod(stage, &end);
    if (edits >= 0) return (double)edits;
    return *end == '\0' ? number : (double)spx_store_stages(s);
}

/* Keeps t as the file stores it, once it is known to be a matrix of finite floats. */
static spx_status keep_tensor(const spx_tensor *t, spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat W = {0};
    float *w = NULL;
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    SPX_TRY(spx_tensor_oriented(t, &W, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w, rows * cols, err));
    st = spx_mat_narrow(&W, w, err);
    if (st != SPX_OK) spx_prefix(err, "tensor %s", t->name);
    SPX_TRY(st);
    spx_tensor_read_float(t, 0, rows, w);
    SPX_TRY(spx_record_weight(s, stage, t->name, w, rows, cols, err));
    if (cli_for_people())
        fprintf(cli.out, "%s\t%s\t%ld\t%zux%zu\t%s\n", stage, t->name,
                spx_arch_place(t->name).layer, rows, cols, spx_tensor_type(t));
out:
    spx_scratch_free(&tmp);
    spx_mat_free(&W);
    return st;
}

static spx_status record_provenance(spx_store *s, const char *group, const spx_ckpt *c,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_store_set_text(s, group, "checkpoint", path, err));
    if (spx_ckpt_stage(path, NULL, 0)) {
        cli_note("%s: a stage of a run file; no checkpoint_sha256 is recorded", path);
        return SPX_OK;
    }
    SPX_TRY(spx_ckpt_fingerprint(c, hash, err));
    SPX_TRY(spx_store_set_text(s, group, "checkpoint_sha256", hash, err));
out:
    return st;
}

static spx_status fill_stage(spx_store *s, const spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[256];
    size_t index = 0;
    if (spx_store_find_stage(s, stage, &index, NULL) == SPX_OK)
        SPX_RAISE(err, SPX_EINVAL, "%s: stage '%s' already exists; give another --stage",
                  spx_store_path(s), stage);
    SPX_TRY(spx_store_add_stage(s, stage, edits_of(s), err));
    if (cli_for_people()) fprintf(cli.out, "stage\ttensor\tlayer\tshape\tdtype\n");
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (spx_tensors_chosen(&globs, spx_ckpt_at(c, i)) && spx_ckpt_at(c, i)->bytes > 0)
            SPX_TRY(keep_tensor(spx_ckpt_at(c, i), s, err));
    snprintf(group, sizeof group, "snapshots/%s", stage);
    SPX_TRY(spx_ckpt_check(c, err));
    SPX_TRY(record_provenance(s, group, c, err));
out:
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_store *s = NULL;
    if (!stage) return cli_usage("--stage is missing");
    if (!*stage || strpbrk(stage, "/|#") || strlen(stage) > 60)
        return cli_usage("--stage takes a name of at most 60 bytes without / | #");
    if (!cli.output) return cli_usage("--output is missing");
    SPX_TRY(spx_source_open(path, &c, &err));
    spx_source_notes(c, cli_notify());
    SPX_TRY(spx_tensors_some(&globs, c, &err));
    const bool exists = access(cli.output, F_OK) == 0;
    SPX_TRY(spx_store_open(cli.output, exists ? SPX_STORE_UPDATE : SPX_STORE_CREATE, &s, &err));
    SPX_TRY(fill_stage(s, c, &err));
    SPX_TRY(spx_store_commit(&s, &err));
out:
    spx_store_close(s);
    spx_ckpt_close(c);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-snapshot step-400/ -o run.h5 --stage 400",
    "spx-snapshot model.gguf -t '*ffn_down*' -o run.h5 --stage base",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-snapshot",
                           .summary = "keep tensors of a checkpoint as a stage of a run file",
                           .about = "Keeps chosen tensors of a checkpoint as the next stage of a "
                                    "run file, so that stages can be compared when the "
                                    "checkpoint is gone.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .without = CLI_NO_SEED | CLI_NO_JSON,
                           .opts = opts,
                           .run = run,
                           .views = views,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
