/* facts_probes.c: what a record asks besides its prompt: portability and locality. */
#include "eval/facts_schemas.h"
#include "eval/records.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    bool local;
} kinds[SPX_PROBES] = {
    [SPX_PROBE_REASONING] = {"reasoning", false},
    [SPX_PROBE_LOGICAL] = {"logical_generalization", false},
    [SPX_PROBE_ALIASING] = {"subject_aliasing", false},
    [SPX_PROBE_COMPOSITION_I] = {"compositionality_i", false},
    [SPX_PROBE_COMPOSITION_II] = {"compositionality_ii", false},
    [SPX_PROBE_ONE_HOP] = {"one_hop", false},
    [SPX_PROBE_TWO_HOP] = {"two_hop", false},
    [SPX_PROBE_MULTI_HOP] = {"multi_hop", false},
    [SPX_PROBE_RELATION] = {"relation_specificity", true},
    [SPX_PROBE_FORGETFULNESS] = {"forgetfulness", true},
    [SPX_PROBE_NEIGHBORHOOD] = {"neighborhood", true},
    [SPX_PROBE_DISTRACTING] = {"distracting", true},
};

const char *spx_probe_name(spx_probe_kind kind) { return kinds[kind].name; }

bool spx_probe_is_local(spx_probe_kind kind) { return kinds[kind].local; }

/* A letter of a name without its case, or the mark between words. */
static int plain(char c)
{
    if (c == ' ' || c == '-') return '_';
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* True if both are the same but for case and the mark between words. */
static bool same_words(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (plain(*a) != *b) return false;
    return *a == *b;
}

spx_probe_kind facts_probe_kind(const char *name)
{
    size_t i = 0;
    while (i < SPX_PROBES && !same_words(name, kinds[i].name)) i++;
    return (spx_probe_kind)i;
}

spx_status facts_probe_room(facts_fields *p, size_t n, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_probe *wide = NULL;
    if (n == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(p->blocks, &wide, f->probes + n, err));
    if (f->probes > 0) memcpy(wide, f->probe, f->probes * sizeof *wide);
    f->probe = wide;
out:
    return st;
}

spx_status facts_add_probe(facts_fields *p, const spx_json *v, const char *prompt,
                           const char *answer, spx_probe_kind kind, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_probe x = {.kind = kind};
    SPX_TRY(field_text(p, v, prompt, &x.prompt, err));
    SPX_TRY(field_answer(p, v, answer, &x.answer, err));
    if (x.answer)
        f->probe[f->probes++] = x;
    else
        field_unused(p, "%s without an answer", kinds[kind].name);
out:
    return st;
}

/* {"prompt": [...], "ground_truth": [...]}, side by side, as EasyEdit's inputs are. */
static spx_status add_columns(facts_fields *p, const spx_json *v, spx_probe_kind kind, spx_fact *f,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_texts prompt = {0}, answer = {0};
    if (!spx_json_is_array(spx_json_get(v, "prompt"))) {
        SPX_TRY(facts_probe_room(p, 1, f, err));
        return facts_add_probe(p, v, "prompt", "ground_truth", kind, f, err);
    }
    SPX_TRY(field_texts(p, v, "prompt", &prompt, err));
    SPX_TRY(field_texts(p, v, "ground_truth", &answer, err));
    if (prompt.n != answer.n)
        SPX_RAISE(err, SPX_EFORMAT, "%zu prompts with %zu answers", prompt.n, answer.n);
    SPX_TRY(facts_probe_room(p, prompt.n, f, err));
    for (size_t i = 0; i < prompt.n; i++)
        f->probe[f->probes++] = (spx_probe){kind, prompt.at[i], answer.at[i]};
out:
    return st;
}

static spx_status add_list(facts_fields *p, const spx_json *list, spx_probe_kind kind, spx_fact *f,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(facts_probe_room(p, spx_json_size(list), f, err));
    for (size_t i = 0; i < spx_json_size(list); i++) {
        st = facts_add_probe(p, spx_json_at(list, i), "prompt", "ground_truth", kind, f, err);
        if (st != SPX_OK) spx_prefix(err, "number %zu", i);
        SPX_TRY(st);
    }
out:
    return st;
}

static spx_status add_kind(facts_fields *p, const spx_json *v, spx_probe_kind kind, spx_fact *f,
                           spx_error *err)
{
    if (spx_json_is_array(v)) return add_list(p, v, kind, f, err);
    if (spx_json_is_object(v)) return add_columns(p, v, kind, f, err);
    return SPX_OK; /* null */
}

spx_status facts_add_probes(facts_fields *p, const spx_json *r, const char *key, spx_fact *f,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *all = spx_json_get(r, key), *v = NULL;
    if (spx_json_get(all, "New Question")) { /* EasyEdit's first files on portability */
        SPX_TRY(facts_probe_room(p, 1, f, err));
        return facts_add_probe(p, all, "New Question", "New Answer", SPX_PROBE_ONE_HOP, f, err);
    }
    for (size_t i = 0; spx_json_is_object(all) && i < spx_json_size(all); i++) {
        const char *name = spx_json_key(all, i, &v);
        const spx_probe_kind kind = facts_probe_kind(name);
        if (kind == SPX_PROBES) {
            field_unused(p, "%s.%.40s", key, name);
            continue;
        }
        st = add_kind(p, v, kind, f, err);
        if (st != SPX_OK) spx_prefix(err, "%s.%.40s", key, name);
        SPX_TRY(st);
    }
out:
    return st;
}
