/* export.c: a checkpoint written again with some tensors replaced: which file goes where. */
#include "spx/export.h"

#include "files/dtype.h"
#include "files/write.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

/* How a file of a format is written. */
static const struct {
    const char *format;
    write_part *write;
} writers[] = {{"gguf", write_gguf}, {"safetensors", write_safetensors}, {"index", write_index}};

static write_part *find_writer(const part *p)
{
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(writers[i].format, p->format) == 0) return writers[i].write;
    return NULL;
}

/* May t be written in that type into file p? */
static spx_status check_type(const part *p, const spx_tensor *t, spx_dtype d, spx_error *err)
{
    const bool block = dtype_values(d) > 1;
    if (!spx_dtype_writable(d) || (block && strcmp(p->format, "gguf") != 0))
        return SPX_FAIL(err, SPX_EUNSUP, "%s: tensor %s cannot be written as %s", p->path, t->name,
                        spx_dtype_name(d));
    if (spx_tensor_cols(t) % dtype_values(d))
        return SPX_FAIL(err, SPX_EUNSUP, "%s: tensor %s: rows of %zu are no whole blocks of %s",
                        p->path, t->name, spx_tensor_cols(t), spx_dtype_name(d));
    return SPX_OK;
}

static spx_status check(const edits *e, spx_error *err)
{
    const spx_ckpt *c = e->c;
    for (size_t i = 0; i < c->parts; i++)
        if (!find_writer(c->part[i]))
            return SPX_FAIL(err, SPX_EUNSUP, "%s: a checkpoint of format %s cannot be written",
                            c->part[i]->path, c->part[i]->format);
    for (size_t i = 0; i < e->n; i++) {
        const spx_tensor *t = spx_ckpt_find(c, e->r[i].name);
        if (!t)
            return SPX_FAIL(err, SPX_ENOTFOUND, "%s: there is no tensor %s", c->path, e->r[i].name);
        for (size_t k = 0; k < c->parts; k++) {
            if (!format_inside(c->part[k], t)) continue;
            const spx_status st = check_type(c->part[k], t, e->r[i].dtype, err);
            if (st != SPX_OK) return st;
        }
    }
    return SPX_OK;
}

static spx_status too_long(const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", path);
}

/* config.json, tokenizer.json, vocab.json, merges.txt, tokenizer.model and their like. */
static bool goes_along(const char *name)
{
    static const char *const ends[] = {".json", ".txt", ".model", ".jinja"};
    if (format_ends_with(name, ".index.json")) return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (format_ends_with(name, ends[i])) return true;
    return false;
}

static spx_status carry_along(const char *from, const char *to, spx_error *err)
{
    char source[4096], target[4096];
    spx_status st = SPX_OK;
    DIR *d = opendir(from);
    if (!d) return spx_fail_path(err, from);
    for (const struct dirent *e = readdir(d); e && st == SPX_OK; e = readdir(d)) {
        if (!goes_along(e->d_name)) continue;
        const int a = snprintf(source, sizeof source, "%s/%s", from, e->d_name);
        const int b = snprintf(target, sizeof target, "%s/%s", to, e->d_name);
        if (a < 0 || b < 0 || (size_t)a >= sizeof source || (size_t)b >= sizeof target)
            st = too_long(to, err);
        else
            st = spx_file_copy(source, target, err);
    }
    closedir(d);
    return st;
}

/* Makes the folder; one of safetensors gets what lies beside them. */
static spx_status prepare_folder(const spx_ckpt *c, const char *path, spx_error *err)
{
    char from[4096];
    const int n = (int)(spx_base_name(c->path) - c->path);
    snprintf(from, sizeof from, "%.*s", n ? n : 1, n ? c->path : ".");
    if (mkdir(path, 0777) != 0 && errno != EEXIST) return spx_fail_path(err, path);
    if (write_same_file(from, path))
        return SPX_FAIL(err, SPX_EINVAL, "%s: is read from; write somewhere else", path);
    return strcmp(c->format, "gguf") == 0 ? SPX_OK : carry_along(from, path, err);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Is `path` a folder to be, or one file's name? */
static bool wants_folder(const spx_ckpt *c, const char *path)
{
    if (is_folder(path) || format_ends_with(path, "/")) return true;
    return strcmp(c->format, "gguf") != 0 && !format_ends_with(path, ".safetensors");
}

/* Where file i goes. Files of a split GGUF may be named after one: OUT.gguf becomes
 * OUT-00001-of-00003.gguf and so on, as llama.cpp names them. */
static spx_status name_file(const spx_ckpt *c, size_t i, const char *path, bool folder, char *out,
                            size_t size, spx_error *err)
{
    const char *end = strstr(spx_base_name(path), "-00001-of-");
    const int stem = end ? (int)(end - path) : (int)(strlen(path) - strlen(".gguf"));
    int n = 0;
    if (folder)
        n = snprintf(out, size, "%s/%s", path, spx_base_name(c->part[i]->path));
    else if (c->parts == 1)
        n = snprintf(out, size, "%s", path);
    else
        n = snprintf(out, size, "%.*s-%05zu-of-%05zu.gguf", stem, path, i + 1, c->parts);
    return n > 0 && (size_t)n < size ? SPX_OK : too_long(path, err);
}

spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n, const char *path,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    char file[4096];
    const edits e = {c, r, n};
    const bool folder = wants_folder(c, path);
    SPX_TRY(check(&e, err));
    if (!folder && c->parts > 1 && !format_ends_with(path, ".gguf"))
        SPX_RAISE(err, SPX_EINVAL, "%s: %s is in %zu files; name a folder%s", path, c->path,
                  c->parts, strcmp(c->format, "gguf") == 0 ? " or a .gguf" : "");
    if (folder) SPX_TRY(prepare_folder(c, path, err));
    for (size_t i = 0; i < c->parts; i++) {
        SPX_TRY(name_file(c, i, path, folder, file, sizeof file, err));
        SPX_TRY(find_writer(c->part[i])(&e, c->part[i], file, err));
    }
out:
    return st;
}
