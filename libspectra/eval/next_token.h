/* next_token.h: the distribution of the token that follows a prompt, and how far two are apart. */
#ifndef SPX_EVAL_NEXT_TOKEN_H
#define SPX_EVAL_NEXT_TOKEN_H

#include "eval/units.h"

/* logits (n x vocabulary) <- those after the last token of each of n prompts, which are one unit of
 * u (NULL: the model answers). *known: logits holds them; false where they are for another process
 * to ask, or for whoever joins the units to read. */
SPX_CHECKED spx_status next_token_logits(units *u, const spx_model *m, const spx_tokens *prompt,
                                         size_t n, float *logits, bool *known, spx_error *err);

/* KL(p || q) = sum_j p_j log(p_j / q_j), in nats, of the softmaxes p, q of two rows of v logits. */
double next_token_divergence(const float *before, const float *after, size_t v);
/* The share of the ten largest of v logits (all, if fewer) that are among those of both rows; lower
 * ids come first among equals. */
double next_token_overlap(const float *before, const float *after, size_t v);

#endif
