/* run_stage.c: RUN.h5#STAGE as a checkpoint: the weights kept under snapshots/STAGE, as floats. */
#include "files/format.h"

#include "spx/store.h"

#include <stdio.h>
#include <string.h>

/* '|' stands for '/' in a run file's names. */
static spx_status read_name(spx_ckpt *c, size_t i, const char *stored, spx_error *err)
{
    char name[512];
    snprintf(name, sizeof name, "%s", stored);
    for (char *at = name; *at; at++)
        if (*at == '|') *at = '/';
    return format_name(c, i, name, strlen(name), err);
}

/* Run files made before hashes were kept have none. */
static spx_status read_hash(spx_ckpt *c, const spx_store *s, const char *group, size_t i,
                            const char *stored, spx_error *err)
{
    char path[1024], *text = NULL;
    spx_error why = {0};
    snprintf(path, sizeof path, "%s/%s", group, stored);
    const spx_status st = spx_store_get_text(s, path, "sha256", &text, &why);
    if (st == SPX_OK && strlen(text) == SPX_SHA256_HEX - 1)
        memcpy(c->hash[i].values, text, SPX_SHA256_HEX);
    spx_free(text);
    if (st == SPX_OK || st == SPX_ENOTFOUND) return SPX_OK;
    return SPX_FAIL(err, st, "%s", why.text);
}

static void describe(spx_tensor *t, const float *data, size_t rows, size_t cols)
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
    size_t first = 0;
    spx_status st = format_tensors(c, n, &first, err);
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        st = format_name(c, first + i, m[i].name, strlen(m[i].name), err);
        describe(&c->tensor[first + i], m[i].data, m[i].rows, m[i].cols);
    }
    return st;
}

static spx_status read_tensor(spx_ckpt *c, const spx_store *s, const char *group, size_t i,
                              const char *stored, spx_error *err)
{
    size_t rows = 0, cols = 0;
    float *data = NULL;
    spx_status st = read_name(c, i, stored, err);
    if (st == SPX_OK) st = spx_store_get_floats(s, group, stored, &data, &rows, &cols, err);
    if (st != SPX_OK) return st;
    c->owned_data[i] = data;
    st = read_hash(c, s, group, i, stored, err);
    if (st != SPX_OK) return st;
    describe(&c->tensor[i], data, rows, cols);
    return SPX_OK;
}

static spx_status read_stage(spx_ckpt *c, const spx_store *s, const char *stage, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[128];
    char **names = NULL;
    size_t n = 0, first = 0;
    snprintf(group, sizeof group, "snapshots/%s", stage);
    if (!spx_store_has(s, "snapshots") || !spx_store_has(s, group))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no weights are kept of stage '%s'", spx_store_path(s),
                  stage);
    SPX_TRY(spx_store_names(s, group, &names, &n, err));
    SPX_TRY(format_tensors(c, n, &first, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(read_tensor(c, s, group, first + i, names[i], err));
out:
    spx_store_names_free(names, n);
    return st;
}

spx_status format_open_stage(spx_ckpt *c, part *p, spx_error *err)
{
    char file[4096];
    spx_store *s = NULL;
    const char *stage = spx_ckpt_stage(p->path, file, sizeof file);
    spx_status st = spx_store_open(file, SPX_STORE_READ, &s, err);
    if (st == SPX_OK) st = read_stage(c, s, stage, err);
    spx_store_close(s);
    return st;
}
