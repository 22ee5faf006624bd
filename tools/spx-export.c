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
     "of edited tensors: F32, F16, BF16 or Q8_0 [the model's, else F16]"},
    {0},
};

static spx_status replace(const spx_ckpt *model, const spx_tensor *edited, spx_replacement *r,
                          spx_scratch *tmp, spx_error *err)
{
    void *data = NULL;
    const spx_tensor *t = spx_ckpt_find(model, edited->name);
    const size_t rows = spx_tensor_rows(edited), cols = spx_tensor_cols(edited);
    if (!t)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: there is no tensor %s", model_path, edited->name);
    if (spx_tensor_rows(t) != rows || spx_tensor_cols(t) != cols)
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s is %zu x %zu, in %s %zu x %zu", edited->name,
                        rows, cols, model_path, spx_tensor_rows(t), spx_tensor_cols(t));
    spx_status st = tensors_dtype(t, type_name, &r->dtype, err);
    if (st == SPX_OK) st = spx_scratch_alloc(tmp, &data, rows * cols, sizeof(float), err);
    if (st != SPX_OK) return st;
    spx_tensor_read_float(edited, 0, rows, data);
    r->name = t->name;
    r->data = data;
    return SPX_OK;
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
    SPX_TRY(spx_ckpt_open(stage_path, &stage, &err));
    const size_t n = spx_ckpt_count(stage);
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, n, sizeof(spx_replacement), &err));
    spx_replacement *r = mem;
    for (size_t i = 0; i < n; i++)
        SPX_TRY(replace(model, spx_ckpt_at(stage, i), &r[i], &tmp, &err));
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
