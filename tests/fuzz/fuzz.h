/* fuzz.h: what the targets share: files with names, and checkpoints read from end to end. */
#ifndef SPX_TESTS_FUZZ_H
#define SPX_TESTS_FUZZ_H

#include "base/internal.h"

#include "spx/ckpt.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Checks that a refusal has a message of one line. */
static inline void fuzz_refused(const spx_error *err)
{
    assert(err->text[0] && !strchr(err->text, '\n'));
}

static char fuzz_root[] = "/tmp/spx-fuzz-XXXXXX";

static inline void fuzz_remove(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", fuzz_root);
    if (system(command) != 0) perror(fuzz_root);
}

/* A file in memory, under a name in a folder that is removed at the end. */
typedef struct fuzz_file {
    char path[64]; /* empty before the first write */
    int fd;
} fuzz_file;

static inline void fuzz_make(fuzz_file *f, const char *name)
{
    static bool folder;
    char target[32];
    if (!folder && (!mkdtemp(fuzz_root) || atexit(fuzz_remove) != 0)) abort();
    folder = true;
    f->fd = memfd_create(name, 0);
    snprintf(target, sizeof target, "/proc/self/fd/%d", f->fd);
    snprintf(f->path, sizeof f->path, "%s/%s", fuzz_root, name);
    if (f->fd < 0 || symlink(target, f->path) != 0) abort();
}

static inline void fuzz_write(fuzz_file *f, const char *name, const void *data, size_t size)
{
    if (!*f->path) fuzz_make(f, name);
    if (ftruncate(f->fd, 0) != 0 || pwrite(f->fd, data, size, 0) != (ssize_t)size) abort();
}

/* Opens and reads a checkpoint, of large tensors the first rows and the last; nothing may leak. */
static inline void fuzz_read(const char *path)
{
    static double row[4096];
    spx_ckpt *c = NULL;
    spx_error err = {0};
    const long live = spx_test_live_blocks();
    size_t left = 1 << 16; /* rows */
    if (spx_ckpt_open(path, &c, &err) != SPX_OK) fuzz_refused(&err);
    for (size_t i = 0; c && i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const size_t rows = spx_tensor_rows(t);
        const spx_tensor *rival[2];
        assert(spx_ckpt_find(c, t->name) == t && spx_ckpt_counterpart(c, t, rival) == t);
        assert(!t->of || spx_ckpt_find(c, t->of->name) == t->of);
        if (spx_tensor_cols(t) > 4096) continue;
        for (size_t r = 0; r < rows && left > 0; r++, left--) spx_tensor_read(t, r, 1, row);
        if (rows > 0) spx_tensor_read(t, rows - 1, 1, row);
    }
    spx_ckpt_close(c);
    assert(spx_test_live_blocks() == live);
}

#endif
