/* trace.c: bench_trace MODEL FACTS COUNT: the first COUNT facts that the model knows, traced with
 * one sample of the noise. Prints the noise's standard deviation, then for each fact a line: its
 * tokens, rows of the subject's first and last one, the answer, p(answer) clean and corrupted, and
 * the effects, kinds x layers x tokens. */
#include "spx/trace.h"

#include "opening.h"

#include "spx/facts.h"

#include <stdlib.h>

enum { MOST = 64, PLENTY = 600 };

typedef struct bench {
    spx_model *m;
    spx_tokenizer *t;
    spx_facts facts;
    spx_trace_prompt prompt[MOST];
    size_t n;
} bench;

static spx_status find_known(bench *b, size_t want, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < b->facts.n && b->n < want; i++) {
        const spx_fact *f = &b->facts.fact[i];
        const spx_request request = {f->prompt, f->subject, f->target_true, f->subject_at};
        bool known = false;
        SPX_TRY(spx_trace_prompt_new(b->t, &request, &b->prompt[b->n], err));
        st = spx_trace_knows(b->m, &b->prompt[b->n], 1, &known, err);
        if (st != SPX_OK || !known) spx_trace_prompt_free(&b->prompt[b->n]);
        SPX_TRY(st);
        b->n += known;
    }
out:
    return st;
}

static void print_fact(const spx_trace_prompt *p, const spx_trace *x)
{
    for (size_t i = 0; i < p->tokens; i++) printf("%s%d", i ? " " : "", (int)p->token[i]);
    printf("\t%zu\t%zu\t%d\t%.9g\t%.9g\t", p->first, p->last, (int)p->answer, x->clean,
           x->corrupted);
    for (size_t i = 0; i < SPX_TRACE_KINDS * x->layers * x->tokens; i++)
        printf("%s%.9g", i ? " " : "", x->effect[i]);
    printf("\n");
}

static spx_status trace_all(bench *b, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_trace_opts o = spx_trace_defaults();
    o.samples = 1;
    SPX_TRY(spx_trace_deviation(b->m, b->prompt, b->n, &o.noise, err));
    printf("%.17g\n", o.noise);
    o.noise *= 3;
    for (size_t i = 0; i < b->n; i++) {
        spx_trace x = {0};
        SPX_TRY(spx_trace_run(b->m, &b->prompt[i], &o, &x, err));
        print_fact(&b->prompt[i], &x);
        spx_trace_free(&x);
    }
out:
    return st;
}

int main(int argc, char **argv)
{
    bench b = {0};
    spx_error err = {0};
    const spx_facts_opts which = {.count = PLENTY};
    if (argc != 4) return fprintf(stderr, "usage: bench_trace MODEL FACTS COUNT\n"), 2;
    const size_t want = strtoul(argv[3], NULL, 10);
    spx_status st = open_model(argv[1], SPX_RESIDENT_FLOAT, &b.m, &b.t, &err);
    if (st == SPX_OK) st = spx_facts_read(argv[2], &which, &b.facts, &err);
    if (st == SPX_OK) st = find_known(&b, want < MOST ? want : MOST, &err);
    if (st == SPX_OK) st = trace_all(&b, &err);
    for (size_t i = 0; i < b.n; i++) spx_trace_prompt_free(&b.prompt[i]);
    spx_facts_free(&b.facts);
    spx_tokenizer_close(b.t);
    spx_model_close(b.m);
    return leave("bench_trace", st, &err);
}
