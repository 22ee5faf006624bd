/* families.h: the table of model families, and readers of a model's configuration. */
#ifndef SPX_MODEL_FAMILIES_H
#define SPX_MODEL_FAMILIES_H

#include "spx/json.h"
#include "spx/model.h"

/* What sets a family apart but is not in its files. */
typedef struct family {
    const char *name, *model_type, *gguf; /* its names here, in config.json and in GGUF, or NULL */
    bool layer_norm, gated, parallel, post_norm, learned_positions;
    bool one_norm;             /* attention and FFN share a norm */
    bool qk_norm;              /* each head of q and k is normalised */
    bool norm_plus_one;        /* Hugging Face stores w - 1 */
    bool embed_sqrt;           /* embeddings times sqrt(d_model) */
    bool qkv_by_head;          /* Hugging Face's fused qkv: q, k, v of each head together */
    bool pairs_hf, pairs_gguf; /* rope turns pairs (2i, 2i + 1) in that format */
    spx_activation activation; /* if the file does not name one */
    double rotary_share;       /* of a head, if the file does not give it; 0: all */
    double window_base;        /* rope base in blocks with a window; 0: that of the others */
    size_t window_period;      /* p: block l has a window unless p divides l + 1; 1: all; 0: none */
} family;

/* The source of a model's configuration: the key-values of a GGUF, or a config.json. */
typedef struct model_source {
    const spx_ckpt *c;
    const family *f;
    spx_json *json; /* NULL: GGUF */
    char *path;     /* of the file, for messages */
} model_source;

/* SPX_EUNSUP for a family that is not in the table. Close it whether or not it succeeds. */
SPX_CHECKED spx_status model_source_open(const spx_ckpt *c, model_source *out, spx_error *err);
void model_source_close(model_source *s);

/* Reads everything but vocab. */
SPX_CHECKED spx_status config_read(const model_source *s, spx_model_config *out, spx_error *err);
/* True if block l has a window. */
bool config_windowed(const model_source *s, const spx_model_config *c, size_t l);
/* step[i], i < c->rotary / 2: radians by which each position turns pair i, in blocks with or
 * without a window. factors: GGUF's divisors of the steps, or NULL. */
SPX_CHECKED spx_status config_rope(const model_source *s, const spx_model_config *c, bool windowed,
                                   const float *factors, double *step, spx_error *err);

#endif
