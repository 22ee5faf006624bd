/* vocabulary.c: tokens and merges out of a GGUF's metadata.
 *
 * Texts of tokens and merges are written in an alphabet of 256 visible characters, one a byte
 * (Radford et al. 2019): bytes that print in Latin-1 stand for themselves, the other 68 for U+0100
 * and on, in order. So no token or half of a merge holds a space. */
#include "model/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { CONTROL = 3, USER_DEFINED = 4, LETTERS = 256 + 68 };

static bool prints(int byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/* The alphabet's characters for bytes 0 .. 255, and back: -1 for characters that it lacks. */
static void alphabet(int letter_of[256], int byte_of[LETTERS])
{
    int next = 256;
    for (int c = 0; c < LETTERS; c++) byte_of[c] = -1;
    for (int b = 0; b < 256; b++) {
        letter_of[b] = prints(b) ? b : next++;
        byte_of[letter_of[b]] = b;
    }
}

/* Token ids by text: an open-addressed table of hashes. */
typedef struct lookup {
    const char *const *text;
    int32_t *slot; /* -1: free */
    size_t mask;   /* slots - 1, a power of two at least twice the tokens */
} lookup;

/* FNV-1a (Fowler, Noll and Vo), its halves folded. */
static size_t hash(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot of the token text[0 .. len), or the free one where it would be. */
static int32_t *probe(const lookup *l, const char *text, size_t len)
{
    size_t i = hash(text, len) & l->mask;
    for (; l->slot[i] >= 0; i = (i + 1) & l->mask) {
        const char *have = l->text[l->slot[i]];
        if (strncmp(have, text, len) == 0 && have[len] == '\0') break;
    }
    return &l->slot[i];
}

static spx_status fill_lookup(lookup *l, const spx_ckpt *c, size_t n, spx_error *err)
{
    for (size_t i = 0; i <= l->mask; i++) l->slot[i] = -1;
    for (size_t i = 0; i < n; i++) {
        int32_t *slot = probe(l, l->text[i], strlen(l->text[i]));
        if (*slot >= 0)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tokens %d and %zu are both '%.40s'",
                            spx_ckpt_path(c), (int)*slot, i, l->text[i]);
        *slot = (int32_t)i;
    }
    return SPX_OK;
}

/* Writes the bytes that text stands for; returns how many, or 0 if text is not in the alphabet. */
static size_t spell(const char *text, const int *byte_of, char *out)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        int c = *p;
        if (c >= 0x80) { /* two bytes of UTF-8, or outside the alphabet; p[1] may be the NUL */
            if ((p[0] & 0xe0) != 0xc0 || (p[1] & 0xc0) != 0x80) return 0;
            c = (p[0] & 31) << 6 | (p[1] & 63);
            p++;
        }
        if (c >= LETTERS || byte_of[c] < 0) return 0;
        out[n++] = (char)byte_of[c];
    }
    return n;
}

/* Bytes of every token. Special tokens, and texts outside the alphabet, stand for themselves. */
static void spell_tokens(vocabulary *v, const char *const *text, const double *type,
                         const int *byte_of)
{
    size_t at = 0;
    for (size_t i = 0; i < v->n; i++) {
        const bool special = type && (type[i] == CONTROL || type[i] == USER_DEFINED);
        const size_t len = strlen(text[i]);
        size_t n = special ? 0 : spell(text[i], byte_of, v->bytes + at);
        if (n == 0) memcpy(v->bytes + at, text[i], n = len);
        v->start[i] = at;
        at += n;
        if (!special || len == 0) continue;
        v->special[v->specials++] = (special_token){len, (int32_t)i};
        v->leads[(unsigned char)text[i][0]] = true;
    }
    v->start[v->n] = at;
}

