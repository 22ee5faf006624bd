/* ckpt.c: checkpoints of every format: the table of formats, and what can be asked of one. */
#include "formats/adapter.h"
#include "formats/quantised.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The first whose probe succeeds reads the file. */
static const format *const formats[] = {
    &format_run,  &format_index, /* by the path alone */
    &format_gguf, &format_safetensors, &format_npy, &format_zip,
};

const char *spx_ckpt_stage(const char *path, char *file, size_t room)
{
    const char *mark = strstr(path, ".h5#");
    if (!mark) return NULL;
    if (file) snprintf(file, room, "%.*s", (int)(mark + 3 - path), path);
    return mark + 4;
}

/* A folder stands for the first of these files that it contains. */
static spx_status resolve_folder(const char *path, char **out, spx_error *err)
{
    static const char *const inside[] = {"model.safetensors", "model.safetensors.index.json",
                                         "pytorch_model.bin", "pytorch_model.bin.index.json"};
    struct stat info;
    char file[4096];
    if (strlen(path) + sizeof "/pytorch_model.bin.index.json" > sizeof file)
        return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", path);
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return spx_text_dup(out, path, err);
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        snprintf(file, sizeof file, "%s/%s", path, inside[i]);
        if (stat(file, &info) == 0) return spx_text_dup(out, file, err);
    }
    if (spx_adapter_is(path)) return adapter_alone(path, err);
    return format_no_checkpoint(path, err);
}

static spx_status open_part(spx_ckpt *c, part *p, const format *want, spx_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const format *f = formats[i];
        if (!f->probe(p->path, p->map.data, p->map.size)) continue;
        if (want && want != f)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: format is %s (expected %s)", p->path, f->name,
                            want->name);
        if (!c->format) c->format = f;
        p->format = f;
        return f->open(c, p, err);
    }
    return format_unknown(p, err);
}

spx_status format_add(spx_ckpt *c, const char *path, const format *want, spx_error *err)
{
    spx_status st = SPX_OK;
    part *p = NULL;
    if (c->parts == FORMAT_PARTS)
        SPX_RAISE(err, SPX_EUNSUP, "%s: more than %d files", c->path, FORMAT_PARTS);
    SPX_TRY(SPX_NEW(&p, 1, err));
    c->part[c->parts++] = p;
    SPX_TRY(spx_text_dup(&p->path, path, err));
    if (!spx_ckpt_stage(path, NULL, 0)) SPX_TRY(spx_map_open(&p->map, path, err));
    SPX_TRY(format_page(p, err));
    SPX_TRY(open_part(c, p, want, err));
out:
    return st;
}

spx_status spx_ckpt_open(const char *path, spx_ckpt **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    size_t base = 0;
    const char *on_base = spx_adapter_split(path, &base);
    if (on_base) return adapter_open(path, base, on_base, out, err);
    *out = NULL;
    SPX_TRY(SPX_NEW(&c, 1, err));
    SPX_TRY(resolve_folder(path, &c->path, err));
    SPX_TRY(format_add(c, c->path, NULL, err));
    SPX_TRY(format_check(c, err));
    *out = c;
    c = NULL;
out:
    spx_ckpt_close(c);
    return st;
}

spx_status spx_ckpt_from_floats(const char *path, spx_floats *m, size_t n, spx_ckpt **out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&c, 1, err));
    c->format = &format_run;
    SPX_TRY(spx_text_dup(&c->path, path, err));
    SPX_TRY(format_floats(c, m, n, err));
    SPX_TRY(format_check(c, err));
    for (size_t i = 0; i < n; i++) {
        c->owned_data[i] = m[i].data;
        m[i].data = NULL;
    }
    *out = c;
    c = NULL;
out:
    spx_ckpt_close(c);
    return st;
}

void spx_ckpt_release(const spx_ckpt *c, const spx_tensor *t, size_t r0, size_t rows)
{
    const size_t all = spx_tensor_rows(t), row = all ? t->bytes / all : 0;
    if (c->under) {
        spx_ckpt_release(c->under, t->added ? t->added->to : t, r0, rows);
        return;
    }
    if (t->quantised && !t->quantised->plain) { /* rows lie across the codes: all go at the end */
        if (r0 + rows < all) return;
        r0 = 0;
        rows = all;
    }
    for (size_t i = 0; i < c->parts; i++)
        if (format_inside(c->part[i], t))
            spx_map_release(&c->part[i]->map, t->data + r0 * row, rows * row);
}

