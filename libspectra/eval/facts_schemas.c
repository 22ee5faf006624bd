/* facts_schemas.c: the fields of one record, as each data set writes them. */
#include "eval/facts_schemas.h"

#include "eval/records.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const size_t pool_block = 1 << 16;

/* len bytes; those of one block do not align, texts need not. */
static spx_status pool_room(text_pool *p, size_t len, char **out, spx_error *err)
{
    if (len > p->left) {
        void *mem = NULL;
        const size_t size = len > pool_block ? len : pool_block;
        const spx_status st = spx_scratch_alloc(p->blocks, &mem, size, 1, err);
        if (st != SPX_OK) return st;
        p->at = mem;
        p->left = size;
    }
    *out = p->at;
    p->at += len;
    p->left -= len;
    return SPX_OK;
}

static spx_status keep(text_pool *p, const char *text, const char **out, spx_error *err)
{
    char *at = NULL;
    const size_t len = strlen(text) + 1;
    const spx_status st = pool_room(p, len, &at, err);
    if (st == SPX_OK) memcpy(at, text, len);
    *out = at;
    return st;
}

/* A text that must be there. */
static spx_status need(text_pool *p, const spx_json *r, const char *key, const char **out,
                       spx_error *err)
{
    const char *text = NULL;
    const spx_status st = record_text(r, key, &text, err);
    return st == SPX_OK ? keep(p, text, out, err) : st;
}

/* Targets are kept without the space that some files put before them. */
static spx_status need_target(text_pool *p, const spx_json *r, const char *key, const char **out,
                              spx_error *err)
{
    const char *text = NULL;
    const spx_status st = record_text(r, key, &text, err);
    if (st != SPX_OK) return st;
    text += strspn(text, " ");
    if (!*text) return SPX_FAIL(err, SPX_EFORMAT, "%s is blank", key);
    return keep(p, text, out, err);
}

static spx_status list_room(text_pool *p, size_t n, spx_texts *out, spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_scratch_alloc(p->blocks, &mem, n, sizeof(char *), err);
    out->at = mem;
    return st;
}

/* A text that may lack, as a list of none or one. */
static spx_status may_have(text_pool *p, const spx_json *r, const char *key, spx_texts *out,
                           spx_error *err)
{
    const char *text = spx_json_text(spx_json_get(r, key));
    if (!text || !*text) return SPX_OK;
    spx_status st = list_room(p, 1, out, err);
    if (st == SPX_OK) st = keep(p, text, &out->at[0], err);
    if (st == SPX_OK) out->n = 1;
    return st;
}

static spx_status may_keep(text_pool *p, const spx_json *r, const char *key, const char **out,
                           spx_error *err)
{
    const char *text = spx_json_text(spx_json_get(r, key));
    return text ? keep(p, text, out, err) : SPX_OK;
}

/* An array of texts; absent: none. */
static spx_status list(text_pool *p, const spx_json *r, const char *key, spx_texts *out,
                       spx_error *err)
{
    const spx_json *a = spx_json_get(r, key);
    const size_t n = spx_json_size(a);
    if (a && !spx_json_is_array(a)) return SPX_FAIL(err, SPX_EFORMAT, "%s is no array", key);
    if (n == 0) return SPX_OK;
    spx_status st = list_room(p, n, out, err);
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const char *text = spx_json_text(spx_json_at(a, i));
        if (!text || !*text) return SPX_FAIL(err, SPX_EFORMAT, "%s[%zu] is no text", key, i);
        st = keep(p, text, &out->at[i], err);
        if (st == SPX_OK) out->n++;
    }
    return st;
}

/* The template's {} replaced by the subject. */
static spx_status fill(text_pool *p, const char *template, const char *subject, const char **out,
                       spx_error *err)
{
    const char *gap = strstr(template, "{}");
    char *at = NULL;
    if (!gap || strstr(gap + 2, "{}"))
        return SPX_FAIL(err, SPX_EFORMAT, "prompt '%.60s' has not one {}", template);
    const size_t len = strlen(template) - 2 + strlen(subject) + 1;
    const spx_status st = pool_room(p, len, &at, err);
    if (st == SPX_OK)
        snprintf(at, len, "%.*s%s%s", (int)(gap - template), template, subject, gap + 2);
    *out = at;
    return st;
}

