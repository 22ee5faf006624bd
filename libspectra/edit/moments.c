/* moments.c: second moments of keys from a run file, or from the .npz files of the public editing
 * code (rome and memit: util/runningstats.py saves SecondMoment as mom2.mom2, the sum, and
 * mom2.count; experiments name a file LAYER_PRECISION_mom2_SAMPLES.npz, in MODEL/DATASET_stats). */
#include "spx/arch.h"
#include "spx/ckpt.h"
#include "spx/covariance.h"
#include "spx/edit.h"
#include "spx/file.h"
#include "spx/names.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct spx_moments {
    char *path;
    spx_store *store; /* NULL for .npz */
    bool folder;
    char *model;  /* SHA-256; NULL if the file does not say */
    char *served; /* the tensor that a file which names no layer was taken for */
};

spx_status spx_moments_open(const char *path, spx_moments **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_moments *m = NULL;
    struct stat info;
    *out = NULL;
    SPX_TRY(SPX_NEW(&m, 1, err));
    SPX_TRY(spx_text_dup(&m->path, path, err));
    if (stat(path, &info) != 0) SPX_TRY(spx_fail_path(err, path));
    m->folder = S_ISDIR(info.st_mode);
    if (m->folder || spx_ends_with(path, ".npz")) goto out;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &m->store, err));
    SPX_TRY(spx_store_get_text(m->store, "", "model_sha256", &m->model, err));
out:
    if (st == SPX_OK)
        *out = m;
    else
        spx_moments_close(m);
    return st;
}

void spx_moments_close(spx_moments *m)
{
    if (!m) return;
    spx_store_close(m->store);
    spx_free(m->served);
    spx_free(m->model);
    spx_free(m->path);
    spx_free(m);
}

const char *spx_moments_model(const spx_moments *m) { return m->model; }

/* True if base[from .. n), for some `from` at the beginning or after a model's or data set's name,
 * is a known layer; name <- its weight. */
static bool names_layer(const char *base, size_t n, char *name, size_t size)
{
    for (size_t from = 0; from < n; from++) {
        if (from > 0 && base[from - 1] != '_' && base[from - 1] != '-') continue;
        const int used = snprintf(name, size, "%.*s.weight", (int)(n - from), base + from);
        if (used > 0 && (size_t)used < size && spx_arch_place(name).role != SPX_ROLE_OTHER)
            return true;
    }
    return false;
}

/* The length of base[0 .. n) before its last "_". */
static size_t cut_last(const char *base, size_t n)
{
    while (n > 0 && base[n - 1] != '_') n--;
    return n > 0 ? n - 1 : 0;
}

/* name <- the tensor that a file is named after: transformer.h.5.mlp.c_proj.weight for
 * "transformer.h.5.mlp.c_proj_float32_mom2_100000.npz", of any precision or none, and with other
 * statistics beside it ("_mean-mom2"). False if that is not a known tensor. */
static bool tensor_of(const char *file, char *name, size_t size)
{
    const char *base = spx_base_name(file), *stat = strstr(base, "mom2");
    const size_t all = strlen(base) - strlen(".npz");
    if (!stat) return names_layer(base, all, name, size);
    const size_t before = cut_last(base, (size_t)(stat - base));
    return names_layer(base, cut_last(base, before), name, size) ||
           names_layer(base, before, name, size);
}

static bool belongs_to(const char *file, const char *tensor)
{
    char name[256];
    return spx_ends_with(file, ".npz") && tensor_of(file, name, sizeof name) &&
           (strcmp(name, tensor) == 0 || spx_arch_match(name, tensor) > 0);
}

/* The one file of a folder that belongs to a tensor. */
typedef struct search {
    const spx_moments *m;
    const char *tensor;
    char *file; /* "": none so far */
    size_t size;
} search;

enum { DEPTH = 3 }; /* the public code has MODEL/DATASET_stats/FILE in its folder of statistics */

static spx_status take_file(const search *s, const char *path, spx_error *err)
{
    if (*s->file)
        return SPX_FAIL(err, SPX_EINVAL, "%s: two files belong to %s: %s and %s", s->m->path,
                        s->tensor, s->file + strlen(s->m->path) + 1, path + strlen(s->m->path) + 1);
    snprintf(s->file, s->size, "%s", path);
    return SPX_OK;
}

static spx_status search_folder(const search *s, const char *folder, int level, spx_error *err);

static spx_status search_entry(const search *s, const char *folder, const char *name, int level,
                               spx_error *err)
{
    struct stat info;
    char path[4096];
    const int used = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (name[0] == '.' || (level == 1 && !belongs_to(name, s->tensor))) return SPX_OK;
    if (used < 0 || (size_t)used >= sizeof path)
        return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", folder);
    if (level == 1) return take_file(s, path, err);
    const bool inner = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    return inner ? search_folder(s, path, level - 1, err) : SPX_OK;
}

/* The files `level` folders deep, 1 for those of the folder itself. */
static spx_status search_folder(const search *s, const char *folder, int level, spx_error *err)
{
    spx_status st = SPX_OK;
    DIR *d = opendir(folder);
    if (!d) return spx_fail_path(err, folder);
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        SPX_TRY(search_entry(s, folder, e->d_name, level, err));
out:
    closedir(d);
    return st;
}

