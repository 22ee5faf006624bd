/* targets.c: seconds an edit of the target search, and the targets found.
 *
 * usage: bench_targets MODEL.gguf FACTS.json PREFIXES PRESET COUNT THREADS [Z.txt]
 * Prints seconds an edit, the mean final NLL and the GFLOP of an edit's matrix products; Z.txt
 * receives a row of z a fact. */
#include "spx/targets.h"

#include "opening.h"

#include "spx/facts.h"
#include "spx/file.h"
#include "spx/json.h"

#include <stdlib.h>

enum { MOST_PREFIXES = 32 };

/* The linker puts these between every caller of spx_sgemm and itself (--wrap). */
void __real_spx_sgemm(size_t m, size_t n, size_t k, const float *A, size_t lda, spx_trans ta,
                      const float *B, size_t ldb, spx_trans tb, float beta, float *C, size_t ldc);
void __wrap_spx_sgemm(size_t m, size_t n, size_t k, const float *A, size_t lda, spx_trans ta,
                      const float *B, size_t ldb, spx_trans tb, float beta, float *C, size_t ldc);

static _Atomic size_t flops;

void __wrap_spx_sgemm(size_t m, size_t n, size_t k, const float *A, size_t lda, spx_trans ta,
                      const float *B, size_t ldb, spx_trans tb, float beta, float *C, size_t ldc)
{
    flops += 2 * m * n * k;
    __real_spx_sgemm(m, n, k, A, lda, ta, B, ldb, tb, beta, C, ldc);
}

typedef struct bench {
    spx_model *m;
    spx_tokenizer *t;
    spx_facts facts;
    char *text, *prefix[MOST_PREFIXES];
    size_t prefixes;
    spx_target_opts o;
    spx_prompts p;
} bench;

static double field(const spx_json *root, const char *name)
{
    double x = 0;
    (void)spx_json_number(spx_json_get(root, name), &x);
    return x;
}

static spx_status read_preset(bench *b, const char *path, spx_error *err)
{
    spx_json *root = NULL;
    const spx_status st = spx_json_read(path, &root, err);
    if (st != SPX_OK) return st;
    const char *layers = spx_json_text(spx_json_get(root, "layers"));
    const char *last = layers ? strrchr(layers, '-') : NULL;
    b->o = (spx_target_opts){.layer = last ? strtoul(last + 1, NULL, 10) : 0,
                             .steps = (size_t)field(root, "steps"),
                             .lr = field(root, "v_lr"),
                             .clamp = field(root, "clamp"),
                             .weight_decay = field(root, "weight_decay"),
                             .kl = field(root, "kl"),
                             .stop = field(root, "stop")};
    b->prefixes = (size_t)field(root, "contexts");
    spx_json_free(root);
    return st;
}

static spx_status read_prompts(bench *b, char **argv, size_t count, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t size = 0;
    spx_request *r = calloc(count, sizeof *r);
    const spx_facts_opts which = {.count = count};
    if (!r) return SPX_FAIL(err, SPX_ENOMEM, "%zu requests", count);
    SPX_TRY(spx_facts_read(argv[2], &which, &b->facts, err));
    SPX_TRY(spx_file_text(argv[3], &b->text, &size, err));
    char *line = strtok(b->text, "\n");
    for (size_t i = 0; line && i < b->prefixes && i < MOST_PREFIXES; i++, line = strtok(NULL, "\n"))
        b->prefix[i] = line;
    for (size_t i = 0; i < count; i++) {
        const spx_fact *f = &b->facts.fact[i];
        r[i] = (spx_request){f->prompt, f->subject, f->target_new, f->subject_at};
    }
    const char *const *prefix = (const char *const *)b->prefix;
    SPX_TRY(spx_prompts_new(b->t, r, count, prefix, b->prefixes, &b->p, err));
out:
    free(r);
    return st;
}

static spx_status search(bench *b, const char *out_path, spx_error *err)
{
    spx_mat Z;
    spx_target_report report;
    spx_status st = spx_mat_alloc(&Z, spx_model_shape(b->m)->d_model, b->p.facts, err);
    const double began = spx_seconds();
    if (st == SPX_OK) st = spx_targets_find(b->m, &b->p, &b->o, &Z, &report, err);
    if (st == SPX_OK)
        printf("%.4f\t%.4f\t%.1f\n", (spx_seconds() - began) / (double)b->p.facts, report.nll,
               1e-9 * (double)flops / (double)b->p.facts);
    FILE *f = st == SPX_OK && out_path ? fopen(out_path, "w") : NULL;
    for (size_t i = 0; f && i < Z.cols; i++)
        for (size_t j = 0; j < Z.rows; j++)
            fprintf(f, "%.9g%c", Z.data[j * Z.ld + i], j + 1 < Z.rows ? ' ' : '\n');
    if (f && fclose(f) != 0) st = SPX_FAIL(err, SPX_EIO, "%s: not written", out_path);
    spx_mat_free(&Z);
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    bench b = {0};
    if (argc < 7) return 2;
    spx_threads_set(atoi(argv[6]));
    SPX_TRY(open_model(argv[1], SPX_RESIDENT_AUTO, &b.m, &b.t, &err));
    SPX_TRY(read_preset(&b, argv[4], &err));
    SPX_TRY(read_prompts(&b, argv, strtoul(argv[5], NULL, 10), &err));
    SPX_TRY(search(&b, argc > 7 ? argv[7] : NULL, &err));
out:
    if (st != SPX_OK) fprintf(stderr, "%s: %s\n", spx_status_name(st), err.text);
    spx_prompts_free(&b.p);
    spx_free(b.text);
    spx_facts_free(&b.facts);
    spx_tokenizer_close(b.t);
    spx_model_close(b.m);
    return st != SPX_OK;
}
