/* vocabulary.c: tokens and merges as bytes.
 *
 * Byte-level BPE writes its texts in an alphabet of 256 visible characters, one for each byte
 * (Radford et al. 2019): bytes that print in Latin-1 stand for themselves, and U+0100 and the
 * characters after it stand for the other 68, in order. SentencePiece writes UTF-8, with U+2581 for
 * a space and "<0x0A>" for a byte. */
#include "model/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { LETTERS = 256 + 68 };

static bool prints(int byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/* The byte of each character of the alphabet, -1 for characters outside it. */
static void fill_alphabet(int byte_of[LETTERS])
{
    int next = 256;
    for (int c = 0; c < LETTERS; c++) byte_of[c] = -1;
    for (int b = 0; b < 256; b++) byte_of[prints(b) ? b : next++] = b;
}

/* How texts become bytes. */
typedef struct speller {
    bool sentencepiece;
    int byte_of[LETTERS];
} speller;

/* Writes the bytes that text stands for; returns how many, or 0 if text has other characters. */
static size_t spell_letters(const speller *s, const char *text, size_t len, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];
        if (c >= 0x80) { /* two bytes of UTF-8, or outside the alphabet */
            if (i + 1 == len || (c & 0xe0) != 0xc0 || (text[i + 1] & 0xc0) != 0x80) return 0;
            c = (c & 31) << 6 | (text[++i] & 63);
        }
        if (c >= LETTERS || s->byte_of[c] < 0) return 0;
        out[n++] = (char)s->byte_of[c];
    }
    return n;
}

static size_t spell_marks(const char *text, size_t len, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < len; n++) {
        const bool mark = len - i >= 3 && memcmp(text + i, "\xe2\x96\x81", 3) == 0;
        out[n] = text[i];
        if (mark) out[n] = ' ';
        i += mark ? 3 : 1;
    }
    return n;
}

/* A text with characters outside the alphabet stands for itself. */
static size_t spell(const speller *s, const char *text, size_t len, char *out)
{
    if (s->sentencepiece) return spell_marks(text, len, out);
    size_t n = spell_letters(s, text, len, out);
    if (n == 0) memcpy(out, text, n = len);
    return n;
}

