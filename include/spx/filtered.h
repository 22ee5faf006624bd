/* spx/filtered.h: the change between two checkpoints passed through a filter. */
#ifndef SPX_FILTERED_H
#define SPX_FILTERED_H

#include "spx/filter.h"
#include "spx/rewrite.h"

/**
 * Filters one change of a matrix that was W0 before it (spx_filter_new, spx_filter_apply).
 * @param[in,out] u       in its factors where the filter allows it.
 * @param[out]    report  may be NULL.
 * @return those of the two.
 */
SPX_CHECKED spx_status spx_filtered_change(const spx_filter_spec *spec, const spx_mat *W0,
                                           spx_update *u, spx_filter_report *report,
                                           spx_error *err);

typedef spx_status spx_filtered_moment_fn(const char *tensor, size_t order, spx_mat *C, void *arg,
                                          spx_error *err);

typedef struct spx_filtered_opts {
    spx_filter_spec filter; /* but for second moments */
    const spx_names *globs; /* tensors that are filtered (spx_tensors_chosen) */
    const char *dtype;      /* of what is filtered (spx_tensor_new_dtype) */
    /* Reads a second moment of a tensor, freed by the caller: of its keys, cols x cols, and of its
     * output gradients, rows x rows. Called where the filter needs it; NULL: there are none. */
    spx_filtered_moment_fn *moment, *gradient_moment;
    /* Told of each tensor: "filtered" with its report; "kept" where it changed and is not to be
     * filtered, "new" where the base lacks it, both with NULL. May be NULL, as may take. */
    void (*told)(const spx_tensor *t, const char *action, const spx_filter_report *r, void *arg);
    void *arg; /* passed to all three */
    /* Takes what a chosen tensor becomes, outputs x inputs; its failure ends the work. */
    spx_status (*take)(const spx_tensor *t, const spx_mat *W, void *take_arg, spx_error *err);
    void *take_arg;
    spx_notify *notify; /* told what layouts are undone */
} spx_filtered_opts;

/**
 * Filters the change between two checkpoints tensor by tensor: the values of a chosen one become
 * base + filter(edited - base). `edited` may be a LoRA adapter of base (spx_source_beside).
 * @param[in] output  NULL, or the checkpoint to write: `edited` with these values in place, so that
 *                    whatever else changed stays changed; `base` where `edited` is a stage of a
 *                    run, which holds edited tensors only.
 * @return SPX_OK; SPX_ENOTFOUND or SPX_ESHAPE as spx_tensors_some; SPX_ENOTFOUND if no tensor that
 * is to be filtered has changed; SPX_ESHAPE; those of the filter, with the tensor before the
 * message, and of the files.
 */
SPX_CHECKED spx_status spx_filtered_checkpoints(const char *base, const char *edited,
                                                const spx_filtered_opts *o, const char *output,
                                                spx_error *err);

#endif
