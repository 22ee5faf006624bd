/* spx/lora.h: the change of a run or of two checkpoints, written as a LoRA adapter. */
#ifndef SPX_LORA_H
#define SPX_LORA_H

#include "spx/adapter.h"
#include "spx/pairing.h"
#include "spx/update.h"

/* Factors of a change D, m x n, as an adapter holds them. Start from {0}; owned. */
typedef struct spx_lora {
    size_t rows, cols, rank;
    float *B, *A; /* m x rank, rank x n */
    double norm;  /* ||D||_F */
    double error; /* ||D - B A||_F / ||D||_F with the floats as they are */
} spx_lora;
void spx_lora_free(spx_lora *f);

/**
 * Factors of D of least rank. D, or u if D's factors are known, is decomposed: u = L R^T by QR of
 * both factors and an SVD of the small core, D by its dominant triplets (svd.h). Singular values at
 * most max(edge, 2^-23 s_1), which floats do not tell from 0, are left out; U sqrt(s) and sqrt(s)
 * V^T are rounded to float. Where no column of u can be left out, u's own factors are kept: if they
 * are floats, nothing is rounded.
 *
 * @param[in]  D     what the error is measured against; not 0.
 * @param[in]  u     NULL, or factors of fewer columns than D has rows and columns.
 * @param[in]  edge  what rounding alone makes of the largest singular value (rounding.h).
 * @param[in]  most  largest rank, or 0: any. With fewer than D has, B A is the best approximation.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC. Rank 0 if everything is below the edge.
 */
SPX_CHECKED spx_status spx_lora_factor(const spx_mat *D, const spx_update *u, double edge,
                                       size_t most, spx_lora *out, spx_error *err);

typedef struct spx_lora_opts {
    const spx_names *globs; /* tensors whose change is written; none: all that changed */
    size_t rank;            /* largest rank, or 0 */
    const char *model;      /* safetensors whose names the modules get, or NULL: base's own */
    /* Told of each tensor once all is written; module is its name in the adapter. */
    void (*told)(const char *tensor, const char *module, const spx_lora *f);
    spx_notify *notify; /* told what layouts are undone, and what lies below rounding */
} spx_lora_opts;

/**
 * Writes the change from `base` to `later` as a PEFT adapter (spx_adapter_write).
 *
 * Modules are named as the base's tensors (or the model's) without ".weight", with the prefix that
 * Hugging Face's class for causal models puts before them where the file leaves it out. GPT-2's
 * weights are turned (fan_in_fan_out).
 *
 * @param[in] base   NULL: later is RUN.h5#STAGE of a run with a ledger, whose base is meant; the
 *                   factors are those of the ledger where it has them.
 * @param[in] later  a checkpoint, a stage, or an adapter of base.
 * @param[in] folder where the adapter goes.
 * @return SPX_OK; SPX_ENOTFOUND if nothing changed or the run has no ledger; SPX_EUNSUP names a
 *         tensor that changed and cannot be in an adapter (a vector, an embedding), or has a GGUF's
 *         name and no model gives another; SPX_ESHAPE; those of the files.
 */
SPX_CHECKED spx_status spx_lora_export(const char *base, const char *later, const spx_lora_opts *o,
                                       const char *folder, spx_error *err);

#endif
