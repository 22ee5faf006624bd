/* ckpt_files.h: what tests of checkpoints share. */
#ifndef SPX_TESTS_CKPT_FILES_H
#define SPX_TESTS_CKPT_FILES_H

#include "check.h"

#include "spx/ckpt.h"

#include <string.h>

#define DATA SPX_TESTS "/data/"

static inline spx_ckpt *open_file(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    return c;
}

static inline void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

/* A file that opens must be readable from end to end; one that does not must be named in a message
 * of one line. */
static inline void open_and_read(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    if (spx_ckpt_open(path, &c, &err) != SPX_OK) {
        assert_null(c);
        assert_non_null(strstr(err.text, path));
        assert_null(strchr(err.text, '\n'));
        return;
    }
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
        double row[256];
        float last[4096];
        for (size_t r = 0; r < rows && cols <= 256; r++) spx_tensor_read(t, r, 1, row);
        if (cols <= 4096 && rows > 0) spx_tensor_read_float(t, rows - 1, 1, last);
    }
    spx_ckpt_close(c);
}

/* A tensor of floats to be made: value k of tensor i is 100 i + k. */
typedef struct made {
    const char *name;
    size_t ndim, shape[3];
} made;

static inline size_t made_values(const made *t)
{
    size_t n = 1;
    for (size_t k = 0; k < t->ndim; k++) n *= t->shape[k];
    return n;
}

/* Writes n tensors as safetensors, in their order. */
static inline void make_safetensors(const char *path, const made *t, size_t n)
{
    static char header[65536];
    size_t used = 0, at = 0;
    used += (size_t)snprintf(header + used, sizeof header - used, "{");
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = 4 * made_values(&t[i]);
        used +=
            (size_t)snprintf(header + used, sizeof header - used,
                             "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", i ? "," : "", t[i].name);
        for (size_t k = 0; k < t[i].ndim; k++)
            used += (size_t)snprintf(header + used, sizeof header - used, "%s%zu", k ? "," : "",
                                     t[i].shape[k]);
        used += (size_t)snprintf(header + used, sizeof header - used,
                                 "],\"data_offsets\":[%zu,%zu]}", at, at + bytes);
        at += bytes;
    }
    used += (size_t)snprintf(header + used, sizeof header - used, "}");
    assert_true(used < sizeof header);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < 8; i++)
        assert_int_not_equal(fputc((int)(used >> (8 * i) & 255), f), EOF);
    assert_int_equal(fwrite(header, 1, used, f), used);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < made_values(&t[i]); k++) {
            const float x = (float)(100 * i + k);
            assert_int_equal(fwrite(&x, sizeof x, 1, f), 1);
        }
    assert_int_equal(fclose(f), 0);
}

#endif
