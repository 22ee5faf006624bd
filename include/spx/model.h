/* spx/model.h: language models on the CPU in float: forward passes, and backward passes from the
 * logits to the residual stream after any block or to the output of any FFN. */
#ifndef SPX_MODEL_H
#define SPX_MODEL_H

#include "spx/ckpt.h"
#include "spx/mat.h"

typedef enum spx_activation {
    SPX_SILU,
    SPX_GELU,     /* by erf */
    SPX_GELU_TANH /* approximated by tanh */
} spx_activation;

typedef struct spx_model_config {
    const char *family; /* "llama", ...; static storage */
    size_t layers, d_model, d_ff, heads, kv_heads, head_dim, vocab, context;
    double norm_eps;
    size_t rotary;    /* leading numbers of a head that rope turns; 0: positions are learned and
                         added to the embedding */
    double rope_base; /* pair i of a head turns by position * base^(-2i / rotary), scaled */
    double rope_base_window; /* the same in blocks with a window */
    bool rope_interleaved;   /* pairs (2i, 2i + 1), else (i, i + rotary / 2) */
    size_t window;           /* positions that blocks with a window see, including the own one */
    double attn_scale;       /* of q k^T */
    double embed_scale;      /* of token embeddings */
    spx_activation activation;
    bool gated;     /* FFN: a(gate) * up, else a(up) */
    bool parallel;  /* attention and FFN both read the input of the block */
    bool post_norm; /* their outputs are normalised before they are added to the stream (Gemma 3) */
} spx_model_config;

typedef struct spx_model spx_model;

/* How matrices are kept in memory. In float they take 4 bytes per parameter. As the checkpoint
 * stores them, they are widened to float 256 rows at a time for every product and take 2 bytes per
 * parameter (BF16, F16), 1.06 (Q8_0), 0.82 (Q6_K), 0.63 (Q4_1) or 0.56 (Q4_0, Q4_K); that is slower
 * unless a batch has a few tens of rows. Norms, biases, and what is transposed or rearranged on
 * loading (GPT-2's Conv1D, GPT-NeoX's qkv) are always in float. */
typedef enum spx_resident {
    SPX_RESIDENT_AUTO, /* float, unless that would take more than half of the memory */
    SPX_RESIDENT_FLOAT,
    SPX_RESIDENT_STORED,
} spx_resident;

/**
 * Reads the weights of a model. The configuration is in a GGUF's key-values, or in config.json
 * beside the safetensors (or PyTorch) file or in its folder. Tensors are found by the table of
 * architectures (spx/arch.h), whatever the prefix of their names.
 *
 * Families: LLaMA 1 to 3.x and SmolLM (rope scaling `llama3` and `linear`), Mistral (sliding
 * window), Qwen2 and 2.5, Qwen3, GPT-2, GPT-J (not from GGUF), GPT-NeoX and Pythia, Phi-1 to 2,
 * Gemma 3 (text). Biases are used if the file has them.
 *
 * @param[in]  c         the checkpoint; may be closed afterwards.
 * @param[in]  resident  how to keep the matrices.
 * @param[out] out       the model; close with spx_model_close.
 * @return SPX_OK; SPX_EUNSUP names an unsupported architecture or setting; SPX_EFORMAT a missing
 *         or invalid number of the configuration; SPX_ENOTFOUND a missing tensor; SPX_ESHAPE one of
 *         the wrong shape; SPX_ENUMERIC one with a non-finite number; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_model_open_as(const spx_ckpt *c, spx_resident resident, spx_model **out,
                                         spx_error *err);
/* spx_model_open_as with SPX_RESIDENT_AUTO. */
SPX_CHECKED spx_status spx_model_open(const spx_ckpt *c, spx_model **out, spx_error *err);
void spx_model_close(spx_model *m);
const spx_model_config *spx_model_shape(const spx_model *m);
/* The configuration of a checkpoint's model without its weights; vocab is 0. Statuses as for
 * spx_model_open, without those of tensors. */
SPX_CHECKED spx_status spx_model_config_read(const spx_ckpt *c, spx_model_config *out,
                                             spx_error *err);
/* Where config.json and the tensors contradict each other on tied embeddings, and which is
 * followed; NULL: nowhere. */
