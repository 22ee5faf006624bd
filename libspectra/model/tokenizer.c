/* tokenizer.c: byte-level BPE (Radford et al. 2019) and SentencePiece's BPE (Kudo and Richardson
 * 2018). Special tokens are taken out of the text, the texts between them are cut into pieces, and
 * the bytes or characters of each piece are merged. */
#include "spx/tokenizer.h"

#include "model/nfc.h"
#include "model/pretokenizer.h"
#include "model/vocabulary.h"

#include <stdio.h>
#include <string.h>

struct spx_tokenizer { /* constant once it is open */
    vocabulary v;
    pretokenizer *pre;
    bool sentencepiece, whole_first, composes, prepends, marks, one_space;
    space_before space;
    int32_t bos, eos;
    char note[sizeof((tokenizer_source *)NULL)->note];
};

static spx_status open_from_source(const tokenizer_source *s, spx_tokenizer *t, spx_error *err)
{
    spx_status st = SPX_OK;
    t->sentencepiece = s->sentencepiece;
    t->whole_first = s->whole_first;
    t->composes = s->composes;
    t->space = s->space;
    t->prepends = s->prepends;
    t->marks = s->marks;
    t->one_space = s->one_space;
    t->bos = s->bos;
    t->eos = s->eos;
    memcpy(t->note, s->note, sizeof t->note);
    st = pretokenizer_open(s->stage, s->stages, &t->pre, err);
    if (st != SPX_OK) spx_prefix(err, "%s", s->path);
    SPX_TRY(st);
    SPX_TRY(vocabulary_open(s, &t->v, err));
out:
    return st;
}

spx_status spx_tokenizer_open(const spx_ckpt *c, spx_tokenizer **out, spx_error *err)
{
    spx_status st = SPX_OK;
    tokenizer_source s = {.bos = -1, .eos = -1};
    spx_tokenizer *t = NULL;
    const bool gguf = spx_ckpt_is_gguf(c);
    *out = NULL;
    SPX_TRY(SPX_NEW(&t, 1, err));
    SPX_TRY(gguf ? source_gguf(c, &s, err) : source_folder(c, &s, err));
    SPX_TRY(open_from_source(&s, t, err));
    *out = t;
    t = NULL;
out:
    source_release(&s);
    spx_tokenizer_close(t);
    return st;
}

void spx_tokenizer_close(spx_tokenizer *t)
{
    if (!t) return;
    vocabulary_close(&t->v);
    pretokenizer_close(t->pre);
    spx_free(t);
}

size_t spx_tokenizer_reach(const spx_tokenizer *t)
{
    size_t n = t->v.n;
    while (n > 0 && (int32_t)n - 1 != t->bos && vocabulary_is_control(&t->v, (int32_t)n - 1)) n--;
    return n;
}

int32_t spx_tokenizer_bos(const spx_tokenizer *t) { return t->bos; }

const char *spx_tokenizer_note(const spx_tokenizer *t) { return *t->note ? t->note : NULL; }

int32_t spx_tokenizer_eos(const spx_tokenizer *t) { return t->eos; }

/* The tokens found so far, and a workspace for the merges of one piece. */
typedef struct writer {
    const spx_tokenizer *t;
    space_before space;
    const vocabulary *v;
    const char *text;
    bpe_symbol *found;
    size_t n;
    bpe_symbol *symbol;
    bpe_candidate *heap;
    size_t room; /* the workspace has room for pieces of that many bytes */
    spx_scratch *tmp;
    spx_error *err;
} writer;

/* Makes room for a piece of n bytes. Outgrown workspaces are freed only at the end; as sizes
 * double, they total at most the last one. */
static spx_status grow_workspace(writer *w, size_t n)
{
    spx_status st = SPX_OK;
    if (n <= w->room) return SPX_OK;
    const size_t room = n > 2 * w->room ? n : 2 * w->room;
    w->room = 0;
    SPX_TRY(SPX_SCRATCH(w->tmp, &w->symbol, room, w->err));
    SPX_TRY(SPX_SCRATCH(w->tmp, &w->heap, 3 * room, w->err));
    w->room = room;
out:
    return st;
}

static spx_status no_token(const writer *w, size_t at)
{
    return SPX_FAIL(w->err, SPX_EINVAL,
                    "no token of the vocabulary has byte %zu of the text (0x%02x)", at,
                    (unsigned)(unsigned char)w->text[at]);
}

