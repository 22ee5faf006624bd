/* run_files.h: what tests of stages share: a folder for their files, checkpoints and run files. */
#ifndef SPX_TESTS_RUN_FILES_H
#define SPX_TESTS_RUN_FILES_H

#include "check.h"

#include "spx/ckpt.h"
#include "spx/ledger.h"
#include "spx/record.h"
#include "spx/rng.h"

#include <dirent.h>
#include <string.h>

static char folder[64];

static inline int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/spx-stages-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

/* The folder holds files only. */
static inline int remove_folder(void **state)
{
    (void)state;
    char path[512];
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') remove(path);
    }
    if (d) closedir(d);
    return rmdir(folder);
}

/* A path in the folder; the last eight stay valid. */
static inline const char *in_folder(const char *name)
{
    static char path[8][256];
    static size_t next;
    char *out = path[next++ % 8];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

/* Tensors of one type as a safetensors file; a vector has rows 1 and vector set. */
typedef struct test_tensor {
    const char *name;
    size_t rows, cols;
    const void *data;
    bool vector;
} test_tensor;

static inline void write_safetensors(const char *path, const char *dtype, size_t width,
                                     const test_tensor *t, size_t n)
{
    char header[2048] = "{";
    size_t used = 1, at = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = t[i].rows * t[i].cols * width;
        char shape[64];
        snprintf(shape, sizeof shape, "%zu,%zu", t[i].rows, t[i].cols);
        if (t[i].vector) snprintf(shape, sizeof shape, "%zu", t[i].cols);
        used += (size_t)snprintf(header + used, sizeof header - used,
                                 "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],"
                                 "\"data_offsets\":[%zu,%zu]}",
                                 i ? "," : "", t[i].name, dtype, shape, at, at + bytes);
        at += bytes;
    }
    used += (size_t)snprintf(header + used, sizeof header - used, "}");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    const uint64_t length = used;
    assert_int_equal(fwrite(&length, 1, 8, f), 8);
    assert_int_equal(fwrite(header, 1, used, f), used);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fwrite(t[i].data, width, t[i].rows * t[i].cols, f), t[i].rows * t[i].cols);
    assert_int_equal(fclose(f), 0);
}

static inline void random_floats(float *w, size_t n, spx_rng *rng)
{
    for (size_t i = 0; i < n; i++) w[i] = (float)spx_rng_normal(rng);
}

/* A run of `rounds` rounds of one write each, of n columns of size `scale`, with a ledger of one
 * tensor; w, d x f, holds the base and then the last weight. Ids of the records count from 0. */
static inline void write_run(const char *path, const char *tensor, float *w, size_t d, size_t f,
                             size_t n, size_t rounds, double scale)
{
    spx_error err = {0};
    spx_store *s = NULL;
    spx_rng rng = spx_rng_seed(7);
    double ids[16] = {0}, next = 0;
    assert_true(n <= 16);
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "filter", "none", &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_ledger_begin(s, tensor, w, d, f, &err));
    for (size_t round = 1; round <= rounds; round++) {
        char name[16];
        spx_update u = {0};
        spx_ledger_round r = {0};
        const spx_ledger_weights kept = {.weight = w, .rows = d, .cols = f};
        const spx_filter_report removed = {0};
        check_ok(spx_update_alloc(&u, d, f, n, &err));
        for (size_t i = 0; i < d * n; i++) u.A.data[i] = scale * spx_rng_normal(&rng);
        for (size_t i = 0; i < f * n; i++) u.B.data[i] = spx_rng_normal(&rng);
        for (size_t i = 0; i < n; i++) ids[i] = next++;
        spx_update_round(&u);
        check_ok(spx_update_write(&u, w, &err));
        check_ok(spx_ledger_add(&r, &u, NULL, ids, n, &removed, &err));
        snprintf(name, sizeof name, "r%zu", round);
        check_ok(spx_store_add_stage(s, name, next, &err));
        check_ok(spx_ledger_put(s, tensor, name, &r, &kept, &err));
        spx_ledger_round_free(&r);
        spx_update_free(&u);
    }
    check_ok(spx_store_commit(&s, &err));
}

#endif
