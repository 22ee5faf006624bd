/* spx/sources.h: which checkpoints a tool works on, in what order, and what their stages are called. */
#ifndef SPX_SOURCES_H
#define SPX_SOURCES_H

#include "spx/bytes.h"
#include "spx/names.h"
#include "spx/pairing.h"

/* One checkpoint to open and what its stage is called. */
typedef struct spx_source {
    char path[4096], stage[128];
} spx_source;

#define SPX_SOURCES_MAX 1024
/* Expands arguments, in natural order of their paths (checkpoint-900 before checkpoint-1000):
 * RUN.h5 stands for all stages whose weights it keeps, in its order, "last" left out where it
 * repeats one of them; anything else for itself. A stage is called what follows the path's last
 * slash, or its folder where that is model.safetensors and the like; two of one name have their
 * file's before it. *out is freed with spx_free. */
SPX_CHECKED spx_status spx_sources_expand(const spx_names *arguments, spx_source **out, size_t *n,
                                          spx_error *err);
/* One argument that must be one checkpoint. */
void spx_source_of(const char *argument, spx_source *out);

/* For the identity of work that may be taken up again (items.h): "input PATH HASH" with names,
 * types, shapes and the first and last 4096 bytes of each of the tensors that `keep` says yes to, a
 * fingerprint that costs little of a file of any size. */
SPX_CHECKED spx_status spx_describe_tensors(spx_bytes *identity, const spx_source *from,
                                            spx_tensor_keep *keep, spx_error *err);
/* That of every source, then a line "stage NAME" each. */
SPX_CHECKED spx_status spx_describe_sources(spx_bytes *identity, const spx_source *from, size_t n,
                                            spx_tensor_keep *keep, spx_error *err);

#endif