/* Adds a symbol for each byte of text[begin .. end), from symbol *n on. */
static spx_status add_byte_symbols(const writer *w, size_t begin, size_t end, size_t *n)
{
    for (size_t i = begin; i < end; i++) {
        const int32_t id = w->v->of_byte[(unsigned char)w->text[i]];
        if (id < 0) return no_token(w, i);
        w->symbol[(*n)++] = (bpe_symbol){.id = id, .begin = i, .end = i + 1};
    }
    return SPX_OK;
}

/* Merges the first n symbols, and appends the tokens that they become. */
static void merge_symbols(writer *w, size_t n)
{
    bpe_merge(&w->v->merges, w->symbol, n, w->heap);
    for (size_t i = 0; i < n; i = w->symbol[i].after) w->found[w->n++] = w->symbol[i];
}

/* Tokenises a piece of the text by its bytes. */
static spx_status write_bytes(void *arg, size_t begin, size_t end)
{
    spx_status st = SPX_OK;
    writer *w = arg;
    size_t n = 0;
    const int32_t whole =
        w->t->whole_first ? vocabulary_find(w->v, w->text + begin, end - begin) : -1;
    if (whole >= 0) {
        w->found[w->n++] = (bpe_symbol){.id = whole, .begin = begin, .end = end};
        return SPX_OK;
    }
    SPX_TRY(grow_workspace(w, end - begin));
    SPX_TRY(add_byte_symbols(w, begin, end, &n));
    merge_symbols(w, n);
out:
    return st;
}

static bool is_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xe2\x96\x81", 3) == 0;
}

/* Tokenises a part of the text by its characters; one that is not a token is taken by its bytes. */
static spx_status write_characters(void *arg, size_t begin, size_t end)
{
    spx_status st = SPX_OK;
    writer *w = arg;
    size_t n = 0;
    const int32_t space = vocabulary_find(w->v, " ", 1);
    const bool has_one =
        begin < end && (w->text[begin] == ' ' || is_mark(w->text + begin, end - begin));
    const bool before = (w->space == SPACE_ALWAYS || (w->space == SPACE_FIRST && begin == 0)) &&
                        !(w->t->one_space && has_one);
    SPX_TRY(grow_workspace(w, end - begin + 1));
    if (before && space >= 0)
        w->symbol[n++] = (bpe_symbol){.id = space, .begin = begin, .end = begin};
    for (size_t i = begin, len = 0; i < end; i += len) {
        const char *c = w->text + i;
        len = spx_utf8_bytes(c, end - i);
        if (len == 0) SPX_RAISE(w->err, SPX_EINVAL, "text is not UTF-8 at byte %zu", i);
        const bool mark = is_mark(c, len);
        const int32_t id = mark ? space : vocabulary_find(w->v, c, len);
        if (id >= 0)
            w->symbol[n++] = (bpe_symbol){.id = id, .begin = i, .end = i + len};
        else
            SPX_TRY(add_byte_symbols(w, i, i + len, &n));
    }
    merge_symbols(w, n);
out:
    return st;
}

static spx_status write_part(writer *w, size_t begin, size_t end)
{
    if (begin == end) return SPX_OK;
    return pretokenizer_cut(w->t->pre, w->text, begin, end,
                            w->t->sentencepiece ? write_characters : write_bytes, w, w->err);
}

/* A special token in a part of a text: its bytes, with what it strips. */
typedef struct found_token {
    const special_token *token;
    size_t begin, end;
    bool takes_mark; /* that which the normaliser put before the part */
} found_token;

/* True if the bytes of a found token are its own, and then widens them by what it strips, back to
 * `from` at most. */
static bool accept_token(const writer *w, size_t from, size_t end, found_token *f)
{
    const pretokenizer *p = w->t->pre;
    const unsigned char added = f->token->added;
    if (added & ADDED_SINGLE_WORD && (pretokenizer_word_before(p, w->text, 0, f->begin) ||
                                      pretokenizer_word_at(p, w->text, f->end, end)))
        return false;
    const bool marked = added & ADDED_NORMALIZED && w->t->marks;
    if (added & ADDED_LSTRIP)
        f->begin = pretokenizer_space_before(p, w->text, from, f->begin, marked);
    if (added & ADDED_RSTRIP) f->end = pretokenizer_space_after(p, w->text, f->end, end, marked);
    return true;
}