static spx_status find_in_folder(const spx_moments *m, const char *tensor, char *file, size_t size,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    const search s = {m, tensor, file, size};
    *file = '\0';
    for (int level = 1; level <= DEPTH && !*file; level++)
        SPX_TRY(search_folder(&s, m->path, level, err));
    if (!*file)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no .npz file is named after %s", m->path, tensor);
out:
    return st;
}

/* A file whose name tells no layer serves one tensor only. */
static spx_status check_single(spx_moments *m, const char *tensor, spx_error *err)
{
    char name[256];
    if (belongs_to(m->path, tensor)) return SPX_OK;
    if (tensor_of(m->path, name, sizeof name))
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: belongs to %s, not to %s", m->path, name, tensor);
    if (!m->served) return spx_text_dup(&m->served, tensor, err);
    if (strcmp(m->served, tensor) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: holds one second moment, not those of %s and %s",
                    m->path, m->served, tensor);
}

static spx_status find_file(spx_moments *m, const char *tensor, char *out, size_t size,
                            spx_error *err)
{
    if (m->folder) return find_in_folder(m, tensor, out, size, err);
    snprintf(out, size, "%s", m->path);
    return m->store ? SPX_OK : check_single(m, tensor, err);
}

static spx_status read_count(const spx_ckpt *c, double *count, spx_error *err)
{
    const spx_tensor *n = spx_ckpt_find(c, "mom2.count");
    *count = 0;
    if (n && spx_tensor_rows(n) * spx_tensor_cols(n) == 1) spx_tensor_read(n, 0, 1, count);
    if (isfinite(*count) && *count > 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "mom2.count is %s", n ? "not a number above 0" : "missing");
}

static spx_status read_npz(const char *path, size_t size, spx_mat *C, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    double count = 0;
    SPX_TRY(spx_ckpt_open(path, &c, err));
    const spx_tensor *sum = spx_ckpt_find(c, "mom2.mom2");
    if (!sum) SPX_RAISE(err, SPX_ENOTFOUND, "missing array mom2.mom2");
    if (sum->ndim != 2 || sum->shape[0] != size || sum->shape[1] != size)
        SPX_RAISE(err, SPX_ESHAPE, "mom2.mom2 is %zu x %zu, not %zu x %zu", spx_tensor_rows(sum),
                  spx_tensor_cols(sum), size, size);
    SPX_TRY(read_count(c, &count, err));
    SPX_TRY(spx_tensor_matrix(sum, C, err));
    spx_mat_scale(C, 1 / count);
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

spx_status spx_moments_read(spx_moments *m, const char *tensor, size_t size, spx_mat *C,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char file[4096] = "";
    *C = (spx_mat){0};
    SPX_TRY(find_file(m, tensor, file, sizeof file, err));
    SPX_TRY(m->store ? spx_covariance_read(m->store, tensor, size, C, err)
                     : read_npz(file, size, C, err));
    SPX_TRY(spx_moment_check(C, err));
out:
    if (st != SPX_OK && err && !strstr(err->text, m->path)) spx_prefix(err, "%s", file);
    if (st != SPX_OK) spx_mat_free(C);
    return st;
}

/* Without B: a file measured without gradients, or one of the public code's. */
static spx_status check_gradients(const spx_moments *m, const char *tensor, spx_error *err)
{
    char group[512];
    spx_store_group_of(group, sizeof group, "covariance", tensor);
    if (m->store && !spx_store_has(m->store, group))
        return SPX_OK; /* the tensor itself is missing */
    strncat(group, "/gradient_moment", sizeof group - strlen(group) - 1);
    if (m->store && spx_store_has(m->store, group)) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND,
                    "%s: no second moment of the output gradients of %s (spx-stats --gradients)",
                    m->path, tensor);
}

spx_status spx_moments_read_gradients(spx_moments *m, const char *tensor, size_t size, spx_mat *B,
                                      spx_error *err)
{
    spx_status st = SPX_OK;
    *B = (spx_mat){0};
    SPX_TRY(check_gradients(m, tensor, err));
    SPX_TRY(spx_gradient_moment_read(m->store, tensor, size, B, err));
    SPX_TRY(spx_moment_check(B, err));
out:
    if (st != SPX_OK && err && !strstr(err->text, m->path)) spx_prefix(err, "%s", m->path);
    if (st != SPX_OK) spx_mat_free(B);
    return st;
}

spx_status spx_moments_hash(spx_moments *m, const char *const *tensor, size_t n,
                            char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char(*each)[SPX_SHA256_HEX] = NULL;
    char file[4096];
    if (!m->folder) return spx_sha256_file(m->path, out, err);
    SPX_TRY(SPX_SCRATCH(&tmp, &each, n, err));
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(find_file(m, tensor[i], file, sizeof file, err));
        SPX_TRY(spx_sha256_file(file, each[i], err));
    }
    SPX_TRY(spx_sha256(each, n * SPX_SHA256_HEX, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