static int longer_first(const void *a, const void *b)
{
    const special_token *x = a, *y = b;
    if (x->len != y->len) return x->len < y->len ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static spx_status read_tokens(vocabulary *v, const spx_ckpt *c, const lookup *l, const int *byte_of,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    size_t types = 0, total = 0;
    void *mem = NULL;
    const double *type = spx_ckpt_numbers(c, "tokenizer.ggml.token_type", &types);
    if (types != 0 && types != v->n)
        SPX_RAISE(err, SPX_EFORMAT, "%s: %zu entries of tokenizer.ggml.token_type for %zu tokens",
                  spx_ckpt_path(c), types, v->n);
    for (size_t i = 0; i < v->n; i++) total += strlen(l->text[i]);
    SPX_TRY(spx_alloc(&mem, total, 1, err));
    v->bytes = mem;
    SPX_TRY(spx_alloc(&mem, v->n + 1, sizeof(size_t), err));
    v->start = mem;
    SPX_TRY(spx_alloc(&mem, v->n, sizeof(special_token), err));
    v->special = mem;
    spell_tokens(v, l->text, types ? type : NULL, byte_of);
    qsort(v->special, v->specials, sizeof *v->special, longer_first);
out:
    return st;
}

static void read_bytes(vocabulary *v, const lookup *l, const int *letter_of)
{
    for (int b = 0; b < 256; b++) {
        const int c = letter_of[b];
        const char two[2] = {(char)(c < 0x80 ? c : 0xc0 | c >> 6), (char)(0x80 | (c & 63))};
        v->of_byte[b] = *probe(l, two, c < 0x80 ? 1 : 2);
    }
}

/* A merge is "left right"; left, right and their join are tokens. space: room for both halves. */
static spx_status add_merge(vocabulary *v, const spx_ckpt *c, const lookup *l, const char *text,
                            int32_t rank, char *space, spx_error *err)
{
    const char *gap = strchr(text, ' ');
    if (!gap || gap == text || gap[1] == '\0')
        return SPX_FAIL(err, SPX_EFORMAT, "%s: merge %d ('%.40s') is not two tokens",
                        spx_ckpt_path(c), (int)rank, text);
    const size_t left = (size_t)(gap - text), right = strlen(gap + 1);
    memcpy(space, text, left);
    memcpy(space + left, gap + 1, right);
    const int32_t a = *probe(l, space, left), b = *probe(l, gap + 1, right);
    const int32_t joined = *probe(l, space, left + right);
    if (a < 0 || b < 0 || joined < 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: merge %d ('%.40s'): %s is not in the vocabulary",
                        spx_ckpt_path(c), (int)rank, text,
                        a < 0   ? "the left token"
                        : b < 0 ? "the right token"
                                : "the joined token");
    bpe_add(&v->merges, a, b, rank, joined);
    return SPX_OK;
}

static spx_status read_merges(vocabulary *v, const spx_ckpt *c, const lookup *l, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t n = 0, longest = 0;
    void *space = NULL;
    const char *const *text = spx_ckpt_texts(c, "tokenizer.ggml.merges", &n);
    if (n == 0 || n > INT32_MAX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tokenizer.ggml.merges has %zu texts", spx_ckpt_path(c), n);
    for (size_t i = 0; i < n; i++) longest = strlen(text[i]) > longest ? strlen(text[i]) : longest;
    SPX_TRY(spx_scratch_alloc(&tmp, &space, longest, 1, err));
    SPX_TRY(bpe_open(&v->merges, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(add_merge(v, c, l, text[i], (int32_t)i, space, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status open_lookup(lookup *l, const spx_ckpt *c, size_t *n, spx_scratch *tmp,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    size_t slots = 16;
    void *mem = NULL;
    l->text = spx_ckpt_texts(c, "tokenizer.ggml.tokens", n);
    if (*n == 0 || *n > INT32_MAX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tokenizer.ggml.tokens has %zu texts", spx_ckpt_path(c),
                  *n);
    while (slots < 2 * *n) slots *= 2;
    SPX_TRY(spx_scratch_alloc(tmp, &mem, slots, sizeof(int32_t), err));
    l->slot = mem;
    l->mask = slots - 1;
    SPX_TRY(fill_lookup(l, c, *n, err));
out:
    return st;
}

spx_status vocabulary_open(const spx_ckpt *c, vocabulary *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    vocabulary v = {0};
    lookup l = {0};
    int letter_of[256], byte_of[LETTERS];
    *out = (vocabulary){0};
    alphabet(letter_of, byte_of);
    SPX_TRY(open_lookup(&l, c, &v.n, &tmp, err));
    SPX_TRY(read_tokens(&v, c, &l, byte_of, err));
    SPX_TRY(read_merges(&v, c, &l, err));
    read_bytes(&v, &l, letter_of);
    *out = v;
    v = (vocabulary){0};
out:
    vocabulary_close(&v);
    spx_scratch_free(&tmp);
    return st;
}

void vocabulary_close(vocabulary *v)
{
    spx_free(v->bytes);
    spx_free(v->start);
    spx_free(v->special);
    bpe_close(&v->merges);
    *v = (vocabulary){0};
}

int32_t vocabulary_special(const vocabulary *v, const char *text, size_t len)
{
    if (len == 0 || !v->leads[(unsigned char)text[0]]) return -1;
    for (size_t i = 0; i < v->specials; i++) {
        const special_token *s = &v->special[i];
        if (s->len <= len && memcmp(v->bytes + v->start[s->id], text, s->len) == 0) return s->id;
    }
    return -1;
}