/* The token at text[at .. end), after `skip` bytes that it takes too. */
static bool token_after(const writer *w, size_t at, size_t skip, size_t end, bool special,
                        bool normalized, found_token *f)
{
    f->token = vocabulary_special(w->v, w->text + at + skip, end - at - skip, special, normalized);
    if (!f->token) return false;
    f->begin = at;
    f->end = at + skip + f->token->len;
    return true;
}

/* The token at text[at .. end) of a part that begins at `from`. Where the normaliser puts a mark
 * before a part and in place of every space, a normalised token begins with one of these. */
static bool token_at(const writer *w, size_t from, size_t at, size_t end, bool special,
                     bool normalized, found_token *f)
{
    const bool marked = normalized && w->t->prepends;
    f->takes_mark = marked && at == from && w->space != SPACE_NEVER;
    if (!marked || f->takes_mark)
        if (token_after(w, at, 0, end, special, normalized, f)) return true;
    f->takes_mark = false;
    return marked && w->text[at] == ' ' && token_after(w, at, 1, end, special, normalized, f);
}

typedef spx_status part_writer(writer *w, size_t begin, size_t end, bool special);

/* True if a token begins where the part does, after the mark that was put there. */
static bool leaves_mark(const writer *w, size_t from, const found_token *f, bool normalized)
{
    return normalized && w->t->prepends && w->space != SPACE_NEVER && f->begin == from &&
           !f->takes_mark;
}

/* Cuts text[from .. end) at the tokens that are normalised, or at the others: from the left, and
 * the longest of them. `between` writes the texts between them. */
static spx_status cut_at_tokens(writer *w, size_t from, size_t end, bool special, bool normalized,
                                part_writer *between)
{
    spx_status st = SPX_OK;
    size_t begin = from;
    const space_before space = w->space;
    for (size_t at = from; at < end;) {
        found_token f;
        if (!token_at(w, from, at, end, special, normalized, &f)) {
            at++;
            continue;
        }
        at = f.end;
        if (!accept_token(w, begin, end, &f)) continue;
        if (leaves_mark(w, from, &f, normalized)) SPX_TRY(write_characters(w, from, from));
        SPX_TRY(between(w, begin, f.begin, special));
        w->found[w->n++] = (bpe_symbol){.id = f.token->id, .begin = f.begin, .end = f.end};
        begin = at = f.end;
        if (normalized && w->t->prepends) w->space = SPACE_NEVER; /* before the first part only */
    }
    SPX_TRY(between(w, begin, end, special));
out:
    w->space = space;
    return st;
}

static spx_status write_plain(writer *w, size_t begin, size_t end, bool special)
{
    (void)special;
    return write_part(w, begin, end);
}

static spx_status write_normalized(writer *w, size_t begin, size_t end, bool special)
{
    if (!w->v->normalized) return write_part(w, begin, end);
    return cut_at_tokens(w, begin, end, special, true, write_plain);
}

/* Special tokens are found first, those in the text as it is before those in the normalised text;
 * the texts between them are tokenised one by one. */
static spx_status write_text(writer *w, size_t len, bool special)
{
    return cut_at_tokens(w, 0, len, special, false, write_normalized);
}

/* Copies the tokens found to new memory; from: see nfc_text. */
static spx_status copy_tokens(const writer *w, const size_t *from, spx_tokens *out)
{
    spx_status st = SPX_OK;
    spx_tokens t = {.n = w->n};
    SPX_TRY(SPX_NEW(&t.id, w->n, w->err));
    SPX_TRY(SPX_NEW(&t.begin, w->n, w->err));
    SPX_TRY(SPX_NEW(&t.end, w->n, w->err));
    for (size_t i = 0; i < w->n; i++) {
        t.id[i] = w->found[i].id;
        t.begin[i] = from ? from[w->found[i].begin] : w->found[i].begin;
        t.end[i] = from ? from[w->found[i].end] : w->found[i].end;
    }
    *out = t;
    t = (spx_tokens){0};
out:
    spx_tokens_free(&t);
    return st;
}

