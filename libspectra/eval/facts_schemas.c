/* facts_schemas.c: the fields of one record, as each data set writes them. */
#include "eval/facts_schemas.h"

#include "eval/records.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const size_t pool_block = 1 << 16;

/* len bytes, which need no alignment. */
static spx_status pool_room(text_pool *p, size_t len, char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    if (len > p->left) {
        const size_t size = len > pool_block ? len : pool_block;
        SPX_TRY(SPX_SCRATCH(p->blocks, &p->at, size, err));
        p->left = size;
    }
    *out = p->at;
    p->at += len;
    p->left -= len;
out:
    return st;
}

static spx_status pool_copy(text_pool *p, const char *text, const char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *at = NULL;
    const size_t len = strlen(text) + 1;
    SPX_TRY(pool_room(p, len, &at, err));
    memcpy(at, text, len);
    *out = at;
out:
    return st;
}

/* A required text. */
static spx_status read_required(text_pool *p, const spx_json *r, const char *key, const char **out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    SPX_TRY(record_text(r, key, &text, err));
    SPX_TRY(pool_copy(p, text, out, err));
out:
    return st;
}

/* A required target, without the spaces that some files put before it. */
static spx_status read_target(text_pool *p, const spx_json *r, const char *key, const char **out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    SPX_TRY(record_text(r, key, &text, err));
    text += strspn(text, " ");
    if (!*text) SPX_RAISE(err, SPX_EFORMAT, "%s is blank", key);
    SPX_TRY(pool_copy(p, text, out, err));
out:
    return st;
}

/* An optional text; *out stays NULL if it is absent. */
static spx_status read_optional(text_pool *p, const spx_json *r, const char *key, const char **out,
                                spx_error *err)
{
    const char *text = spx_json_text(spx_json_get(r, key));
    return text ? pool_copy(p, text, out, err) : SPX_OK;
}

/* An optional text, as a list of none or one. */
static spx_status read_optional_list(text_pool *p, const spx_json *r, const char *key,
                                     spx_texts *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = spx_json_text(spx_json_get(r, key));
    if (!text || !*text) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(p->blocks, &out->at, 1, err));
    SPX_TRY(pool_copy(p, text, &out->at[0], err));
    out->n = 1;
out:
    return st;
}

/* An optional array of texts. */
static spx_status read_list(text_pool *p, const spx_json *r, const char *key, spx_texts *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *a = spx_json_get(r, key);
    const size_t n = spx_json_size(a);
    if (a && !spx_json_is_array(a)) SPX_RAISE(err, SPX_EFORMAT, "%s is not an array", key);
    if (n == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(p->blocks, &out->at, n, err));
    for (size_t i = 0; i < n; i++) {
        const char *text = spx_json_text(spx_json_at(a, i));
        if (!text || !*text)
            SPX_RAISE(err, SPX_EFORMAT, "%s[%zu] is not a non-empty string", key, i);
        SPX_TRY(pool_copy(p, text, &out->at[i], err));
        out->n++;
    }
out:
    return st;
}

/* The template with the subject in place of its {}. */
static spx_status fill_template(text_pool *p, const char *template, const char *subject,
                                const char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *gap = strstr(template, "{}");
    char *at = NULL;
    if (!gap || strstr(gap + 2, "{}"))
        SPX_RAISE(err, SPX_EFORMAT, "prompt '%.60s' does not have exactly one {}", template);
    const size_t len = strlen(template) - 2 + strlen(subject) + 1;
    SPX_TRY(pool_room(p, len, &at, err));
    snprintf(at, len, "%.*s%s%s", (int)(gap - template), template, subject, gap + 2);
    *out = at;
out:
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
    SPX_TRY(read_required(p, q, "subject", &f->subject, err));
    SPX_TRY(fill_template(p, template, f->subject, &f->prompt, err));
    SPX_TRY(read_target(p, spx_json_get(q, "target_new"), "str", &f->target_new, err));
    SPX_TRY(read_target(p, spx_json_get(q, "target_true"), "str", &f->target_true, err));
    SPX_TRY(read_optional(p, q, "relation_id", &f->relation, err));
    SPX_TRY(read_optional(p, spx_json_get(q, "target_new"), "id", &f->target_id, err));
    SPX_TRY(read_list(p, r, "paraphrase_prompts", &f->paraphrase, err));
    SPX_TRY(read_list(p, r, "neighborhood_prompts", &f->neighbor, err));
    SPX_TRY(read_list(p, r, "generation_prompts", &f->generation, err));
out:
    return st;
}

