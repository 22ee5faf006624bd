/* info_rows.c: what spx-info prints, as rows of a table or JSON lines. */
#include "info_rows.h"

#include "cli.h"

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

void info_print_row(const info_row *x, const char *hash, const spx_range *r)
{
    char shape[128];
    const spx_tensor *t = x->t;
    if (!cli.json) {
        shape_text(t, "x", shape, sizeof shape);
        printf("%s\t%ld\t%s\t%s\t%s\t%zu", t->name, x->layer, x->role, shape, spx_tensor_type(t),
               t->bytes);
        cli_cell(r->min);
        cli_cell(r->max);
        cli_cell(r->rms);
        printf("\t%zu\t%s\n", r->nonfinite, hash);
        return;
    }
    shape_text(t, ", ", shape, sizeof shape);
    begin_json(t->name);
    printf(", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%s], \"dtype\": \"%s\", "
           "\"orientation\": \"%s\", \"bytes\": %zu, \"sha256\": \"%s\"",
           x->layer, x->role, shape, spx_tensor_type(t), x->in_out ? "in_out" : "out_in", t->bytes,
           hash);
    if (x->of) {
        printf(", \"companion_of\": ");
        cli_json_text(x->of->name);
    }
    print_json_number("min", r->min);
    print_json_number("max", r->max);
    print_json_number("rms", r->rms);
    printf(", \"nonfinite\": %zu}\n", r->nonfinite);
}

void info_print_fault(const spx_ckpt *c, const char *tensor, const char *what, size_t count)
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

void info_print_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d)
{
    const double numbers[] = {d->max_abs, d->rms, d->relative, d->rank, d->bf16_loss};
    static const char *const names[] = {"max_abs", "rms", "relative", "rank", "bf16_loss"};
    if (!cli.json) {
        printf("%s\t%s\t%s\t%s\t%s", t->name, u ? u->name : "", d->what, spx_tensor_type(t),
               u ? spx_tensor_type(u) : "");
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

void info_print_damage(void *file, const char *dataset, const char *what)
{
    const char *checked = *(const char *const *)file;
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
