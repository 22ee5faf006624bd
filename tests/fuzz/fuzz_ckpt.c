/* fuzz_ckpt.c: any bytes as a checkpoint. What opens is read from end to end. (libFuzzer) */
#define _GNU_SOURCE
#include "base/internal.h"

#include "spx/ckpt.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void read_all(const spx_ckpt *c)
{
    static double row[4096];
    size_t left = 1 << 16; /* rows: enough to touch both ends of a large tensor */
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const size_t rows = spx_tensor_rows(t);
        if (spx_tensor_cols(t) > 4096) continue;
        for (size_t r = 0; r < rows && left > 0; r++, left--) spx_tensor_read(t, r, 1, row);
        if (rows > 0) spx_tensor_read(t, rows - 1, 1, row);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static int fd = -1;
    char path[64];
    spx_ckpt *c = NULL;
    spx_error err = {0};
    const long live = spx_test_live_blocks();
    if (fd < 0) fd = memfd_create("checkpoint", 0);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (spx_ckpt_open(path, &c, &err) == SPX_OK)
        read_all(c);
    else
        assert(err.text[0] && !strchr(err.text, '\n'));
    spx_ckpt_close(c);
    assert(spx_test_live_blocks() == live);
    return 0;
}
