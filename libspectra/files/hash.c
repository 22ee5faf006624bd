/* hash.c: SHA-256 of tensors, each computed once for an open checkpoint, and of its files. */
#include "files/format.h"

enum { PIECE = 1 << 20 }; /* values */

static size_t piece_rows(const spx_tensor *t, size_t r0)
{
    const size_t fit = PIECE / spx_tensor_cols(t), most = fit > 0 ? fit : 1;
    const size_t left = spx_tensor_rows(t) - r0;
    return left < most ? left : most;
}

static spx_status hash_bytes(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h, spx_error *err)
{
    const size_t rows = spx_tensor_rows(t), row = t->bytes / rows;
    spx_status st = SPX_OK;
    for (size_t r = 0; st == SPX_OK && r < rows; r += piece_rows(t, r)) {
        st = spx_hasher_add(h, t->data + r * row, piece_rows(t, r) * row, err);
        spx_ckpt_release(c, t, r, piece_rows(t, r));
    }
    return st;
}

static spx_status hash_values(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h,
                              spx_error *err)
{
    void *mem = NULL;
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    spx_status st = spx_alloc(&mem, piece_rows(t, 0) * cols, sizeof(float), err);
    for (size_t r = 0; st == SPX_OK && r < rows; r += piece_rows(t, r)) {
        const size_t n = piece_rows(t, r);
        spx_tensor_read_float(t, r, n, mem);
        st = spx_hasher_add(h, mem, n * cols * sizeof(float), err);
        spx_ckpt_release(c, t, r, n);
    }
    spx_free(mem);
    return st;
}

typedef spx_status hash_fn(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h, spx_error *err);

static spx_status hash_once(const spx_ckpt *c, const spx_tensor *t, hash_fn *fn, char *kept,
                            char *out, spx_error *err)
{
    spx_hasher *h = NULL;
    spx_status st = SPX_OK;
    if (!*kept) {
        st = fn(c, t, &h, err);
        const spx_status end = spx_hasher_end(&h, st == SPX_OK ? kept : NULL, err);
        if (st == SPX_OK) st = end;
    }
    memcpy(out, kept, SPX_SHA256_HEX);
    return st;
}

spx_status spx_ckpt_sha256(spx_ckpt *c, const spx_tensor *t, char out[SPX_SHA256_HEX],
                           spx_error *err)
{
    return hash_once(c, t, hash_bytes, c->hash[t - c->tensor].bytes, out, err);
}

spx_status spx_ckpt_sha256_values(spx_ckpt *c, const spx_tensor *t, char out[SPX_SHA256_HEX],
                                  spx_error *err)
{
    return hash_once(c, t, hash_values, c->hash[t - c->tensor].values, out, err);
}

spx_status spx_ckpt_fingerprint(const spx_ckpt *c, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_hasher *h = NULL;
    char each[SPX_SHA256_HEX] = "";
    spx_status st = SPX_OK;
    if (strcmp(c->format, "run") == 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: a stage is no checkpoint file", c->path);
    for (size_t i = 0; st == SPX_OK && i < c->parts; i++) {
        st = spx_sha256_file(c->part[i]->path, each, err);
        if (st == SPX_OK) st = spx_hasher_add(&h, each, strlen(each), err);
    }
    const bool several = st == SPX_OK && c->parts > 1;
    const spx_status end = spx_hasher_end(&h, several ? each : NULL, err);
    if (st == SPX_OK) st = end;
    if (st == SPX_OK) memcpy(out, each, sizeof each);
    return st;
}
