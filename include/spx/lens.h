/* spx/lens.h: which tokens a direction of the residual stream stands for. */
#ifndef SPX_LENS_H
#define SPX_LENS_H

#include "spx/arch.h"
#include "spx/model.h"

/*
 * Output directions of a matrix that writes to the stream (attn_out, ffn_out) raise the logits of
 * some tokens; input directions of a matrix that reads it (q, k, v, gate, up) respond to some
 * tokens' embeddings. With e_t the rows of the unembedding, or for reading of the embedding, less
 * their mean (which moves all logits alike), and g the gain of the final norm, or of the norm
 * before the reading matrix, a direction u has with token t the cosine of
 *     x = g o u   and   e_t
 * where with LayerNorm u or, for reading, x is taken less its mean: the logit lens (nostalgebraist
 * 2020; of singular vectors: Millidge and Black 2022) without the lengths of rows, by which
 * frequent and unused tokens would lead every list. A post-norm (Gemma 3) first multiplies what is
 * written by its gain. What the blocks between do, and biases, are left out. The input directions
 * of ffn_out are neurons and those of attn_out heads: no tokens.
 */
typedef enum spx_stream_side {
    SPX_STREAM_NONE,    /* neither side is the stream */
    SPX_STREAM_WRITTEN, /* the output side is */
    SPX_STREAM_READ     /* the input side is */
} spx_stream_side;
spx_stream_side spx_stream_side_of(spx_role role);

/* The tokens of a model, prepared. */
typedef struct spx_lens spx_lens;
/* m is borrowed. SPX_ENOMEM. Free with spx_lens_free. Cost: two passes over the embeddings. */
SPX_CHECKED spx_status spx_lens_new(const spx_model *m, spx_lens **out, spx_error *err);
void spx_lens_free(spx_lens *l);

/**
 * The cosines of n directions with every token.
 * @param[in]  at   where the matrix is; its layer is one of the model's.
 * @param[in]  u    n x d_model, of any length; one that the norms leave nothing of has cosines 0.
 * @param[out] out  n x vocab, allocated by the caller.
 * @return SPX_OK; SPX_EINVAL if at has no side in the stream; SPX_ENOMEM. Cost 2 n d_model vocab.
 */
SPX_CHECKED spx_status spx_lens_cosines(const spx_lens *l, spx_place at, const float *u, size_t n,
                                        float *out, spx_error *err);

/* The largest cosine of a random direction with a token, the mean of 32: a direction whose nearest
 * token has no more stands for none in particular. Cost as for 32 directions. */
SPX_CHECKED spx_status spx_lens_chance(const spx_lens *l, spx_place at, uint64_t seed, double *out,
                                       spx_error *err);

/* The n tokens with the largest cosines or, if `least`, the smallest, in order; n <= vocab. */
void spx_lens_top(const float *cosines, size_t vocab, bool least, int32_t *token, size_t n);

#endif
