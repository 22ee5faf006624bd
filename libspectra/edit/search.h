/* search.h: the loss of a group of facts under their deltas, and its gradient; Adam: targets.c.
 *
 * A group is a run of facts whose positions after the edit fit in memory together. Sequences are
 * the prompts of spx/prompts.h. Of each, the rows before the subject's last token are the head
 * (constant: their keys and values are cached once); the rest is the tail, which every step runs.
 */
#ifndef SPX_EDIT_SEARCH_H
#define SPX_EDIT_SEARCH_H

#include "spx/targets.h"

typedef struct search {
    const spx_model *model;
    const spx_prompts *prompts;
    const spx_target_opts *opts;
    size_t first, facts;     /* facts first .. first + facts - 1 of prompts */
    size_t sequences;        /* facts * (contexts + 1) */
    size_t *tail;            /* sequences + 1: rows of x0 */
    float *x0;               /* tail rows x d: output of the edited block without delta */
    float *h0;               /* facts x d: the value at the site for the bare prompt */
    float *v0;               /* facts x d: what the FFN of the block adds to the stream there */
    bool reads_v0;           /* v0 is filled */
    spx_kv *kv;              /* heads, blocks layer + 1 .. */
    size_t *past, *past_row; /* sequences: length of the head and its first row in kv */
    float *initial;          /* facts x vocab: log p after the KL prompt before any delta */
    bool has_initial;
    /* one pass */
    bool *took;                           /* facts that take part */
    size_t taking, rows;                  /* sequences that take part, rows whose logits count */
    size_t *start, *step_past, *step_row; /* of the sequences that take part */
    size_t *row;                          /* rows whose logits count */
    spx_tape *tape;
    float *x, *dx, *logits;
} search;

/* Takes memory for facts first .. first + facts - 1 and runs the pass that fills the constants; v0
 * with `values`, or where the site is the FFN. */
SPX_CHECKED spx_status search_open(search *s, const spx_model *m, const spx_prompts *p,
                                   const spx_target_opts *o, size_t first, size_t facts,
                                   bool values, spx_error *err);
void search_close(search *s);

/* The loss of one fact, without weight decay. */
typedef struct search_loss {
    double nll, kl;
    bool argmax; /* its target is the argmax on every prompt that the options count */
} search_loss;

/* Loss of every active fact of the group at delta (facts x d). active and loss have one entry a
 * fact; loss is written where active. */
SPX_CHECKED spx_status search_losses(search *s, const bool *active, const double *delta,
                                     search_loss *loss, spx_error *err);
/* Its gradient with respect to delta (facts x d), written for the facts of the last search_losses;
 * at most once after each. */
SPX_CHECKED spx_status search_gradient(search *s, double *gradient, spx_error *err);

#endif
