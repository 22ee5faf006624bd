/* trace_states.h: the states of a clean and of a corrupted run, which tracing restores. */
#ifndef SPX_EDIT_TRACE_STATES_H
#define SPX_EDIT_TRACE_STATES_H

#include "spx/trace.h"

typedef struct trace_states {
    const spx_model *model;
    const spx_trace_prompt *prompt;
    const spx_trace_opts *opts;
    size_t tokens, samples, layers, d, vocab;
    float *clean[SPX_SITES];   /* layers x tokens x d */
    float *corrupt[SPX_SITES]; /* layers x (samples tokens) x d */
    float *noised;             /* samples tokens x d: the corrupted input of block 0 */
    spx_kv *kv;                /* of the corrupted run */
    spx_tape *tape;            /* of the corrupted run, if asked for; else NULL */
    float *x, *logits;         /* of the corrupted run: its output; samples x vocab */
    double p_clean, p_corrupt; /* p(answer) */
    spx_scratch memory;
} trace_states;

/* What a kind restores, and what it keeps corrupted. */
typedef struct trace_restored {
    const char *name;
    spx_site site, severed; /* severed: SPX_SITES if nothing is */
} trace_restored;
const trace_restored *trace_kind(spx_trace_kind kind);
/* Blocks *lo .. *hi - 1 are restored at layer l. */
void trace_window(const trace_states *s, spx_trace_kind kind, size_t l, size_t *lo, size_t *hi);

/* Runs both; with_tape keeps what a backward pass of the corrupted run needs. Close it whatever is
 * returned. */
SPX_CHECKED spx_status trace_states_open(trace_states *s, const spx_model *m,
                                         const spx_trace_prompt *p, const spx_trace_opts *o,
                                         bool with_tape, spx_error *err);
void trace_states_close(trace_states *s);

/* An empty result: effects NaN, but 0 before the subject for the kinds asked for. */
SPX_CHECKED spx_status trace_result(const trace_states *s, unsigned kinds_asked, spx_trace *out,
                                    spx_error *err);
/* The softmax of z at `at`. */
double trace_probability(const float *z, size_t n, int32_t at);

#endif
