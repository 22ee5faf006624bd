/* spx-export: a model with the edited weights of a stage in place, for other programs to run; or
 * the change alone, as a LoRA adapter. */
#include "cli.h"

#include "spx/lora.h"
#include "spx/rewrite.h"

#include <string.h>

static const char *model_path, *type_name, *form;
static spx_names paths, globs;
static long rank;

static const cli_opt opts[] = {
    {.kind = CLI_REST,
     .name = "STAGE",
     .value = &paths,
     .help = "RUN.h5#STAGE, a checkpoint that holds the edited tensors, or a LoRA adapter; with "
             "--as lora, BASE before it, unless a run's ledger tells the base"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "the model that was edited: GGUF or safetensors; with --as lora, whose names the "
             "adapter gets [BASE's or the run's]"},
    {.kind = CLI_STR,
     .name = "as",
     .value = &form,
     .value_name = "FORM",
     .help = "model, or lora: the change as a PEFT adapter, a new folder [model]"},
    {.kind = CLI_INT,
     .name = "rank",
     .value = &rank,
     .max = 1e6,
     .help = "with --as lora: largest rank of a tensor's change [0: all above rounding]"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .help = "with --as lora: tensors by glob; may repeat [all that changed]"},
    {.kind = CLI_STR,
     .name = "dtype",
     .value = &type_name,
     .value_name = "TYPE",
     .help = "of edited tensors: F64, F32, F16, BF16, or Q8_0 in GGUF [the model's, else F16]"},
    {0},
};

static const cli_column columns[] = {
    {"tensor"}, {"rank"}, {"norm"}, {"error"}, {0},
};

static const cli_view views[] = {{.of = "module", .columns = columns}, {0}};

static void print_factors(const char *tensor, const char *module, const spx_lora *f)
{
    static bool begun;
    if (cli.json) {
        printf("{\"schema\": 1, \"tool\": \"spx-export\", \"tensor\": ");
        cli_json_text(tensor);
        printf(", \"module\": ");
        cli_json_text(module);
        printf(", \"rank\": %zu, \"norm\": ", f->rank);
        cli_json_number(f->norm);
        printf(", \"error\": ");
        cli_json_number(f->error);
        printf("}\n");
        return;
    }
    if (!begun) fprintf(cli.out, "tensor\tmodule\trank\tnorm\terror\n");
    begun = true;
    fprintf(cli.out, "%s\t%s\t%zu", tensor, module, f->rank);
    cli_cell(f->norm);
    cli_cell(f->error);
    fputc('\n', cli.out);
}

static int export_adapter(void)
{
    spx_error err = {0};
    const bool pair = paths.n == 2;
    const char *later = paths.item[paths.n - 1];
    const spx_lora_opts o = {.globs = &globs,
                             .rank = (size_t)rank,
                             .model = model_path,
                             .told = print_factors,
                             .notify = cli_notify()};
    if (type_name) return cli_usage("--dtype cannot be used with --as lora, which writes F32");
    if (!pair && !spx_ckpt_stage(later, NULL, 0))
        return cli_usage("--as lora takes BASE and a later checkpoint, or RUN.h5#STAGE");
    return spx_lora_export(pair ? paths.item[0] : NULL, later, &o, cli.output, &err) == SPX_OK
               ? CLI_OK
               : cli_fail(&err);
}

static int export_model(void)
{
    spx_error err = {0};
    if (paths.n > 1 || rank > 0 || globs.n > 0)
        return cli_usage("two checkpoints, --rank and --tensors need --as lora");
    return spx_rewrite_stage(paths.item[0], model_path, type_name, cli.output, cli_notify(),
                             &err) == SPX_OK
               ? CLI_OK
               : cli_fail(&err);
}

static int run(void)
{
    const bool lora = form && strcmp(form, "lora") == 0;
    if (form && !lora && strcmp(form, "model") != 0)
        return cli_usage("--as: unknown form '%s' (expected model or lora)", form);
    if (paths.n > 2) return cli_usage("expected one or two checkpoints, not %zu", paths.n);
    if (!lora && !model_path) return cli_usage("--model is missing");
    if (!cli.output) return cli_usage("--output is missing");
    return lora ? export_adapter() : export_model();
}

static const char *const examples[] = {
    "spx-export run.h5#r20 --model model.gguf -o edited.gguf",
    "spx-export run.h5#r20 --model model/ -o edited/",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-export",
                           .summary = "a stage's weights in its model, or the change as an adapter",
                           .about = "Puts the edited weights of a stage into the model that they "
                                    "were edited from and writes the whole model, in its format; "
                                    "with --as lora writes what changed as an adapter for PEFT.",
                           .examples = examples,
                           .hand = CLI_HAS_RUNS,
                           .without = CLI_NO_SEED,
                           .opts = opts,
                           .run = run,
                           .own_output = true,
                           .views = views};
    return cli_main(&tool, argc, argv);
}
