/* fit.c: what a storage type does to values that it cannot hold. Each chunk is written and read
 * again, so that a type needs nothing here. */
#include "formats/dtype.h"
#include "formats/write.h"

#include <math.h>

enum { CHUNK = 1 << 12 }; /* values: whole blocks of every type */

/* A chunk as it is written, and as that is read. */
typedef struct trial {
    unsigned char bytes[CHUNK * sizeof(double)];
    float back[CHUNK];
} trial;

static void write_and_read(trial *t, spx_dtype type, const float *x, size_t n)
{
    const spx_tensor written = {.name = "",
                                .dtype = type,
                                .ndim = 1,
                                .shape = {n},
                                .data = t->bytes,
                                .bytes = sizeof t->bytes};
    dtype_write(type, x, n, t->bytes);
    spx_tensor_read_float(&written, 0, 1, t->back);
}

/* True if a block has a value that is not 0. Rounding to 0 within such a block is what the type is
 * for; a block that becomes 0 has lost its scale. */
static bool survives(const float *block, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (block[i] != 0) return true;
    return false;
}

static void add_chunk(const trial *t, size_t block, const float *x, size_t first, size_t n, fit *f)
{
    for (size_t i = 0; i < n; i++) {
        const size_t from = i / block * block;
        if (!isfinite(x[i]))
            f->odd++;
        else if (!isfinite(t->back[i]) && f->over == SIZE_MAX)
            f->over = first + i;
        else if (x[i] != 0 && t->back[i] == 0 && !survives(t->back + from, block))
            f->vanished++;
    }
}

spx_status fit_measure(const spx_replacement *r, size_t n, fit *out, spx_error *err)
{
    spx_status st = SPX_OK;
    trial *t = NULL;
    const size_t block = dtype_values(r->dtype);
    *out = (fit){.over = SIZE_MAX};
    SPX_TRY(SPX_NEW(&t, 1, err));
    for (size_t done = 0; done < n; done += CHUNK) {
        const size_t now = n - done < CHUNK ? n - done : CHUNK;
        write_and_read(t, r->dtype, r->data + done, now);
        add_chunk(t, block, r->data + done, done, now, out);
    }
out:
    spx_free(t);
    return st;
}

/* The types that hold what `type` does not, as options name them. */
static const char *wider_than(spx_dtype type, float x)
{
    const spx_replacement bf16 = {.data = &x, .dtype = SPX_BF16};
    fit f;
    if (type == SPX_BF16 || fit_measure(&bf16, 1, &f, NULL) != SPX_OK || f.over == 0)
        return "--dtype F32 holds it";
    return "--dtype BF16 or F32 holds it";
}

spx_status fit_check(const spx_ckpt *c, const spx_replacement *r, const spx_notify *notify,
                     spx_error *err)
{
    spx_status st = SPX_OK;
    fit f;
    const spx_tensor *t = spx_ckpt_find(c, r->name);
    const size_t cols = spx_tensor_cols(t), n = spx_tensor_rows(t) * cols;
    const char *type = spx_dtype_name(r->dtype);
    SPX_TRY(fit_measure(r, n, &f, err));
    if (f.over != SIZE_MAX)
        SPX_RAISE(err, SPX_ENUMERIC,
                  "%s: tensor %s: entry (%zu, %zu) is %.9g, which %s cannot hold; %s", c->path,
                  t->name, f.over / cols, f.over % cols, (double)r->data[f.over], type,
                  wider_than(r->dtype, r->data[f.over]));
    if (f.odd) spx_note(notify, "tensor %s: %zu values are not finite and stay so", t->name, f.odd);
    if (f.vanished)
        spx_note(notify, "tensor %s: %zu of %zu values are too small for %s and become 0", t->name,
                 f.vanished, n, type);
out:
    return st;
}