const char *spx_model_note(const spx_model *m);

/* The FFN output projection of a block, which editors rewrite: d_model x d_ff (out x in),
 * row-major, whichever way the checkpoint stores it. The caller may write it between passes.
 * Asserts that it is in float: unless the model was opened as SPX_RESIDENT_FLOAT, call
 * spx_model_widen first. */
float *spx_model_ffn_out(spx_model *m, size_t layer);
/* Keeps the FFN output projection of a block in float from now on. */
SPX_CHECKED spx_status spx_model_widen(spx_model *m, size_t layer, spx_error *err);
/* Its name in the checkpoint; borrowed. */
const char *spx_model_ffn_out_name(const spx_model *m, size_t layer);

/*
 * The post-FFN norm: in families with post_norm (Gemma 3), the output f of an FFN is normalised to
 * g f / rms(f), g the norm's weight, before it is added to the residual stream. The next two
 * functions translate between FFN outputs and what the stream receives; without a post-FFN norm
 * both are the identity.
 */
/* F (d_model x n), FFN outputs of a block: each column becomes what is added to the stream. */
void spx_model_ffn_added(const spx_model *m, size_t layer, spx_mat *F);
/* R (d_model x n), desired changes of what the block adds to the stream: each column r becomes the
 * change f' - f of the FFN's output f (a column of F) that brings it about. With a post-FFN norm
 * the stream only receives points g u with mean u^2 = 1: f' = rms(f) u, where g u is the nearest
 * such point to y(f) + r if that lies outside the ellipsoid, and has its direction if it lies
 * inside. The difference shows when the stream is next read. Cost: about ten passes over R. */
void spx_model_ffn_gain(const spx_model *m, size_t layer, const spx_mat *F, spx_mat *R);

/* Replaces FFN output projections by the tensors of `edited`, matched by name and oriented as the
 * checkpoint stores them (in x out for GPT-2's Conv1D), as are the stages of a run file.
 * SPX_ENOTFOUND names a tensor that is not such a projection, SPX_ESHAPE one of another shape. */
SPX_CHECKED spx_status spx_model_overlay(spx_model *m, const spx_ckpt *edited, spx_error *err);
/* Replaces the FFN output projection of that name by W, outputs x inputs. SPX_EUNSUP if the tensor
 * is none; SPX_ESHAPE; SPX_ENUMERIC. The caller knows the name, and prefixes it. */
SPX_CHECKED spx_status spx_model_put_ffn_out(spx_model *m, const char *name, const spx_mat *W,
                                             spx_error *err);

/*
 * Many short sequences run as one packed batch: rows start[s] .. start[s + 1] - 1 of every
 * activation are the consecutive positions of sequence s. A sequence may continue cached positions:
 * its row j is then at position past[s] + j, and sees rows past_row[s] .. past_row[s] + past[s] - 1
 * of the cache (which several sequences may share), then its own earlier rows.
 */
typedef struct spx_batch {
    size_t n;               /* sequences */
    const size_t *start;    /* n + 1 */
    const size_t *past;     /* n, or NULL: no sequence has a past */
    const size_t *past_row; /* n; NULL if past is */
    const int32_t *token;   /* start[n] ids */
} spx_batch;

/* Keys (after rope) and values of rows, for blocks from .. to - 1. */
typedef struct spx_kv spx_kv;
SPX_CHECKED spx_status spx_kv_new(const spx_model *m, size_t from, size_t to, size_t rows,
                                  spx_kv **out, spx_error *err);
void spx_kv_free(spx_kv *kv);
/* Copies rows from_row .. from_row + rows - 1 of `from` to rows to_row .. of `to`, in every block
 * that both hold. */
void spx_kv_copy(spx_kv *to, size_t to_row, const spx_kv *from, size_t from_row, size_t rows);

/* The activations that a backward pass needs, of at most `rows` rows in blocks from .. to - 1. May
 * be reused for other passes. Memory per row and block, in floats, with d_kv = kv_heads head_dim:
 * about 3 d_model + 2 d_kv + 2 d_ff (d_ff if the FFN is not gated), and d_model + d_kv more for
 * norms of heads, 2 d_model for post-norms. */
