/* spx-info: the tensors of a checkpoint and what is wrong with them; with more, what differs. */
#include "cli.h"
#include "info_rows.h"

#include "spx/difference.h"
#include "spx/inspect.h"
#include "spx/sources.h"
#include "spx/store.h"

#include <math.h>
#include <string.h>

static spx_names globs, paths;
static bool check;

static const cli_opt opts[] = {
    {.kind = CLI_REST,
     .name = "CHECKPOINT",
     .value = &paths,
     .help = "one to describe, or several, each compared with the first; a later one may be a LoRA "
             "adapter of it"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "only tensors whose name matches this glob; may repeat"},
    {.kind = CLI_FLAG,
     .name = "check",
     .value = &check,
     .help = "print only what is suspicious, of each of them; status 1 if anything is. Of a run "
             "file, statistics or a bundle (*.h5): what does not agree with its checksums"},
    {0},
};

static bool chosen(const spx_tensor *t) { return spx_names_match(&globs, t->name); }

/* Bytes and values printed so far. */
typedef struct totals {
    size_t bytes, values;
} totals;

static spx_status describe_row(spx_ckpt *c, const info_row *x, totals *sum, spx_error *err)
{
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    spx_range r;
    SPX_TRY(spx_ckpt_sha256(c, x->t, hash, err));
    SPX_TRY(spx_range_measure(c, x->t, &r, err));
    info_print_row(x, hash, &r);
    sum->bytes += x->t->bytes;
    if (!x->of) sum->values += r.values;
    if (x->t->unreadable) cli_warn("tensor %s: %s", x->t->name, x->t->unreadable);
out:
    return st;
}

/* A tensor and, below it, its companions, whose role is what they are to it. */
static spx_status describe_tensor(spx_ckpt *c, const spx_tensor *t, totals *sum, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_place p = spx_arch_place(t->name);
    info_row x = {t, NULL, spx_role_name(p.role), p.layer, spx_tensor_in_out(t)};
    SPX_TRY(describe_row(c, &x, sum, err));
    x.of = t;
    for (size_t i = 0; i < spx_tensor_companions(t); i++) {
        x.t = spx_tensor_companion(t, i, &x.role);
        SPX_TRY(describe_row(c, &x, sum, err));
    }
out:
    return st;
}

static spx_status describe(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    totals sum = {0};
    size_t n = 0;
    SPX_TRY(spx_tensors_sorted(c, chosen, &list, &n, &tmp, err));
    if (!cli.json)
        fprintf(cli.out,
                "tensor\tlayer\trole\tshape\tdtype\tbytes\tmin\tmax\trms\tnonfinite\tsha256\n");
    for (size_t i = 0; i < n; i++) SPX_TRY(describe_tensor(c, list[i], &sum, err));
    cli_note("%zu tensors, %zu values, %zu bytes (%s)", n, sum.values, sum.bytes,
             spx_ckpt_format(c));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Tensors that differ: by rounding alone, by more, or so that their rank cannot tell. */
static size_t rounded, changed, unknown;

static void count_difference(const spx_difference *d)
{
    if (strcmp(d->what, "values") != 0 || d->rank > 0)
        changed += strcmp(d->what, "dtype") != 0;
    else if (isnan(d->rank))
        unknown++;
    else
        rounded++;
}

/* Whether the second checkpoint is what an adapter makes of its base. */
static void say_if_merged(const spx_ckpt *a, const spx_ckpt *b)
{
    if (spx_ckpt_base(a) == a || spx_ckpt_base(b) != b) return;
    if (changed > 0)
        cli_note("not merged: %zu of the tensors differ by more than rounding", changed);
    else
        cli_note("merged: %zu of the tensors differ by rounding alone (rank 0)%s", rounded,
                 unknown ? "; of those of rank NaN the rank cannot tell" : "");
}

/* One that differs, in a checkpoint that is named if there are several. */
typedef struct differing {
    const char *name;
    size_t paired; /* tensors of the first that differ */
} differing;

static void tell_difference(const spx_tensor *t, const spx_tensor *u, const spx_difference *d,
                            void *arg)
{
    differing *x = arg;
    x->paired += strcmp(d->what, "added") != 0;
    count_difference(d);
    info_print_difference(t, u, d, x->name);
}

static size_t count_chosen(const spx_ckpt *c)
{
    size_t n = 0;
    for (size_t i = 0; i < spx_ckpt_count(c); i++) n += chosen(spx_ckpt_at(c, i));
    return n;
}

static spx_status compare(const spx_ckpt *a, const spx_ckpt *b, const char *name, size_t *found,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    differing x = {.name = name};
    rounded = changed = unknown = 0;
    SPX_TRY(spx_models_alike(a, b, err));
    info_print_columns(name != NULL);
    SPX_TRY(spx_differences_find(a, b, chosen, cli_notify(), tell_difference, &x, found, err));
    say_if_merged(a, b);
    info_print_same(count_chosen(a) - x.paired, name);
out:
    return st;
}

static spx_status check_one(const char *path, size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    if (spx_names_run_file(path))
        return spx_store_check(path, info_print_damage, &path, found, err);
    SPX_TRY(spx_source_open(path, &c, err));
    spx_source_notes(c, cli_notify());
    SPX_TRY(spx_faults_find(c, chosen, info_print_fault, found, err));
    SPX_TRY(spx_ckpt_check(c, err));
out:
    spx_ckpt_close(c);
    return st;
}

static spx_status check_all(size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!cli.json) fprintf(cli.out, "tensor\tproblem\tcount\tcheckpoint\n");
    for (size_t i = 0; i < paths.n; i++) SPX_TRY(check_one(paths.item[i], found, err));
out:
    return st;
}

/* An adapter is one of the first. */
static spx_status open_later(const char *path, spx_ckpt **out, spx_error *err)
{
    spx_source s;
    const spx_status st = spx_source_beside(paths.item[0], path, &s, err);
    return st == SPX_OK ? spx_source_open(s.path, out, err) : st;
}

static spx_status compare_with(const spx_ckpt *first, const char *path, size_t *found,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *later = NULL;
    SPX_TRY(open_later(path, &later, err));
    spx_source_notes(later, cli_notify());
    SPX_TRY(compare(first, later, paths.n > 2 ? path : NULL, found, err));
    SPX_TRY(spx_ckpt_check(later, err));
out:
    spx_ckpt_close(later);
    return st;
}

/* What differs between the first and each later one, or what the only one holds. */
static spx_status answer(size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *first = NULL;
    SPX_TRY(spx_source_open(paths.item[0], &first, err));
    spx_source_notes(first, cli_notify());
    if (paths.n == 1) SPX_TRY(describe(first, err));
    for (size_t i = 1; i < paths.n; i++) SPX_TRY(compare_with(first, paths.item[i], found, err));
    SPX_TRY(spx_ckpt_check(first, err));
out:
    spx_ckpt_close(first);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    size_t found = 0;
    const spx_status st = check ? check_all(&found, &err) : answer(&found, &err);
    if (st != SPX_OK) return cli_fail(&err);
    return found ? CLI_CROSSED : CLI_OK;
}

static const char *const examples[] = {
    "spx-info model.gguf",
    "spx-info base/ edited/",
    "spx-info base/ step-*/",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-info",
                           .summary = "the tensors of a checkpoint; with more, what differs",
                           .about = "Lists the tensors of a checkpoint with layer, role, shape, "
                                    "type and checksum; of several checkpoints, what differs from "
                                    "the first and of which rank the difference is.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .views = info_views};
    return cli_main(&tool, argc, argv);
}