/* The rephrase prompt counts as a generation prompt until facts_find_paraphrases has seen all
 * records. */
static spx_status read_easyedit(const spx_json *r, bool alt, text_pool *p, spx_fact *f,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    (void)alt;
    SPX_TRY(read_required(p, r, "prompt", &f->prompt, err));
    SPX_TRY(read_required(p, r, "subject", &f->subject, err));
    SPX_TRY(read_target(p, r, "target_new", &f->target_new, err));
    SPX_TRY(read_target(p, r, "ground_truth", &f->target_true, err));
    SPX_TRY(read_optional_list(p, r, "rephrase_prompt", &f->generation, err));
    SPX_TRY(read_optional_list(p, r, "locality_prompt", &f->neighbor, err));
out:
    return st;
}

/* The first of "answers". */
static spx_status read_answer(const spx_json *r, text_pool *p, const char **out, spx_error *err)
{
    const char *text = spx_json_text(spx_json_at(spx_json_get(r, "answers"), 0));
    if (!text || !*text) return SPX_FAIL(err, SPX_EFORMAT, "answers[0] is not a non-empty string");
    return pool_copy(p, text, out, err);
}

static spx_status read_zsre(const spx_json *r, bool alt, text_pool *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(read_required(p, r, "src", &f->prompt, err));
    SPX_TRY(read_required(p, r, "subject", &f->subject, err));
    SPX_TRY(read_answer(r, p, alt ? &f->target_true : &f->target_new, err));
    if (alt) SPX_TRY(read_target(p, r, "alt", &f->target_new, err));
    SPX_TRY(read_optional_list(p, r, "rephrase", &f->paraphrase, err));
    SPX_TRY(read_required(p, r, "loc", &f->locality, err));
    SPX_TRY(read_target(p, r, "loc_ans", &f->locality_answer, err));
out:
    return st;
}

/* A row for each schema: the field that only it has, and the reader of its records. */
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

spx_status facts_schema_of(const spx_json *r, spx_schema *out, spx_error *err)
{
    for (size_t i = 0; i < schema_count; i++)
        if (spx_json_get(r, schemas[i].key)) {
            *out = (spx_schema)i;
            return SPX_OK;
        }
    return SPX_FAIL(err, SPX_EFORMAT,
                    "unknown schema (expected a field requested_rewrite, ground_truth or src)");
}

static spx_status check_subject(const spx_fact *f, spx_error *err)
{
    const char *first = strstr(f->prompt, f->subject);
    if (!first)
        return SPX_FAIL(err, SPX_EFORMAT, "subject '%.60s' does not appear in the prompt",
                        f->subject);
    if (strstr(first + 1, f->subject))
        return SPX_FAIL(err, SPX_EFORMAT, "subject '%.60s' appears in the prompt twice",
                        f->subject);
    return SPX_OK;
}

spx_status facts_read_record(const spx_json *r, spx_schema schema, bool alt, text_pool *pool,
                             spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    double id = (double)f->id;
    if (spx_json_number(spx_json_get(r, "case_id"), &id)) f->id = (long)id;
    SPX_TRY(schemas[schema].read(r, alt, pool, f, err));
    SPX_TRY(check_subject(f, err));
out:
    return st;
}
