/* score.h: how well a model foresees targets behind prompts. */
#ifndef SPX_EVAL_SCORE_H
#define SPX_EVAL_SCORE_H

#include "spx/model.h"
#include "spx/tokenizer.h"

/* A prompt and what should follow it; ids are borrowed. */
typedef struct score_item {
    const int32_t *prompt, *target;
    size_t prompts, targets; /* at least one of each */
} score_item;

typedef struct score {
    double nll;  /* -(1/m) sum_j log p(t_j | prompt, t_<j) */
    bool argmax; /* every t_j is the most probable token */
} score;

/* Scores n items in packed batches. Cost: one row a token, the head at the target's rows only. */
SPX_CHECKED spx_status score_items(const spx_model *m, const score_item *item, size_t n, score *out,
                                   spx_error *err);

#endif
