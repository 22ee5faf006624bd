/* spx-perturb: a model with part of the spectrum of its matrices taken away or disturbed. */
#include "cli.h"

#include "spx/perturb.h"
#include "spx/rewrite.h"

#include <math.h>
#include <string.h>

static const char *path, *model_path, *type_name, *slice_name = "count", *noise_name = "block";
static double keep, size = 0.1;
static long group, groups = 10;
static spx_names globs;

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "CHECKPOINT",
     .value = &path,
     .help = "the model, or RUN.h5#STAGE of one; -o names what is written"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "the model that a stage is of"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "matrices by glob; may repeat [FFN output projections]"},
    {.kind = CLI_REAL,
     .name = "keep",
     .value = &keep,
     .max = 1,
     .help = "keep this leading share of the spectrum, drop the rest"},
    {.kind = CLI_INT,
     .name = "group",
     .value = &group,
     .min = 1,
     .max = 1000,
     .help = "disturb this part of the spectrum, 1 the leading one"},
    {.kind = CLI_INT,
     .name = "groups",
     .value = &groups,
     .min = 1,
     .max = 1000,
     .help = "parts it is cut into [10]"},
    {.kind = CLI_STR,
     .name = "share-of",
     .value = &slice_name,
     .value_name = "WHAT",
     .help = "what is shared out: count, sum or squares of the singular values [count]"},
    {.kind = CLI_STR,
     .name = "noise",
     .value = &noise_name,
     .value_name = "KIND",
     .help = "block, diagonal, left (outputs) or right (inputs) [block]"},
    {.kind = CLI_REAL,
     .name = "size",
     .value = &size,
     .max = 1e6,
     .help = "Frobenius norm of the noise / that of the matrix [0.1]"},
    {.kind = CLI_STR,
     .name = "dtype",
     .value = &type_name,
     .value_name = "TYPE",
     .help = "of what is changed [the model's, else F16]"},
    {0},
};

static const cli_column columns[] = {
    {"tensor"},
    {"layer"},
    {"from"},
    {"to"},
    {"directions", .label = "of"},
    {"change", .label = "|dW|/|W|"},
    {0},
};

static const cli_view views[] = {{.of = "directions", .columns = columns}, {0}};

static spx_slice slice;
static spx_noise noise;

static const char *slice_of(const void *table, size_t i)
{
    (void)table;
    return i < SPX_SLICES ? spx_slice_name((spx_slice)i) : NULL;
}

static const char *noise_of(const void *table, size_t i)
{
    (void)table;
    return i < SPX_NOISES ? spx_noise_name((spx_noise)i) : NULL;
}

static spx_status read_choices(spx_error *err)
{
    size_t s = 0, n = 0;
    spx_status st = SPX_OK;
    SPX_TRY(spx_find_name("share", slice_name, slice_of, NULL, &s, err));
    SPX_TRY(spx_find_name("noise", noise_name, noise_of, NULL, &n, err));
    slice = (spx_slice)s;
    noise = (spx_noise)n;
out:
    return st;
}

/* Changes W, whose decomposition is f; directions from .. to - 1 are kept or disturbed. */
static spx_status perturb(const spx_svd *f, spx_rng *rng, spx_mat *W, size_t *from, size_t *to,
                          spx_error *err)
{
    const double parts = (double)groups;
    *from = 0;
    *to = spx_slice_end(f->s, f->r, slice, keep);
    if (keep > 0) return spx_perturb_keep(f, *to, W, err);
    *from = spx_slice_end(f->s, f->r, slice, (double)(group - 1) / parts);
    *to = spx_slice_end(f->s, f->r, slice, (double)group / parts);
    const spx_disturbance d = {
        .from = *from, .to = *to, .shape = noise, .norm = size * spx_norm_fro(W)};
    return spx_perturb_group(f, &d, rng, W, err);
}

static double relative_change(const spx_mat *W, const spx_mat *before)
{
    double change = 0;
    for (size_t i = 0; i < W->rows * W->cols; i++) {
        const double e = W->data[i] - before->data[i];
        change += e * e;
    }
    return sqrt(change) / spx_norm_fro(before);
}

