/* spx-info: the tensors of a checkpoint and what is wrong with them; with two, what differs. */
#include "cli.h"

#include "spx/difference.h"
#include "spx/inspect.h"
#include "spx/store.h"

static spx_names globs, paths;
static bool check;
static const char *checked; /* the run file */

static const cli_opt opts[] = {
    {.kind = CLI_REST,
     .name = "CHECKPOINT",
     .value = &paths,
     .help = "one to describe, or two to compare"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .help = "only tensors whose name matches this glob; may repeat"},
    {.kind = CLI_FLAG,
     .name = "check",
     .value = &check,
     .help = "print only what is suspicious, of each of them; status 1 if anything is. Of a run "
             "file, statistics or a bundle (*.h5): what does not agree with its checksums"},
    {0},
};

static bool chosen(const spx_tensor *t) { return spx_names_match(&globs, t->name); }

static void shape_text(const spx_tensor *t, const char *between, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < t->ndim && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? between : "", t->shape[i]);
}

static void print_json_number(const char *key, double x)
{
    printf(", \"%s\": ", key);
    cli_json_number(x);
}

static void begin_json(const char *tensor)
{
    printf("{\"schema\": 1, \"tool\": \"spx-info\", \"tensor\": ");
    cli_json_text(tensor);
}

static void print_row(const spx_tensor *t, const char *hash, const spx_range *r)
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
    begin_json(t->name);
    printf(", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%s], \"dtype\": \"%s\", "
           "\"orientation\": \"%s\", \"bytes\": %zu, \"sha256\": \"%s\"",
           p.layer, spx_role_name(p.role), shape, spx_dtype_name(t->dtype),
           p.in_out ? "in_out" : "out_in", t->bytes, hash);
    print_json_number("min", r->min);
    print_json_number("max", r->max);
    print_json_number("rms", r->rms);
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
        spx_range r;
        SPX_TRY(spx_ckpt_sha256(c, list[i], hash, err));
        SPX_TRY(spx_range_measure(c, list[i], &r, err));
        print_row(list[i], hash, &r);
        bytes += list[i]->bytes;
        values += r.values;
    }
    cli_note("%zu tensors, %zu values, %zu bytes (%s)", n, values, bytes, spx_ckpt_format(c));
out:
    spx_scratch_free(&tmp);
    return st;
}

static void print_fault(const spx_ckpt *c, const char *tensor, const char *what, size_t count)
{
    if (!cli.json) {
        printf("%s\t%s\t%zu\t%s\n", tensor, what, count, spx_ckpt_path(c));
        return;
    }
    begin_json(tensor);
    printf(", \"problem\": \"%s\", \"count\": %zu, \"checkpoint\": ", what, count);
    cli_json_text(spx_ckpt_path(c));
    printf("}\n");
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
    begin_json(t->name);
    printf(", \"counterpart\": ");
    if (u)
        cli_json_text(u->name);
    else
        printf("null");
    printf(", \"difference\": \"%s\"", d->what);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        print_json_number(names[i], numbers[i]);
    printf("}\n");
}

static spx_status compare(const spx_ckpt *a, const spx_ckpt *b, size_t *found, spx_error *err)
{
    if (!cli.json)
        printf("tensor\tcounterpart\tdifference\tdtype\tdtype_later\tmax_abs\trms\trelative\trank"
               "\tbf16_loss\n");
    return spx_differences_find(a, b, chosen, cli_notify(), print_difference, found, err);
}

static void print_damage(void *arg, const char *dataset, const char *what)
{
    (void)arg;
    if (!cli.json) {
        printf("%s\t%s\t1\t%s\n", dataset, what, checked);
        return;
    }
    begin_json(dataset);
    printf(", \"problem\": ");
    cli_json_text(what);
    printf(", \"count\": 1, \"checkpoint\": ");
    cli_json_text(checked);
    printf("}\n");
}

static spx_status check_one(const char *path, size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    if (spx_names_run_file(path)) {
        checked = path;
        return spx_store_check(path, print_damage, NULL, found, err);
    }
    SPX_TRY(spx_source_open(path, &c, err));
    SPX_TRY(spx_faults_find(c, chosen, print_fault, found, err));
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

static spx_status check_all(size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!cli.json) printf("tensor\tproblem\tcount\tcheckpoint\n");
    for (size_t i = 0; i < paths.n; i++) SPX_TRY(check_one(paths.item[i], found, err));
out:
    return st;
}

/* What differs between two, or what the one holds. */
static spx_status answer(size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *a = NULL, *b = NULL;
    SPX_TRY(spx_source_open(paths.item[0], &a, err));
    if (paths.n == 2) SPX_TRY(spx_source_open(paths.item[1], &b, err));
    SPX_TRY(b ? compare(a, b, found, err) : describe(a, err));
    SPX_TRY(spx_ckpt_check(a, err));
    if (b) SPX_TRY(spx_ckpt_check(b, err));
out:
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    size_t found = 0;
    if (paths.n > 2) return cli_usage("expected one or two checkpoints, not %zu", paths.n);
    const spx_status st = check ? check_all(&found, &err) : answer(&found, &err);
    if (st != SPX_OK) return cli_fail(&err);
    return found ? CLI_CROSSED : CLI_OK;
}

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-info",
                           .summary = "the tensors of a checkpoint; with two, what differs",
                           .opts = opts,
                           .run = run};
    return cli_main(&tool, argc, argv);
}