static void free_meta(meta *m)
{
    for (size_t i = 0; m->texts && i < m->n; i++) spx_free(m->texts[i]);
    spx_free(m->texts);
    spx_free(m->numbers);
    spx_free(m->text);
    spx_free(m->key);
}

void spx_ckpt_close(spx_ckpt *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->metas; i++) free_meta(&c->meta[i]);
    size_t owned = 0;
    (void)format_stored(c, &owned);
    for (size_t i = 0; i < owned; i++) format_forget(c, i);
    for (size_t i = 0; c->reason && i < owned; i++) spx_free(c->reason[i]);
    for (size_t i = 0; i < c->joins; i++) spx_free(c->joined[i].name);
    for (size_t i = 0; i < c->experts; i++) spx_free(c->expert_names[i]);
    for (size_t i = 0; i < c->notes; i++) spx_free(c->note[i]);
    for (size_t i = 0; i < c->parts; i++) {
        spx_map_close(&c->part[i]->map);
        spx_free(c->part[i]->path);
        spx_free(c->part[i]);
    }
    adapter_close(c->adapter);
    spx_ckpt_close(c->under);
    spx_free(c->meta);
    spx_free(c->owned_names);
    spx_free(c->owned_data);
    spx_free(c->hash);
    spx_free(c->owned_types);
    spx_free(c->by_name);
    spx_free(c->by_place);
    spx_free(c->show);
    spx_free(c->expert);
    spx_free(c->expert_names);
    spx_free(c->expert_hash);
    spx_free(c->note);
    spx_free(c->joined);
    spx_free(c->reason);
    spx_free(c->stored);
    spx_free(c->tensor);
    spx_free(c->path);
    spx_free(c);
}

spx_status spx_ckpt_check(const spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < c->parts; i++)
        if (!c->part[i]->format->edits_only)
            SPX_TRY(spx_map_check(&c->part[i]->map, c->part[i]->path, err));
    if (c->under) SPX_TRY(spx_ckpt_check(c->under, err));
    if (c->adapter) SPX_TRY(spx_ckpt_check(c->adapter->file, err));
out:
    return st;
}

const char *spx_ckpt_path(const spx_ckpt *c) { return c->path; }

const char *spx_ckpt_format(const spx_ckpt *c) { return c->format->name; }

const spx_ckpt *spx_ckpt_base(const spx_ckpt *c)
{
    while (c->under) c = c->under;
    return c;
}

bool spx_ckpt_is_gguf(const spx_ckpt *c) { return spx_ckpt_base(c)->format->llama_cpp; }

bool spx_ckpt_holds_edits_only(const spx_ckpt *c) { return spx_ckpt_base(c)->format->edits_only; }

const char *spx_ckpt_note(const spx_ckpt *c, size_t i)
{
    c = spx_ckpt_base(c);
    return i < c->notes ? c->note[i] : NULL;
}

size_t spx_ckpt_count(const spx_ckpt *c) { return c->shown; }

const spx_tensor *spx_ckpt_at(const spx_ckpt *c, size_t i)
{
    return i < c->shown ? c->show[i] : NULL;
}

static int compare_name(const void *name, const void *t)
{
    return strcmp(name, (*(const spx_tensor *const *)t)->name);
}

const spx_tensor *spx_ckpt_find(const spx_ckpt *c, const char *name)
{
    const spx_tensor *const *found =
        c->names > 0 ? bsearch(name, c->by_name, c->names, sizeof *c->by_name, compare_name) : NULL;
    return found ? *found : NULL;
}

static const meta *find_meta(const spx_ckpt *c, const char *key)
{
    c = spx_ckpt_base(c);
    for (size_t i = 0; i < c->metas; i++)
        if (c->meta[i].key && strcmp(c->meta[i].key, key) == 0) return &c->meta[i];
    return NULL;
}

const char *spx_ckpt_text(const spx_ckpt *c, const char *key)
{
    const meta *m = find_meta(c, key);
    return m ? m->text : NULL;
}

bool spx_ckpt_number(const spx_ckpt *c, const char *key, double *out)
{
    const meta *m = find_meta(c, key);
    if (!m || !m->is_number) return false;
    *out = m->number;
    return true;
}

const char *const *spx_ckpt_texts(const spx_ckpt *c, const char *key, size_t *n)
{
    const meta *m = find_meta(c, key);
    *n = m && m->texts ? m->n : 0;
    return m ? (const char *const *)m->texts : NULL;
}

const double *spx_ckpt_numbers(const spx_ckpt *c, const char *key, size_t *n)
{
    const meta *m = find_meta(c, key);
    *n = m && m->numbers ? m->n : 0;
    return m ? m->numbers : NULL;
}
