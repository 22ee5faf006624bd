/* spx-info: the tensors of a checkpoint and what is wrong with them; with two, what differs. */
#include "cli.h"

#include "spx/difference.h"
#include "spx/file.h"
#include "spx/pairing.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static spx_names globs, paths;
static bool check;

static const cli_opt opts[] = {
    {CLI_REST, 0, "CHECKPOINT", &paths, 0, 0, "one to describe, or two to compare"},
    {CLI_LIST, 't', "tensors", &globs, 0, 0,
     "only tensors whose name matches this glob; may repeat"},
    {CLI_FLAG, 0, "check", &check, 0, 0,
     "print only what is suspicious, of each of them; status 1 if anything is"},
    {0},
};

static bool chosen(const spx_tensor *t) { return globs.n == 0 || spx_tensors_chosen(&globs, t); }

typedef struct range {
    double min, max, rms;
    size_t values, zeros, nonfinite, subnormal, lost; /* lost: finite, but 0 or infinite in bf16 */
} range;

static void widen(range *r, double *sum, double x)
{
    const double size = fabs(x);
    if (!isfinite(x)) {
        r->nonfinite++;
        return;
    }
    r->zeros += size == 0;
    r->subnormal += size > 0 && size < 0x1p-126;
    r->lost += (size > 0 && size <= 0x1p-134) || size >= 0x1.ffp127;
    r->min = fmin(r->min, x);
    r->max = fmax(r->max, x);
    *sum += x * x;
}

enum { PANEL_VALUES = 1 << 16 };

/* By panels of rows, whose pages are given back: a tensor may be larger than memory. */
static spx_status measure(const spx_ckpt *c, const spx_tensor *t, range *out, spx_error *err)
{
    void *mem = NULL;
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    const size_t height = PANEL_VALUES / cols > 0 ? PANEL_VALUES / cols : 1;
    double sum = 0;
    *out = (range){.min = (double)INFINITY, .max = -(double)INFINITY, .values = rows * cols};
    const spx_status st =
        spx_alloc(&mem, (height < rows ? height : rows) * cols, sizeof(double), err);
    const double *x = mem;
    for (size_t r = 0; st == SPX_OK && r < rows; r += height) {
        const size_t n = rows - r < height ? rows - r : height;
        spx_tensor_read(t, r, n, mem);
        spx_ckpt_release(c, t, r, n);
        for (size_t i = 0; i < n * cols; i++) widen(out, &sum, x[i]);
    }
    out->rms = sqrt(sum / (double)(out->values - out->nonfinite));
    spx_free(mem);
    return st;
}

static void shape_text(const spx_tensor *t, const char *between, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < t->ndim && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? between : "", t->shape[i]);
}

static void json_number(const char *key, double x)
{
    printf(", \"%s\": ", key);
    cli_json_number(x);
}

static void json_head(const char *tensor)
{
    printf("{\"schema\": 1, \"tool\": \"spx-info\", \"tensor\": ");
    cli_json_text(tensor);
}

static void print_row(const spx_tensor *t, const char *hash, const range *r)
{
    char shape[128];
    const spx_place p = spx_arch_place(t->name);
    if (!cli.json) {
        shape_text(t, "x", shape, sizeof shape);
        printf("%s\t%ld\t%s\t%s\t%s\t%zu\t%.9g\t%.9g\t%.9g\t%zu\t%s\n", t->name, p.layer,
               spx_role_name(p.role), shape, spx_dtype_name(t->dtype), t->bytes, r->min, r->max,
               r->rms, r->nonfinite, hash);
        return;
    }
    shape_text(t, ", ", shape, sizeof shape);
    json_head(t->name);
    printf(", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%s], \"dtype\": \"%s\", "
           "\"orientation\": \"%s\", \"bytes\": %zu, "
           "\"sha256\": \"%s\"",
           p.layer, spx_role_name(p.role), shape, spx_dtype_name(t->dtype),
           p.in_out ? "in_out" : "out_in", t->bytes, hash);
    json_number("min", r->min);
    json_number("max", r->max);
    json_number("rms", r->rms);
    printf(", \"nonfinite\": %zu}\n", r->nonfinite);
}

