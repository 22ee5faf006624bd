/* spx-snapshot: keeps chosen tensors of a checkpoint as the next stage of a run file. */
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
    {CLI_ARG, 0, "CHECKPOINT", &path, 0, 0,
     "what to keep; -o names the run file, made or added to"},
    {CLI_STR, 0, "stage", &stage, 0, 0, "name of the stage"},
    {CLI_INT, 0, "edits", &edits, 0, 1e12,
     "edits made by then [the stage's name if a number, else its place]"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "tensors by glob; may repeat [FFN output projections]"},
    {0},
};

static double edits_of(const spx_store *s)
{
    char *end = NULL;
    const double number = strtod(stage, &end);
    if (edits >= 0) return (double)edits;
    return *end == '\0' ? number : (double)spx_store_stages(s);
}

static spx_status keep(const spx_tensor *t, spx_store *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat W = {0};
    void *mem = NULL;
    SPX_TRY(spx_tensor_oriented(t, &W, err)); /* checked: finite, two axes */
    const size_t n = W.rows * W.cols;
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, n, sizeof(float), err));
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), mem); /* as the file has it, not turned */
    SPX_TRY(spx_record_weight(s, stage, t->name, mem, spx_tensor_rows(t), spx_tensor_cols(t), err));
out:
    spx_scratch_free(&tmp);
    spx_mat_free(&W);
    return st;
}

static spx_status provenance(spx_store *s, const char *group, spx_error *err)
{
    char hash[SPX_SHA256_HEX];
    spx_status st = spx_store_set_text(s, group, "checkpoint", path, err);
    if (st != SPX_OK || spx_ckpt_stage(path, NULL, 0) || access(path, R_OK) != 0) return st;
    if (spx_sha256_file(path, hash, NULL) == SPX_OK) /* a folder has no hash of its own */
        st = spx_store_set_text(s, group, "checkpoint_sha256", hash, err);
    return st;
}

static spx_status fill(spx_store *s, const spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[256];
    size_t index = 0;
    if (spx_store_find_stage(s, stage, &index, NULL) == SPX_OK)
        SPX_RAISE(err, SPX_EINVAL, "%s: there is a stage '%s' already", spx_store_path(s), stage);
    SPX_TRY(spx_store_add_stage(s, stage, edits_of(s), err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (spx_tensors_chosen(&globs, spx_ckpt_at(c, i))) SPX_TRY(keep(spx_ckpt_at(c, i), s, err));
    snprintf(group, sizeof group, "snapshots/%s", stage);
    SPX_TRY(spx_ckpt_check(c, err));
    SPX_TRY(provenance(s, group, err));
out:
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_store *s = NULL;
    if (!stage || !*stage || strpbrk(stage, "/|#") || strlen(stage) > 60)
        return cli_usage("--stage takes a name of at most 60 letters without / | #");
    if (!cli.output) return cli_usage("--output is missing");
    SPX_TRY(spx_source_open(path, &c, &err));
    SPX_TRY(spx_tensors_some(&globs, c, &err));
    const bool there = access(cli.output, F_OK) == 0;
    SPX_TRY(spx_store_open(cli.output, there ? SPX_STORE_UPDATE : SPX_STORE_CREATE, &s, &err));
    SPX_TRY(fill(s, c, &err));
    SPX_TRY(spx_store_commit(&s, &err));
out:
    spx_store_close(s);
    spx_ckpt_close(c);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-snapshot", "keep tensors of a checkpoint as a stage of a run file",
                           opts,           run,
                           true,           false};
    return cli_main(&tool, argc, argv);
}
