/* lora_export.c: what changed in a run or between two checkpoints, as an adapter. */
#include "spx/difference.h"
#include "spx/ledger.h"
#include "spx/lora.h"
#include "spx/rewrite.h"
#include "spx/rounding.h"
#include "spx/sources.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 512 };

/* The adapter that is being made. */
typedef struct making {
    const spx_lora_opts *o;
    spx_ckpt *model; /* whose names it gets, or NULL */
    spx_adapter_module *module;
    spx_lora *factors;
    char (*name)[NAME], (*tensor)[NAME]; /* in the adapter, and here */
    size_t n;
    bool conv1d;
    spx_scratch memory;
} making;

static spx_status begin(making *k, size_t most, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(&k->memory, &k->module, most, err));
    SPX_TRY(SPX_SCRATCH(&k->memory, &k->factors, most, err));
    SPX_TRY(SPX_SCRATCH(&k->memory, &k->name, most, err));
    SPX_TRY(SPX_SCRATCH(&k->memory, &k->tensor, most, err));
out:
    return st;
}

static void end(making *k)
{
    for (size_t i = 0; i < k->n; i++) spx_lora_free(&k->factors[i]);
    spx_ckpt_close(k->model);
    spx_scratch_free(&k->memory);
}

/* Prefixes that Hugging Face's causal models have and some files leave out. */
static const struct {
    const char *begins, *with;
} prefixes[] = {
    {"h.", "transformer."},
    {"layers.", "model."},
    {"decoder.layers.", "model."},
};

/* The module of a tensor, as transformers' model calls it. */
static spx_status module_name(const char *tensor, char out[NAME], spx_error *err)
{
    const char *with = "";
    if (strncmp(tensor, "blk.", 4) == 0)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "tensor %s has a GGUF's name (expected Hugging Face's; name the model's "
                        "safetensors with --model)",
                        tensor);
    if (!spx_ends_with(tensor, ".weight") || strpbrk(tensor, "[]()*+?|\\^$"))
        return SPX_FAIL(err, SPX_EUNSUP, "tensor %s is not the weight of a module", tensor);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(tensor, prefixes[i].begins, strlen(prefixes[i].begins)) == 0)
            with = prefixes[i].with;
    const int n = snprintf(out, NAME, "%s%s", with, tensor);
    if (n < 0 || n >= NAME)
        return SPX_FAIL(err, SPX_EUNSUP, "tensor %.80s...: the name is too long", tensor);
    out[(size_t)n - strlen(".weight")] = '\0';
    return SPX_OK;
}

/* SPX_EUNSUP for what an adapter does not hold. */
static spx_status check_place(const char *tensor, size_t ndim, spx_error *err)
{
    const spx_role role = spx_arch_place(tensor).role;
    if (ndim == 2 && role != SPX_ROLE_EMBED && role != SPX_ROLE_POSITION) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP,
                    "tensor %s changed and is %s, which the adapter cannot hold; choose others "
                    "with -t",
                    tensor, ndim == 2 ? "an embedding" : "no matrix");
}

/* Adds the change D of `tensor`, called `stored` in the model. */
static spx_status add_change(making *k, const char *tensor, const spx_tensor *stored,
                             const spx_mat *D, const spx_update *u, double edge, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_lora *f = &k->factors[k->n];
    const bool conv1d = spx_tensor_in_out(stored);
    SPX_TRY(check_place(stored->name, 2, err));
    SPX_TRY(module_name(stored->name, k->name[k->n], err));
    if (k->n > 0 && conv1d != k->conv1d)
        SPX_RAISE(err, SPX_EUNSUP,
                  "tensor %s is stored %s, others are not: fan_in_fan_out holds "
                  "for all",
                  stored->name, conv1d ? "inputs x outputs" : "outputs x inputs");
    SPX_TRY(spx_lora_factor(D, u, edge, k->o->rank, f, err));
    if (f->rank == 0) {
        spx_note(k->o->notify, "%s: the change is below rounding; left out", tensor);
        goto out;
    }
    snprintf(k->tensor[k->n], NAME, "%s", tensor);
    k->conv1d = conv1d;
    k->module[k->n] = (spx_adapter_module){k->name[k->n], f->rows, f->cols, f->rank, f->B, f->A};
    k->n++;
    f = NULL;
out:
    if (f) spx_lora_free(f);
    return st;
}

static bool is_zero(const spx_mat *D) { return spx_mat_largest(D) == 0; }

/* From the ledger of a run. */

