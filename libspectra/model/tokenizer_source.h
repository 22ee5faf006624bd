/* tokenizer_source.h: what a file says of a tokenizer, in one form for GGUF, tokenizer.json and vocab.json.
 */
#ifndef SPX_MODEL_SOURCE_H
#define SPX_MODEL_SOURCE_H

#include "spx/ckpt.h"
#include "spx/json.h"

typedef enum token_kind {
    TOKEN_NORMAL,
    TOKEN_UNUSED,  /* an id without a text, or never found in one */
    TOKEN_BYTE,    /* "<0x0A>": a byte that no token covers */
    TOKEN_USER,    /* found in any text before it is cut */
    TOKEN_CONTROL, /* found only where special tokens are asked for */
} token_kind;

/* Texts of the two tokens that a merge joins; not terminated. */
typedef struct merge_text {
    const char *left, *right;
    size_t left_len, right_len;
} merge_text;

typedef enum space_before { SPACE_NEVER, SPACE_FIRST, SPACE_ALWAYS } space_before;
enum { SOURCE_STAGES = 8 };

/* Texts are borrowed from the checkpoint, from `root` or from `tmp`. */
typedef struct tokenizer_source {
    const char *path;
    bool sentencepiece; /* texts with U+2581 for a space; else in GPT-2's alphabet of bytes */
    size_t n;
    const char **token;
    unsigned char *kind; /* token_kind */
    const double *score; /* merges by score (GGUF's SentencePiece), or NULL: by `merge` */
    merge_text *merge;   /* in order of rank */
    size_t merges;
    bool composes;      /* texts are put in Unicode's form C first */
    bool whole_first;   /* a piece that is a token is not merged up */
    space_before space; /* put before a text, or before each part between special tokens */
    const char *stage[SOURCE_STAGES]; /* patterns that cut a text, each what the one before left */
    size_t stages;
    int32_t bos, eos; /* -1: none; bos only where texts begin with it */
    spx_json *root;
    char *found, *text; /* path and bytes of a file */
    spx_scratch tmp;
} tokenizer_source;

/* Both start from {.bos = -1, .eos = -1}; close in any case. */
SPX_CHECKED spx_status source_gguf(const spx_ckpt *c, tokenizer_source *s, spx_error *err);
/* tokenizer.json, else vocab.json and merges.txt, beside c. */
SPX_CHECKED spx_status source_folder(const spx_ckpt *c, tokenizer_source *s, spx_error *err);
void source_release(tokenizer_source *s);

/* Room for n tokens, all unused, and for `merges` merges. */
SPX_CHECKED spx_status source_room(tokenizer_source *s, size_t n, size_t merges, spx_error *err);
/* Merge i from "left right"; SPX_EFORMAT if it is not two texts. */
SPX_CHECKED spx_status source_merge(tokenizer_source *s, size_t i, const char *text, size_t len,
                                    spx_error *err);
/* The byte that "<0x0A>" means, or -1. */
int source_byte(const char *text);
/* Patterns of byte-level families by GGUF's name (tokenizer.ggml.pre); false: unknown. */
bool source_named_stages(tokenizer_source *s, const char *name);
/* Appends a pattern. */
SPX_CHECKED spx_status source_stage(tokenizer_source *s, const char *pattern, spx_error *err);
extern const char *const pattern_gpt2;

#endif
