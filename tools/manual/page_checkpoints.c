/* page_checkpoints.c: spx-checkpoints(7), of the tables of architectures and of types. */
#include "pages.h"
#include "roff.h"

#include "spx/arch.h"
#include "spx/ckpt.h"

#include <stdio.h>

static void print_formats(void)
{
    static const char *const rows[][2] = {
        {"FILE.safetensors", "One file, or model.safetensors.index.json for all files of a split "
                             "checkpoint."},
        {"FILE.gguf", "llama.cpp's format, also split and quantised."},
        {"FILE.bin, FILE.pt",
         "PyTorch 1.6 or later, and pytorch_model.bin.index.json. The "
         "state_dict may lie inside another dict, such as \"module\"; a tensor "
         "may also stand alone."},
        {"FILE.npy, FILE.npz", "One array, or several."},
        {"FOLDER", "Stands for the model.safetensors, the pytorch_model.bin or the index of either "
                   "in it. To be run, a model also needs config.json and its tokenizer."},
        {"RUN.h5#STAGE", "The edited matrices of a stage of a run file."},
    };
    roff_section("FORMATS");
    roff_list_begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        roff_term("Pa", rows[i][0]);
        roff_text(rows[i][1]);
    }
    roff_list_end();
}

static void print_types(void)
{
    roff_section("TYPES");
    roff_text("Values are read as doubles from any of these; integers are listed, but are no "
              "weights. A tensor of another type, or without values, is listed too, and refused by "
              "name where its values are wanted.");
    roff_paragraph();
    for (int t = 0; t < SPX_QUANTISED; t++)
        printf(".Li %s%s\n", spx_dtype_name((spx_dtype)t), t + 1 < SPX_QUANTISED ? " ," : " .");
    roff_paragraph();
    roff_text("A weight that is quantised in several tensors is listed as one, under its own name, "
              "with its scales and the like below it: FP8 and int8 with scales per tensor, row or "
              "block, LLM.int8, NF4 and FP4 of bitsandbytes, GPTQ, AWQ, compressed-tensors, NVFP4 "
              "and MXFP4. quantization_config of config.json must agree; what is not understood is "
              "listed as it is stored and refused by name where its values are wanted.");
}

/* Every name that the table has for the FFN output projection, which editors rewrite. */
static void print_names(void)
{
    const char *before = NULL, *after = NULL;
    spx_place place;
    char line[256];
    roff_section("NAMES OF TENSORS");
    roff_text("Layer, role and orientation come from a tensor's name, by a table of "
              "architectures. Tools work on the output projections of the feed-forward networks "
              "unless told otherwise:");
    roff_list_begin();
    for (size_t i = 0; spx_arch_row(i, &before, &after, &place); i++) {
        if (place.role != SPX_ROLE_FFN_OUT) continue;
        snprintf(line, sizeof line, "%sN.%s.weight", before, after);
        roff_term("Li", line);
        roff_text(place.in_out ? "inputs x outputs" : "outputs x inputs");
    }
    roff_list_end();
    roff_text(
        "Under GPT-2's names, which other models use too, the shapes beside a matrix and "
        "config.json say how it is stored. A stack of experts is listed as its matrices "
        "NAME[0], NAME[1] and so on. A vision or audio tower beside a language model is worked "
        "on only if its tensors are chosen by name.");
    roff_paragraph();
    roff_text("The same matrix under another family's name is found as its counterpart, so that a "
              "GGUF file can be compared with a folder of Hugging Face's.");
}

void page_checkpoints(void)
{
    static const char *const pages[] = {"spx 1", "spx-info 1", "spx-run 5", NULL};
    roff_begin("spx-checkpoints", "7", "checkpoints that the tools read");
    roff_section("DESCRIPTION");
    roff_text("Wherever a tool takes a CHECKPOINT, it tells the format from the file's bytes, not "
              "from its name. A tensor is chosen by a shell pattern with -t, which may be given "
              "several times; it matches the whole name.");
    print_formats();
    print_types();
    print_names();
    roff_see_also(pages);
}
