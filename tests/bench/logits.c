/* logits.c: logits MODEL IDS OUT: the token ids in the text file IDS as one sequence; the logits
 * behind each of them to OUT, row after row of float. */
#include "opening.h"

#include "spx/file.h"

#include <stdlib.h>

typedef struct sequence {
    int32_t *id;
    size_t *row, n;
    float *x, *z;
} sequence;

static spx_status read_ids(sequence *s, const char *path, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t len = 0;
    SPX_TRY(spx_file_text(path, &text, &len, err));
    SPX_TRY(SPX_SCRATCH(tmp, &s->id, len, err));
    for (char *at = text, *end = NULL;; at = end) {
        const long id = strtol(at, &end, 10);
        if (end == at) break;
        s->id[s->n++] = (int32_t)id;
    }
out:
    spx_free(text);
    return st;
}

static spx_status allocate(sequence *s, const spx_model_config *c, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &s->row, s->n, err));
    for (size_t r = 0; r < s->n; r++) s->row[r] = r;
    SPX_TRY(SPX_SCRATCH(tmp, &s->x, s->n * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(tmp, &s->z, s->n * c->vocab, err));
out:
    return st;
}

static spx_status run(const sequence *s, const spx_model *m, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    const size_t start[2] = {0, s->n};
    const spx_batch b = {.n = 1, .start = start, .token = s->id};
    const spx_pass all = {.from = 0, .to = c->layers};
    spx_model_embed(m, &b, s->x);
    SPX_TRY(spx_model_forward(m, &b, &all, s->x, err));
    SPX_TRY(spx_model_logits(m, s->x, s->row, s->n, s->z, err));
    FILE *f = fopen(path, "wb");
    const bool written = f && fwrite(s->z, sizeof(float) * c->vocab, s->n, f) == s->n;
    if ((f && fclose(f) != 0) || !written) SPX_RAISE(err, SPX_EIO, "%s: not written", path);
out:
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    spx_model *m = NULL;
    sequence s = {0};
    if (argc != 4) SPX_RAISE(&err, SPX_EINVAL, "logits MODEL IDS OUT");
    SPX_TRY(open_model(argv[1], SPX_RESIDENT_FLOAT, &m, NULL, &err));
    SPX_TRY(read_ids(&s, argv[2], &tmp, &err));
    SPX_TRY(allocate(&s, spx_model_shape(m), &tmp, &err));
    SPX_TRY(run(&s, m, argv[3], &err));
out:
    spx_scratch_free(&tmp);
    spx_model_close(m);
    return leave("logits", st, &err);
}
