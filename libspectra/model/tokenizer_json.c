/* tokenizer_json.c: reads a tokenizer from Hugging Face's tokenizer.json, or from GPT-2's
 * vocab.json and merges.txt. Parts of a tokenizer.json that are not supported are refused by
 * name. */
#include "model/model_folder.h"
#include "model/tokenizer_source.h"

#include "spx/file.h"

#include <string.h>

static const char space_mark[] = "\xe2\x96\x81"; /* U+2581 */

static const char *type_of(const spx_json *v)
{
    const char *type = spx_json_text(spx_json_get(v, "type"));
    return type ? type : "";
}

static bool flag(const spx_json *v, const char *key)
{
    bool on = false;
    (void)spx_json_bool(spx_json_get(v, key), &on);
    return on;
}

static bool is_text(const spx_json *v, const char *key, const char *text)
{
    const char *have = spx_json_text(spx_json_get(v, key));
    return have && strcmp(have, text) == 0;
}

static spx_status unsupported(const tokenizer_source *s, const char *what, const spx_json *v,
                              spx_error *err)
{
    return SPX_FAIL(err, SPX_EUNSUP, "%s: %s '%s' is not supported", s->path, what, type_of(v));
}

/* Calls f on v or, if that is a sequence, on each of its members under `key`. */
typedef spx_status part_fn(tokenizer_source *s, const spx_json *v, spx_error *err);
static spx_status each_part(tokenizer_source *s, const spx_json *v, const char *key, part_fn *f,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    if (type_of(v)[0] == '\0') return SPX_OK;
    if (strcmp(type_of(v), "Sequence") != 0) return f(s, v, err);
    const spx_json *parts = spx_json_get(v, key);
    for (size_t i = 0; i < spx_json_size(parts); i++) SPX_TRY(f(s, spx_json_at(parts, i), err));
out:
    return st;
}

/* Supported: composing the text; U+2581 for a space, and one before the text. */
static spx_status read_normalizer(tokenizer_source *s, const spx_json *v, spx_error *err)
{
    const char *type = type_of(v);
    if (strcmp(type, "NFC") == 0) {
        s->composes = true;
        return SPX_OK;
    }
    if (strcmp(type, "Prepend") == 0 && is_text(v, "prepend", space_mark)) {
        s->space = SPACE_ALWAYS;
        s->prepends = true;
        return SPX_OK;
    }
    if (strcmp(type, "Replace") == 0 && is_text(v, "content", space_mark) &&
        is_text(spx_json_get(v, "pattern"), "String", " ")) {
        s->sentencepiece = s->marks = true;
        return SPX_OK;
    }
    return unsupported(s, "normalizer", v, err);
}

static spx_status read_metaspace(tokenizer_source *s, const spx_json *v, spx_error *err)
{
    bool split = true;
    (void)spx_json_bool(spx_json_get(v, "split"), &split);
    if (split) return unsupported(s, "splitting pre-tokenizer", v, err);
    s->sentencepiece = s->one_space = true;
    s->space = is_text(v, "prepend_scheme", "never")   ? SPACE_NEVER
               : is_text(v, "prepend_scheme", "first") ? SPACE_FIRST
                                                       : SPACE_ALWAYS;
    return SPX_OK;
}

static spx_status read_pretokenizer(tokenizer_source *s, const spx_json *v, spx_error *err)
{
    const char *type = type_of(v);
    const char *regex = spx_json_text(spx_json_get(spx_json_get(v, "pattern"), "Regex"));
    bool on = true;
    if (strcmp(type, "Metaspace") == 0) return read_metaspace(s, v, err);
    if (strcmp(type, "Digits") == 0)
        return source_stage(s, flag(v, "individual_digits") ? "\\p{N}" : "\\p{N}+", err);
    if (strcmp(type, "ByteLevel") == 0 && !flag(v, "add_prefix_space")) {
        (void)spx_json_bool(spx_json_get(v, "use_regex"), &on);
        return on ? source_stage(s, pattern_gpt2, err) : SPX_OK;
    }
    if (strcmp(type, "Split") == 0 && s->sentencepiece &&
        is_text(spx_json_get(v, "pattern"), "String", " "))
        return SPX_OK; /* with U+2581 for spaces, there is none to split at */
    if (strcmp(type, "Split") == 0 && regex && is_text(v, "behavior", "Isolated") &&
        !flag(v, "invert"))
        return source_stage(s, regex, err);
    return unsupported(s, "pre-tokenizer", v, err);
}

