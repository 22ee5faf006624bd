/* spx-export: a model with the edited weights of a stage in place, for other programs to run. */
#include "cli.h"

#include "spx/rewrite.h"

static const char *stage_path, *model_path, *type_name;

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "STAGE",
     .value = &stage_path,
     .help = "RUN.h5#STAGE, or a checkpoint that holds the edited tensors"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "the model that was edited: GGUF or safetensors"},
    {.kind = CLI_STR,
     .name = "dtype",
     .value = &type_name,
     .value_name = "TYPE",
     .help = "of edited tensors: F64, F32, F16, BF16, or Q8_0 in GGUF [the model's, else F16]"},
    {0},
};

static int run(void)
{
    spx_error err = {0};
    if (!model_path) return cli_usage("--model is missing");
    if (!cli.output) return cli_usage("--output is missing");
    return spx_rewrite_stage(stage_path, model_path, type_name, cli.output, &err) == SPX_OK
               ? CLI_OK
               : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-export run.h5#r20 --model model.gguf -o edited.gguf",
    "spx-export run.h5#r20 --model model/ -o edited/",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-export",
                           .summary = "a model with the edited weights of a stage in place",
                           .about = "Puts the edited weights of a stage into the model that they "
                                    "were edited from and writes the whole model, in its format.",
                           .examples = examples,
                           .hand = CLI_HAS_RUNS,
                           .without = CLI_NO_SEED | CLI_NO_JSON,
                           .opts = opts,
                           .run = run,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
