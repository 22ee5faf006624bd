/* tiny_families.h: the tiny model of each family in tests/data/families, and its golden numbers
 * (golden/families.py). */
#ifndef SPX_TESTS_TINY_FAMILIES_H
#define SPX_TESTS_TINY_FAMILIES_H

#include "check.h"

#include "spx/model.h"

#include <string.h>

enum { ROWS = 26, SEQUENCES = 3, D = 64, V = 160, F = 96 };

static inline spx_model *open_as(const char *path, spx_resident resident)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_open_as(c, resident, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static inline spx_model *open_model(const char *path) { return open_as(path, SPX_RESIDENT_FLOAT); }

/* `<family>.<what><layer>` of the golden file into out, n numbers. */
static inline void golden(const spx_ckpt *c, const char *family, const char *what, long layer,
                          float *out, size_t n)
{
    char name[96], number[24] = "";
    if (layer >= 0) snprintf(number, sizeof number, "%ld", layer);
    snprintf(name, sizeof name, "%s.%s%s", family, what, number);
    const spx_tensor *t = spx_ckpt_find(c, name);
    if (!t) fail_msg("no %s", name);
    assert_int_equal(spx_tensor_rows(t) * spx_tensor_cols(t), n);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
}

typedef struct fixture {
    spx_ckpt *golden;
    const char *family;
    size_t start[SEQUENCES + 1], row[ROWS];
    int32_t token[ROWS];
    spx_batch b;
} fixture;

static inline void load(fixture *f, const char *family)
{
    spx_error err = {0};
    float length[SEQUENCES], ids[ROWS];
    *f = (fixture){.family = family};
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/families.safetensors", &f->golden, &err));
    golden(f->golden, family, "length", -1, length, SEQUENCES);
    golden(f->golden, family, "ids", -1, ids, ROWS);
    for (size_t s = 0; s < SEQUENCES; s++) f->start[s + 1] = f->start[s] + (size_t)length[s];
    for (size_t r = 0; r < ROWS; r++) f->token[r] = (int32_t)ids[r], f->row[r] = r;
    f->b = (spx_batch){.n = SEQUENCES, .start = f->start, .token = f->token};
}

#endif