static spx_status describe(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0, bytes = 0, values = 0;
    SPX_TRY(spx_tensors_sorted(c, chosen, &list, &n, &tmp, err));
    if (!cli.json)
        printf("tensor\tlayer\trole\tshape\tdtype\tbytes\tmin\tmax\trms\tnonfinite\tsha256\n");
    for (size_t i = 0; i < n; i++) {
        char hash[SPX_SHA256_HEX];
        range r;
        SPX_TRY(spx_ckpt_sha256(c, list[i], hash, err));
        SPX_TRY(measure(c, list[i], &r, err));
        print_row(list[i], hash, &r);
        bytes += list[i]->bytes;
        values += r.values;
    }
    cli_note("%zu tensors, %zu values, %zu bytes (%s)", n, values, bytes, spx_ckpt_format(c));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* What is wrong with a tensor of c. */
static void complain(const spx_ckpt *c, const char *tensor, const char *what, size_t count,
                     size_t *found)
{
    if (count == 0) return;
    if (cli.json) {
        json_head(tensor);
        printf(", \"problem\": \"%s\", \"count\": %zu, \"checkpoint\": ", what, count);
        cli_json_text(spx_ckpt_path(c));
        printf("}\n");
    } else
        printf("%s\t%s\t%zu\t%s\n", tensor, what, count, spx_ckpt_path(c));
    (*found)++;
}

/* Earlier tensors of the same bytes, a name apart: copies, or a checkpoint put together wrongly. */
static spx_status copies_before(spx_ckpt *c, const spx_tensor *const *list, size_t i, size_t *n,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    char own[SPX_SHA256_HEX], other[SPX_SHA256_HEX];
    *n = 0;
    if (list[i]->bytes < 64) return SPX_OK; /* a few zeros are no copy */
    st = spx_ckpt_sha256(c, list[i], own, err);
    for (size_t j = 0; st == SPX_OK && j < i; j++) {
        if (list[j]->dtype != list[i]->dtype || list[j]->bytes != list[i]->bytes) continue;
        st = spx_ckpt_sha256(c, list[j], other, err);
        *n += st == SPX_OK && strcmp(own, other) == 0;
    }
    return st;
}

/* Earlier tensors that lie in some of the same bytes, as only PyTorch's may: views of one storage.
 */
static size_t overlaps_before(const spx_tensor *const *list, size_t i)
{
    const spx_tensor *t = list[i];
    size_t n = 0;
    for (size_t j = 0; j < i; j++) {
        const spx_tensor *u = list[j];
        const bool apart = t->data + t->bytes <= u->data || u->data + u->bytes <= t->data;
        n += !apart && (t->data != u->data || t->bytes != u->bytes);
    }
    return n;
}

static spx_status check_all(spx_ckpt *c, size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0, copies = 0;
    SPX_TRY(spx_tensors_sorted(c, chosen, &list, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) {
        range r;
        SPX_TRY(measure(c, list[i], &r, err));
        SPX_TRY(copies_before(c, list, i, &copies, err));
        const bool weights = !spx_dtype_is_integer(list[i]->dtype);
        complain(c, list[i]->name, "not finite", r.nonfinite, found);
        complain(c, list[i]->name, "all zero", weights && r.zeros == r.values ? r.zeros : 0, found);
        complain(c, list[i]->name, "subnormal", weights ? r.subnormal : 0, found);
        complain(c, list[i]->name, "0 or infinite in bf16", weights ? r.lost : 0, found);
        complain(c, list[i]->name, "same bytes as a tensor before", copies, found);
        complain(c, list[i]->name, "overlaps a tensor before", overlaps_before(list, i), found);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static void print_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d)
{
    const double numbers[] = {d->max_abs, d->rms, d->relative, d->rank, d->bf16_loss};
    static const char *const names[] = {"max_abs", "rms", "relative", "rank", "bf16_loss"};
    if (!cli.json) {
        printf("%s\t%s\t%s\t%s\t%s", t->name, u ? u->name : "", d->what, spx_dtype_name(t->dtype),
               u ? spx_dtype_name(u->dtype) : "");
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) cli_cell(numbers[i]);
        putchar('\n');
        return;
    }
    json_head(t->name);
    printf(", \"counterpart\": ");
    if (u)
        cli_json_text(u->name);
    else
        printf("null");
    printf(", \"difference\": \"%s\"", d->what);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) json_number(names[i], numbers[i]);
    printf("}\n");
}

/* Tensors of `from` that `in` lacks. A stage of a run holds the edited ones only: it lacks nothing.
 */
static spx_status only_in(const spx_ckpt *from, const spx_ckpt *in, const char *what, size_t *found,
                          spx_error *err)
{
    const double none = (double)NAN;
    const spx_difference d = {what, none, none, none, none, none};
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    if (spx_ckpt_holds_edits_only(in)) return SPX_OK;
    const spx_status st = spx_tensors_sorted(from, chosen, &list, &n, &tmp, err);
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        if (spx_counterpart(in, list[i])) continue;
        print_difference(list[i], NULL, &d);
        (*found)++;
    }
    spx_scratch_free(&tmp);
    return st;
}

static spx_status compare(const spx_ckpt *a, const spx_ckpt *b, size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    if (!cli.json)
        printf("tensor\tcounterpart\tdifference\tdtype\tdtype_later\tmax_"
               "abs\trms\trelative\trank\tbf16_loss\n");
    SPX_TRY(spx_tensors_sorted(a, chosen, &list, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) {
        spx_difference d;
        const spx_tensor *u = spx_counterpart(b, list[i]);
        if (!u) continue;
        st = spx_difference_measure(a, list[i], b, u, cli_notify(), &d, err);
        if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", spx_ckpt_path(b), u->name);
        SPX_TRY(st);
        if (strcmp(d.what, "same") == 0) continue;
        print_difference(list[i], u, &d);
        (*found)++;
    }
    SPX_TRY(only_in(a, b, "missing", found, err));
    SPX_TRY(only_in(b, a, "added", found, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Problems of either, what differs between them, or what the one holds. */
static spx_status answer(spx_ckpt *a, spx_ckpt *b, size_t *found, spx_error *err)
{
    if (!check) return b ? compare(a, b, found, err) : describe(a, err);
    if (!cli.json) printf("tensor\tproblem\tcount\tcheckpoint\n");
    const spx_status st = check_all(a, found, err);
    return st == SPX_OK && b ? check_all(b, found, err) : st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *a = NULL, *b = NULL;
    size_t found = 0;
    if (paths.n > 2) return cli_usage("more than two checkpoints");
    SPX_TRY(spx_source_open(paths.item[0], &a, &err));
    if (paths.n == 2) SPX_TRY(spx_source_open(paths.item[1], &b, &err));
    SPX_TRY(answer(a, b, &found, &err));
    SPX_TRY(spx_ckpt_check(a, &err));
    if (b) SPX_TRY(spx_ckpt_check(b, &err));
out:
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    if (st != SPX_OK) return cli_fail(&err);
    return found ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-info", "the tensors of a checkpoint; with two, what differs", opts, run, false, false};
    return cli_main(&tool, argc, argv);
}
