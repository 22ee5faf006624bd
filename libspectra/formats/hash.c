/* hash.c: SHA-256 of tensors, each computed once for an open checkpoint, and of its files. */
#include "formats/adapter.h"
#include "formats/quantised.h"

/* Rows from r0 on that hold about 2^20 values: at least one, at most those left. */
static size_t piece_rows(const spx_tensor *t, size_t r0)
{
    const size_t cols = spx_tensor_cols(t), fit = cols > 0 ? ((size_t)1 << 20) / cols : 1;
    const size_t most = fit > 0 ? fit : 1;
    const size_t left = spx_tensor_rows(t) - r0;
    return left < most ? left : most;
}

/* Values that are computed: as the type would store them. */
static spx_status hash_added(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *values = NULL;
    const size_t rows = spx_tensor_rows(t), row = t->bytes / rows;
    SPX_TRY(spx_scratch_alloc(&tmp, &values, piece_rows(t, 0), row, err));
    for (size_t r = 0; r < rows; r += piece_rows(t, r)) {
        const size_t n = piece_rows(t, r);
        if (t->dtype == SPX_F64)
            spx_tensor_read(t, r, n, values);
        else
            spx_tensor_read_float(t, r, n, values);
        SPX_TRY(spx_hasher_add(h, values, n * row, err));
        spx_ckpt_release(c, t, r, n);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status hash_rows(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h, spx_error *err)
{
    spx_status st = SPX_OK;
    if (t->added) return hash_added(c, t, h, err);
    const size_t rows = spx_tensor_rows(t), row = rows > 0 ? t->bytes / rows : 0;
    if (t->dtype == SPX_OTHER_TYPE || t->bytes == 0)
        return spx_hasher_add(h, t->data, t->bytes, err);
    for (size_t r = 0; r < rows; r += piece_rows(t, r)) {
        const size_t n = piece_rows(t, r);
        SPX_TRY(spx_hasher_add(h, t->data + r * row, n * row, err));
        spx_ckpt_release(c, t, r, n);
    }
out:
    return st;
}

/* A tensor by its rows; codes as a whole and then their companions. */
static spx_status hash_stored(const spx_ckpt *c, const spx_tensor *t, spx_hasher **h,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    const char *use = NULL;
    if (!t->quantised) return hash_rows(c, t, h, err);
    SPX_TRY(spx_hasher_add(h, t->data, t->bytes, err));
    spx_ckpt_release(c, t, 0, spx_tensor_rows(t));
    for (size_t i = 0; i < spx_tensor_companions(t); i++)
        SPX_TRY(hash_rows(c, spx_tensor_companion(t, i, &use), h, err));
out:
    return st;
}

/* Where the hash of t is kept; `once` for a companion, which is asked for once. */
static char *kept_hash(spx_ckpt *c, const spx_tensor *t, char *once)
{
    if (t->of) return c->expert_hash[t - c->expert].hex;
    if (t >= c->tensor && t < c->tensor + c->count) return c->hash[t - c->tensor].hex;
    return once;
}

/* Ends h, into out if all has gone well so far; returns the first failure. */
static spx_status end_hash(spx_hasher **h, spx_status so_far, char *out, spx_error *err)
{
    const spx_status end = spx_hasher_end(h, so_far == SPX_OK ? out : NULL, err);
    return so_far == SPX_OK ? end : so_far;
}

spx_status spx_ckpt_sha256(spx_ckpt *c, const spx_tensor *t, char out[SPX_SHA256_HEX],
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_hasher *h = NULL;
    char once[SPX_SHA256_HEX] = "", *kept = kept_hash(c, t, once);
    if (!*kept) SPX_TRY(end_hash(&h, hash_stored(c, t, &h, err), kept, err));
    memcpy(out, kept, SPX_SHA256_HEX);
out:
    return st;
}

static spx_status hash_files(const spx_ckpt *c, spx_hasher **h, spx_error *err)
{
    spx_status st = SPX_OK;
    char each[SPX_SHA256_HEX];
    if (c->under) {
        SPX_TRY(spx_ckpt_fingerprint(c->under, each, err));
        SPX_TRY(spx_hasher_add(h, each, strlen(each), err));
        SPX_TRY(spx_sha256_file(c->adapter->config.path, each, err));
        SPX_TRY(spx_hasher_add(h, each, strlen(each), err));
        SPX_TRY(spx_ckpt_fingerprint(c->adapter->file, each, err));
        SPX_TRY(spx_hasher_add(h, each, strlen(each), err));
    }
    for (size_t i = 0; i < c->parts; i++) {
        SPX_TRY(spx_sha256_file(c->part[i]->path, each, err));
        SPX_TRY(spx_hasher_add(h, each, strlen(each), err));
    }
out:
    return st;
}

spx_status spx_ckpt_fingerprint(const spx_ckpt *c, char out[SPX_SHA256_HEX], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_hasher *h = NULL;
    if (spx_ckpt_holds_edits_only(c))
        SPX_RAISE(err, SPX_EUNSUP, "%s: a stage of a run has no fingerprint", c->path);
    if (c->parts == 1)
        SPX_TRY(spx_sha256_file(c->part[0]->path, out, err));
    else
        SPX_TRY(end_hash(&h, hash_files(c, &h, err), out, err));
out:
    return st;
}
