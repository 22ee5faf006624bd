/* linear.h: y = x w^T + b, w in float or as the checkpoint stores it. */
#ifndef SPX_MODEL_LINEAR_H
#define SPX_MODEL_LINEAR_H

#include "spx/ckpt.h"

enum { LINEAR_PIECES = 3, LINEAR_PANEL = 256 };

/* Rows of w as they are stored: a copy of a tensor. */
typedef struct linear_piece {
    spx_tensor t;
    void *data; /* owned; t.data points here */
} linear_piece;

typedef struct linear {
    size_t out, in;
    float *w;   /* out x in, or NULL: the pieces, stacked */
    float *b;   /* out, or NULL */
    char *name; /* of its (first) tensor */
    linear_piece piece[LINEAR_PIECES];
    size_t pieces;
} linear;

void linear_close(linear *l);
/* Appends a copy of t to l's pieces. */
SPX_CHECKED spx_status linear_keep(linear *l, const spx_tensor *t, spx_error *err);
/* Replaces the pieces by w in float. */
SPX_CHECKED spx_status linear_widen(linear *l, spx_error *err);

/* Copies row r of w, in float. */
void linear_row(const linear *l, size_t r, float *out);
/* y (rows x out) <- x w^T + b + beta y. panel: room for LINEAR_PANEL x in, for widened pieces.
 * Widening costs out x in values a call, which batches of a few tens of rows hide. */
void linear_forward(const linear *l, const float *x, size_t rows, float beta, float *y,
                    float *panel);
/* dx (rows x in) <- dy w + beta dx */
void linear_back(const linear *l, const float *dy, size_t rows, float beta, float *dx,
                 float *panel);

#endif