static spx_status read_counterfact(const spx_json *r, bool alt, text_pool *p, spx_fact *f,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    const char *template = NULL;
    const spx_json *q = spx_json_get(r, "requested_rewrite");
    (void)alt;
    SPX_TRY(record_text(q, "prompt", &template, err));
    SPX_TRY(need(p, q, "subject", &f->subject, err));
    SPX_TRY(fill(p, template, f->subject, &f->prompt, err));
    SPX_TRY(need_target(p, spx_json_get(q, "target_new"), "str", &f->target_new, err));
    SPX_TRY(need_target(p, spx_json_get(q, "target_true"), "str", &f->target_true, err));
    SPX_TRY(may_keep(p, q, "relation_id", &f->relation, err));
    SPX_TRY(may_keep(p, spx_json_get(q, "target_new"), "id", &f->target_id, err));
    SPX_TRY(list(p, r, "paraphrase_prompts", &f->paraphrase, err));
    SPX_TRY(list(p, r, "neighborhood_prompts", &f->neighbor, err));
    SPX_TRY(list(p, r, "generation_prompts", &f->generation, err));
out:
    return st;
}

/* The rephrase prompt counts as a generation prompt until kinds_tell has seen all records. */
static spx_status read_easyedit(const spx_json *r, bool alt, text_pool *p, spx_fact *f,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    (void)alt;
    SPX_TRY(need(p, r, "prompt", &f->prompt, err));
    SPX_TRY(need(p, r, "subject", &f->subject, err));
    SPX_TRY(need_target(p, r, "target_new", &f->target_new, err));
    SPX_TRY(need_target(p, r, "ground_truth", &f->target_true, err));
    SPX_TRY(may_have(p, r, "rephrase_prompt", &f->generation, err));
    SPX_TRY(may_have(p, r, "locality_prompt", &f->neighbor, err));
out:
    return st;
}

/* The first of "answers". */
static spx_status answer(const spx_json *r, text_pool *p, const char **out, spx_error *err)
{
    const char *text = spx_json_text(spx_json_at(spx_json_get(r, "answers"), 0));
    if (!text || !*text) return SPX_FAIL(err, SPX_EFORMAT, "answers has no first text");
    return keep(p, text, out, err);
}

static spx_status read_zsre(const spx_json *r, bool alt, text_pool *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(need(p, r, "src", &f->prompt, err));
    SPX_TRY(need(p, r, "subject", &f->subject, err));
    SPX_TRY(answer(r, p, alt ? &f->target_true : &f->target_new, err));
    if (alt) SPX_TRY(need_target(p, r, "alt", &f->target_new, err));
    SPX_TRY(may_have(p, r, "rephrase", &f->paraphrase, err));
    SPX_TRY(need(p, r, "loc", &f->locality, err));
    SPX_TRY(need_target(p, r, "loc_ans", &f->locality_answer, err));
out:
    return st;
}

/* One row a schema: the field that tells it, and its reader. */
static const struct {
    const char *name, *key;
    spx_status (*read)(const spx_json *, bool, text_pool *, spx_fact *, spx_error *);
} schemas[] = {
    [SPX_COUNTERFACT] = {"counterfact", "requested_rewrite", read_counterfact},
    [SPX_EASYEDIT] = {"easyedit", "ground_truth", read_easyedit},
    [SPX_ZSRE] = {"zsre", "src", read_zsre},
};
static const size_t schema_count = sizeof schemas / sizeof *schemas;

const char *spx_schema_name(spx_schema schema) { return schemas[schema].name; }

spx_status schema_of(const spx_json *r, spx_schema *out, spx_error *err)
{
    for (size_t i = 0; i < schema_count; i++)
        if (spx_json_get(r, schemas[i].key)) {
            *out = (spx_schema)i;
            return SPX_OK;
        }
    return SPX_FAIL(err, SPX_EFORMAT, "none of requested_rewrite, ground_truth and src is there");
}

static spx_status check_subject(const spx_fact *f, spx_error *err)
{
    const char *first = strstr(f->prompt, f->subject);
    if (!first)
        return SPX_FAIL(err, SPX_EFORMAT, "subject '%.60s' is not in the prompt", f->subject);
    if (strstr(first + 1, f->subject))
        return SPX_FAIL(err, SPX_EFORMAT, "subject '%.60s' is in the prompt twice", f->subject);
    return SPX_OK;
}

spx_status schema_read(const spx_json *r, spx_schema schema, bool alt, text_pool *pool, spx_fact *f,
                       spx_error *err)
{
    double id = (double)f->id;
    if (spx_json_number(spx_json_get(r, "case_id"), &id)) f->id = (long)id;
    const spx_status st = schemas[schema].read(r, alt, pool, f, err);
    return st == SPX_OK ? check_subject(f, err) : st;
}
