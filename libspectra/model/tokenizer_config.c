/* tokenizer_config.c: what tokenizer_config.json says of BOS and EOS, beside tokenizer.json.
 *
 * The two contradict each other in many checkpoints. transformers 4 (4.57.1, *_fast.py of the
 * classes below) makes the template of such a class anew from add_bos_token; every other class
 * takes tokenizer.json's as it is. transformers 5 (5.24.0, _from_pretrained) takes that of
 * tokenizer.json always, but for GPT-NeoX. So a setting that the file makes is followed where 4
 * follows it; where it makes none, tokenizer.json is; and what differs is noted. */
#include "model/model_folder.h"
#include "model/tokenizer_source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A class that makes its template anew, and the model types that stand for it where the file names
 * no class. */
static const struct {
    const char *class;
    const char *types[2];
    bool rebuilds; /* in transformers 5 too: without a setting, no BOS */
} makers[] = {
    {"LlamaTokenizer", {"llama", "mistral"}, false}, {"CodeLlamaTokenizer", {NULL}, false},
    {"GemmaTokenizer", {"gemma3_text"}, false},      {"CohereTokenizer", {NULL}, false},
    {"GPTNeoXTokenizer", {"gpt_neox"}, true},
};
enum { MAKERS = sizeof makers / sizeof *makers };

void source_note(tokenizer_source *s, const char *fmt, ...)
{
    const size_t used = strlen(s->note), room = sizeof s->note - used;
    va_list ap;
    va_start(ap, fmt);
    if (used > 0) snprintf(s->note + used, room, "; ");
    const size_t more = strlen(s->note);
    vsnprintf(s->note + more, sizeof s->note - more, fmt, ap);
    va_end(ap);
}

/* The row of the class, MAKERS if it is none of them. */
static size_t find_maker(const spx_json *config, const char *class)
{
    const char *type = spx_json_text(spx_json_get(config, "model_type"));
    size_t i = 0;
    for (; class && i < MAKERS; i++) {
        const size_t n = strlen(makers[i].class);
        if (strncmp(class, makers[i].class, n) == 0 &&
            (class[n] == '\0' || strcmp(class + n, "Fast") == 0))
            return i;
    }
    for (i = 0; !class && type && i < MAKERS; i++)
        for (size_t k = 0; k < 2 && makers[i].types[k]; k++)
            if (strcmp(type, makers[i].types[k]) == 0) return i;
    return MAKERS;
}

/* The id of a token that a file gives as a text or as {"content": text}; -1 if there is none. */
static int32_t token_of(const tokenizer_source *s, const spx_json *v)
{
    const char *text = spx_json_text(v);
    if (!text) text = spx_json_text(spx_json_get(v, "content"));
    for (size_t i = 0; text && *text && i < s->n; i++)
        if (strcmp(s->token[i], text) == 0) return (int32_t)i;
    return -1;
}

/* The BOS token by the file, else by config.json. */
static int32_t named_bos(const tokenizer_source *s, const spx_json *said, const spx_json *config)
{
    double id = -1;
    const int32_t named = token_of(s, spx_json_get(said, "bos_token"));
    if (named >= 0) return named;
    (void)spx_json_number(spx_json_get(config, "bos_token_id"), &id);
    return id >= 0 && id < (double)s->n ? (int32_t)id : -1;
}

/* What each of the two puts before a text. */
typedef struct bos_rules {
    bool set, value; /* add_bos_token, if it is there */
    bool template;   /* tokenizer.json has one */
    bool four, five;
} bos_rules;

static bos_rules read_rules(const tokenizer_source *s, const spx_json *said, size_t maker)
{
    bos_rules r = {.template = s->bos >= 0};
    r.set = spx_json_bool(spx_json_get(said, "add_bos_token"), &r.value);
    const bool rebuilds = maker < MAKERS && makers[maker].rebuilds;
    r.four = maker == MAKERS ? r.template : r.set ? r.value : !rebuilds;
    r.five = !rebuilds && r.template;
    if (!s->has_template) r.four = r.five = r.set && r.value;
    return r;
}

static void note_bos(tokenizer_source *s, const bos_rules *r, const char *class, bool on)
{
    const char *setting = !r->set ? "is absent" : r->value ? "is true" : "is false";
    const char *with = on ? "with" : "without", *has = r->template ? "a" : "no";
    if (r->four != r->five)
        source_note(
            s,
            "add_bos_token %s in tokenizer_config.json, and tokenizer.json puts %s BOS before a "
            "text: texts begin %s BOS, as in transformers %d, not in transformers %d",
            setting, has, with, on == r->four ? 4 : 5, on == r->four ? 5 : 4);
    else if (r->set && r->value != on)
        source_note(
            s,
            "add_bos_token %s in tokenizer_config.json, but tokenizer.json puts %s BOS before a "
            "text: texts begin %s BOS, as in transformers for %s",
            setting, has, with, class ? class : "this model");
}

/* A setting is followed as transformers 4 does; without one, 5 is. */
static void decide_bos(tokenizer_source *s, const spx_json *said, const spx_json *config)
{
    const char *class = spx_json_text(spx_json_get(said, "tokenizer_class"));
    const bos_rules r = read_rules(s, said, find_maker(config, class));
    const bool on = r.set ? r.four : r.five;
    note_bos(s, &r, class, on);
    if (on && s->bos < 0) s->bos = named_bos(s, said, config);
    if (on && s->bos < 0) source_note(s, "add_bos_token is true, but there is no BOS token");
    if (!on) s->bos = -1;
}

/* True if the ids that config.json gives, one or several, have this one. */
static bool has_id(const spx_json *ids, int32_t id)
{
    double v = -1;
    if (spx_json_number(ids, &v)) return v == (double)id;
    for (size_t i = 0; i < spx_json_size(ids); i++)
        if (spx_json_number(spx_json_at(ids, i), &v) && v == (double)id) return true;
    return false;
}

static void decide_eos(tokenizer_source *s, const spx_json *said, const spx_json *config)
{
    bool ends = false;
    const int32_t named = token_of(s, spx_json_get(said, "eos_token"));
    (void)spx_json_bool(spx_json_get(said, "add_eos_token"), &ends);
    if (ends) source_note(s, "add_eos_token is true, but texts that are scored get no EOS");
    if (named < 0) return;
    if (s->eos < 0)
        s->eos = named;
    else if (!has_id(spx_json_get(config, "eos_token_id"), named))
        source_note(s,
                    "eos_token is %d in tokenizer_config.json, but eos_token_id %d in config.json, "
                    "which ends texts",
                    (int)named, (int)s->eos);
}

spx_status source_config(const spx_ckpt *c, const spx_json *config, tokenizer_source *s,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    char *path = NULL;
    spx_json *said = NULL;
    SPX_TRY(folder_find(c, "tokenizer_config.json", &path, err));
    if (!path) goto out;
    SPX_TRY(spx_json_read_python(path, &said, err));
    decide_bos(s, said, config);
    decide_eos(s, said, config);
out:
    spx_json_free(said);
    spx_free(path);
    return st;
}
