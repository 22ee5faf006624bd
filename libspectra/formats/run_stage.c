/* run_stage.c: RUN.h5#STAGE as a checkpoint: the floats stored under snapshots/STAGE. */
#include "formats/format.h"

#include "spx/store.h"

#include <stdio.h>
#include <string.h>

static spx_status read_name(spx_ckpt *c, size_t i, const spx_store *s, const char *group,
                            const char *stored, spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL;
    SPX_TRY(spx_store_true_name(s, group, stored, &name, err));
    SPX_TRY(format_name(c, i, name, strlen(name), err));
out:
    spx_free(name);
    return st;
}

static void describe_floats(spx_tensor *t, const float *data, size_t rows, size_t cols)
{
    t->dtype = SPX_F32;
    t->ndim = 2;
    t->shape[0] = rows;
    t->shape[1] = cols;
    t->data = (const unsigned char *)data;
    t->bytes = rows * cols * sizeof *data;
}

spx_status format_floats(spx_ckpt *c, const spx_floats *m, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t first = 0;
    SPX_TRY(format_tensors(c, n, &first, err));
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(format_name(c, first + i, m[i].name, strlen(m[i].name), err));
        describe_floats(&c->tensor[first + i], m[i].data, m[i].rows, m[i].cols);
    }
out:
    return st;
}

static spx_status read_snapshot(spx_ckpt *c, const spx_store *s, const char *group, size_t i,
                                const char *stored, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t rows = 0, cols = 0;
    float *data = NULL;
    SPX_TRY(read_name(c, i, s, group, stored, err));
    SPX_TRY(spx_store_get_floats(s, group, stored, &data, &rows, &cols, err));
    c->owned_data[i] = data;
    describe_floats(&c->tensor[i], data, rows, cols);
out:
    return st;
}

/* True of weights that a run has gone on from since: the rounds after them are in its ledger. */
static spx_status is_behind(const spx_store *s, const char *group, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *stage = NULL, *latest = NULL;
    double made = 0;
    *out = false;
    SPX_TRY(spx_store_find_text(s, group, "stage", &stage, err));
    if (!stage) goto out;
    SPX_TRY(spx_store_stage(s, spx_store_stages(s) - 1, &latest, &made, err));
    *out = strcmp(stage, latest) != 0;
out:
    spx_free(stage);
    spx_free(latest);
    return st;
}

static spx_status read_stage(spx_ckpt *c, const spx_store *s, const char *stage, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[128];
    char **names = NULL;
    size_t n = 0, first = 0;
    bool behind = false;
    snprintf(group, sizeof group, "snapshots/%s", stage);
    const bool there = spx_store_has(s, "snapshots") && spx_store_has(s, group);
    if (there) SPX_TRY(is_behind(s, group, &behind, err));
    if (!there || behind)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no weights stored for stage '%s'", spx_store_path(s),
                  stage);
    SPX_TRY(spx_store_names(s, group, &names, &n, err));
    SPX_TRY(format_tensors(c, n, &first, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(read_snapshot(c, s, group, first + i, names[i], err));
out:
    spx_store_names_free(names, n);
    return st;
}

static spx_status open_stage(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    char file[4096];
    spx_store *s = NULL;
    const char *stage = spx_ckpt_stage(p->path, file, sizeof file);
    SPX_TRY(spx_store_open(file, SPX_STORE_READ, &s, err));
    SPX_TRY(read_stage(c, s, stage, err));
out:
    spx_store_close(s);
    return st;
}

static bool is_stage(const char *path, const unsigned char *head, size_t n)
{
    (void)head, (void)n;
    return spx_ckpt_stage(path, NULL, 0) != NULL;
}

const format format_run = {
    .name = "run",
    .probe = is_stage,
    .open = open_stage,
    .edits_only = true,
};