static void print_row(const spx_tensor *t, size_t from, size_t to, size_t r, double change)
{
    if (!cli.json) {
        fprintf(cli.out, "%s\t%ld\t%zu\t%zu\t%zu\t%.9g\n", t->name, spx_arch_place(t->name).layer,
                from, to, r, change);
        return;
    }
    fprintf(cli.out, "{\"schema\": 1, \"tool\": \"spx-perturb\", \"tensor\": ");
    cli_json_text(t->name);
    fprintf(cli.out,
            ", \"layer\": %ld, \"from\": %zu, \"to\": %zu, \"directions\": %zu, \"change\": ",
            spx_arch_place(t->name).layer, from, to, r);
    cli_json_number(change);
    fprintf(cli.out, "}\n");
}

/* Changes tensor x of c and puts it where it belongs in what is written. */
static spx_status change_tensor(const spx_ckpt *c, const spx_tensor *x, spx_rng *rng,
                                spx_rewrite *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0}, before = {0};
    spx_svd f = {0};
    spx_svd_opts all = spx_svd_defaults();
    size_t from = 0, to = 0;
    const spx_tensor *t = NULL;
    SPX_TRY(spx_rewrite_target(r, c, x, &t, err));
    SPX_TRY(spx_tensor_oriented_like(c, x, r->into, t, &W, err));
    all.k = W.rows < W.cols ? W.rows : W.cols;
    SPX_TRY(spx_svd_compute(&W, &all, &f, err));
    SPX_TRY(spx_mat_clone(&before, &W, err));
    SPX_TRY(perturb(&f, rng, &W, &from, &to, err));
    SPX_TRY(spx_rewrite_add(r, t, &W, err));
    print_row(t, from, to, f.r, relative_change(&W, &before));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", x->name);
    spx_svd_free(&f);
    spx_mat_free(&W);
    spx_mat_free(&before);
    return st;
}

/* Changes what is chosen; the rest of a stage goes into its model as it is. */
static spx_status change_all(const spx_ckpt *c, spx_rewrite *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rng rng = spx_rng_seed((uint64_t)cli.seed);
    SPX_TRY(spx_tensors_some(&globs, c, err));
    if (!cli.json) fprintf(cli.out, "tensor\tlayer\tfrom\tto\tdirections\tchange\n");
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (t->bytes > 0 && spx_tensors_chosen(&globs, t))
            SPX_TRY(change_tensor(c, t, &rng, r, err));
        else if (r->into != c)
            SPX_TRY(spx_rewrite_take(r, c, t, err));
    }
    SPX_TRY(spx_rewrite_write(r, err));
    SPX_TRY(spx_ckpt_check(c, err));
out:
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *c = NULL, *model = NULL;
    spx_rewrite r = {0};
    if (!cli.output) return cli_usage("--output is missing");
    if ((keep > 0) == (group > 0)) return cli_usage("give either --keep or --group");
    if (group > groups) return cli_usage("--group is %ld, but there are %ld groups", group, groups);
    if (spx_ckpt_stage(path, NULL, 0) && !model_path) return cli_usage("a stage needs --model");
    SPX_TRY(read_choices(&err));
    SPX_TRY(spx_source_open(path, &c, &err));
    spx_source_notes(c, cli_notify());
    if (model_path) SPX_TRY(spx_ckpt_open(model_path, &model, &err));
    SPX_TRY(spx_rewrite_open(&r, model ? model : c, type_name, cli.output, &err));
    r.notify = cli_notify();
    SPX_TRY(change_all(c, &r, &err));
out:
    spx_rewrite_close(&r);
    spx_ckpt_close(model);
    spx_ckpt_close(c);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-perturb model.gguf --keep 0.05 -o top5.gguf",
    "spx-perturb model.gguf --group 1 --size 0.2 --seed 1 -o noisy.gguf",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-perturb",
                           .summary = "part of the spectrum taken away or disturbed",
                           .about = "Keeps the leading part of the spectrum of chosen matrices, "
                                    "or disturbs one part of it by noise of a given norm, and "
                                    "writes the model: the experiments that tell which "
                                    "directions carry what a model can do.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .opts = opts,
                           .run = run,
                           .views = views,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
