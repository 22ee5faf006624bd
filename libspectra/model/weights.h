/* weights.h: the model as an object, shared by the files that load and run it. */
#ifndef SPX_MODEL_WEIGHTS_H
#define SPX_MODEL_WEIGHTS_H

#include "model/families.h"
#include "model/layer_math.h"
#include "model/linear.h"

/* A block. A norm without w does not exist. */
typedef struct block {
    norm attn_norm, ffn_norm;           /* d; ffn_norm without w: attn_norm is shared */
    norm q_norm, k_norm;                /* head_dim */
    norm attn_post_norm, ffn_post_norm; /* d */
    linear qkv;                         /* (heads + 2 kv_heads) head_dim x d: q, k, v stacked */
    linear attn_out;                    /* d x heads head_dim */
    linear ffn_in;                      /* f x d, or 2 f x d: gate, then up */
    linear ffn_out;                     /* d x f */
    bool windowed;
} block;

/* A buffer that only grows, because fresh pages are expensive. */
typedef struct buffer {
    float *data;
    size_t n;
} buffer;

/* Buffers for the activations of a pass without a tape, and for the temporaries of every pass. */
enum {
    W_NORM,
    W_QKV,
    W_HEADS,
    W_ATT,
    W_CHOSEN,
    W_ADD,
    W_FFN_IN,
    W_KEY,
    W_DFFN_IN,
    W_DQKV,
    W_SCORES,
    WORKSPACES
};

/* Cosines and sines of the angles of positions 0 .. positions - 1, without and with a window. */
typedef struct angles {
    size_t positions;
    float *cosines[2], *sines[2]; /* positions x rotary / 2 */
} angles;

struct spx_model {
    spx_model_config c;
    size_t q_dim, kv_dim, qkv_dim; /* heads head_dim; kv_heads head_dim; q_dim + 2 kv_dim */
    block *at;                     /* c.layers */
    linear embed, head;            /* vocab x d; tied: the head is the embedding */
    bool tied;
    const char *note; /* of the head, for the user; static storage; or NULL */
    float *positions; /* context x d, or NULL */
    norm final_norm;
    double *step[2]; /* rotary / 2 each: without and with a window */
    buffer *work;    /* WORKSPACES; written by passes although the model is const */
    float *panel;    /* LINEAR_PANEL x the widest input; written likewise */
    angles *angles;  /* grow as passes reach further positions; written likewise */
};

/* load.c: fills m->panel, m->at, embedding, head and steps of rope; m->c is set except vocab. */
SPX_CHECKED spx_status model_load(const model_source *s, spx_model *m, spx_resident resident,
                                  spx_error *err);

/* Buffer i of the workspace, with room for n floats; its contents are undefined. */
SPX_CHECKED spx_status model_work(const spx_model *m, int i, size_t n, float **out, spx_error *err);

/* Computes the angles of that many positions, unless they are there. */
SPX_CHECKED spx_status model_angles(const spx_model *m, size_t positions, spx_error *err);

/* The activations of a block that its backward reads; each rows x the size given. */
typedef struct saved {
    float *x;       /* d: input of the block */
    float *heads;   /* q_dim + kv_dim: q and k before their norms, if any */
    float *qkv;     /* qkv_dim: after rope */
    float *att_add; /* d: output of attention before its post-norm, if any */
    float *mid;     /* d: input of the FFN's norm, unless parallel */
    float *ffn_in;  /* size of ffn_in's output: before the activation */
    float *ffn_add; /* d: output of the FFN before its post-norm, if any */
} saved;

struct spx_tape {
    size_t from, to, rows;
    saved *at; /* to - from */
    float *memory;
};

struct spx_kv {
    size_t from, to, rows;
    float *memory; /* for each block: rows x kv_dim keys, then as many values */
    size_t kv_dim;
};
/* Keys (values: which = 1) of block l from row r on. */
float *kv_at(const spx_kv *kv, size_t l, int which, size_t r);

static inline size_t batch_past(const spx_batch *b, size_t s) { return b->past ? b->past[s] : 0; }

/* heads.c: attention of all heads of a packed batch in block l, forward and backward. */
typedef struct attention_pass {
    const spx_model *m;
    const spx_batch *b;
    const spx_kv *past;
    size_t layer;
    const float *qkv;
    float *out;             /* forward: rows x q_dim */
    const float *dout;      /* backward: rows x q_dim */
    float *dqkv;            /* backward: rows x qkv_dim, zeroed */
    float *scores;          /* workspace of each thread */
    size_t scores_a_thread; /* floats in it */
} attention_pass;
void heads_forward(const attention_pass *p);
void heads_backward(const attention_pass *p);
/* The most scores that one head of one sequence needs. */
size_t heads_scores(const spx_batch *b);

/* Normalises the heads of q and k, if the family does, then turns them by their positions; raw
 * (rows x (q_dim + kv_dim)) receives them as they were before the norms. */
void heads_place(const spx_model *m, const spx_batch *b, size_t l, float *qkv, float *raw);
/* The backward of that, in place on dqkv; work: rows x (q_dim + kv_dim). */
void heads_place_back(const spx_model *m, const spx_batch *b, size_t l, float *dqkv,
                      const float *raw, float *work);

#endif
