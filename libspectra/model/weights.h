/* weights.h: what a model holds, shared by the files that load it and run it. */
#ifndef SPX_MODEL_WEIGHTS_H
#define SPX_MODEL_WEIGHTS_H

#include "model/families.h"
#include "model/layer_math.h"
#include "model/linear.h"

/* One block. A norm without w is not there. */
typedef struct block {
    norm attn_norm, ffn_norm;           /* d; ffn_norm without w: attn_norm is shared */
    norm q_norm, k_norm;                /* head_dim */
    norm attn_post_norm, ffn_post_norm; /* d */
    linear qkv;      /* (heads + 2 kv_heads) head_dim x d: q, k, v one under the other */
    linear attn_out; /* d x heads head_dim */
    linear ffn_in;   /* f x d, or 2 f x d: gate, then up */
    linear ffn_out;  /* d x f */
    bool windowed;
} block;

/* A buffer that only grows: fresh pages are dear. */
typedef struct buffer {
    float *data;
    size_t n;
} buffer;

/* Where a pass without a tape keeps its activations, and every pass its temporaries. */
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
    float *positions; /* context x d, or NULL */
    norm final_norm;
    double *step[2]; /* rotary / 2 each: without and with a window */
    buffer *work;    /* WORKSPACES; written by passes although the model is const */
    float *panel;    /* LINEAR_PANEL x the widest input; as work */
    angles *angles;  /* as work: they grow as passes come to positions */
};

/* Fills m->panel, m->at, the ends and the steps of rope; m->c is set but for vocab. load.c */
SPX_CHECKED spx_status model_load(const model_source *s, spx_model *m, spx_resident resident,
                                  spx_error *err);

/* The workspace's buffer i with room for n floats; contents undefined. */
SPX_CHECKED spx_status model_work(const spx_model *m, int i, size_t n, float **out, spx_error *err);

/* Makes sure that there are angles of so many positions. */
SPX_CHECKED spx_status model_angles(const spx_model *m, size_t positions, spx_error *err);

/* Activations of a block that its backward reads; rows x the size noted. */
typedef struct saved {
    float *x;       /* d: input of the block */
    float *heads;   /* q_dim + kv_dim: q and k before their norms, where there are any */
    float *qkv;     /* qkv_dim: after rope */
    float *att_add; /* d: what sandwich norms read ... */
    float *mid;     /* d: input of the FFN's norm, unless parallel */
    float *ffn_in;  /* out of ffn_in: before the activation */
    float *ffn_add; /* d: ... of attention and of FFN */
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

static inline size_t batch_past(const spx_batch *b, size_t s) { return b->past ? b->past[s] : 0; }

/* Attention of all heads of a packed batch in block l, forward and backward; heads.c */
typedef struct attention_pass {
    const spx_model *m;
    const spx_batch *b;
    const spx_kv *past;
    size_t layer;
    const float *qkv;
    float *out;             /* forward: rows x q_dim */
    const float *dout;      /* backward: rows x q_dim */
    float *dqkv;            /* backward: rows x qkv_dim, zeroed */
    float *scores;          /* each thread's workspace ... */
    size_t scores_a_thread; /* ... of so many floats */
} attention_pass;
void heads_forward(const attention_pass *p);
void heads_backward(const attention_pass *p);
/* The most scores that one head of one sequence needs. */
size_t heads_scores(const spx_batch *b);

/* Norms of q's and k's heads, if any, then their turn to their positions; raw (rows x (q_dim +
 * kv_dim)) receives them as they were before the norms. */
void heads_place(const spx_model *m, const spx_batch *b, size_t l, float *qkv, float *raw);
/* The backward of that on dqkv, in place; work: rows x (q_dim + kv_dim). */
void heads_place_back(const spx_model *m, const spx_batch *b, size_t l, float *dqkv,
                      const float *raw, float *work);

#endif
