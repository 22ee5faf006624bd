/* spx/follow.h: the tensors of a base followed through later stages, as work items. */
#ifndef SPX_FOLLOW_H
#define SPX_FOLLOW_H

#include "spx/measure.h"

/* One tensor of one stage, measured beside the base or the stage before. Borrowed. */
typedef struct spx_followed {
    const char *stage, *base, *tensor; /* names; base: of what it was measured beside */
    size_t at;                         /* place of the stage among those followed */
    const spx_stage_numbers *numbers;
    const spx_svd *beside; /* of what it was measured beside; r = 0 where nothing was decomposed */
} spx_followed;

/* Is told of one result. */
typedef spx_status spx_follow_fn(const spx_followed *x, void *arg, spx_error *err);

typedef struct spx_follow_opts {
    const spx_source *base, *stages; /* n stages, n >= 1 */
    size_t n;
    spx_tensor_keep *keep;  /* the matrices that are followed */
    const spx_names *globs; /* by which keep chooses (spx_tensors_chosen); NULL: by none */
    spx_stage_opts measure;
    bool previous;               /* beside the stage before, too; not with a run file */
    const spx_items_host *host;  /* as in items.h, and ... */
    const char *heading, *shard; /* ... so are these */
    spx_follow_fn *told;         /* of each result, recorded or not ... */
    void *arg;                   /* ... with this */
    spx_notify *notify;          /* told what cannot be compared */
} spx_follow_opts;

/**
 * Measures every tensor of every stage (spx_stage_compare) as the work items of a tool. Results are
 * recorded by spx_stage_record where the host has a run file, and told, each when it is there; what
 * is printed of them is in order of stages and tensors; a failure of `told` ends the work. A tensor
 * with the bytes that it had at the stage before gets that stage's numbers.
 * @param[in,out] odd  how many tensors could not be compared is added to it.
 * @return SPX_OK; SPX_ENOTFOUND if base or a stage has none of the tensors; those of
 * spx_stage_compare and spx_items_run.
 */
SPX_CHECKED spx_status spx_follow(const spx_follow_opts *o, size_t *odd, spx_error *err);

#endif
