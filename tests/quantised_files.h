/* quantised_files.h: checkpoints of quantised weights that tests make. */
#ifndef SPX_TESTS_QUANTISED_FILES_H
#define SPX_TESTS_QUANTISED_FILES_H

#include "ckpt_files.h"
#include "formats/quantised.h"

#include <unistd.h>

#define QUANTISED DATA "quantised/"

/* A tensor of a file that is made here: of zeros, or of what `data` holds. */
typedef struct entry {
    const char *name, *dtype;
    size_t ndim, shape[3], size; /* of a value, in bytes */
    const void *data;
} entry;

static inline size_t entry_bytes(const entry *e)
{
    size_t n = e->size;
    for (size_t i = 0; i < e->ndim; i++) n *= e->shape[i];
    return n;
}

/* A safetensors file of the entries that have a name. */
static inline void make_file(const char *path, const entry *e, size_t n)
{
    static unsigned char bytes[1 << 16];
    char *head = (char *)bytes + 8;
    size_t used = 1, at = 0;
    memset(bytes, 0, sizeof bytes);
    head[0] = '{';
    for (size_t i = 0; i < n; i++) {
        if (!e[i].name) continue;
        used += (size_t)snprintf(head + used, 4096, "%s\"%s\": {\"dtype\": \"%s\", \"shape\": [",
                                 at ? ", " : "", e[i].name, e[i].dtype);
        for (size_t k = 0; k < e[i].ndim; k++)
            used += (size_t)snprintf(head + used, 32, "%s%zu", k ? ", " : "", e[i].shape[k]);
        used += (size_t)snprintf(head + used, 96, "], \"data_offsets\": [%zu, %zu]}", at,
                                 at + entry_bytes(&e[i]));
        at += entry_bytes(&e[i]);
    }
    head[used++] = '}';
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(used >> (8 * i));
    at = 8 + used;
    for (size_t i = 0; i < n; i++) {
        if (!e[i].name) continue;
        memset(bytes + at, 0, entry_bytes(&e[i]));
        if (e[i].data) memcpy(bytes + at, e[i].data, entry_bytes(&e[i]));
        at += entry_bytes(&e[i]);
    }
    write_file(path, bytes, at);
}

static char folder[] = "/tmp/spx-quantised-XXXXXX";

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/config.json", folder);
    (void)remove(path);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    (void)remove(path);
    return rmdir(folder);
}

/* The checkpoint of these entries, with this config.json or none. */
static inline spx_ckpt *open_entries(const entry *e, size_t n, const char *config)
{
    char path[64];
    snprintf(path, sizeof path, "%s/config.json", folder);
    (void)remove(path);
    if (config) write_file(path, config, strlen(config));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    (void)remove(path); /* what is still mapped keeps its bytes */
    make_file(path, e, n);
    return open_file(path);
}
#define FP8(name, r, c)                     \
    {                                       \
        name, "F8_E4M3", 2, {r, c}, 1, NULL \
    }
#define F32(name, d, ...)                      \
    {                                          \
        name, "F32", d, {__VA_ARGS__}, 4, NULL \
    }
#define BYTES(name, d, ...)                   \
    {                                         \
        name, "U8", d, {__VA_ARGS__}, 1, NULL \
    }
#define WORDS(name, r, c)               \
    {                                   \
        name, "I32", 2, {r, c}, 4, NULL \
    }

#endif
