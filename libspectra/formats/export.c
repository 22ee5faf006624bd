/* export.c: a checkpoint written again with some tensors replaced: which file goes where. */
#include "spx/export.h"

#include "formats/dtype.h"
#include "formats/quantised.h"
#include "formats/write.h"

#include "spx/names.h"

#include <dirent.h>
#include <sys/stat.h>

/* SPX_EUNSUP unless t can be written as d into file p. */
static spx_status check_dtype(const part *p, const spx_tensor *t, spx_dtype d, spx_error *err)
{
    const size_t block = spx_dtype_writable(d) ? dtype_values(d) : 0;
    if (t->of && d != t->dtype)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: tensor %s cannot be written as %s: its stack has type %s", p->path,
                        t->name, spx_dtype_name(d), spx_tensor_type(t));
    if (block == 0 || (block > 1 && !p->format->blocks))
        return SPX_FAIL(err, SPX_EUNSUP, "%s: tensor %s cannot be written as %s", p->path, t->name,
                        spx_dtype_name(d));
    if (spx_tensor_cols(t) % block)
        return SPX_FAIL(
            err, SPX_EUNSUP,
            "%s: tensor %s cannot be written as %s: rows of %zu values do not divide into blocks "
            "of %zu",
            p->path, t->name, spx_dtype_name(d), spx_tensor_cols(t), block);
    return SPX_OK;
}

static spx_status check_replacement(const spx_ckpt *c, const spx_replacement *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = spx_ckpt_find(c, r->name);
    if (!t) SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor %s", c->path, r->name);
    if (t->quantised && t->ndim + (t->of != NULL) != 2)
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: tensor %s cannot be written: stacks of type %s are kept whole", c->path,
                  r->name, spx_tensor_type(t));
    for (size_t i = 0; i < c->parts; i++)
        if (format_inside(c->part[i], t)) SPX_TRY(check_dtype(c->part[i], t, r->dtype, err));
out:
    return st;
}

static spx_status check_format(const format *f, const char *path, spx_error *err)
{
    if (f->write) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP, "%s: a checkpoint of format %s cannot be written", path,
                    f->name);
}

/* What adapters change is written in the base's tensors. */
static spx_status check_adapted(const edits *e, const spx_tensor *u, spx_error *err)
{
    const spx_tensor *t = spx_ckpt_find(e->c, u->name);
    if (!t)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: %s has no tensor %s, which cannot be added",
                        e->over->path, e->c->path, u->name);
    if (!edits_adapts(e, t)) return SPX_OK;
    if (t->quantised)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: tensor %s of %s is quantised (%s); an adapter is merged into it with "
                        "--dtype BF16",
                        e->over->path, t->name, e->c->path, spx_tensor_type(t));
    for (size_t i = 0; i < e->c->parts; i++)
        if (format_inside(e->c->part[i], t))
            return check_dtype(e->c->part[i], t, edits_dtype(e, t), err);
    return SPX_OK;
}

static spx_status check_edits(const edits *e, bool folder, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(check_format(e->c->format, e->c->path, err)); /* a stage may have no files */
    for (size_t i = 0; i < e->c->parts; i++)
        SPX_TRY(check_format(e->c->part[i]->format, e->c->part[i]->path, err));
    for (size_t i = 0; i < e->n; i++) SPX_TRY(check_replacement(e->c, &e->r[i], err));
    SPX_TRY(quantised_write_check(e, folder, err));
    for (size_t i = 0; e->over && i < spx_ckpt_count(e->over); i++)
        SPX_TRY(check_adapted(e, spx_ckpt_at(e->over, i), err));
out:
    return st;
}

static spx_status too_long(const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", path);
}

/* True for config.json, tokenizer.json, vocab.json, merges.txt, tokenizer.model and the like. */
static bool is_companion(const char *name)
{
    static const char *const ends[] = {".json", ".txt", ".model", ".jinja"};
    if (spx_ends_with(name, ".index.json")) return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (spx_ends_with(name, ends[i])) return true;
    return false;
}

/* True for a config.json whose quantization_config must name weights that are quantised no more. */
static bool changes_config(const edits *e, const char *name)
{
    return strcmp(name, "config.json") == 0 && edits_joined(e);
}

static spx_status copy_companions(const edits *e, const char *from, placing *to, spx_error *err)
{
    char source[4096], target[4096];
    spx_status st = SPX_OK;
    spx_output *draft = NULL;
    DIR *d = opendir(from);
    if (!d) return spx_fail_path(err, from);
    for (const struct dirent *found = readdir(d); found; found = readdir(d)) {
        const char *name = found->d_name;
        if (!is_companion(name)) continue;
        const int a = snprintf(source, sizeof source, "%s/%s", from, name);
        const int b = snprintf(target, sizeof target, "%s/%s", to->folder, name);
        if (a < 0 || b < 0 || (size_t)a >= sizeof source || (size_t)b >= sizeof target)
            SPX_TRY(too_long(to->folder, err));
        SPX_TRY(placing_add(to, target, &draft, err));
        if (changes_config(e, name))
            SPX_TRY(quantised_write_config(e, source, draft, err));
        else
            SPX_TRY(spx_file_fill(&draft->claim, source, err));
    }
out:
    closedir(d);
    return st;
}

static spx_status over_itself(const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EINVAL, "%s: cannot overwrite the checkpoint being read", path);
}

