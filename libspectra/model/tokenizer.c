/* tokenizer.c: byte-level BPE (Radford et al. 2019): special tokens are taken out of the text, what
 * is between them is cut into pieces, and the bytes of each piece merge. */
#include "spx/tokenizer.h"

#include "model/pretokenizer.h"
#include "model/vocabulary.h"

#include <string.h>

struct spx_tokenizer { /* nothing in it changes after opening */
    vocabulary v;
    pretokenizer *pre;
};

static spx_status check_kind(const spx_ckpt *c, const char **pre, spx_error *err)
{
    const char *model = spx_ckpt_text(c, "tokenizer.ggml.model");
    *pre = spx_ckpt_text(c, "tokenizer.ggml.pre");
    if (!model)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: tokenizer.ggml.model is missing", spx_ckpt_path(c));
    if (strcmp(model, "gpt2") != 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: tokenizer '%s'; only byte-level BPE ('gpt2') is read",
                        spx_ckpt_path(c), model);
    if (!*pre)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: tokenizer.ggml.pre is missing", spx_ckpt_path(c));
    return SPX_OK;
}

spx_status spx_tokenizer_open(const spx_ckpt *c, spx_tokenizer **out, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    spx_tokenizer *t = NULL;
    const char *pre = NULL;
    *out = NULL;
    SPX_TRY(check_kind(c, &pre, err));
    SPX_TRY(spx_alloc(&mem, 1, sizeof *t, err));
    t = mem;
    st = pretokenizer_open(pre, &t->pre, err);
    if (st != SPX_OK) spx_prefix(err, "%s", spx_ckpt_path(c));
    SPX_TRY(st);
    SPX_TRY(vocabulary_open(c, &t->v, err));
    *out = t;
    t = NULL;
out:
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

size_t spx_tokenizer_size(const spx_tokenizer *t) { return t->v.n; }

/* Tokens as they are found, and a workspace for the merges of one piece. */
typedef struct writer {
    const vocabulary *v;
    const char *text;
    bpe_symbol *found; /* room for one a byte, the most there can be */
    size_t n;
    bpe_symbol *symbol;
    bpe_candidate *heap;
    size_t room; /* bytes of the longest piece that the workspace has room for */
    spx_scratch *tmp;
    spx_error *err;
} writer;

/* Workspaces outgrown stay until the end: as room doubles, they are no more than the last. */
static spx_status grow(writer *w, size_t n)
{
    spx_status st = SPX_OK;
    void *symbol = NULL, *heap = NULL;
    if (n <= w->room) return SPX_OK;
    const size_t room = n > 2 * w->room ? n : 2 * w->room;
    SPX_TRY(spx_scratch_alloc(w->tmp, &symbol, room, sizeof(bpe_symbol), w->err));
    SPX_TRY(spx_scratch_alloc(w->tmp, &heap, room, 3 * sizeof(bpe_candidate), w->err));
    w->symbol = symbol;
    w->heap = heap;
    w->room = room;
out:
    return st;
}

/* A piece of the text becomes tokens. */
static spx_status write_piece(void *arg, size_t begin, size_t end)
{
    writer *w = arg;
    const size_t n = end - begin;
    const spx_status st = grow(w, n);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < n; i++) {
        const unsigned char byte = (unsigned char)w->text[begin + i];
        const int32_t id = w->v->of_byte[byte];
        if (id < 0)
            return SPX_FAIL(w->err, SPX_EINVAL,
                            "byte %zu (0x%02x) is in no token of the vocabulary", begin + i,
                            (unsigned)byte);
        w->symbol[i] = (bpe_symbol){.id = id, .begin = begin + i, .end = begin + i + 1};
    }
    bpe_merge(&w->v->merges, w->symbol, n, w->heap);
    for (size_t i = 0; i < n; i = w->symbol[i].after) w->found[w->n++] = w->symbol[i];
    return SPX_OK;
}

/* Special tokens are found first, from the left and the longest of them; each ends the text for
 * what is before it. */
static spx_status write_text(writer *w, const pretokenizer *pre, size_t len, bool special)
{
    size_t begin = 0;
    for (size_t at = 0; special && at < len;) {
        const int32_t id = vocabulary_special(w->v, w->text + at, len - at);
        if (id < 0) {
            at++;
            continue;
        }
        const spx_status st = pretokenizer_cut(pre, w->text, begin, at, write_piece, w, w->err);
        if (st != SPX_OK) return st;
        begin = at + vocabulary_len(w->v, id);
        w->found[w->n++] = (bpe_symbol){.id = id, .begin = at, .end = begin};
        at = begin;
    }
    return pretokenizer_cut(pre, w->text, begin, len, write_piece, w, w->err);
}

/* The tokens found, in memory of their own. */
static spx_status hand_out(const writer *w, spx_tokens *out)
{
    spx_status st = SPX_OK;
    spx_tokens t = {.n = w->n};
    void *mem = NULL;
    SPX_TRY(spx_alloc(&mem, w->n, sizeof *t.id, w->err));
    t.id = mem;
    SPX_TRY(spx_alloc(&mem, w->n, sizeof *t.begin, w->err));
    t.begin = mem;
    SPX_TRY(spx_alloc(&mem, w->n, sizeof *t.end, w->err));
    t.end = mem;
    for (size_t i = 0; i < w->n; i++) {
        t.id[i] = w->found[i].id;
        t.begin[i] = w->found[i].begin;
        t.end[i] = w->found[i].end;
    }
    *out = t;
    t = (spx_tokens){0};
out:
    spx_tokens_free(&t);
    return st;
}

spx_status spx_tokenizer_encode(const spx_tokenizer *t, const char *text, size_t len, bool special,
                                spx_tokens *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    writer w = {.v = &t->v, .text = text, .tmp = &tmp, .err = err};
    void *mem = NULL;
    *out = (spx_tokens){0};
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, len, sizeof(bpe_symbol), err));
    w.found = mem;
    SPX_TRY(write_text(&w, t->pre, len, special));
    SPX_TRY(hand_out(&w, out));
out:
    spx_scratch_free(&tmp);
    return st;
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

spx_status spx_tokenizer_decode(const spx_tokenizer *t, const int32_t *id, size_t n, char **out,
                                spx_error *err)
{
    size_t size = 0;
    void *mem = NULL;
    *out = NULL;
    spx_status st = decoded_size(&t->v, id, n, &size, err);
    if (st == SPX_OK) st = spx_alloc(&mem, size + 1, 1, err);
    char *at = mem;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const size_t len = vocabulary_len(&t->v, id[i]);
        memcpy(at, t->v.bytes + t->v.start[id[i]], len);
        at += len;
    }
    *out = mem;
    return st;
}
