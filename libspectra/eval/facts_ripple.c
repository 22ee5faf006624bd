/* facts_ripple.c: records of RippleEdits (Cohen et al., TACL 12, 2024; data/benchmark of its public
 * repository) and of MQuAKE (Zhong et al., EMNLP 2023): edits whose consequences are asked. */
#include "eval/facts_schemas.h"
#include "eval/records.h"

#include <string.h>

/*
 * An edit of RippleEdits is a sentence, LEAD subject TAIL target, with a full stop. Its identifiers
 * are Wikidata's, so the subject is found by the phrases of the relations, src/relation.py.
 */
static const char *const named[] = {
    "mother",
    "father",
    "brother",
    "sister",
    "spouse",
    "uncle",
    "aunt",
    "child",
    "stepfather",
    "stepmother",
    "alma mater",
    "employer",
    "country of citizenship",
    "field of work",
    "head of government",
    "head of state",
    "capital city",
    "anthem",
    "author",
    "editor",
    "director",
    "screenwriter",
    "architect",
    "composer",
    "founder",
};
static const struct {
    const char *lead, *tail;
} phrases[] = {
    {"The names of the siblings of ", " are"},
    {"The names of the cast members of ", " are"},
    {"The number of children ", " has is"},
    {"The gender of ", " is"},
    {"The place of birth of ", " is"},
    {"The place of death of ", " is"},
    {"The place of burial of ", " is"},
    {"The date of birth of ", " is"},
    {"The date of death of ", " is"},
    {"The sexual orientation of ", " is"},
    {"The occupation of ", " is"},
    {"The mother tongue of ", " is"},
    {"The eye color of ", " is"},
    {"The official language of ", " is"},
    {"The name of the position held by ", " is"},
    {"The name of the currency in ", " is"},
    {"The name of the award ", " won is"},
    {"The name of the country which ", " is associated with is"},
    {"The name of the country which ", " is the capital of is"},
    {"The name of the ethnic group which ", " is associated with is"},
    {"The name of the religion which ", " is associated with is"},
    {"The name of the sports team which ", " is a member of is"},
    {"The name of the league which ", " plays in is"},
    {"The name of the continent which ", " is part of is"},
    {"The name of the anthem that is most likely to be performed in ", " is"},
    {"", " is followed by"},
    {"", " follows"},
};

/* An edit's sentence in its parts: bytes [subject, subject + n), then the prompt's end. */
typedef struct sentence {
    size_t subject, n, prompt;
    const char *target;
} sentence;

/* True if text is lead, a subject, tail, " " and a target. */
static bool splits(const char *text, size_t lead, const char *tail, sentence *out)
{
    const char *at = strstr(text + lead, tail);
    const size_t len = strlen(tail);
    while (at && at[len] != ' ') at = strstr(at + 1, tail);
    if (!at || at == text + lead || !at[len + 1]) return false;
    *out = (sentence){.subject = lead,
                      .n = (size_t)(at - text) - lead,
                      .prompt = (size_t)(at - text) + len,
                      .target = at + len + 1};
    return true;
}

static bool split_sentence(const char *text, sentence *out)
{
    static const char name[] = "The name of the ";
    const bool is_name = strncmp(text, name, sizeof name - 1) == 0;
    for (size_t i = 0; is_name && i < sizeof named / sizeof *named; i++) {
        const char *after = text + sizeof name - 1;
        const size_t len = strlen(named[i]);
        if (strncmp(after, named[i], len) == 0 && strncmp(after + len, " of ", 4) == 0)
            return splits(text, sizeof name - 1 + len + 4, " is", out);
    }
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        const size_t len = strlen(phrases[i].lead);
        if (strncmp(text, phrases[i].lead, len) == 0 && splits(text, len, phrases[i].tail, out))
            return true;
    }
    return false;
}

/* The target without the full stop. */
static spx_status copy_target(facts_fields *p, const char *target, const char **out, spx_error *err)
{
    const size_t n = strlen(target);
    return field_copy(p, target, n > 1 && target[n - 1] == '.' ? n - 1 : n, out, err);
}

/* The target before the edit: that of a sentence with the same prompt. */
static spx_status read_before(facts_fields *p, const spx_json *edit, const char *text,
                              const sentence *s, spx_fact *f, spx_error *err)
{
    const spx_json *before = spx_json_get(edit, "original_fact");
    if (!before) before = spx_json_get(edit, "previous_fact");
    const char *old = spx_json_text(spx_json_get(before, "prompt"));
    if (!old || strncmp(old, text, s->prompt + 1) != 0 || !old[s->prompt + 1]) return SPX_OK;
    return copy_target(p, old + s->prompt + 1, &f->target_true, err);
}

