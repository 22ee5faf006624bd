/* spx/model.h: language models on the CPU in float: forward, and backward from the logits to the
 * residual stream after any block or to the output of any FFN. */
#ifndef SPX_MODEL_H
#define SPX_MODEL_H

#include "spx/ckpt.h"
#include "spx/mat.h"

typedef enum spx_activation {
    SPX_SILU,
    SPX_GELU,     /* by erf */
    SPX_GELU_TANH /* its approximation by tanh */
} spx_activation;

typedef struct spx_model_config {
    const char *family; /* "llama": a row of the table in families.c; static storage */
    size_t layers, d_model, d_ff, heads, kv_heads, head_dim, vocab, context;
    double norm_eps;
    size_t rotary;    /* leading numbers of a head that turn with its position; 0: positions
                         are learned and added to the embedding */
    double rope_base; /* number i of a head turns by position * base^(-2i / rotary), scaled */
    double rope_base_window; /* the same in blocks with a window */
    bool rope_interleaved;   /* pairs (2i, 2i + 1), else (i, i + rotary / 2) */
    size_t window;           /* positions, its own included, that blocks with a window see */
    double attn_scale;       /* of q k^T */
    double embed_scale;      /* of token embeddings */
    spx_activation activation;
    bool gated;    /* FFN: (a(gate) * up), else a(up) */
    bool parallel; /* attention and FFN both read the block's input */
    bool sandwich; /* what they add to the stream is normalised first */
} spx_model_config;

typedef struct spx_model spx_model;

/**
 * Reads every weight into float. Configuration: a GGUF's key-values, else config.json beside the
 * safetensors (or PyTorch) file or in its folder. Tensors are found by the table of architectures
 * (spx/arch.h), whatever prefix their names have.
 *
 * Families: LLaMA 1 to 3.x and SmolLM (rope scaling `llama3` and `linear`), Mistral (sliding
 * window), Qwen2 and 2.5, Qwen3, GPT-2, GPT-J (not from GGUF), GPT-NeoX and Pythia, Phi-1 to 2,
 * Gemma 3 (text). A bias is used where the file has one.
 * @return SPX_OK; SPX_EUNSUP names another architecture or a setting that is not computed here;
 *         SPX_EFORMAT names a number that is missing or absurd; SPX_ENOTFOUND a missing tensor;
 *         SPX_ESHAPE one of the wrong shape; SPX_ENUMERIC one with a number that is not finite.
 * c may be closed afterwards.
 */
SPX_CHECKED spx_status spx_model_open(const spx_ckpt *c, spx_model **out, spx_error *err);
/* How matrices stay in memory. In float they take 4 bytes a parameter. As the checkpoint stores
 * them they are widened to float 256 rows at a time for every product: 2 bytes a parameter (BF16,
 * F16), 1.06 (Q8_0), 0.82 (Q6_K), 0.63 (Q4_1), 0.56 (Q4_0, Q4_K); slower unless a batch has some
 * tens of rows. Norms, biases and what is transposed or rearranged on loading (GPT-2's Conv1D,
 * GPT-NeoX's qkv) are in float always. */
typedef enum spx_resident {
    SPX_RESIDENT_AUTO, /* float unless that would take more than half of the machine's memory */
    SPX_RESIDENT_FLOAT,
    SPX_RESIDENT_STORED,
} spx_resident;
/* spx_model_open is this with SPX_RESIDENT_AUTO. */
SPX_CHECKED spx_status spx_model_open_as(const spx_ckpt *c, spx_resident resident, spx_model **out,
                                         spx_error *err);
void spx_model_close(spx_model *m);
const spx_model_config *spx_model_shape(const spx_model *m);

/* The FFN output projection of a block, d_model x d_ff (out x in), row-major, whichever way the
 * checkpoint stores it: what editors rewrite. The caller may write it between passes. */
/* It must be in float (asserted): spx_model_widen first, unless the model was opened as
 * SPX_RESIDENT_FLOAT. */
float *spx_model_ffn_out(spx_model *m, size_t layer);
/* The FFN output projection of a block in float from now on, where it is not yet. */
SPX_CHECKED spx_status spx_model_widen(spx_model *m, size_t layer, spx_error *err);
/* Its name in the checkpoint; borrowed. */
const char *spx_model_ffn_out_name(const spx_model *m, size_t layer);

/* F (d_model x n), FFN outputs of a block: each column becomes what is added to the stream for it:
 * itself, or g f / rms(f) where a norm stands between (sandwich: Gemma 3). */
void spx_model_ffn_added(const spx_model *m, size_t layer, spx_mat *F);
/**
 * R (d_model x n), wanted gains of what the block adds to the stream: each column becomes the gain
 * of the FFN's output f (a column of F) that brings it about. Without a norm behind the FFN they
 * are the same. With one, the stream can receive only g u with mean u^2 = 1: f' = rms(f) u, g u the
 * nearest such point to y(f) + r where that lies outside, its direction where it lies inside. What
 * remains shows in the next reading of the stream. Cost: some ten passes over a column.
 */
void spx_model_ffn_gain(const spx_model *m, size_t layer, const spx_mat *F, spx_mat *R);

