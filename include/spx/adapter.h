/* spx/adapter.h: LoRA adapters as PEFT keeps them: checkpoints beside a base, read and written. */
#ifndef SPX_ADAPTER_H
#define SPX_ADAPTER_H

#include "spx/ckpt.h"

/*
 * An adapter is a folder with adapter_config.json and adapter_model.safetensors or
 * adapter_model.bin, written by Hugging Face's PEFT (Hu et al., LoRA, arXiv 2106.09685). It is no
 * checkpoint by itself: spx_ckpt_open reads "BASE+ADAPTER", where BASE is any checkpoint, of
 * another adapter too ("BASE+FIRST+SECOND"). For a module with factors A (r x inputs) and B
 * (outputs x r)
 *
 *     W = base + s B A,    s = lora_alpha / r, or lora_alpha / sqrt(r) with use_rslora,
 *
 * transposed where the base stores inputs x outputs: decided by the shapes, and where these fit
 * either way by fan_in_fan_out. r and lora_alpha of a module are those of the first key of
 * rank_pattern and alpha_pattern that fits its name, as a regular expression after a dot, else r
 * and lora_alpha. lora_embedding_A (r x tokens) and lora_embedding_B (width x r) change an
 * embedding in the same way. Biases, modules_to_save and resized embeddings are whole tensors that
 * take the place of the base's. Where the base ties its head to an embedding that is adapted, the
 * head is a tensor of its own, lm_head.weight, with the embedding as it was: so PEFT computes until
 * the adapter is merged, which would change the head as well.
 *
 * base_model.model.MODULE names the base's tensor MODULE.weight, with or without the prefixes in
 * front ("model.", "transformer."); in a GGUF it is the tensor in the same place of the
 * architecture, and rows that llama.cpp's converter moves are moved likewise.
 *
 * Refused, in one line that names the file and what was found: DoRA and every other variant that
 * computes something else, other types of PEFT (IA3, LoHa, VeRA, AdaLoRA, prompts), initialisations
 * that change the base (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA), a rank that is 0 or not that of the
 * factors, an alpha that is absent, 0, not finite or above 1e6 in size, A without B, modules that
 * target_modules names and the file lacks, tensors that the base lacks, that are of another shape
 * or integers, and factors that are not finite.
 */

/*
 * What the tensors of BASE+ADAPTER that the adapter changes hold instead of data (spx_tensor.added;
 * data is NULL): each value is computed when it is read, in double, and rounded once to float, or
 * not at all where `to` holds doubles. All borrowed from the checkpoint.
 */
typedef struct spx_added {
    const spx_tensor *to; /* rows x cols; may have values added itself */
    double scale;
    size_t rank;
    const float *left, *right; /* rows x rank and rank x cols: to + scale left right */
} spx_added;

/* True if path is an adapter: its folder, without a model beside it, or its adapter_model file. */
bool spx_adapter_is(const char *path);
/* The part of path before the last '+' that an adapter follows, of *base bytes, and the adapter
 * after it; NULL if there is none, or path itself exists. */
const char *spx_adapter_split(const char *path, size_t *base);

/* One matrix of an adapter to be written: the change of MODULE.weight, outputs x inputs, is
 * B A with B m x r and A r x n. Borrowed. */
typedef struct spx_adapter_module {
    const char *module; /* as the model calls it: "model.layers.3.mlp.down_proj" */
    size_t rows, cols, rank;
    const float *B, *A;
} spx_adapter_module;

/* SPX_EINVAL if an adapter cannot be written there: the folder exists and holds something. */
SPX_CHECKED spx_status spx_adapter_check_folder(const char *folder, spx_error *err);

/**
 * Writes an adapter folder that PEFT loads: factors in F32; the ranks of modules in rank_pattern
 * and alpha_pattern, so that every scale is 1.
 * @param[in] n       1 or more modules, each of rank 1 or more.
 * @param[in] conv1d  fan_in_fan_out: the model keeps these weights inputs x outputs (GPT-2).
 * @param[in] base    base_model_name_or_path; NULL: null.
 * @param[in] folder  new, or an empty folder; written as FOLDER.part and renamed when whole.
 * @return SPX_OK; SPX_EINVAL for a folder that holds something; SPX_EIO.
 */
SPX_CHECKED spx_status spx_adapter_write(const spx_adapter_module *m, size_t n, bool conv1d,
                                         const char *base, const char *folder, spx_error *err);

#endif
