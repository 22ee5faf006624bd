/* spx/directions.h: what the directions that a change brought in stand for, in tokens. */
#ifndef SPX_DIRECTIONS_H
#define SPX_DIRECTIONS_H

#include "spx/lens.h"
#include "spx/lm.h"
#include "spx/stage.h"

/* A direction of a changed matrix and the tokens at one of its ends; all of it borrowed. */
typedef struct spx_direction {
    const char *stage, *tensor;
    bool reads;     /* an input direction; else an output direction (lens.h) */
    bool of_change; /* of W - W0, above its rounding; else a dominant one of W, less than half
                       (cos^2) of which lies in W0's dominant subspace */
    size_t index;   /* its place among the singular values, from 1 */
    double value;   /* its singular value */
    double share;   /* of it in W0's dominant subspace, cos^2; k / d by chance */
    double share_chance;
    bool negative;         /* the tokens at the other end: a singular vector has no sign */
    double cosine, chance; /* with the first token, less 0 at the other end; of random directions */
    const int32_t *token;  /* tokens, in order */
    size_t tokens;
} spx_direction;
typedef void spx_direction_fn(const spx_direction *d, void *arg);

/* A model in whose tokens directions are told. Start from {0}. */
typedef struct spx_directions_model {
    spx_model *model;
    spx_lens *lens;
    spx_tokenizer *tokenizer;
} spx_directions_model;
/* Opens the model at `path` (spx_lm_open) with its lens, and notes where its files contradict each
 * other. Close with spx_directions_model_close, after a failure too. */
SPX_CHECKED spx_status spx_directions_model_open(const char *path, const spx_notify *notify,
                                                 spx_directions_model *out, spx_error *err);
void spx_directions_model_close(spx_directions_model *m);

typedef struct spx_directions_opts {
    const spx_model *model; /* whose norms and embeddings are used */
    const spx_lens *lens;   /* of that model */
    const spx_source *base, *stages;
    size_t n; /* stages */
    spx_tensor_keep *keep;
    spx_dominance dominant;    /* of the base */
    size_t tokens, directions; /* of each end; of each kind */
    uint64_t seed;             /* of the random directions */
    spx_notify *notify;
    spx_direction_fn *told;
    void *arg;
} spx_directions_opts;

/**
 * Goes over the tensors of the base that `keep` accepts, stage by stage, and tells of the leading
 * directions of those that have changed and have a side in the residual stream.
 * @param[in,out] odd    the number of tensors that cannot be compared is added to it.
 * @param[in,out] found  the number of changed tensors told of is added to it.
 * @return SPX_OK; SPX_EINVAL if a tensor's block is not one of the model's; SPX_ESHAPE if its side
 * has not the width of the stream; those of spx_stage_svd. Cost: three decompositions of each
 * changed matrix.
 */
SPX_CHECKED spx_status spx_directions_find(const spx_directions_opts *o, size_t *odd, size_t *found,
                                           spx_error *err);

#endif
