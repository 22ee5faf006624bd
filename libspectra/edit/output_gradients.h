/* output_gradients.h: a forward and a backward pass that yield, at every row, the inputs of FFN
 * output projections and the gradients of their outputs. */
#ifndef SPX_EDIT_OUTPUT_GRADIENTS_H
#define SPX_EDIT_OUTPUT_GRADIENTS_H

#include "spx/model.h"

typedef struct output_gradients {
    const spx_model *model;
    size_t from;     /* the first block whose activations are kept */
    float **inputs;  /* by block from `from`: rows x d_ff, NULL where not asked for */
    float **outputs; /* the same, rows x d_model: dL/d(output), before a norm after it */
    float *x, *dx, *logits;
    spx_tape *tape;
    spx_scratch memory;
} output_gradients;

/* Takes memory for passes of at most `rows` rows; layer[0 .. n) are the blocks, ascending. */
SPX_CHECKED spx_status output_gradients_open(output_gradients *g, const spx_model *m,
                                             const size_t *layer, size_t n, size_t rows,
                                             spx_error *err);
void output_gradients_close(output_gradients *g);

/* Rows of a batch whose next tokens are judged. */
typedef struct judged_rows {
    const size_t *row;     /* ascending */
    const int32_t *target; /* the token that the row should predict */
    size_t n;
    double weight; /* L = weight * sum of -log p(target) */
} judged_rows;

/* Fills inputs and outputs for the rows of a batch; *loss <- L. SPX_ENOMEM; those of the model. */
SPX_CHECKED spx_status output_gradients_run(output_gradients *g, const spx_batch *b,
                                            const judged_rows *j, double *loss, spx_error *err);

#endif
