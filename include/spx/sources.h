/* spx/sources.h: the checkpoints a tool works on, their order, and the names of their stages. */
#ifndef SPX_SOURCES_H
#define SPX_SOURCES_H

#include "spx/bytes.h"
#include "spx/names.h"
#include "spx/pairing.h"

/* One checkpoint to open, and the name of its stage. */
typedef struct spx_source {
    char path[4096], stage[128];
} spx_source;

#define SPX_SOURCES_MAX 1024

/**
 * Expands arguments, in natural order of their paths (checkpoint-900 before checkpoint-1000).
 *
 * RUN.h5 stands for all stages whose weights it keeps, in its order, without "last" where there are
 * others; anything else stands for itself. A stage is called by the last component of its path, or
 * by the folder of a model.safetensors and the like; two stages of one name are called by file and
 * name (memit.h5#r1). Where there is a base, an adapter is on it.
 * @param[in]  base the checkpoint that all are compared with, or NULL.
 * @param[out] out  *n sources; free with spx_free.
 * @return SPX_OK; SPX_EINVAL for more than SPX_SOURCES_MAX stages of run files, or names that
 * still are the same; SPX_ENOTFOUND for a run file without weights; those of spx_store_open.
 */
SPX_CHECKED spx_status spx_sources_expand(const spx_names *arguments, const char *base,
                                          spx_source **out, size_t *n, spx_error *err);
/* One argument that stands for one checkpoint. */
void spx_source_of(const char *argument, spx_source *out);
/* The same beside a base: an adapter (adapter.h) stands for BASE+ADAPTER. base may be NULL.
 * SPX_EINVAL if that path is too long. */
SPX_CHECKED spx_status spx_source_beside(const char *base, const char *argument, spx_source *out,
                                         spx_error *err);

/* Adds to the identity of resumable work (items.h): "input PATH HASH", with a hash of the names,
 * types, shapes and first and last 4096 bytes of the tensors that `keep` accepts, of all if it is
 * NULL. This fingerprint costs little for a file of any size. */
SPX_CHECKED spx_status spx_describe_tensors(spx_bytes *identity, const spx_source *from,
                                            spx_tensor_keep *keep, spx_error *err);
/* The same of n sources, then a line "stage NAME" for each. */
SPX_CHECKED spx_status spx_describe_sources(spx_bytes *identity, const spx_source *from, size_t n,
                                            spx_tensor_keep *keep, spx_error *err);

#endif
