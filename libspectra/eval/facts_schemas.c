/* facts_schemas.c: the table of schemas: how a record is recognised, what reads it, and what it may
 * hold. */
#include "eval/facts_schemas.h"

#include "eval/records.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static spx_status read_counterfact(const facts_record *x, facts_fields *p, spx_fact *f,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *r = x->r, *q = spx_json_get(r, "requested_rewrite");
    SPX_TRY(field_text(p, q, "subject", &f->subject, err));
    SPX_TRY(field_prompt(p, q, "prompt", true, f, err));
    SPX_TRY(field_target(p, spx_json_get(q, "target_new"), "str", &f->target_new, err));
    SPX_TRY(field_target(p, spx_json_get(q, "target_true"), "str", &f->target_true, err));
    SPX_TRY(field_optional(p, q, "relation_id", &f->relation, err));
    SPX_TRY(field_optional(p, spx_json_get(q, "target_new"), "id", &f->target_id, err));
    SPX_TRY(field_texts(p, r, "paraphrase_prompts", &f->paraphrase, err));
    SPX_TRY(field_texts(p, r, "neighborhood_prompts", &f->neighbor, err));
    SPX_TRY(field_texts(p, r, "generation_prompts", &f->generation, err));
out:
    return st;
}

/* Prompts of other subjects: neighbours, if their answer is the old target or not given; else
 * probes. */
static spx_status read_locality_prompts(const facts_record *x, facts_fields *p, spx_fact *f,
                                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_texts prompts = {0};
    const char *answer = NULL;
    SPX_TRY(field_texts(p, x->r, "locality_prompt", &prompts, err));
    SPX_TRY(field_answer(p, x->r, "locality_ground_truth", &answer, err));
    if (!answer || (f->target_true && strcmp(answer, f->target_true) == 0)) {
        f->neighbor = prompts;
        return SPX_OK;
    }
    SPX_TRY(facts_probe_room(p, prompts.n, f, err));
    for (size_t i = 0; i < prompts.n; i++)
        f->probe[f->probes++] = (spx_probe){SPX_PROBE_NEIGHBORHOOD, prompts.at[i], answer};
out:
    return st;
}

static spx_status read_questions(const facts_record *x, facts_fields *p, spx_fact *f,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(read_locality_prompts(x, p, f, err));
    SPX_TRY(facts_add_probes(p, x->r, "portability", f, err));
    SPX_TRY(facts_add_probes(p, x->r, "locality", f, err));
out:
    return st;
}

/* The rephrase prompt counts as a generation prompt until facts_find_paraphrases has seen all
 * records. */
static spx_status read_easyedit(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(field_text(p, x->r, "subject", &f->subject, err));
    SPX_TRY(field_prompt(p, x->r, "prompt", false, f, err));
    SPX_TRY(field_target(p, x->r, "target_new", &f->target_new, err));
    SPX_TRY(field_target(p, x->r, "ground_truth", &f->target_true, err));
    SPX_TRY(field_texts(p, x->r, "rephrase_prompt", &f->generation, err));
    SPX_TRY(read_questions(x, p, f, err));
out:
    return st;
}

/* Which of two names of a field a record has; the first if neither. */
static const char *either(const spx_json *r, const char *a, const char *b)
{
    return !spx_json_get(r, a) && spx_json_get(r, b) ? b : a;
}

/* KnowEdit's wiki_bio calls prompt, subject and target text, concept and labels. */
static spx_status read_knowedit(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *r = x->r;
    SPX_TRY(field_text(p, r, either(r, "subject", "concept"), &f->subject, err));
    SPX_TRY(field_prompt(p, r, either(r, "prompt", "text"), false, f, err));
    SPX_TRY(field_target(p, r, either(r, "target_new", "labels"), &f->target_new, err));
    SPX_TRY(field_answer(p, r, "ground_truth", &f->target_true, err));
    SPX_TRY(field_texts(p, r, either(r, "rephrase_prompt", "rephrase"), &f->paraphrase, err));
    SPX_TRY(read_questions(x, p, f, err));
out:
    return st;
}