typedef struct spx_tape spx_tape;
SPX_CHECKED spx_status spx_tape_new(const spx_model *m, size_t from, size_t to, size_t rows,
                                    spx_tape **out, spx_error *err);
void spx_tape_free(spx_tape *t);

/* Where a block writes to the residual stream. */
typedef enum spx_site {
    SPX_SITE_ATTENTION, /* what its attention adds, after a post-norm if there is one */
    SPX_SITE_FFN,       /* what its FFN adds, likewise */
    SPX_SITE_STREAM,    /* the stream after the block */
    SPX_SITES
} spx_site;

/* Called at every site of block l with what is there, x (rows x d_model): the rows of the batch or,
 * after the attention of the last block, the chosen ones (spx_pass.row), packed. */
typedef void spx_site_fn(size_t l, spx_site site, float *x, size_t rows, void *arg);

/* A run through blocks from .. to - 1. Leave zero what is not needed. */
typedef struct spx_pass {
    size_t from, to;
    const spx_kv *past;     /* the cache that batch->past_row points into */
    spx_kv *keep;           /* receives keys and values of the batch's rows; may be `past` */
    const size_t *keep_row; /* n: the first row for each sequence; NULL: row r in row r */
    spx_tape *tape;         /* receives what spx_model_backward needs */
    float *const *keys;    /* keys[l - from], NULL or rows x d_ff: the input of block l's ffn_out */
    float *const *values;  /* the same, rows x d_model: its output with the bias, before a post-FFN
                              norm */
    float *const *dvalues; /* the same: receives dL/d(values) in the backward */
    const size_t *row;     /* rows needed after the last block, ascending; NULL: all */
    size_t rows;           /* how many. After its attention, the last block runs only these, and
                              leaves x, its keys and its values packed: row i is that of row[i] */
    spx_site_fn *visit;    /* forward: may change x, and everything after it follows */
    spx_site_fn *visit_back; /* backward: x is dL/d(what is at the site), to read only */
    void *visit_arg;
} spx_pass;

/* x (rows x d_model) <- scaled token embeddings plus learned positions. Asserts that ids are in the
 * vocabulary. A position past the context has none: spx_model_forward refuses the batch. */
void spx_model_embed(const spx_model *m, const spx_batch *b, float *x);

/**
 * Runs the residual stream x, rows x d_model, in place from the input of block `from` to the output
 * of block to - 1, of which it holds pass->row, packed, if that is set.
 *
 * Block: a = Wo attention(rope(Wq n), rope(Wk n), Wv n), n = norm(x); x += a;
 *        f = Wout act(Win n'), n' = norm(x); x += f.
 * Variants by family: heads of q and k are normalised before rope; a and f are normalised before
 * they are added (post_norm); n' is of the block's input (parallel), with another norm or n itself.
 * Softmax is in float, with the maximum subtracted.
 * @return SPX_OK; SPX_EINVAL if a position is outside the context; SPX_ENUMERIC names the first
 *         block and tensor after which the stream is not finite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_model_forward(const spx_model *m, const spx_batch *b,
                                         const spx_pass *pass, float *x, spx_error *err);
/**
 * The transposed derivative of that run: dx, rows x d_model, holds dL/d(output of block to - 1),
 * packed as the forward left it, and becomes dL/d(input of block from). pass->tape is the one that
 * the forward filled; cached positions are constants. Weights have no gradients.
 * @return SPX_OK; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_model_backward(const spx_model *m, const spx_batch *b,
                                          const spx_pass *pass, float *dx, spx_error *err);

/* Logits (n x vocab) at n rows of the last block's output (row NULL: the first n): the final norm,
 * then the head. */
SPX_CHECKED spx_status spx_model_logits(const spx_model *m, const float *x, const size_t *row,
                                        size_t n, float *logits, spx_error *err);
/* dx[row[i]] += dL/dx of that for dlogits = dL/dlogits (n x vocab); x is that of the forward. */
SPX_CHECKED spx_status spx_model_logits_backward(const spx_model *m, const float *x,
                                                 const size_t *row, size_t n, const float *dlogits,
                                                 float *dx, spx_error *err);

#endif
