/* spx/tokenizer.h: text to token ids and back. */
#ifndef SPX_TOKENIZER_H
#define SPX_TOKENIZER_H

#include "spx/ckpt.h"

typedef struct spx_tokenizer spx_tokenizer;

/* The token ids of a text; token i stands for its bytes begin[i] .. end[i] - 1. If a character was
 * composed and then cut, the last of its tokens has all its bytes. */
typedef struct spx_tokens {
    size_t n;
    int32_t *id;
    size_t *begin, *end;
} spx_tokens;

/**
 * Opens the tokenizer of a checkpoint: from a GGUF's key-values (tokenizer.ggml.*), or from
 * tokenizer.json, or vocab.json and merges.txt, beside c or in its folder.
 *
 * Byte-level BPE, with the patterns that the file gives (tokenizer.json: Split, Digits, ByteLevel)
 * or names (GGUF: gpt-2, smollm, llama-bpe, qwen2); or SentencePiece's BPE with byte fallback,
 * merges by rank or by score. If tokenizer.json requires it, and for GGUF's qwen2, text is first
 * put in Unicode's form C (NFC, UAX #15); special tokens are found after that, with lstrip, rstrip,
 * single_word and normalized as the public `tokenizers` has them.
 *
 * BOS stands before a text if tokenizer.json's template has it or, for the classes that make their
 * template anew (LlamaTokenizer and the like), as add_bos_token of tokenizer_config.json says;
 * spx_tokenizer_note tells where the two differ.
 *
 * @param[in]  c    the checkpoint; may be closed afterwards.
 * @param[out] out  the tokenizer; close with spx_tokenizer_close. It does not change after opening.
 * @return SPX_OK; SPX_EUNSUP names an unsupported kind or part; SPX_EFORMAT what is malformed;
 *         SPX_ENOTFOUND if there is no such file; SPX_EIO; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_tokenizer_open(const spx_ckpt *c, spx_tokenizer **out, spx_error *err);
void spx_tokenizer_close(spx_tokenizer *t);

/* Tokenises a text. The whole text is tokenised at once, so that the offsets give the tokens of a
 * word in its context; a space that is put before the text covers none of its bytes. Special tokens
 * (control tokens of the vocabulary) are recognised in the text only if `special`, user-defined
 * ones always. No BOS is added. SPX_EINVAL, with the byte offset, for invalid UTF-8. Free with
 * spx_tokens_free. */
SPX_CHECKED spx_status spx_tokenizer_encode(const spx_tokenizer *t, const char *text, size_t len,
                                            bool special, spx_tokens *out, spx_error *err);
/* The same for the beginning of what a model reads: with BOS (bytes 0 .. 0) before it if the model
 * was trained with one. Special tokens are not recognised. */
SPX_CHECKED spx_status spx_tokenizer_prompt(const spx_tokenizer *t, const char *text, size_t len,
                                            spx_tokens *out, spx_error *err);
/* The same for the continuation of a prompt, such as " Paris": nothing is put before it. */
SPX_CHECKED spx_status spx_tokenizer_continue(const spx_tokenizer *t, const char *text, size_t len,
                                              spx_tokens *out, spx_error *err);
/* Prepares `windows` windows of `window` ids, each read from position 0: BOS replaces the first id
 * of each if the model was trained with one; otherwise nothing changes. */
void spx_tokenizer_begin(const spx_tokenizer *t, int32_t *id, size_t windows, size_t window);
void spx_tokens_free(spx_tokens *t);
/* The text of n ids, NUL-terminated, without the space that encoding puts before it; free with
 * spx_free. SPX_EINVAL for an id outside the vocabulary. */
SPX_CHECKED spx_status spx_tokenizer_decode(const spx_tokenizer *t, const int32_t *id, size_t n,
                                            char **out, spx_error *err);
/* One token for people: its text or, where it is none by itself (a part of a character, padding of
 * the vocabulary), its number as "<231>". Free with spx_free. SPX_ENOMEM. */
SPX_CHECKED spx_status spx_tokenizer_show(const spx_tokenizer *t, int32_t id, char **out,
                                          spx_error *err);
/* One more than the largest id that text can become. Control tokens above it have no embedding in
 * some models (Gemma 3's image token). */
size_t spx_tokenizer_reach(const spx_tokenizer *t);
/* The tokens that begin and end a text; -1: none. */
int32_t spx_tokenizer_bos(const spx_tokenizer *t);
int32_t spx_tokenizer_eos(const spx_tokenizer *t);
/* Where the files beside a checkpoint contradict each other on these, and which is followed; NULL:
 * nowhere. */
const char *spx_tokenizer_note(const spx_tokenizer *t);

#endif
