/* vocabulary.h: the indexed tokens of a tokenizer: their bytes, merges and special tokens. */
#ifndef SPX_MODEL_VOCABULARY_H
#define SPX_MODEL_VOCABULARY_H

#include "model/bpe.h"
#include "model/tokenizer_source.h"

typedef struct special_token {
    size_t len;
    int32_t id;
    bool control;
    unsigned char added; /* tokenizer_source.h's flags */
} special_token;

typedef struct vocabulary {
    size_t n;             /* tokens */
    char *bytes;          /* of all tokens, one after another */
    size_t *start;        /* n + 1: token i is bytes[start[i] .. start[i + 1]) */
    int32_t of_byte[256]; /* the token that is this byte alone, or -1 */
    int32_t *slot;        /* tokens by their bytes, an open-addressed hash table; -1: free */
    size_t mask;          /* slots - 1, a power of two at least twice the tokens */
    bpe merges;
    special_token *special; /* control and user-defined tokens, longest first */
    size_t specials;
    bool leads[256]; /* bytes that special tokens begin with */
    bool normalized; /* some are found in the normalised text */
} vocabulary;

/* Copies everything it needs from s. SPX_EFORMAT names the file and the faulty token or merge. */
SPX_CHECKED spx_status vocabulary_open(const tokenizer_source *s, vocabulary *out, spx_error *err);
void vocabulary_close(vocabulary *v);

static inline size_t vocabulary_len(const vocabulary *v, int32_t id)
{
    return v->start[id + 1] - v->start[id];
}

/* True for a control token, which is found in a text only on request. */
bool vocabulary_is_control(const vocabulary *v, int32_t id);

/* The normal token with these bytes (SentencePiece: a space for U+2581), or -1. */
int32_t vocabulary_find(const vocabulary *v, const char *bytes, size_t len);

/* The longest special token that text begins with, of those that are `normalized` or of the others;
 * a control token only if `control`. NULL if there is none. */
const special_token *vocabulary_special(const vocabulary *v, const char *text, size_t len,
                                        bool control, bool normalized);

#endif
