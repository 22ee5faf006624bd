/* confusion.h: gold and predicted classes of items, and what sums them up. */
#ifndef SPX_EVAL_CLASSES_H
#define SPX_EVAL_CLASSES_H

#include "eval/score.h"

/* Classes 0 .. 3; a prediction may be INVALID, which counts as a class of its own. */
enum { INVALID = -1, MOST_CLASSES = 4 };
typedef struct classes {
    const int *gold, *predicted;
} classes;

/* The choice with the least NLL a token; the first of equals. */
int likeliest(const score *s, size_t choices);

/* Statistics (results.h) over a `classes`. F1 of each class weighted by its gold items; Matthews'
 * correlation for many classes (Gorodkin 2004), 0 where it is 0/0; both as sklearn has them. */
double weighted_f1(const void *data, const size_t *pick, size_t n);
double matthews(const void *data, const size_t *pick, size_t n);

#endif