/* w holds the tokenizer, the text, the rule for the space before it, and err. */
static spx_status encode_text(writer w, size_t len, bool special, int32_t first, spx_tokens *out)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    nfc_text text = {w.text, len, NULL};
    *out = (spx_tokens){0};
    w.v = &w.t->v;
    w.tmp = &tmp;
    if (w.t->composes) SPX_TRY(nfc_compose(w.text, len, &text, &tmp, w.err));
    w.text = text.text;
    /* At most a token per byte, a space before each part between special tokens, and `first`. */
    SPX_TRY(SPX_SCRATCH(&tmp, &w.found, 2 * text.len + 1, w.err));
    if (first >= 0) w.found[w.n++] = (bpe_symbol){.id = first};
    SPX_TRY(write_text(&w, text.len, special));
    SPX_TRY(copy_tokens(&w, text.from, out));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_tokenizer_encode(const spx_tokenizer *t, const char *text, size_t len, bool special,
                                spx_tokens *out, spx_error *err)
{
    const writer w = {.t = t, .text = text, .space = t->space, .err = err};
    return encode_text(w, len, special, -1, out);
}

spx_status spx_tokenizer_prompt(const spx_tokenizer *t, const char *text, size_t len,
                                spx_tokens *out, spx_error *err)
{
    const writer w = {.t = t, .text = text, .space = t->space, .err = err};
    return encode_text(w, len, false, t->bos, out);
}

spx_status spx_tokenizer_continue(const spx_tokenizer *t, const char *text, size_t len,
                                  spx_tokens *out, spx_error *err)
{
    const writer w = {.t = t, .text = text, .space = SPACE_NEVER, .err = err};
    return encode_text(w, len, false, -1, out);
}

void spx_tokenizer_begin(const spx_tokenizer *t, int32_t *id, size_t windows, size_t window)
{
    for (size_t i = 0; t->bos >= 0 && i < windows; i++) id[i * window] = t->bos;
}

void spx_tokens_free(spx_tokens *t)
{
    spx_free(t->id);
    spx_free(t->begin);
    spx_free(t->end);
    *t = (spx_tokens){0};
}

static spx_status decoded_size(const vocabulary *v, const int32_t *id, size_t n, size_t *out,
                               spx_error *err)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (id[i] < 0 || (size_t)id[i] >= v->n)
            return SPX_FAIL(err, SPX_EINVAL, "token %d is outside the vocabulary of %zu",
                            (int)id[i], v->n);
        *out += vocabulary_len(v, id[i]);
    }
    return SPX_OK;
}

/* Removes the space that encoding puts before a text. */
static void drop_space(const spx_tokenizer *t, const int32_t *id, size_t n, char *text, size_t size)
{
    const size_t at = n > 0 && id[0] == t->bos ? vocabulary_len(&t->v, t->bos) : 0;
    if (text[at] == ' ') memmove(text + at, text + at + 1, size - at);
}

spx_status spx_tokenizer_decode(const spx_tokenizer *t, const int32_t *id, size_t n, char **out,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    size_t size = 0;
    *out = NULL;
    SPX_TRY(decoded_size(&t->v, id, n, &size, err));
    SPX_TRY(SPX_NEW(out, size + 1, err));
    char *at = *out;
    for (size_t i = 0; i < n; i++) {
        const size_t len = vocabulary_len(&t->v, id[i]);
        memcpy(at, t->v.bytes + t->v.start[id[i]], len);
        at += len;
    }
    if (t->space != SPACE_NEVER) drop_space(t, id, n, *out, size);
out:
    return st;
}

static bool is_utf8(const char *text)
{
    size_t left = strlen(text);
    for (size_t n = 0; left > 0; left -= n, text += n)
        if ((n = spx_utf8_bytes(text, left)) == 0) return false;
    return true;
}

spx_status spx_tokenizer_show(const spx_tokenizer *t, int32_t id, char **out, spx_error *err)
{
    spx_error why = {0};
    char number[24];
    const spx_status st = spx_tokenizer_decode(t, &id, 1, out, &why);
    if (st == SPX_OK && **out && is_utf8(*out)) return SPX_OK;
    if (st == SPX_ENOMEM) {
        if (err) *err = why;
        return st;
    }
    spx_free(*out);
    snprintf(number, sizeof number, "<%ld>", (long)id);
    return spx_text_dup(out, number, err);
}