/* BOS is the first token of the template of a single text, if that is a special one. */
static spx_status read_processor(tokenizer_source *s, const spx_json *v, spx_error *err)
{
    double id = 0;
    if (strcmp(type_of(v), "ByteLevel") == 0) return SPX_OK;
    if (strcmp(type_of(v), "TemplateProcessing") != 0)
        return unsupported(s, "post-processor", v, err);
    const spx_json *single = spx_json_get(v, "single"), *first = spx_json_at(single, 0);
    const size_t last = spx_json_size(single);
    if (last > 1 && spx_json_get(spx_json_at(single, last - 1), "SpecialToken"))
        source_note(s,
                    "tokenizer.json puts a token after a text, but texts that are scored get none");
    const char *name = spx_json_text(spx_json_get(spx_json_get(first, "SpecialToken"), "id"));
    const spx_json *token = name ? spx_json_get(spx_json_get(v, "special_tokens"), name) : NULL;
    if (spx_json_number(spx_json_at(spx_json_get(token, "ids"), 0), &id) && id >= 0 &&
        id < (double)s->n)
        s->bos = (int32_t)id;
    return SPX_OK;
}

/* The argument of fill_member, which reads tokens that are members of an object. */
typedef struct filling {
    tokenizer_source *s;
    spx_error *err;
} filling;

static spx_status set_token(tokenizer_source *s, const char *text, const spx_json *id,
                            token_kind kind, spx_error *err)
{
    double v = -1;
    if (!spx_json_number(id, &v) || !(v >= 0 && v < (double)s->n) || v != (double)(size_t)v)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: token '%.40s' has the invalid id %g", s->path, text,
                        v);
    const size_t i = (size_t)v;
    if (s->token[i][0] != '\0' && strcmp(s->token[i], text) != 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: token %zu is both '%.40s' and '%.40s'", s->path, i,
                        s->token[i], text);
    s->token[i] = text;
    s->kind[i] = (unsigned char)kind;
    return SPX_OK;
}

static spx_status fill_member(void *arg, const char *key, const spx_json *value)
{
    const filling *f = arg;
    const bool is_byte = f->s->sentencepiece && source_byte(key) >= 0;
    return set_token(f->s, key, value, is_byte ? TOKEN_BYTE : TOKEN_NORMAL, f->err);
}

static unsigned char added_flags(const spx_json *v)
{
    return (unsigned char)((flag(v, "lstrip") ? ADDED_LSTRIP : 0) |
                           (flag(v, "rstrip") ? ADDED_RSTRIP : 0) |
                           (flag(v, "single_word") ? ADDED_SINGLE_WORD : 0) |
                           (flag(v, "normalized") ? ADDED_NORMALIZED : 0));
}

static spx_status fill_added(tokenizer_source *s, const spx_json *added, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(added); i++) {
        const spx_json *v = spx_json_at(added, i);
        const char *text = spx_json_text(spx_json_get(v, "content"));
        double id = 0;
        if (!text) SPX_RAISE(err, SPX_EFORMAT, "%s: added token %zu has no content", s->path, i);
        SPX_TRY(set_token(s, text, spx_json_get(v, "id"),
                          flag(v, "special") ? TOKEN_CONTROL : TOKEN_USER, err));
        if (spx_json_number(spx_json_get(v, "id"), &id)) s->added[(size_t)id] = added_flags(v);
    }
out:
    return st;
}

/* Raises *arg to one more than the id of a member. */
static spx_status raise_top(void *arg, const char *key, const spx_json *value)
{
    double *top = arg, v = 0;
    (void)key;
    if (spx_json_number(value, &v) && v + 1 > *top && v < INT32_MAX) *top = v + 1;
    return SPX_OK;
}

/* The number of ids: one more than the largest. */
static spx_status count_tokens(const spx_json *vocab, const spx_json *added, size_t *n)
{
    double top = 0;
    const spx_status st = spx_json_each(vocab, raise_top, &top);
    for (size_t i = 0; i < spx_json_size(added); i++)
        (void)raise_top(&top, "", spx_json_get(spx_json_at(added, i), "id"));
    *n = (size_t)top;
    return st;
}

/* "left right" or ["left", "right"]. */
static spx_status read_merge(tokenizer_source *s, size_t i, const spx_json *v, spx_error *err)
{
    const char *text = spx_json_text(v), *left = spx_json_text(spx_json_at(v, 0));
    const char *right = spx_json_text(spx_json_at(v, 1));
    if (text) return source_merge(s, i, text, strlen(text), err);
    if (!left || !right || !*left || !*right)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: merge %zu is not a pair of tokens", s->path, i);
    s->merge[i] = (merge_text){
        .left = left, .right = right, .left_len = strlen(left), .right_len = strlen(right)};
    return SPX_OK;
}

