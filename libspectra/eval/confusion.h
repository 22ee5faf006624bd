/* confusion.h: gold and predicted classes of items, and their statistics. */
#ifndef SPX_EVAL_CONFUSION_H
#define SPX_EVAL_CONFUSION_H

#include "eval/score.h"

/* Classes 0 .. 3; a prediction may be INVALID, which counts as another class. */
enum { INVALID = -1, MOST_CLASSES = 4 };
typedef struct classes {
    const int *gold, *predicted;
} classes;

/* The choice with the least NLL per token, the first of equals. */
int likeliest(const score *s, size_t choices);

/* Statistics (metrics_results.h) of a `classes`, as sklearn defines them: F1 of each class weighted
 * by its gold items; Matthews' correlation for many classes (Gorodkin 2004), 0 where it is 0/0. */
double weighted_f1(const void *data, const size_t *pick, size_t n);
double matthews(const void *data, const size_t *pick, size_t n);

#endif
