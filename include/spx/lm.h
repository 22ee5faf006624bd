/* spx/lm.h: a language model: the weights and the tokenizer of one checkpoint. */
#ifndef SPX_LM_H
#define SPX_LM_H

#include "spx/model.h"
#include "spx/notify.h"
#include "spx/tokenizer.h"

/**
 * Opens the model in a checkpoint and its tokenizer, and checks that they belong together.
 *
 * @param[in]  path         a checkpoint (spx_ckpt_open).
 * @param[out] m            the model; close with spx_model_close.
 * @param[out] t            the tokenizer; close with spx_tokenizer_close. NULL: do not open it.
 * @param[out] fingerprint  that of the checkpoint (spx_ckpt_fingerprint); NULL: not computed.
 * @return SPX_OK; SPX_EFORMAT if text can become a token that the model has no embedding for; those
 *         of spx_ckpt_open, spx_model_open and spx_tokenizer_open. *m and *t are NULL on failure.
 */
SPX_CHECKED spx_status spx_lm_open(const char *path, spx_model **m, spx_tokenizer **t,
                                   char fingerprint[SPX_SHA256_HEX], spx_error *err);

/* Notes where the files of a checkpoint contradict each other, and which is followed: on BOS, EOS
 * and tied embeddings. t and notify may be NULL. */
void spx_lm_note(const spx_model *m, const spx_tokenizer *t, const spx_notify *notify);

#endif