/* *u becomes [A, more A], [B, more B]; from {0} a copy. */
static spx_status append_factors(spx_update *u, const spx_update *more, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update both;
    const size_t had = u->A.cols, n = more->A.cols, rows = more->A.rows, cols = more->B.rows;
    SPX_TRY(spx_update_alloc(&both, rows, cols, had + n, err));
    spx_mat to[] = {spx_mat_view(&both.A, 0, 0, rows, had), spx_mat_view(&both.A, 0, had, rows, n),
                    spx_mat_view(&both.B, 0, 0, cols, had), spx_mat_view(&both.B, 0, had, cols, n)};
    if (had > 0) spx_mat_copy(&to[0], &u->A);
    spx_mat_copy(&to[1], &more->A);
    if (had > 0) spx_mat_copy(&to[2], &u->B);
    spx_mat_copy(&to[3], &more->B);
    spx_update_free(u);
    *u = both;
out:
    return st;
}

/* *u <- the factors of all rounds up to the stage side by side; {0} if some round has none, or all
 * have together too many columns. */
static spx_status join_rounds(const spx_store *s, const char *tensor, size_t stage, size_t rows,
                              size_t cols, spx_update *u, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    const size_t least = rows < cols ? rows : cols;
    bool factored = true;
    for (size_t i = 1; factored && i <= stage; i++) {
        SPX_TRY(spx_ledger_read_at(s, tensor, i, rows, cols, &r, err));
        factored = !r.dense && !(i == stage && r.finished) && u->A.cols + r.dW.A.cols < least;
        if (factored && r.n_writes > 0) SPX_TRY(append_factors(u, &r.dW, err));
        spx_ledger_round_free(&r);
    }
    if (!factored) spx_update_free(u);
out:
    spx_ledger_round_free(&r);
    return st;
}

/* The tensor of the model that stands for one of the run, or one that is stored by its name. */
static spx_status find_stored(const making *k, const char *tensor, const spx_mat *D,
                              spx_tensor *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool in_out = spx_arch_place(tensor).in_out;
    const spx_tensor w = {.name = tensor,
                          .dtype = SPX_F32,
                          .ndim = 2,
                          .shape = {in_out ? D->cols : D->rows, in_out ? D->rows : D->cols}};
    const spx_rewrite names = {.into = k->model};
    const spx_tensor *t = NULL;
    *out = w;
    if (!k->model) return SPX_OK;
    SPX_TRY(spx_rewrite_target(&names, NULL, &w, &t, err));
    *out = *t;
out:
    return st;
}

