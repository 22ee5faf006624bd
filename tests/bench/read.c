/* read.c: how fast a checkpoint opens and its tensors become doubles, beside memcpy. For read.sh.
 *
 * Bandwidth is traffic: bytes read and bytes written, which a copy does once each and widening bf16
 * to double once and four times. Best of `rounds`, which alternate. */
#include "spx/ckpt.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 7 };

static double least(double a, double b) { return a < b ? a : b; }

static spx_status time_open(const char *path, double *best, spx_error *err)
{
    spx_status st = SPX_OK;
    *best = 1e30;
    for (int i = 0; st == SPX_OK && i < 5 * ROUNDS; i++) {
        spx_ckpt *c = NULL;
        const double began = spx_seconds();
        st = spx_ckpt_open(path, &c, err);
        *best = least(*best, spx_seconds() - began);
        spx_ckpt_close(c);
    }
    return st;
}

/* Every tensor into the same array; seconds of all and bytes of traffic. */
static double widen_all(const spx_ckpt *c, double *out)
{
    const double began = spx_seconds();
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        spx_tensor_read(t, 0, spx_tensor_rows(t), out);
    }
    return spx_seconds() - began;
}

static double copy(unsigned char *to, const unsigned char *from, size_t n)
{
    const double began = spx_seconds();
    memcpy(to, from, n);
    return spx_seconds() - began;
}

static size_t values(const spx_tensor *t) { return spx_tensor_rows(t) * spx_tensor_cols(t); }

static spx_status run(const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_ckpt *c = NULL;
    void *out = NULL, *from = NULL, *to = NULL;
    size_t most = 0, traffic = 0, bytes = 0;
    double open = 0, widening = 1e30, copying = 1e30;
    SPX_TRY(time_open(path, &open, err));
    SPX_TRY(spx_ckpt_open(path, &c, err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        most = values(t) > most ? values(t) : most;
        traffic += t->bytes + values(t) * sizeof(double);
        bytes += t->bytes;
    }
    const size_t n = (size_t)256 << 20;
    SPX_TRY(spx_scratch_alloc(&tmp, &out, most, sizeof(double), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &from, n, 1, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &to, n, 1, err));
    for (int i = 0; i < ROUNDS; i++) {
        widening = least(widening, widen_all(c, out));
        copying = least(copying, copy(to, from, n));
    }
    const double rate = (double)traffic / widening, limit = 2 * (double)n / copying;
    printf("spx\topen\t%.3f ms\nspx\twiden\t%.2f GB/s of the file\nspx\twiden\t%.2f GB/s traffic\n"
           "memcpy\tcopy\t%.2f GB/s traffic\nspx\tshare of copy\t%.0f %%\n",
           open * 1e3, (double)bytes / widening / 1e9, rate / 1e9, limit / 1e9, 100 * rate / limit);
out:
    spx_ckpt_close(c);
    spx_scratch_free(&tmp);
    return st;
}

int main(int argc, char **argv)
{
    spx_error err = {0};
    if (argc == 2 && run(argv[1], &err) == SPX_OK) return 0;
    fprintf(stderr, "bench_read: %s\n", argc == 2 ? err.text : "one checkpoint is wanted");
    return 1;
}
