/*
 * commit.c: commit FILE ROUNDS EDITS [KEYS]: what the commits of a long run cost. A run file of the
 * shape of SmolLM2-135M, five FFN matrices of 576 x 1536, with a ledger: ROUNDS rounds of EDITS
 * edits each; KEYS: also the keys that sequential editors remember. Only the rounds' own
 * mathematics is left out: random factors, and one measurement of a random matrix, varied in its
 * last digits, are recorded by the library's functions as a run does it. Prints a line a round:
 * seconds of the commit, bytes written by it, bytes of the file that is read and of all files, peak
 * memory; then a line for the joining.
 */
#include "spx/ledger.h"
#include "spx/measure.h"
#include "spx/rng.h"
#include "spx/run.h"
#include "spx/svd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { D = 576, F = 1536, MATRICES = 5, RESTART = 4 };

typedef struct bench {
    const char *path;
    size_t edits;
    bool keys;
    spx_rng rng;
    float *w;
    spx_mat W, base;
    spx_svd f;
    spx_stage_numbers numbers;
    size_t unsaved;
} bench;

/* Bytes that write and its relatives were given so far. */
static double written(void)
{
    double n = 0;
    char line[128];
    FILE *f = fopen("/proc/self/io", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "wchar: ", 7) == 0) n = strtod(line + 7, NULL);
    if (f) fclose(f);
    return n;
}

static double size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

static double peak(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? 1024.0 * (double)use.ru_maxrss : 0;
}

static spx_status random_matrix(spx_mat *A, size_t rows, size_t cols, spx_rng *rng, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_alloc(A, rows, cols, err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = (float)spx_rng_normal(rng);
out:
    return st;
}

static spx_status measure_once(bench *b, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd_opts o = spx_svd_defaults();
    const spx_stage_opts so = {.parts = SPX_SPECTRUM | SPX_SUBSPACE,
                               .dominant = {.tau = spx_run_defaults().measure_tau}};
    SPX_TRY(random_matrix(&b->W, D, F, &b->rng, err));
    o.k = D;
    SPX_TRY(spx_svd_compute(&b->W, &o, &b->f, err));
    const spx_stage_pair p = {.W = &b->W, .base = &b->f, .now = &b->f, .type = SPX_F32};
    SPX_TRY(spx_stage_measure(&p, &so, &b->numbers, err));
    SPX_TRY(SPX_NEW(&b->w, (size_t)D * F, err));
    for (size_t i = 0; i < (size_t)D * F; i++) b->w[i] = (float)b->W.data[i];
out:
    return st;
}

static spx_status record(bench *b, spx_store *s, const char *name, size_t round, spx_error *err)
{
    for (size_t i = 0; i < b->f.k; i++) b->f.s[i] *= 1 + 1e-3 * spx_rng_normal(&b->rng);
    return spx_stage_record(s, name, round, &b->numbers, err);
}

static spx_status add_writes(bench *b, spx_ledger_round *r, spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update u = {0};
    spx_scratch tmp = {0};
    double *ids = NULL;
    const spx_filter_report removed = {0};
    SPX_TRY(random_matrix(&u.A, D, b->edits, &b->rng, err));
    SPX_TRY(random_matrix(&u.B, F, b->edits, &b->rng, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &ids, b->edits, err));
    SPX_TRY(spx_ledger_add(r, &u, K, ids, b->edits, &removed, err));
out:
    spx_scratch_free(&tmp);
    spx_update_free(&u);
    return st;
}

static spx_status put_matrix(bench *b, spx_store *s, size_t i, size_t round, const char *stage,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    spx_mat K = {0};
    char name[64], group[128];
    const spx_ledger_weights w = {b->w, NULL, D, F};
    snprintf(name, sizeof name, "model.layers.%zu.mlp.down_proj.weight", i);
    snprintf(group, sizeof group, "history/%s", name);
    SPX_TRY(record(b, s, name, round, err));
    if (round == 0) {
        SPX_TRY(spx_ledger_begin(s, name, b->w, D, F, err));
        goto out;
    }
    SPX_TRY(random_matrix(&K, F, b->edits, &b->rng, err));
    SPX_TRY(add_writes(b, &r, &K, err));
    SPX_TRY(spx_ledger_put(s, name, stage, &r, &w, err));
    if (b->keys) SPX_TRY(spx_store_put_matrix(s, group, stage, &K, err));
    b->unsaved += spx_ledger_bytes(&r, D, F);
out:
    spx_ledger_round_free(&r);
    spx_mat_free(&K);
    return st;
}

/* As restart.c of the room run does. */
static spx_status put_restart(bench *b, spx_store *s, size_t round, const char *stage, bool last,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char name[64], group[80];
    if (round > 0 && !last && b->unsaved < (size_t)RESTART * MATRICES * D * F * sizeof *b->w)
        return SPX_OK;
    snprintf(group, sizeof group, last ? "snapshots/last" : "restart/%s", stage);
    SPX_TRY(spx_store_remove(s, "restart", err));
    for (size_t i = 0; i < MATRICES; i++) {
        snprintf(name, sizeof name, "model.layers.%zu.mlp.down_proj.weight", i);
        SPX_TRY(spx_store_put_floats(s, group, name, b->w, D, F, err));
    }
    b->unsaved = 0;
out:
    return st;
}

static spx_status put_round(bench *b, size_t round, bool last, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char stage[32] = "base";
    const double before = written(), began = spx_seconds();
    if (round > 0) snprintf(stage, sizeof stage, "r%zu", round);
    SPX_TRY(spx_store_open(b->path, round ? SPX_STORE_CONTINUE : SPX_STORE_CREATE, &s, err));
    SPX_TRY(spx_store_add_stage(s, stage, (double)(round * b->edits), err));
    SPX_TRY(spx_store_use_parts(s, stage, err));
    for (size_t i = 0; i < MATRICES; i++) SPX_TRY(put_matrix(b, s, i, round, stage, err));
    SPX_TRY(put_restart(b, s, round, stage, last, err));
    const double filled = spx_seconds();
    SPX_TRY(spx_store_commit(&s, err));
    printf("%zu\t%.3f\t%.3f\t%.0f\t%.0f\t%.0f\n", round, filled - began, spx_seconds() - filled,
           written() - before, size_of(b->path), peak());
out:
    spx_store_close(s);
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    if (argc < 4) return 2;
    const size_t rounds = strtoul(argv[2], NULL, 10);
    bench b = {.path = argv[1],
               .edits = strtoul(argv[3], NULL, 10),
               .keys = argc > 4,
               .rng = spx_rng_seed(1)};
    SPX_TRY(measure_once(&b, &err));
    printf("round\tfill s\tcommit s\tbytes written\tfile\tpeak memory\n");
    for (size_t r = 0; r <= rounds; r++) SPX_TRY(put_round(&b, r, r == rounds, &err));
    const double before = written(), began = spx_seconds();
    SPX_TRY(spx_store_join(b.path, &err));
    printf("join\t0\t%.3f\t%.0f\t%.0f\t%.0f\n", spx_seconds() - began, written() - before,
           size_of(b.path), peak());
    printf("all\t\t\t%.0f\t%.0f\t%.0f\n", written(), size_of(b.path), peak());
out:
    if (st != SPX_OK) fprintf(stderr, "commit: %s\n", err.text);
    return st == SPX_OK ? 0 : 1;
}