/* The first of "answers"; the others are other names of it. */
static spx_status read_answer(const spx_json *r, facts_fields *p, const char **out, spx_error *err)
{
    const char *text = spx_json_text(spx_json_at(spx_json_get(r, "answers"), 0));
    const span s = text_trimmed(text ? text : "");
    if (s.len == 0) return SPX_FAIL(err, SPX_EFORMAT, "answers[0] is not a non-empty string");
    return field_copy(p, s.at, s.len, out, err);
}

static spx_status read_zsre(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *r = x->r;
    SPX_TRY(field_text(p, r, "subject", &f->subject, err));
    SPX_TRY(field_prompt(p, r, "src", false, f, err));
    SPX_TRY(read_answer(r, p, x->alt ? &f->target_true : &f->target_new, err));
    if (x->alt) SPX_TRY(field_target(p, r, "alt", &f->target_new, err));
    SPX_TRY(field_texts(p, r, "rephrase", &f->paraphrase, err));
    SPX_TRY(field_text(p, r, "loc", &f->locality, err));
    SPX_TRY(field_target(p, r, "loc_ans", &f->locality_answer, err));
out:
    return st;
}

static bool is_counterfact(const spx_json *r)
{
    const spx_json *q = spx_json_get(r, "requested_rewrite");
    return q && !spx_json_is_array(q);
}

static bool is_mquake(const spx_json *r)
{
    return spx_json_is_array(spx_json_get(r, "requested_rewrite"));
}

static bool is_ripple(const spx_json *r) { return spx_json_get(r, "edit") != NULL; }

/* A record with nested questions, of wiki_bio, or without the old target. */
static bool is_knowedit(const spx_json *r)
{
    return spx_json_is_object(spx_json_get(r, "portability")) ||
           spx_json_is_object(spx_json_get(r, "locality")) || spx_json_get(r, "concept") ||
           (spx_json_get(r, "target_new") && !spx_json_get(r, "ground_truth"));
}

static bool has_target(const spx_json *r)
{
    return spx_json_get(r, "target_new") || spx_json_get(r, "labels");
}

static bool is_easyedit(const spx_json *r) { return spx_json_get(r, "ground_truth") != NULL; }
static bool is_zsre(const spx_json *r) { return spx_json_get(r, "src") != NULL; }

enum { FIELDS = 14 };

/* A row for each schema: which records are of it, which others its reader takes too, the reader,
 * and the fields that are used or only number the record. */
static const struct {
    const char *name;
    bool (*is)(const spx_json *);
    bool (*takes)(const spx_json *); /* NULL: no others */
    facts_reader *read;
    const char *field[FIELDS];
    const char *each; /* the array of which each member is a fact; NULL: a record is one */
} schemas[SPX_SCHEMAS] = {
    [SPX_COUNTERFACT] = {.name = "counterfact",
                         .is = is_counterfact,
                         .read = read_counterfact,
                         .field = {"requested_rewrite", "paraphrase_prompts",
                                   "neighborhood_prompts", "generation_prompts", "case_id",
                                   "pararel_idx"}},
    [SPX_MQUAKE] = {.name = "mquake",
                    .is = is_mquake,
                    .read = facts_read_mquake,
                    .field = {"requested_rewrite", "questions", "new_answer", "new_single_hops",
                              "case_id"},
                    .each = "requested_rewrite"},
    [SPX_RIPPLE] = {.name = "rippleedits",
                    .is = is_ripple,
                    .read = facts_read_ripple,
                    .field = {"edit", "Relation_Specificity", "Logical_Generalization",
                              "Subject_Aliasing", "Compositionality_I", "Compositionality_II",
                              "Forgetfulness", "example_type", "case_id"}},
    [SPX_KNOWEDIT] = {.name = "knowedit",
                      .is = is_knowedit,
                      .takes = has_target,
                      .read = read_knowedit,
                      .field = {"subject", "concept", "prompt", "text", "target_new", "labels",
                                "ground_truth", "rephrase_prompt", "rephrase", "locality_prompt",
                                "locality_ground_truth", "portability", "locality", "case_id"}},
    [SPX_ZSRE] = {.name = "zsre",
                  .is = is_zsre,
                  .read = read_zsre,
                  .field = {"src", "subject", "answers", "alt", "rephrase", "loc", "loc_ans",
                            "case_id", "pred", "cond"}},
    [SPX_EASYEDIT] = {.name = "easyedit",
                      .is = is_easyedit,
                      .takes = has_target,
                      .read = read_easyedit,
                      .field = {"prompt", "subject", "target_new", "ground_truth",
                                "rephrase_prompt", "locality_prompt", "locality_ground_truth",
                                "portability", "locality", "case_id"}},
};