static spx_status read_model(tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *model = spx_json_get(s->root, "model"), *vocab = spx_json_get(model, "vocab");
    const spx_json *added = spx_json_get(s->root, "added_tokens");
    const spx_json *merges = spx_json_get(model, "merges");
    filling f = {s, err};
    size_t n = 0;
    if (!spx_json_is_array(merges)) SPX_TRY(unsupported(s, "model", model, err));
    s->whole_first = flag(model, "ignore_merges");
    SPX_TRY(count_tokens(vocab, added, &n));
    SPX_TRY(source_room(s, n, spx_json_size(merges), err));
    SPX_TRY(spx_json_each(vocab, fill_member, &f));
    SPX_TRY(fill_added(s, added, err));
    for (size_t i = 0; i < s->merges; i++) SPX_TRY(read_merge(s, i, spx_json_at(merges, i), err));
out:
    return st;
}

static spx_status read_tokenizer_json(tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    s->path = s->found;
    SPX_TRY(spx_json_read_python(s->path, &s->root, err));
    SPX_TRY(each_part(s, spx_json_get(s->root, "normalizer"), "normalizers", read_normalizer, err));
    SPX_TRY(each_part(s, spx_json_get(s->root, "pre_tokenizer"), "pretokenizers", read_pretokenizer,
                      err));
    if (!s->sentencepiece && s->stages == 0)
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: unknown kind of tokenizer (expected byte-level or SentencePiece BPE)",
                  s->path);
    SPX_TRY(read_model(s, err));
    SPX_TRY(
        each_part(s, spx_json_get(s->root, "post_processor"), "processors", read_processor, err));
out:
    return st;
}

/* Reads the lines of merges.txt, except a first one with its version. */
static spx_status read_merges_text(tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    const char *line = s->text;
    if (strncmp(line, "#version", 8) == 0) line += strcspn(line, "\n");
    for (const char *at = line; *at; at += strcspn(at, "\n")) {
        at += *at == '\n';
        const size_t len = strcspn(at, "\r\n");
        if (len > 0) SPX_TRY(source_merge(s, n++, at, len, err));
    }
    s->merges = n;
out:
    return st;
}

/* Reads vocab.json and merges.txt. */
static spx_status read_vocab_json(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char *merges = NULL;
    size_t n = 0, len = 0, lines = 1;
    filling f = {s, err};
    s->path = s->found;
    SPX_TRY(folder_find(c, "merges.txt", &merges, err));
    if (!merges) SPX_RAISE(err, SPX_ENOTFOUND, "%s: no merges.txt beside it", s->path);
    SPX_TRY(spx_json_read_python(s->path, &s->root, err));
    SPX_TRY(spx_file_text(merges, &s->text, &len, err));
    for (size_t i = 0; i < len; i++) lines += s->text[i] == '\n';
    SPX_TRY(count_tokens(s->root, NULL, &n));
    SPX_TRY(source_room(s, n, lines, err));
    SPX_TRY(spx_json_each(s->root, fill_member, &f));
    SPX_TRY(read_merges_text(s, err));
    SPX_TRY(source_stage(s, pattern_gpt2, err));
    for (size_t i = 0; i < n; i++)
        if (strcmp(s->token[i], "<|endoftext|>") == 0) s->kind[i] = TOKEN_CONTROL;
out:
    spx_free(merges);
    return st;
}

/* eos_token_id of config.json, or the first of several; then what tokenizer_config.json says. */
static spx_status read_ends(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    char *path = NULL;
    spx_json *config = NULL;
    double id = -1;
    SPX_TRY(folder_find(c, "config.json", &path, err));
    if (path) SPX_TRY(spx_json_read_python(path, &config, err));
    const spx_json *eos = spx_json_get(config, "eos_token_id");
    if (spx_json_is_array(eos)) eos = spx_json_at(eos, 0);
    if (spx_json_number(eos, &id) && id >= 0 && id < (double)s->n) s->eos = (int32_t)id;
    SPX_TRY(source_config(c, config, s, err));
out:
    spx_json_free(config);
    spx_free(path);
    return st;
}

spx_status source_folder(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(folder_find(c, "tokenizer.json", &s->found, err));
    s->has_template = s->found != NULL;
    if (s->found) {
        SPX_TRY(read_tokenizer_json(s, err));
    } else {
        SPX_TRY(folder_find(c, "vocab.json", &s->found, err));
        if (!s->found)
            SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tokenizer.json or vocab.json beside it",
                      spx_ckpt_path(c));
        SPX_TRY(read_vocab_json(c, s, err));
    }
    SPX_TRY(read_ends(c, s, err));
out:
    return st;
}
