/* tokenizer_source.h: a tokenizer as its file describes it, the same for every format. */
#ifndef SPX_MODEL_TOKENIZER_SOURCE_H
#define SPX_MODEL_TOKENIZER_SOURCE_H

#include "spx/ckpt.h"
#include "spx/json.h"

typedef enum token_kind {
    TOKEN_NORMAL,
    TOKEN_UNUSED,  /* an id without a text, or one that is never found in a text */
    TOKEN_BYTE,    /* "<0x0A>": for a byte that no other token covers */
    TOKEN_USER,    /* found in any text, before that is cut */
    TOKEN_CONTROL, /* found only on request */
} token_kind;

/* How an added token is found, by tokenizer.json's names; flags. */
enum {
    ADDED_LSTRIP = 1,      /* with the white space before it */
    ADDED_RSTRIP = 2,      /* with that after it */
    ADDED_SINGLE_WORD = 4, /* not within or beside a word */
    ADDED_NORMALIZED = 8   /* in the normalised text, after those that are not */
};

/* The texts of the two tokens that a merge joins; not NUL-terminated. */
typedef struct merge_text {
    const char *left, *right;
    size_t left_len, right_len;
} merge_text;

typedef enum space_before { SPACE_NEVER, SPACE_FIRST, SPACE_ALWAYS } space_before;
enum { SOURCE_STAGES = 8 };

/* Texts are borrowed from the checkpoint, from `root` or from `tmp`. */
typedef struct tokenizer_source {
    const char *path;
    bool sentencepiece; /* texts have U+2581 for a space; else GPT-2's alphabet of bytes */
    size_t n;
    const char **token;
    unsigned char *kind;  /* token_kind */
    unsigned char *added; /* flags above */
    const double *score;  /* merges by score (GGUF's SentencePiece); NULL: by `merge` */
    merge_text *merge;    /* in order of rank */
    size_t merges;
    bool composes;      /* texts are first put in Unicode's form C */
    bool whole_first;   /* a piece that is a token is taken as such, without merges */
    space_before space; /* before a text, or before each part between special tokens */
    bool one_space;     /* but not where there is one already */
    bool marks;         /* the normaliser makes U+2581 of each space */
    bool prepends;      /* that space is the normaliser's, so normalised tokens follow it */
    const char *stage[SOURCE_STAGES]; /* patterns that cut a text one after another */
    size_t stages;
    int32_t bos, eos;  /* -1: none; bos only if texts begin with it */
    bool has_template; /* a tokenizer.json says what stands before a text */
    char note[600];    /* where the files of the folder contradict each other; "" */
    spx_json *root;
    char *found, *text; /* the path and the bytes of a file */
    spx_scratch tmp;
} tokenizer_source;

/* Both start from {.bos = -1, .eos = -1}; call source_release even if they fail. */
SPX_CHECKED spx_status source_gguf(const spx_ckpt *c, tokenizer_source *s, spx_error *err);
/* From tokenizer.json, else vocab.json and merges.txt, beside c. */
SPX_CHECKED spx_status source_folder(const spx_ckpt *c, tokenizer_source *s, spx_error *err);
/* tokenizer_config.c: BOS and EOS by tokenizer_config.json beside c, if there is one; config: of
 * config.json, or NULL. */
SPX_CHECKED spx_status source_config(const spx_ckpt *c, const spx_json *config, tokenizer_source *s,
                                     spx_error *err);
/* Adds to the note. */
void source_note(tokenizer_source *s, const char *fmt, ...) SPX_PRINTF(2, 3);
void source_release(tokenizer_source *s);

/* Makes room for n tokens, all unused, and `merges` merges. */
SPX_CHECKED spx_status source_room(tokenizer_source *s, size_t n, size_t merges, spx_error *err);
/* Reads merge i from "left right"; SPX_EFORMAT if that is not two texts. */
SPX_CHECKED spx_status source_merge(tokenizer_source *s, size_t i, const char *text, size_t len,
                                    spx_error *err);
/* The byte that a text such as "<0x0A>" stands for, or -1. */
int source_byte(const char *text);
/* Sets the patterns of a byte-level family by GGUF's name (tokenizer.ggml.pre); false if
 * unknown. */
bool source_named_stages(tokenizer_source *s, const char *name);
/* Appends a pattern. */
SPX_CHECKED spx_status source_stage(tokenizer_source *s, const char *pattern, spx_error *err);
extern const char *const pattern_gpt2;

#endif
