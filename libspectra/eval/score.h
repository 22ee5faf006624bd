/* score.h: how well a model predicts targets after prompts. */
#ifndef SPX_EVAL_SCORE_H
#define SPX_EVAL_SCORE_H

#include "eval/units.h"

#include "spx/model.h"
#include "spx/tokenizer.h"

/* A prompt and the target that should follow it; ids are borrowed. */
typedef struct score_item {
    const int32_t *prompt, *target;
    size_t prompts, targets; /* at least one of each */
    int32_t *best;           /* NULL, or receives the most probable token at each place of target */
    const char *set; /* the file that it is of, and its record there, for messages; NULL: of none */
    long record;
} score_item;

typedef struct score {
    double nll;  /* -(1/m) sum_j log p(t_j | prompt, t_<j) */
    size_t hits; /* t_j that are the most probable token (the first of equals) */
    bool argmax; /* every t_j is */
} score;

/* Scores n items, in any order, in packed batches, each a unit of u (NULL: all). Of a prompt that
 * is too long for the model's context the end counts, as in lm-evaluation-harness; an answer that
 * leaves it no token is SPX_EINVAL. Cost: a row for each distinct token position in the groups of
 * score_prefix.c, and the output head once at each position that a target token follows. */
SPX_CHECKED spx_status score_items(const spx_model *m, units *u, const score_item *item, size_t n,
                                   score *out, spx_error *err);

/* Items sorted by their sequences (prompt, then target without its last token), cut into groups
 * that share a head. */
typedef struct prefix_plan {
    size_t *item;  /* n: places in the caller's array */
    bool *covered; /* n: the sequence is the beginning of the next one's, in the same group */
    size_t
        *head; /* groups: tokens that all of a group begin with; each tail has at least one more */
    size_t *first; /* groups + 1: places in item */
    size_t groups;
} prefix_plan;

/* score_prefix.c: the plan with the fewest rows; memory from tmp. */
SPX_CHECKED spx_status prefix_plan_make(const score_item *item, size_t n, prefix_plan *out,
                                        spx_scratch *tmp, spx_error *err);
size_t sequence_length(const score_item *it);
int32_t sequence_token(const score_item *it, size_t at);

#endif
