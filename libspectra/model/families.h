/* families.h: the table of model families, and where a family's numbers are read. */
#ifndef SPX_MODEL_FAMILIES_H
#define SPX_MODEL_FAMILIES_H

#include "spx/json.h"
#include "spx/model.h"

/* What sets a family apart, and is said in no file. */
typedef struct family {
    const char *name, *model_type, *gguf; /* config.json's and GGUF's word for it, or NULL */
    bool layer_norm, gated, parallel, sandwich, learned_positions;
    bool one_norm;             /* attention and FFN share it */
    bool qk_norm;              /* of each head */
    bool norm_plus_one;        /* Hugging Face stores w - 1 */
    bool embed_sqrt;           /* embeddings times sqrt(d_model) */
    bool qkv_by_head;          /* Hugging Face's fused qkv: q, k, v of each head together */
    bool pairs_hf, pairs_gguf; /* rope turns (2i, 2i + 1) in that form */
    spx_activation activation; /* where the file says none */
    double rotary_share;       /* of a head, where the file says none; 0: all */
    double window_base;        /* rope base in blocks with a window; 0: as elsewhere */
    size_t window_period;      /* block l has a window unless p divides l + 1; 1: all; 0: none */
} family;

/* Where a model's numbers stand: a GGUF's key-values or a config.json. */
typedef struct model_source {
    const spx_ckpt *c;
    const family *f;
    spx_json *json; /* NULL: GGUF */
    char *path;     /* of the file, for messages */
} model_source;

/* SPX_EUNSUP for a family that is not in the table. Close in any case. */
SPX_CHECKED spx_status source_open(const spx_ckpt *c, model_source *out, spx_error *err);
void source_close(model_source *s);

/* Everything but vocab. */
SPX_CHECKED spx_status config_read(const model_source *s, spx_model_config *out, spx_error *err);
/* Has block l a window? */
bool config_windowed(const model_source *s, const spx_model_config *c, size_t l);
/* step[i], i < c->rotary / 2: radians a position turns pair i by, with or without a window.
 * factors: GGUF's divisors of the steps, or NULL. */
SPX_CHECKED spx_status config_rope(const model_source *s, const spx_model_config *c, bool windowed,
                                   const float *factors, double *step, spx_error *err);

#endif