/* The folder that c is in. */
static void folder_of(const spx_ckpt *c, char out[4096])
{
    const int n = (int)(spx_base_name(c->path) - c->path);
    snprintf(out, 4096, "%.*s", n ? n : 1, n ? c->path : ".");
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

spx_status spx_ckpt_check_output(const spx_ckpt *c, const char *path, spx_error *err)
{
    char from[4096];
    if (!is_folder(path)) return SPX_OK;
    folder_of(spx_ckpt_base(c), from);
    return write_same_file(from, path) ? over_itself(path, err) : placing_check(path, err);
}

/* Begins the folder and copies into it what the format keeps beside its files. */
static spx_status prepare_folder(const edits *e, const char *path, placing *to, spx_error *err)
{
    const spx_ckpt *c = e->c;
    spx_status st = SPX_OK;
    char from[4096];
    folder_of(c, from);
    SPX_TRY(spx_ckpt_check_output(c, path, err));
    SPX_TRY(placing_folder(to, path, err));
    if (c->format->needs_folder) SPX_TRY(copy_companions(e, from, to, err));
out:
    return st;
}

/* True if `path` is to be a folder, false if it names one file. */
static bool wants_folder(const spx_ckpt *c, const char *path)
{
    if (is_folder(path) || spx_ends_with(path, "/")) return true;
    return c->format->needs_folder && !spx_ends_with(path, c->format->single_end);
}

/* Several files need a folder or, if the format can be split, a name from which theirs are made. */
static spx_status check_single(const spx_ckpt *c, const char *path, spx_error *err)
{
    const char *end = c->format->split_end;
    if (c->parts == 1 || (end && spx_ends_with(path, end))) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%s: %s consists of %zu files; name a folder%s%s", path,
                    c->path, c->parts, end ? " or a file *" : "", end ? end : "");
}

/* Where file i goes. The files of a split GGUF may be named after one: OUT.gguf becomes
 * OUT-00001-of-00003.gguf and so on, as llama.cpp names them. */
static spx_status name_file(const spx_ckpt *c, size_t i, const char *path, const placing *to,
                            char *out, size_t size, spx_error *err)
{
    const char *mark = strstr(spx_base_name(path), "-00001-of-"), *end = c->format->split_end;
    int n = 0;
    if (*to->folder)
        n = snprintf(out, size, "%s/%s", to->folder, spx_base_name(c->part[i]->path));
    else if (c->parts == 1)
        n = snprintf(out, size, "%s", path);
    else
        n = snprintf(out, size, "%.*s-%05zu-of-%05zu%s",
                     (int)(mark ? (size_t)(mark - path) : strlen(path) - strlen(end)), path, i + 1,
                     c->parts, end);
    return n > 0 && (size_t)n < size ? SPX_OK : too_long(path, err);
}

/* Files are added last first: an index names the others, so it gets its name after them. */
static spx_status write_files(const edits *e, const char *path, placing *to, spx_error *err)
{
    spx_status st = SPX_OK;
    char file[4096];
    spx_output *draft = NULL;
    const spx_ckpt *c = e->c;
    for (size_t i = c->parts; i-- > 0;) {
        SPX_TRY(name_file(c, i, path, to, file, sizeof file, err));
        for (size_t k = 0; k < c->parts; k++)
            if (write_same_file(file, c->part[k]->path)) SPX_TRY(over_itself(file, err));
        SPX_TRY(placing_add(to, file, &draft, err));
        SPX_TRY(c->part[i]->format->write(e, c->part[i], draft, err));
    }
out:
    return st;
}

/* The edits of c or, if there are adapters on it, of its base. */
static edits edits_of(const spx_ckpt *c, const spx_replacement *r, size_t n)
{
    const spx_ckpt *base = spx_ckpt_base(c);
    return (edits){base, r, n, base == c ? NULL : c};
}

/* What an adapter made of a tensor, one at a time in memory. */
static spx_status fit_adapted(const edits *e, const spx_tensor *u, const spx_notify *notify,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    float *x = NULL;
    const spx_tensor *t = spx_ckpt_find(e->c, u->name);
    if (!t || !edits_adapts(e, t)) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &x, spx_tensor_rows(u) * spx_tensor_cols(u), err));
    spx_tensor_read_float(u, 0, spx_tensor_rows(u), x);
    spx_ckpt_release(e->over, u, 0, spx_tensor_rows(u));
    const spx_replacement r = {u->name, x, edits_dtype(e, t)};
    SPX_TRY(fit_check(e->c, &r, notify, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_ckpt_fit(const spx_ckpt *c, const spx_replacement *r, size_t n,
                        const spx_notify *notify, spx_error *err)
{
    spx_status st = SPX_OK;
    const edits e = edits_of(c, r, n);
    SPX_TRY(check_edits(&e, true, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(fit_check(e.c, &r[i], notify, err));
    for (size_t i = 0; e.over && i < spx_ckpt_count(c); i++)
        SPX_TRY(fit_adapted(&e, spx_ckpt_at(c, i), notify, err));
out:
    return st;
}

spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n, const char *path,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    placing to = {0};
    const edits e = edits_of(c, r, n);
    const bool folder = wants_folder(e.c, path);
    SPX_TRY(check_edits(&e, folder, err));
    SPX_TRY(spx_ckpt_fit(c, r, n, NULL, err));
    if (folder)
        SPX_TRY(prepare_folder(&e, path, &to, err));
    else
        SPX_TRY(check_single(e.c, path, err));
    SPX_TRY(write_files(&e, path, &to, err));
out:
    return placing_end(&to, st, err);
}
