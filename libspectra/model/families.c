/* families.c: the table of model families. */
#include "model/families.h"

#include "model/model_folder.h"

#include <string.h>

static const family families[] = {
    {.name = "llama", .model_type = "llama", .gguf = "llama", .gated = true, .pairs_gguf = true},
    {.name = "mistral", .model_type = "mistral", .gated = true, .window_period = 1},
    {.name = "qwen2", .model_type = "qwen2", .gguf = "qwen2", .gated = true},
    {.name = "qwen3", .model_type = "qwen3", .gguf = "qwen3", .gated = true, .qk_norm = true},
    {.name = "gpt2",
     .model_type = "gpt2",
     .gguf = "gpt2",
     .layer_norm = true,
     .learned_positions = true,
     .activation = SPX_GELU_TANH},
    {.name = "gptj",
     .model_type = "gptj",
     .layer_norm = true,
     .parallel = true,
     .one_norm = true,
     .pairs_hf = true,
     .activation = SPX_GELU_TANH},
    {.name = "gpt_neox",
     .model_type = "gpt_neox",
     .gguf = "gptneox",
     .layer_norm = true,
     .parallel = true,
     .qkv_by_head = true,
     .activation = SPX_GELU,
     .rotary_share = 0.25},
    {.name = "phi",
     .model_type = "phi",
     .gguf = "phi2",
     .layer_norm = true,
     .parallel = true,
     .one_norm = true,
     .activation = SPX_GELU_TANH,
     .rotary_share = 0.5},
    {.name = "gemma3",
     .model_type = "gemma3_text",
     .gguf = "gemma3",
     .gated = true,
     .qk_norm = true,
     .post_norm = true,
     .norm_plus_one = true,
     .embed_sqrt = true,
     .activation = SPX_GELU_TANH,
     .window_base = 10000,
     .window_period = 6},
};

static const family *find_family(const char *word, bool gguf)
{
    for (size_t i = 0; word && i < sizeof families / sizeof *families; i++) {
        const char *mine = gguf ? families[i].gguf : families[i].model_type;
        if (mine && strcmp(mine, word) == 0) return &families[i];
    }
    return NULL;
}

static spx_status open_json(model_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(folder_find(s->c, "config.json", &s->path, err));
    if (!s->path)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no config.json beside it (required to run the model)",
                  spx_ckpt_path(s->c));
    SPX_TRY(spx_json_read_python(s->path, &s->json, err));
out:
    return st;
}

spx_status model_source_open(const spx_ckpt *c, model_source *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (model_source){.c = c};
    const bool gguf = spx_ckpt_is_gguf(c);
    const char *key = gguf ? "general.architecture" : "model_type";
    if (gguf)
        SPX_TRY(spx_text_dup(&out->path, spx_ckpt_path(c), err));
    else
        SPX_TRY(open_json(out, err));
    const char *word = gguf ? spx_ckpt_text(c, key) : spx_json_text(spx_json_get(out->json, key));
    out->f = find_family(word, gguf);
    if (!out->f)
        SPX_RAISE(err, SPX_EUNSUP, "%s: unknown %s '%s'", out->path, key, word ? word : "(none)");
out:
    return st;
}

void model_source_close(model_source *s)
{
    spx_json_free(s->json);
    spx_free(s->path);
    *s = (model_source){0};
}