const char *spx_schema_name(spx_schema schema) { return schemas[schema].name; }

spx_status facts_schema_of(const spx_json *r, spx_schema expected, spx_schema *out, spx_error *err)
{
    static const spx_schema order[] = {SPX_COUNTERFACT, SPX_MQUAKE,   SPX_RIPPLE,
                                       SPX_ZSRE,        SPX_KNOWEDIT, SPX_EASYEDIT};
    *out = expected;
    if (expected < SPX_SCHEMAS && schemas[expected].takes && schemas[expected].takes(r))
        return SPX_OK;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (schemas[order[i]].is(r)) {
            *out = order[i];
            return SPX_OK;
        }
    return SPX_FAIL(err, SPX_EFORMAT,
                    "unknown schema (expected a field requested_rewrite, edit, target_new, "
                    "ground_truth or src)");
}

size_t facts_in_record(const spx_json *r, spx_schema schema)
{
    const char *each = schemas[schema].each;
    const size_t n = each ? spx_json_size(spx_json_get(r, each)) : 1;
    return n > 0 ? n : 1; /* of none, the reader says what is missing */
}

/* The subject stands where the prompt's {} was; a prompt without one has it once. */
static spx_status check_subject(spx_fact *f, spx_error *err)
{
    const char *first = strstr(f->prompt, f->subject);
    if (!first)
        return SPX_FAIL(err, SPX_EFORMAT, "subject '%.60s' does not appear in the prompt",
                        f->subject);
    if (f->subject_at != SIZE_MAX) return SPX_OK;
    if (strstr(first + 1, f->subject))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "subject '%.60s' appears in the prompt twice (expected {} in place of the "
                        "one that is meant)",
                        f->subject);
    f->subject_at = (size_t)(first - f->prompt);
    return SPX_OK;
}

spx_status facts_read_record(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    double id = (double)f->id;
    if (spx_json_number(spx_json_get(x->r, "case_id"), &id) && fabs(id) < 1e15) f->id = (long)id;
    f->subject_at = SIZE_MAX;
    SPX_TRY(schemas[x->schema].read(x, p, f, err));
    SPX_TRY(check_subject(f, err));
out:
    return st;
}

typedef struct unused_search {
    facts_fields *p;
    const char *const *used;
} unused_search;

static spx_status count_field(void *arg, const char *key, const spx_json *value)
{
    const unused_search *s = arg;
    (void)value;
    for (size_t i = 0; i < FIELDS && s->used[i]; i++)
        if (strcmp(s->used[i], key) == 0) return SPX_OK;
    field_unused(s->p, "%.40s", key);
    return SPX_OK;
}

void facts_count_unused(const facts_record *x, facts_fields *p)
{
    unused_search s = {p, schemas[x->schema].field};
    const spx_status st = spx_json_each(x->r, count_field, &s);
    assert(st == SPX_OK); /* count_field does not fail */
}
