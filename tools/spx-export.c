/* spx-export: a model with the edited weights of a stage in place, for other programs to run. */
#include "cli.h"
#include "tensors.h"

#include "spx/export.h"

#include <string.h>

static const char *stage_path, *model_path, *type_name;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "STAGE", &stage_path, 0, 0,
     "RUN.h5#STAGE, or a checkpoint that holds the edited tensors"},
    {CLI_STR, 0, "model", &model_path, 0, 0, "the model that was edited: GGUF or safetensors"},
    {CLI_STR, 0, "dtype", &type_name, 0, 0,
     "of edited tensors: F64, F32, F16, BF16, or Q8_0 in GGUF [the model's, else F16]"},
    {0},
};

/* Under another family's names the values may lie otherwise; a run file does not say how. */
static spx_status check_layout(const spx_ckpt *stage, const spx_tensor *edited, const spx_tensor *t,
                               spx_error *err)
{
    const spx_role role = spx_arch_place(t->name).role;
    if (strcmp(edited->name, t->name) == 0 || role == SPX_ROLE_FFN_OUT) return SPX_OK;
    if (strcmp(spx_ckpt_format(stage), "run") != 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EUNSUP, "tensor %s cannot be written as %s of %s", edited->name,
                    t->name, model_path);
}

/* A matrix of another family in t's orientation and order of rows. */
static spx_status read_matrix(const spx_ckpt *model, const spx_tensor *t, const spx_ckpt *stage,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    spx_mat W = {0};
    const bool in_out = spx_arch_place(t->name).in_out;
    const spx_status st = tensors_matrix_like(stage, edited, model, t, &W, err);
    for (size_t i = 0; st == SPX_OK && i < W.rows; i++)
        for (size_t j = 0; j < W.cols; j++)
            out[in_out ? j * W.rows + i : i * W.cols + j] = (float)W.data[i * W.ld + j];
    spx_mat_free(&W);
    return st;
}

static spx_status read_vector(const spx_ckpt *model, const spx_tensor *t, const spx_ckpt *stage,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    void *mem = NULL;
    const size_t n = spx_tensor_cols(edited);
    const tensors_order o = tensors_order_like(stage, edited, model, t);
    const spx_status st = spx_alloc(&mem, n, sizeof(double), err);
    if (st == SPX_OK) tensors_read_like(&o, edited, 0, 1, mem);
    for (size_t i = 0; st == SPX_OK && i < n; i++) out[i] = (float)((const double *)mem)[i];
    spx_free(mem);
    return st;
}

/* The edited values as t has them. */
static spx_status read_values(const spx_ckpt *model, const spx_tensor *t, const spx_ckpt *stage,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    if (strcmp(edited->name, t->name) != 0)
        return edited->ndim == 1 ? read_vector(model, t, stage, edited, out, err)
                                 : read_matrix(model, t, stage, edited, out, err);
    spx_tensor_read_float(edited, 0, spx_tensor_rows(edited), out);
    return SPX_OK;
}

static bool same_shape(const spx_tensor *a, const spx_tensor *b)
{
    const bool turned = spx_arch_place(a->name).in_out != spx_arch_place(b->name).in_out;
    const size_t rows = spx_tensor_rows(b), cols = spx_tensor_cols(b);
    return spx_tensor_rows(a) == (turned ? cols : rows) &&
           spx_tensor_cols(a) == (turned ? rows : cols);
}

static spx_status replace(const spx_ckpt *model, const spx_ckpt *stage, const spx_tensor *edited,
                          spx_replacement *r, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    void *data = NULL;
    const spx_tensor *t = tensors_counterpart(model, edited);
    const size_t rows = spx_tensor_rows(edited), cols = spx_tensor_cols(edited);
    if (!t) SPX_RAISE(err, SPX_ENOTFOUND, "%s: there is no tensor %s", model_path, edited->name);
    if (!same_shape(edited, t))
        SPX_RAISE(err, SPX_ESHAPE, "tensor %s is %zu x %zu, in %s %zu x %zu", edited->name, rows,
                  cols, model_path, spx_tensor_rows(t), spx_tensor_cols(t));
    SPX_TRY(check_layout(stage, edited, t, err));
    SPX_TRY(tensors_dtype(t, type_name, &r->dtype, err));
    SPX_TRY(spx_scratch_alloc(tmp, &data, rows * cols, sizeof(float), err));
    SPX_TRY(read_values(model, t, stage, edited, data, err));
    r->name = t->name;
    r->data = data;
out:
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    spx_ckpt *model = NULL, *stage = NULL;
    void *mem = NULL;
    if (!model_path) return cli_usage("--model is missing");
    if (!cli.output) return cli_usage("--output is missing");
    SPX_TRY(spx_ckpt_open(model_path, &model, &err));
    SPX_TRY(tensors_open(stage_path, &stage, &err));
    const size_t n = spx_ckpt_count(stage);
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, n, sizeof(spx_replacement), &err));
    spx_replacement *r = mem;
    for (size_t i = 0; i < n; i++)
        SPX_TRY(replace(model, stage, spx_ckpt_at(stage, i), &r[i], &tmp, &err));
    SPX_TRY(spx_ckpt_write(model, r, n, cli.output, &err));
    SPX_TRY(spx_ckpt_check(model, &err));
out:
    spx_scratch_free(&tmp);
    spx_ckpt_close(stage);
    spx_ckpt_close(model);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-export", "a model with the edited weights of a stage in place",
                           opts,         run,
                           true,         false};
    return cli_main(&tool, argc, argv);
}