/* FNV-1a (Fowler, Noll and Vo), with its halves folded. */
static size_t text_hash(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot of the token with these bytes, or the free slot for it. */
static int32_t *find_slot(const vocabulary *v, const char *bytes, size_t len)
{
    size_t i = text_hash(bytes, len) & v->mask;
    for (; v->slot[i] >= 0; i = (i + 1) & v->mask)
        if (vocabulary_len(v, v->slot[i]) == len &&
            memcmp(v->bytes + v->start[v->slot[i]], bytes, len) == 0)
            break;
    return &v->slot[i];
}

int32_t vocabulary_find(const vocabulary *v, const char *bytes, size_t len)
{
    return *find_slot(v, bytes, len);
}

/* Writes the bytes of every token. Special tokens stand for themselves. */
static void spell_tokens(vocabulary *v, const tokenizer_source *s, const speller *spelling)
{
    size_t at = 0;
    for (size_t i = 0; i < v->n; i++) {
        const char *text = s->token[i];
        const size_t len = strlen(text);
        const bool special = s->kind[i] == TOKEN_CONTROL || s->kind[i] == TOKEN_USER;
        const int byte = s->kind[i] == TOKEN_BYTE ? source_byte(text) : -1;
        size_t n = 1;
        if (byte >= 0)
            v->bytes[at] = (char)byte;
        else if (special)
            memcpy(v->bytes + at, text, n = len);
        else
            n = spell(spelling, text, len, v->bytes + at);
        v->start[i] = at;
        at += n;
        if (byte >= 0) v->of_byte[byte] = (int32_t)i;
        if (!special || len == 0) continue;
        v->special[v->specials++] =
            (special_token){len, (int32_t)i, s->kind[i] == TOKEN_CONTROL, s->added[i]};
        v->normalized = v->normalized || s->added[i] & ADDED_NORMALIZED;
        v->leads[(unsigned char)text[0]] = true;
    }
    v->start[v->n] = at;
}

static int longer_first(const void *a, const void *b)
{
    const special_token *x = a, *y = b;
    if (x->len != y->len) return x->len < y->len ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static spx_status read_tokens(vocabulary *v, const tokenizer_source *s, const speller *spelling,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    size_t total = 0;
    for (size_t i = 0; i < v->n; i++) total += strlen(s->token[i]);
    SPX_TRY(SPX_NEW(&v->bytes, total, err));
    SPX_TRY(SPX_NEW(&v->start, v->n + 1, err));
    SPX_TRY(SPX_NEW(&v->special, v->n, err));
    spell_tokens(v, s, spelling);
    qsort(v->special, v->specials, sizeof *v->special, longer_first);
out:
    return st;
}

/* Indexes the tokens that merges or whole pieces may become by their bytes. */
static spx_status index_tokens(vocabulary *v, const tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t slots = 16;
    while (slots < 2 * v->n) slots *= 2;
    SPX_TRY(SPX_NEW(&v->slot, slots, err));
    v->mask = slots - 1;
    for (size_t i = 0; i < slots; i++) v->slot[i] = -1;
    for (size_t i = 0; i < v->n; i++) {
        if (s->kind[i] == TOKEN_BYTE || s->kind[i] == TOKEN_UNUSED) continue;
        int32_t *slot = find_slot(v, v->bytes + v->start[i], vocabulary_len(v, (int32_t)i));
        if (*slot >= 0 && strcmp(s->token[*slot], s->token[i]) == 0)
            SPX_RAISE(err, SPX_EFORMAT, "%s: tokens %d and %zu are both '%.40s'", s->path,
                      (int)*slot, i, s->token[i]);
        if (*slot < 0 || s->kind[*slot] != TOKEN_NORMAL) *slot = (int32_t)i;
    }
out:
    return st;
}

/* Byte-level BPE: finds the token of each byte. */
static void read_bytes(vocabulary *v)
{
    for (int b = 0; b < 256; b++) {
        const char byte = (char)b;
        v->of_byte[b] = vocabulary_find(v, &byte, 1);
    }
}

/* Adds a merge, whose two sides and their join must be tokens. space: room for the join. */
static spx_status add_merge(vocabulary *v, const tokenizer_source *s, const speller *spelling,
                            size_t rank, char *space, spx_error *err)
{
    const merge_text *m = &s->merge[rank];
    const size_t left = spell(spelling, m->left, m->left_len, space);
    const size_t right = spell(spelling, m->right, m->right_len, space + left);
    const int32_t a = vocabulary_find(v, space, left);
    const int32_t b = vocabulary_find(v, space + left, right);
    const int32_t joined = vocabulary_find(v, space, left + right);
    if (a < 0 || b < 0 || joined < 0)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: merge %zu ('%.*s %.*s'): %s is not in the vocabulary", s->path, rank,
                        (int)m->left_len, m->left, (int)m->right_len, m->right,
                        a < 0   ? "the left token"
                        : b < 0 ? "the right token"
                                : "the joined token");
    bpe_add(&v->merges, a, b, (int32_t)rank, joined);
    return SPX_OK;
}

static spx_status read_merges(vocabulary *v, const tokenizer_source *s, const speller *spelling,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t longest = 0;
    char *space = NULL;
    for (size_t i = 0; i < s->merges; i++) {
        const size_t len = s->merge[i].left_len + s->merge[i].right_len;
        longest = len > longest ? len : longest;
    }
    SPX_TRY(SPX_SCRATCH(&tmp, &space, longest, err));
    SPX_TRY(bpe_open(&v->merges, s->merges, err));
    for (size_t i = 0; i < s->merges; i++) SPX_TRY(add_merge(v, s, spelling, i, space, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* A token and its score. */
typedef struct scored {
    double score;
    int32_t id;
} scored;

static int higher_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Counts the ways to cut a token into two tokens, each of which is a merge; adds these if `rank` is
 * not negative. */
static size_t cut_token(vocabulary *v, int32_t id, int32_t rank)
{
    const char *text = v->bytes + v->start[id];
    const size_t len = vocabulary_len(v, id);
    size_t n = 0;
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) == 0x80) continue; /* within a character */
        const int32_t a = vocabulary_find(v, text, i), b = vocabulary_find(v, text + i, len - i);
        if (a < 0 || b < 0) continue;
        if (rank >= 0) bpe_add(&v->merges, a, b, rank, id);
        n++;
    }
    return n;
}

/* SentencePiece merges the pair whose join has the highest score; equal scores get the same
 * rank. */
static spx_status rank_by_score(vocabulary *v, const tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t n = 0, pairs = 0;
    scored *order = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &order, v->n, err));
    for (size_t i = 0; i < v->n; i++)
        if (s->kind[i] == TOKEN_NORMAL) order[n++] = (scored){s->score[i], (int32_t)i};
    qsort(order, n, sizeof *order, higher_first);
    for (size_t i = 0; i < n; i++) pairs += cut_token(v, order[i].id, -1);
    SPX_TRY(bpe_open(&v->merges, pairs, err));
    for (size_t i = 0, rank = 0; i < n; i++) {
        if (i > 0 && order[i].score < order[i - 1].score) rank = i;
        (void)cut_token(v, order[i].id, (int32_t)rank);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status vocabulary_open(const tokenizer_source *s, vocabulary *out, spx_error *err)
{
    spx_status st = SPX_OK;
    vocabulary v = {.n = s->n};
    speller spelling = {.sentencepiece = s->sentencepiece};
    *out = (vocabulary){0};
    fill_alphabet(spelling.byte_of);
    for (int b = 0; b < 256; b++) v.of_byte[b] = -1;
    SPX_TRY(read_tokens(&v, s, &spelling, err));
    SPX_TRY(index_tokens(&v, s, err));
    if (s->score)
        SPX_TRY(rank_by_score(&v, s, err));
    else
        SPX_TRY(read_merges(&v, s, &spelling, err));
    if (!s->sentencepiece) read_bytes(&v);
    *out = v;
    v = (vocabulary){0};
out:
    vocabulary_close(&v);
    return st;
}

void vocabulary_close(vocabulary *v)
{
    spx_free(v->bytes);
    spx_free(v->start);
    spx_free(v->special);
    spx_free(v->slot);
    bpe_close(&v->merges);
    *v = (vocabulary){0};
}

bool vocabulary_is_control(const vocabulary *v, int32_t id)
{
    for (size_t i = 0; i < v->specials; i++)
        if (v->special[i].id == id) return v->special[i].control;
    return false;
}

const special_token *vocabulary_special(const vocabulary *v, const char *text, size_t len,
                                        bool control, bool normalized)
{
    if (len == 0 || !v->leads[(unsigned char)text[0]]) return NULL;
    for (size_t i = 0; i < v->specials; i++) {
        const special_token *s = &v->special[i];
        if ((s->control && !control) || normalized != ((s->added & ADDED_NORMALIZED) != 0))
            continue;
        if (s->len <= len && memcmp(v->bytes + v->start[s->id], text, s->len) == 0) return s;
    }
    return NULL;
}
