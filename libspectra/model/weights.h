/* weights.h: what a model holds, shared by the files that load it and run it. */
#ifndef SPX_MODEL_WEIGHTS_H
#define SPX_MODEL_WEIGHTS_H

#include "spx/model.h"

/* One block. Matrices are out x in. */
typedef struct block {
    float *attn_norm, *ffn_norm; /* d */
    float *qkv;      /* (heads + 2 kv_heads) head_dim x d: q, k, v one under the other */
    float *attn_out; /* d x heads head_dim */
    float *gate_up;  /* 2 f x d: gate, then up */
    float *ffn_out;  /* d x f */
    char *ffn_out_name;
} block;

/* A buffer that only grows: fresh pages are dear. */
typedef struct buffer {
    float *data;
    size_t n;
} buffer;

/* Where a pass without a tape keeps its activations, and every pass its temporaries. */
enum { W_NORM, W_INV, W_QKV, W_ATT, W_MID, W_GATE_UP, W_KEY, W_DKEY, W_DQKV, W_SCORES, WORKSPACES };

struct spx_model {
    spx_model_config c;
    size_t q_dim, kv_dim, qkv_dim; /* heads head_dim; kv_heads head_dim; q_dim + 2 kv_dim */
    block *at;                     /* c.layers */
    float *embed, *head;           /* vocab x d; head == embed where tied */
    float *final_norm;             /* d */
    float *cosines, *sines;        /* context x head_dim / 2 */
    buffer *work;                  /* WORKSPACES; written by passes although the model is const */
};

/* The workspace's buffer i with room for n floats; contents undefined. */
SPX_CHECKED spx_status model_work(const spx_model *m, int i, size_t n, float **out, spx_error *err);

/* Activations of a block that its backward reads; rows x the size noted. */
typedef struct saved {
    float *x, *inv;       /* d, 1: input of the attention norm */
    float *qkv;           /* qkv_dim: after rope */
    float *mid, *mid_inv; /* d, 1: input of the FFN norm */
    float *gate_up;       /* 2 f */
} saved;

struct spx_tape {
    size_t from, to, rows;
    saved *at; /* to - from */
    float *memory;
};

struct spx_kv {
    size_t from, to, rows;
    float *memory; /* per block: rows x kv_dim keys, then as many values */
    size_t kv_dim;
};
/* Keys (values: which = 1) of block l from row r on. */
float *kv_at(const spx_kv *kv, size_t l, int which, size_t r);

#endif