/* Replaces FFN output projections by the tensors of `edited`, matched by name and oriented as the
 * checkpoint stores them (in x out for GPT-2's Conv1D; so are the stages of a run file).
 * SPX_ENOTFOUND names a tensor that is no such projection, SPX_ESHAPE one of another shape. */
SPX_CHECKED spx_status spx_model_overlay(spx_model *m, const spx_ckpt *edited, spx_error *err);

/*
 * Many short sequences run as one packed batch: rows start[s] .. start[s + 1] - 1 of every
 * activation are the consecutive positions of sequence s. A sequence may continue cached positions:
 * its row j then stands at position past[s] + j and sees rows past_row[s] .. past_row[s] + past[s]
 * - 1 of the cache (several sequences may share them), then its own earlier rows.
 */
typedef struct spx_batch {
    size_t n;               /* sequences */
    const size_t *start;    /* n + 1 */
    const size_t *past;     /* n, or NULL: none has a past */
    const size_t *past_row; /* n, or NULL with past */
    const int32_t *token;   /* start[n] ids */
} spx_batch;

/* Keys (after rope) and values of rows, for blocks from .. to - 1. */
typedef struct spx_kv spx_kv;
SPX_CHECKED spx_status spx_kv_new(const spx_model *m, size_t from, size_t to, size_t rows,
                                  spx_kv **out, spx_error *err);
void spx_kv_free(spx_kv *kv);
/* Rows from_row .. from_row + rows - 1 of `from` become those from to_row on of `to`, in every
 * block that both hold. */
void spx_kv_copy(spx_kv *to, size_t to_row, const spx_kv *from, size_t from_row, size_t rows);

/* Activations that a backward pass needs, of at most `rows` rows through blocks from .. to - 1.
 * Reused from pass to pass. Memory: about (4 d_model + 2 d_kv + 3 d_ff) floats a row and block, and
 * the attention weights. */
typedef struct spx_tape spx_tape;
SPX_CHECKED spx_status spx_tape_new(const spx_model *m, size_t from, size_t to, size_t rows,
                                    spx_tape **out, spx_error *err);
void spx_tape_free(spx_tape *t);

/* One run through blocks from .. to - 1. Zero what is not wanted. */
typedef struct spx_pass {
    size_t from, to;
    const spx_kv *past;     /* the cache that batch->past_row points into */
    spx_kv *keep;           /* receives keys and values of the batch's rows; may be `past` */
    const size_t *keep_row; /* n: where in it those of each sequence go; NULL: row r in row r */
    spx_tape *tape;         /* receives what spx_model_backward needs */
    float *const *keys;    /* keys[l - from], NULL or rows x d_ff: the input of block l's ffn_out */
    float *const *values;  /* the same, rows x d_model: its output, bias included and before a
                              sandwich's norm */
    float *const *dvalues; /* the same: the backward leaves dL/d(values) there */
    const size_t *row;     /* wanted behind the last block, ascending; NULL: all */
    size_t rows;           /* how many; behind its attention the last block runs only these, and
                              leaves them, its keys and values packed: row i of x is that of row[i] */
} spx_pass;

/* x (rows x d_model) <- token embeddings, scaled, and learned positions. Asserts that ids and
 * positions are inside. */
void spx_model_embed(const spx_model *m, const spx_batch *b, float *x);

/**
 * Runs the residual stream x, rows x d_model, from the input of block `from` to the output of block
 * to - 1, in place; of its output, pass->row packed if set.
 *
 * Block: a = Wo attention(rope(Wq n), rope(Wk n), Wv n), n = norm(x); x += a; f = Wout act(Win n'),
 * n' = norm(x); x += f. Variants by family: heads of q and k normalised before rope; a and f
 * normalised before they are added (sandwich); n' of the block's input (parallel), with a norm of
 * its own or n itself. Softmax in float with the maximum taken off.
 * @return SPX_OK; SPX_EINVAL if a position is outside the context; SPX_ENUMERIC naming the first
 *         block and tensor behind which the stream is not finite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_model_forward(const spx_model *m, const spx_batch *b,
                                         const spx_pass *pass, float *x, spx_error *err);
/**
 * The transpose of the derivative of that run: dx, rows x d_model, holds dL/d(output of block to -
 * 1), packed as the forward left it, and becomes dL/d(input of block from). pass->tape is the one
 * the forward filled; cached positions are constants. Weights have no gradients.
 */
SPX_CHECKED spx_status spx_model_backward(const spx_model *m, const spx_batch *b,
                                          const spx_pass *pass, float *dx, spx_error *err);

/* Logits (n x vocab) at n chosen rows of the last block's output, row NULL: the first n: final
 * norm, then the head. */
SPX_CHECKED spx_status spx_model_logits(const spx_model *m, const float *x, const size_t *row,
                                        size_t n, float *logits, spx_error *err);
/* dx[row[i]] += dL/dx of that, given dlogits = dL/dlogits (n x vocab); x as in the forward. */
SPX_CHECKED spx_status spx_model_logits_backward(const spx_model *m, const float *x,
                                                 const size_t *row, size_t n, const float *dlogits,
                                                 float *dx, spx_error *err);

#endif