static spx_status read_sentence(facts_fields *p, const spx_json *edit, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    sentence s = {0};
    SPX_TRY(record_text(edit, "prompt", &text, err));
    if (!split_sentence(text, &s))
        SPX_RAISE(err, SPX_EFORMAT,
                  "edit '%.80s' is no sentence of a known relation (expected 'The name of the "
                  "mother of SUBJECT is TARGET.' or the like)",
                  text);
    SPX_TRY(field_copy(p, text + s.subject, s.n, &f->subject, err));
    SPX_TRY(field_copy(p, text, s.prompt, &f->prompt, err));
    f->subject_at = s.subject;
    SPX_TRY(copy_target(p, s.target, &f->target_new, err));
    SPX_TRY(read_before(p, edit, text, &s, f, err));
out:
    return st;
}

/* The queries of a test; the value of the first answer counts. */
static spx_status add_queries(facts_fields *p, const spx_json *test, spx_probe_kind kind,
                              spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *queries = spx_json_get(test, "test_queries");
    SPX_TRY(facts_probe_room(p, spx_json_size(queries), f, err));
    for (size_t i = 0; i < spx_json_size(queries); i++) {
        const spx_json *q = spx_json_at(queries, i), *answers = spx_json_get(q, "answers");
        spx_probe x = {.kind = kind};
        SPX_TRY(field_text(p, q, "prompt", &x.prompt, err));
        SPX_TRY(field_answer(p, spx_json_at(answers, 0), "value", &x.answer, err));
        if (x.answer)
            f->probe[f->probes++] = x;
        else
            field_unused(p, "%s without an answer", spx_probe_name(kind));
        if (spx_json_size(answers) > 1) field_unused(p, "answers but for their first");
    }
    if (spx_json_size(spx_json_get(test, "condition_queries")) > 0)
        field_unused(p, "condition_queries");
out:
    return st;
}

spx_status facts_read_ripple(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *tests = NULL;
    SPX_TRY(read_sentence(p, spx_json_get(x->r, "edit"), f, err));
    for (size_t i = 0; i < spx_json_size(x->r); i++) {
        const char *name = spx_json_key(x->r, i, &tests);
        const spx_probe_kind kind = facts_probe_kind(name);
        for (size_t k = 0; kind != SPX_PROBES && k < spx_json_size(tests); k++) {
            st = add_queries(p, spx_json_at(tests, k), kind, f, err);
            if (st != SPX_OK) spx_prefix(err, "%s, number %zu", name, k);
            SPX_TRY(st);
        }
    }
out:
    return st;
}

/* What questions of so many single steps are. */
static spx_probe_kind hops_kind(size_t steps)
{
    if (steps == 1) return SPX_PROBE_ONE_HOP;
    return steps == 2 ? SPX_PROBE_TWO_HOP : SPX_PROBE_MULTI_HOP;
}

/* Questions that take all edits of a case, and the single steps that they combine. */
static spx_status add_hops(const spx_json *r, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_texts questions = {0};
    const char *answer = NULL;
    const spx_json *hops = spx_json_get(r, "new_single_hops");
    SPX_TRY(field_texts(p, r, "questions", &questions, err));
    SPX_TRY(field_answer(p, r, "new_answer", &answer, err));
    SPX_TRY(facts_probe_room(p, questions.n + spx_json_size(hops), f, err));
    for (size_t i = 0; answer && i < questions.n; i++)
        f->probe[f->probes++] =
            (spx_probe){hops_kind(spx_json_size(hops)), questions.at[i], answer};
    if (!answer && questions.n > 0) field_unused(p, "questions without an answer");
    for (size_t i = 0; i < spx_json_size(hops); i++) {
        const spx_json *hop = spx_json_at(hops, i);
        const char *cloze = spx_json_text(spx_json_get(hop, "cloze"));
        if (cloze && strcmp(cloze, f->prompt) == 0) continue; /* the edit itself */
        SPX_TRY(facts_add_probe(p, hop, cloze ? "cloze" : "question", "answer", SPX_PROBE_ONE_HOP,
                                f, err));
    }
out:
    return st;
}

/* Each rewrite of a case is a fact; what asks for all of them is asked of the last. */
spx_status facts_read_mquake(const facts_record *x, facts_fields *p, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *list = spx_json_get(x->r, "requested_rewrite");
    const spx_json *q = spx_json_at(list, x->rewrite);
    f->id = 10 * f->id + (long)x->rewrite;
    SPX_TRY(field_text(p, q, "subject", &f->subject, err));
    SPX_TRY(field_prompt(p, q, "prompt", true, f, err));
    SPX_TRY(field_target(p, spx_json_get(q, "target_new"), "str", &f->target_new, err));
    SPX_TRY(field_answer(p, spx_json_get(q, "target_true"), "str", &f->target_true, err));
    SPX_TRY(field_optional(p, q, "relation_id", &f->relation, err));
    SPX_TRY(field_optional(p, spx_json_get(q, "target_new"), "id", &f->target_id, err));
    SPX_TRY(field_texts(p, q, "question", &f->paraphrase, err));
    if (x->rewrite + 1 == spx_json_size(list)) SPX_TRY(add_hops(x->r, p, f, err));
out:
    return st;
}
