/* spx/gradients.h: what facts ask of FFN output projections, as gradients: for editors that search
 * no targets. */
#ifndef SPX_GRADIENTS_H
#define SPX_GRADIENTS_H

#include "spx/mat.h"
#include "spx/model.h"
#include "spx/prompts.h"

/*
 * f = d_ff, d = d_model, T = tokens of all targets of the facts. The t-th token of the targets is
 * predicted at one position of its fact's bare prompt (context 0), with the target's earlier tokens
 * given. There, in each of the blocks, h_t is the input of the FFN's output projection and
 * g_t = dL/d(its output), before a norm after the FFN.
 */
typedef struct spx_gradients_opts {
    const size_t *layer; /* blocks, ascending */
    size_t layers;
    size_t batch; /* facts of one pass: L is the mean cross-entropy over their target tokens */
} spx_gradients_opts;

/*
 * H[i] (f x T) and G[i] (d x T), allocated by the caller, <- h_t and g_t of block layer[i], a column
 * a token, by one forward and one backward pass for each `batch` facts, whatever the number of
 * blocks. *loss <- mean over all T tokens of -log p, in nats.
 * SPX_ENUMERIC if a loss is not finite; SPX_ENOMEM; those of the model.
 * Cost: about 6 flops per parameter and position (less below the first block). Memory: the tape of
 * one pass (spx_tape), about 0.5 MB a position of a model of 135 million parameters.
 */
SPX_CHECKED spx_status spx_gradients_of_facts(const spx_model *m, const spx_prompts *p,
                                              const spx_gradients_opts *o, spx_mat *H, spx_mat *G,
                                              double *loss, spx_error *err);

/* How running statistics are kept, and what is made of them. */
typedef enum spx_running_rule {
    SPX_RUNNING_POPULATION, /* x^ = (x - mu) / (sigma + eps), entry by entry: UltraEdit's paper */
    SPX_RUNNING_UNBIASED,   /* the same, but T rows add T times their unbiased variance instead of
                               their sum of squares: UltraEdit's code */
    SPX_RUNNING_WHITENED,   /* h^ as by population; g^ = Cov^{-1/2} (g - mu) once n > d + 1, as by
                               population before: StableEdit */
} spx_running_rule;

/*
 * Mean and spread of x = [h; g] over all tokens, batches and blocks so far, by Chan's update:
 *
 *     n' = n + T,  delta = mean(x) - mu,  mu += T delta / n'
 *     S += sum (x - mean)^2 + n T delta^2 / n',  sigma = sqrt(S / (n' - 1 + eps))
 *
 * and of g also the sum of outer products, Cov = S_gg / (n - d - 1 + eps), eigenvalues below 1e-6
 * raised to it. eps = FLT_EPSILON as in the public codes, which run in float.
 */
typedef struct spx_running {
    spx_running_rule rule;
    size_t f, d;
    double n;         /* rows seen */
    spx_mat moments;  /* (f + d) x 2: mu and S */
    spx_mat products; /* d x d sum of (g - mu)(g - mu)^T; {0} unless whitened */
    spx_mat whitener; /* d x d Cov^{-1/2}; {0} while there is none */
} spx_running;

/* Nothing seen yet. Free with spx_running_free, which accepts {0}. SPX_ENOMEM. */
SPX_CHECKED spx_status spx_running_new(spx_running_rule rule, size_t f, size_t d, spx_running *out,
                                       spx_error *err);
void spx_running_free(spx_running *r);
/* Adds the columns of H (f x T) and G (d x T). SPX_ENUMERIC if the rule is unbiased and T is 1,
 * whose variance is not defined, or if an entry is not finite; SPX_ENOMEM. O(f T), whitened O(d^2
 * T). */
SPX_CHECKED spx_status spx_running_add(spx_running *r, const spx_mat *H, const spx_mat *G,
                                       spx_error *err);
/* Makes what spx_running_standardise uses of what was added so far. SPX_ENUMERIC; SPX_ENOMEM.
 * Whitened: an eigendecomposition of order d. */
SPX_CHECKED spx_status spx_running_settle(spx_running *r, spx_error *err);
/* H and G in place. SPX_ENOMEM. */
SPX_CHECKED spx_status spx_running_standardise(const spx_running *r, spx_mat *H, spx_mat *G,
                                               spx_error *err);

#endif
