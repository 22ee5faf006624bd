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

#endif