/* D <- now - before, and what rounding `now` to float makes of the largest singular value. */
static spx_status subtract_floats(const float *now, const float *before, size_t rows, size_t cols,
                                  spx_mat *D, double *edge, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_rounding rounding;
    SPX_TRY(spx_mat_alloc(D, rows, cols, err));
    spx_floats_widen(now, D);
    SPX_TRY(spx_rounding_measure(D, SPX_F32, &rounding, &tmp, err));
    *edge = rounding.edge;
    for (size_t i = 0; i < rows * cols; i++) D->data[i] -= (double)before[i];
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status add_ledger_tensor(making *k, const spx_store *s, const char *tensor, size_t stage,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    float *before = NULL, *now = NULL;
    size_t rows = 0, cols = 0;
    double edge = 0;
    spx_tensor stored;
    spx_mat D = {0};
    spx_update u = {0};
    SPX_TRY(spx_ledger_base(s, tensor, &before, &rows, &cols, err));
    SPX_TRY(spx_ledger_rebuild(s, tensor, stage, &now, &rows, &cols, err));
    SPX_TRY(subtract_floats(now, before, rows, cols, &D, &edge, err));
    if (is_zero(&D)) goto out;
    SPX_TRY(join_rounds(s, tensor, stage, rows, cols, &u, err));
    SPX_TRY(find_stored(k, tensor, &D, &stored, err));
    SPX_TRY(add_change(k, tensor, &stored, &D, u.A.data ? &u : NULL, u.A.data ? 0 : edge, err));
out:
    spx_update_free(&u);
    spx_mat_free(&D);
    spx_free(before);
    spx_free(now);
    return st;
}

static spx_status add_run(making *k, const char *later, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char file[4096], **names = NULL;
    size_t n = 0, stage = 0;
    const char *name = spx_ckpt_stage(later, file, sizeof file);
    SPX_TRY(spx_store_open(file, SPX_STORE_READ, &s, err));
    SPX_TRY(spx_ledger_chosen(s, k->o->globs, &names, &n, err));
    stage = spx_store_stages(s) - 1;
    if (strcmp(name, "last") != 0) SPX_TRY(spx_store_find_stage(s, name, &stage, err));
    SPX_TRY(begin(k, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(add_ledger_tensor(k, s, names[i], stage, err));
out:
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}

/* From two checkpoints. */

typedef struct pair {
    const spx_ckpt *base, *later, *like; /* like: in whose order of values and names */
    const spx_tensor *before, *after, *t;
} pair;

/* What rounding both to their types makes of the largest singular value; 0 for blocks. */
static spx_status rounding_of(const spx_tensor *t, const spx_mat *W, double *edge, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_rounding rounding;
    double unit = 0, least = 0;
    if (!spx_dtype_rounding(t->dtype, &unit, &least)) return SPX_OK;
    SPX_TRY(spx_rounding_measure(W, t->dtype, &rounding, &tmp, err));
    *edge = fmax(*edge, rounding.edge);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status add_matrix(making *k, const pair *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0}, D = {0};
    double edge = 0;
    SPX_TRY(spx_tensor_oriented_like(p->base, p->before, p->like, p->t, &W, err));
    SPX_TRY(spx_tensor_oriented_like(p->later, p->after, p->like, p->t, &D, err));
    if (W.rows != D.rows || W.cols != D.cols)
        SPX_RAISE(err, SPX_ESHAPE, "%zu x %zu in %s, %zu x %zu in %s", W.rows, W.cols,
                  spx_ckpt_path(p->base), D.rows, D.cols, spx_ckpt_path(p->later));
    SPX_TRY(rounding_of(p->after, &D, &edge, err));
    spx_mat_subtract(&D, &D, &W);
    if (is_zero(&D)) goto out;
    SPX_TRY(add_change(k, p->before->name, p->t, &D, NULL, edge, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", p->before->name);
    spx_mat_free(&W);
    spx_mat_free(&D);
    return st;
}

/* A tensor that is no matrix, or holds integers, must not have changed. */
static spx_status check_other(const pair *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_difference d;
    SPX_TRY(spx_difference_measure(p->base, p->before, p->later, p->after, NULL, &d, err));
    if (strcmp(d.what, "values") == 0 || strcmp(d.what, "shape") == 0)
        SPX_TRY(check_place(p->before->name, 1, err));
out:
    return st;
}

static spx_status add_tensor(making *k, pair *p, const spx_tensor *t, spx_error *err)
{
    if (!spx_names_match(k->o->globs, t->name)) return SPX_OK;
    p->before = t;
    p->after = spx_counterpart(p->later, t);
    p->t = k->model ? spx_counterpart(k->model, t) : t;
    if (!p->after || spx_tensor_same_bytes(p->before, p->after)) return SPX_OK;
    if (!spx_tensor_is_matrix(t)) return check_other(p, err);
    if (!p->t)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor stands for %s", spx_ckpt_path(k->model),
                        t->name);
    return add_matrix(k, p, err);
}

/* Tensors of the later checkpoint that the base lacks are no change of the base. */
static void warn_of_added(const making *k, const pair *p)
{
    const spx_tensor *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < spx_ckpt_count(p->later); i++) {
        const spx_tensor *u = spx_ckpt_at(p->later, i);
        if (!spx_names_match(k->o->globs, u->name) || spx_counterpart(p->base, u)) continue;
        if (n++ == 0) first = u;
    }
    if (n > 0)
        spx_warn(k->o->notify, "%s: %zu tensors that the base lacks are left out, the first %s",
                 spx_ckpt_path(p->later), n, first->name);
}

static bool any_tensor(const spx_tensor *t)
{
    (void)t;
    return true;
}

static spx_status add_pair(making *k, const char *base, const char *later, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_source source;
    spx_ckpt *a = NULL, *b = NULL;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    SPX_TRY(spx_source_open(base, &a, err));
    SPX_TRY(spx_source_beside(base, later, &source, err));
    SPX_TRY(spx_source_open(source.path, &b, err));
    pair p = {.base = a, .later = b, .like = k->model ? k->model : a};
    if (spx_ckpt_is_gguf(p.like))
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: a GGUF, whose names PEFT does not know; name the model's safetensors with "
                  "--model",
                  spx_ckpt_path(p.like));
    SPX_TRY(spx_tensors_sorted(a, any_tensor, &list, &n, &tmp, err));
    SPX_TRY(begin(k, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(add_tensor(k, &p, list[i], err));
    warn_of_added(k, &p);
    SPX_TRY(spx_ckpt_check(a, err));
    SPX_TRY(spx_ckpt_check(b, err));
out:
    spx_scratch_free(&tmp);
    spx_ckpt_close(b);
    spx_ckpt_close(a);
    return st;
}

spx_status spx_lora_export(const char *base, const char *later, const spx_lora_opts *o,
                           const char *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    making k = {.o = o};
    SPX_TRY(spx_adapter_check_folder(folder, err));
    if (o->model) SPX_TRY(spx_ckpt_open(o->model, &k.model, err));
    if (base)
        SPX_TRY(add_pair(&k, base, later, err));
    else
        SPX_TRY(add_run(&k, later, err));
    if (k.n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor differs%s%s", later, base ? " from " : "",
                  base ? base : " from the base of the run");
    const char *named = o->model ? o->model : base;
    if (named && spx_ckpt_stage(named, NULL, 0)) named = NULL;
    SPX_TRY(spx_adapter_write(k.module, k.n, k.conv1d, named, folder, err));
    for (size_t i = 0; i < k.n; i++) o->told(k.tensor[i], k.name[i], &k.factors[i]);
out:
    end(&k);
    return st;
}
