/* spx-info: the tensors of a checkpoint; with two, what differs. */
#include "cli.h"
#include "tensors.h"

#include "spx/file.h"

#include <math.h>
#include <string.h>

static cli_list globs, paths;

static const cli_opt opts[] = {
    {CLI_REST, 0, "CHECKPOINT", &paths, 0, 0, "one to describe, or two to compare"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "only tensors whose name matches this glob; may repeat"},
    {0},
};

static bool chosen(const spx_tensor *t) { return globs.n == 0 || tensors_chosen(&globs, t); }

typedef struct range {
    double min, max, rms;
    size_t nonfinite;
} range;

/* Reads t row by row; other, of the same shape, is taken off if given. */
static spx_status measure(const spx_tensor *t, const spx_tensor *other, range *out, spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    double sum = 0;
    *out = (range){.min = (double)INFINITY, .max = -(double)INFINITY};
    const spx_status st = spx_scratch_alloc(&tmp, &mem, 2 * cols, sizeof(double), err);
    double *row = mem, *minus = row + cols;
    for (size_t i = 0; st == SPX_OK && i < rows; i++) {
        spx_tensor_read(t, i, 1, row);
        if (other) spx_tensor_read(other, i, 1, minus);
        for (size_t j = 0; j < cols; j++) {
            const double x = row[j] - minus[j];
            out->nonfinite += isfinite(x) ? 0 : 1;
            out->min = fmin(out->min, x);
            out->max = fmax(out->max, x);
            sum += x * x;
        }
    }
    out->rms = sqrt(sum / (double)(rows * cols));
    spx_scratch_free(&tmp);
    return st;
}

static void shape_text(const spx_tensor *t, const char *between, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < t->ndim && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? between : "", t->shape[i]);
}

static void print_json(const spx_tensor *t, const spx_place *p, const char *hash, const range *r)
{
    char shape[128] = "";
    shape_text(t, ", ", shape, sizeof shape);
    printf("{\"schema\": 1, \"tool\": \"spx-info\", \"tensor\": ");
    cli_json_text(t->name);
    printf(", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%s], \"dtype\": \"%s\", "
           "\"orientation\": \"%s\", "
           "\"bytes\": %zu, \"sha256\": \"%s\", \"min\": ",
           p->layer, spx_role_name(p->role), shape, spx_dtype_name(t->dtype),
           p->in_out ? "in_out" : "out_in", t->bytes, hash);
    cli_json_number(r->min);
    printf(", \"max\": ");
    cli_json_number(r->max);
    printf(", \"rms\": ");
    cli_json_number(r->rms);
    printf(", \"nonfinite\": %zu}\n", r->nonfinite);
}

static spx_status describe(const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX], shape[128] = "";
    range r;
    const spx_place p = spx_arch_place(t->name);
    SPX_TRY(spx_sha256(t->data, t->bytes, hash, err));
    SPX_TRY(measure(t, NULL, &r, err));
    shape_text(t, "x", shape, sizeof shape);
    if (cli.json)
        print_json(t, &p, hash, &r);
    else
        printf("%s\t%ld\t%s\t%s\t%s\t%zu\t%.9g\t%.9g\t%.9g\t%zu\t%s\n", t->name, p.layer,
               spx_role_name(p.role), shape, spx_dtype_name(t->dtype), t->bytes, r.min, r.max,
               r.rms, r.nonfinite, hash);
out:
    return st;
}

static spx_status describe_all(const spx_ckpt *c, spx_error *err)
{
    if (!cli.json)
        printf("tensor\tlayer\trole\tshape\tdtype\tbytes\tmin\tmax\trms\tnonfinite\tsha256\n");
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const spx_status st = chosen(t) ? describe(t, err) : SPX_OK;
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

static bool same_shape(const spx_tensor *a, const spx_tensor *b)
{
    bool same = a->ndim == b->ndim;
    for (size_t i = 0; same && i < a->ndim; i++) same = a->shape[i] == b->shape[i];
    return same;
}

static void print_difference(const char *name, const char *what, const range *r)
{
    if (cli.json) {
        printf("{\"schema\": 1, \"tool\": \"spx-info\", \"tensor\": ");
        cli_json_text(name);
        printf(", \"difference\": \"%s\", \"max_abs\": ", what);
        cli_json_number(fmax(-r->min, r->max));
        printf(", \"rms\": ");
        cli_json_number(r->rms);
        printf("}\n");
        return;
    }
    printf("%s\t%s", name, what);
    cli_cell(fmax(-r->min, r->max));
    cli_cell(r->rms);
    putchar('\n');
}

/* One tensor of a against its namesake in b; *differs counts. */
static spx_status differ(const spx_tensor *a, const spx_tensor *b, size_t *differs, spx_error *err)
{
    range r = {.min = (double)NAN, .max = (double)NAN, .rms = (double)NAN};
    spx_status st = SPX_OK;
    if (!b || !same_shape(a, b)) {
        print_difference(a->name, b ? "shape" : "missing", &r);
    } else {
        st = measure(a, b, &r, err);
        if (st != SPX_OK || (r.rms == 0 && r.nonfinite == 0)) return st;
        print_difference(a->name, "values", &r);
    }
    (*differs)++;
    return st;
}

/* Tensors of both; what only the second has is named as added. An edited stage lacks what was not
 * edited: only tensors that it has are compared then. */
static spx_status compare(const spx_ckpt *a, const spx_ckpt *b, size_t *differs, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool part = strcmp(spx_ckpt_format(b), "run") == 0;
    const range none = {.min = (double)NAN, .max = (double)NAN, .rms = (double)NAN};
    if (!cli.json) printf("tensor\tdifference\tmax_abs\trms\n");
    for (size_t i = 0; st == SPX_OK && i < spx_ckpt_count(a); i++) {
        const spx_tensor *t = spx_ckpt_at(a, i), *other = spx_ckpt_find(b, t->name);
        if (chosen(t) && (other || !part)) st = differ(t, other, differs, err);
    }
    for (size_t i = 0; st == SPX_OK && i < spx_ckpt_count(b); i++) {
        const spx_tensor *t = spx_ckpt_at(b, i);
        if (!chosen(t) || spx_ckpt_find(a, t->name)) continue;
        print_difference(t->name, "added", &none);
        (*differs)++;
    }
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *a = NULL, *b = NULL;
    size_t differs = 0;
    if (paths.n > 2) return cli_usage("more than two checkpoints");
    SPX_TRY(spx_ckpt_open(paths.item[0], &a, &err));
    if (paths.n == 1) {
        SPX_TRY(describe_all(a, &err));
        goto out;
    }
    SPX_TRY(spx_ckpt_open(paths.item[1], &b, &err));
    SPX_TRY(compare(a, b, &differs, &err));
out:
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    if (st != SPX_OK) return cli_fail(&err);
    return differs ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-info", "the tensors of a checkpoint; with two, what differs", opts, run, false, false};
    return cli_main(&tool, argc, argv);
}
