/* lm.c: the model and the tokenizer of a checkpoint. */
#include "spx/lm.h"

static spx_status check_fit(const spx_ckpt *c, const spx_model *m, const spx_tokenizer *t,
                            spx_error *err)
{
    const size_t vocab = spx_model_shape(m)->vocab, tokens = spx_tokenizer_reach(t);
    if (tokens <= vocab) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: the tokenizer has %zu tokens, the model embeds %zu",
                    spx_ckpt_path(c), tokens, vocab);
}

spx_status spx_lm_open(const char *path, spx_model **m, spx_tokenizer **t,
                       char fingerprint[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    spx_model *model = NULL;
    spx_tokenizer *tokenizer = NULL;
    *m = NULL;
    if (t) *t = NULL;
    SPX_TRY(spx_ckpt_open(path, &c, err));
    SPX_TRY(spx_model_open(c, &model, err));
    if (t) {
        SPX_TRY(spx_tokenizer_open(c, &tokenizer, err));
        SPX_TRY(check_fit(c, model, tokenizer, err));
    }
    if (fingerprint) SPX_TRY(spx_ckpt_fingerprint(c, fingerprint, err));
    SPX_TRY(spx_ckpt_check(c, err));
    *m = model;
    if (t) *t = tokenizer;
    model = NULL;
    tokenizer = NULL;
out:
    spx_tokenizer_close(tokenizer);
    spx_model_close(model);
    spx_ckpt_close(c);
    return st;
}

void spx_lm_note(const spx_model *m, const spx_tokenizer *t, const spx_notify *notify)
{
    if (spx_model_note(m)) spx_note(notify, "%s", spx_model_note(m));
    if (t && spx_tokenizer_note(t)) spx_note(notify, "%s", spx_tokenizer_note(t));
}
