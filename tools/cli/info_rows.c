/* info_rows.c: what spx-info prints, as rows of a table or JSON lines. */
#include "info_rows.h"

static const cli_column tensor_columns[] = {
    {"tensor"},
    {"layer"},
    {"shape"},
    {"dtype"},
    {"nonfinite", .label = "not finite", .fair = 1, .bad = 1},
    {"bytes", .label = "size", .show = CLI_BYTES},
    {"rms"},
    {"min"},
    {"max"},
    {"role"},
    {"sha256", .label = "SHA-256", .show = CLI_HASH},
    {0},
};

static const cli_column fault_columns[] = {
    {"checkpoint", .show = CLI_TITLE}, {"tensor"}, {"problem"}, {"count"}, {0},
};

static const cli_column difference_columns[] = {
    {"checkpoint", .show = CLI_TITLE},
    {"tensor"},
    {"difference"},
    {"relative", .label = "|dW|/|W|"},
    {"rank"},
    {"rms"},
    {"max_abs", .label = "largest"},
    {"bf16_loss", .label = "lost in bf16"},
    {"dtype"},
    {"dtype_later", .label = "later"},
    {"counterpart"},
    {0},
};

const cli_view info_views[] = {
    {.of = "sha256", .columns = tensor_columns, .worst = "nonfinite"},
    {.of = "problem", .columns = fault_columns, .worst = "count", .none = "nothing suspicious"},
    {.of = "difference",
     .columns = difference_columns,
     .worst = "relative",
     .unchanged = "difference",
     .same = "same"},
    {0},
};

static void shape_text(const spx_tensor *t, const char *between, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < t->ndim && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? between : "", t->shape[i]);
}

static void print_json_number(const char *key, double x)
{
    fprintf(cli.out, ", \"%s\": ", key);
    cli_json_number(x);
}

static void begin_json(const char *tensor)
{
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-info\", \"tensor\": ");
    cli_json_text(tensor);
}

void info_print_row(const info_row *x, const char *hash, const spx_range *r)
{
    char shape[128];
    const spx_tensor *t = x->t;
    if (!cli.json) {
        shape_text(t, "x", shape, sizeof shape);
        fprintf(cli.out, "%s\t%ld\t%s\t%s\t%s\t%zu", t->name, x->layer, x->role, shape,
                spx_tensor_type(t), t->bytes);
        cli_cell(r->min);
        cli_cell(r->max);
        cli_cell(r->rms);
        fprintf(cli.out, "\t%zu\t%s\n", r->nonfinite, hash);
        return;
    }
    shape_text(t, ", ", shape, sizeof shape);
    begin_json(t->name);
    fprintf(cli.out,
            ", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%s], \"dtype\": \"%s\", "
            "\"orientation\": \"%s\", \"bytes\": %zu, \"sha256\": \"%s\"",
            x->layer, x->role, shape, spx_tensor_type(t), x->in_out ? "in_out" : "out_in", t->bytes,
            hash);
    if (x->of) {
        fprintf(cli.out, ", \"companion_of\": ");
        cli_json_text(x->of->name);
    }
    print_json_number("min", r->min);
    print_json_number("max", r->max);
    print_json_number("rms", r->rms);
    fprintf(cli.out, ", \"nonfinite\": %zu}\n", r->nonfinite);
}

void info_print_fault(const spx_ckpt *c, const char *tensor, const char *what, size_t count)
{
    if (!cli.json) {
        fprintf(cli.out, "%s\t%s\t%zu\t%s\n", tensor, what, count, spx_ckpt_path(c));
        return;
    }
    begin_json(tensor);
    fprintf(cli.out, ", \"problem\": \"%s\", \"count\": %zu, \"checkpoint\": ", what, count);
    cli_json_text(spx_ckpt_path(c));
    fprintf(cli.out, "}\n");
}

void info_print_columns(bool several)
{
    static bool done;
    if (cli.json || done) return;
    done = true;
    fprintf(cli.out,
            "tensor\tcounterpart\tdifference\tdtype\tdtype_later\tmax_abs\trms\trelative\trank"
            "\tbf16_loss%s\n",
            several ? "\tcheckpoint" : "");
}

void info_print_same(size_t n, const char *later)
{
    for (size_t i = 0; i < n && cli_for_people(); i++)
        fprintf(cli.out, "\t\tsame\t\t\t\t\t\t\t\t%s\n", later ? later : "");
}

void info_print_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d,
                           const char *later)
{
    const double numbers[] = {d->max_abs, d->rms, d->relative, d->rank, d->bf16_loss};
    static const char *const names[] = {"max_abs", "rms", "relative", "rank", "bf16_loss"};
    if (!cli.json) {
        fprintf(cli.out, "%s\t%s\t%s\t%s\t%s", t->name, u ? u->name : "", d->what,
                spx_tensor_type(t), u ? spx_tensor_type(u) : "");
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) cli_cell(numbers[i]);
        fprintf(cli.out, "%s%s\n", later ? "\t" : "", later ? later : "");
        return;
    }
    begin_json(t->name);
    fprintf(cli.out, ", \"counterpart\": ");
    if (u)
        cli_json_text(u->name);
    else
        fprintf(cli.out, "null");
    fprintf(cli.out, ", \"difference\": \"%s\"", d->what);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        print_json_number(names[i], numbers[i]);
    if (later) {
        fprintf(cli.out, ", \"checkpoint\": ");
        cli_json_text(later);
    }
    fprintf(cli.out, "}\n");
}

void info_print_damage(void *file, const char *dataset, const char *what)
{
    const char *checked = *(const char *const *)file;
    if (!cli.json) {
        fprintf(cli.out, "%s\t%s\t1\t%s\n", dataset, what, checked);
        return;
    }
    begin_json(dataset);
    fprintf(cli.out, ", \"problem\": ");
    cli_json_text(what);
    fprintf(cli.out, ", \"count\": 1, \"checkpoint\": ");
    cli_json_text(checked);
    fprintf(cli.out, "}\n");
}
