/* adapter_write.c: an adapter folder as PEFT keeps it: its configuration and a file of factors. */
#include "formats/write.h"

#include "spx/adapter.h"

#include <stdio.h>
#include <string.h>

static const char prefix[] = "base_model.model.";
static const char model_file[] = "adapter_model.safetensors", config_file[] = "adapter_config.json";

/* What is written. */
typedef struct writing {
    const spx_adapter_module *m;
    size_t n, rank; /* the largest rank */
    bool conv1d;
    const char *base;
} writing;

static void put_text(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20)
            fprintf(f, "\\u%04x", (unsigned)*text);
        else
            fprintf(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    fputc('"', f);
}

/* {"MODULE": RANK, ...} of the modules whose rank is not the default. */
static void put_pattern(FILE *f, const writing *w, const char *field)
{
    const char *between = "";
    fprintf(f, "  \"%s\": {", field);
    for (size_t i = 0; i < w->n; i++) {
        if (w->m[i].rank == w->rank) continue;
        fprintf(f, "%s\n    ", between);
        put_text(f, w->m[i].module);
        fprintf(f, ": %zu", w->m[i].rank);
        between = ",";
    }
    fprintf(f, "%s},\n", *between ? "\n  " : "");
}

static void put_config(FILE *f, const writing *w)
{
    fprintf(f, "{\n");
    put_pattern(f, w, "alpha_pattern");
    fprintf(f, "  \"base_model_name_or_path\": ");
    if (w->base)
        put_text(f, w->base);
    else
        fprintf(f, "null");
    fprintf(f,
            ",\n  \"bias\": \"none\",\n  \"fan_in_fan_out\": %s,\n  \"inference_mode\": true,\n"
            "  \"init_lora_weights\": true,\n  \"lora_alpha\": %zu,\n  \"lora_dropout\": 0.0,\n"
            "  \"modules_to_save\": null,\n  \"peft_type\": \"LORA\",\n  \"r\": %zu,\n",
            w->conv1d ? "true" : "false", w->rank, w->rank);
    put_pattern(f, w, "rank_pattern");
    fprintf(f, "  \"target_modules\": [");
    for (size_t i = 0; i < w->n; i++) {
        fprintf(f, "%s\n    ", i ? "," : "");
        put_text(f, w->m[i].module);
    }
    fprintf(f, "\n  ],\n  \"task_type\": \"CAUSAL_LM\",\n  \"use_dora\": false,\n"
               "  \"use_rslora\": false\n}\n");
}

/* One entry of the header; *at, the place of its bytes, moves on. */
static void put_entry(FILE *f, const char *module, const char *factor, size_t rows, size_t cols,
                      size_t *at)
{
    char name[1024];
    const size_t bytes = rows * cols * sizeof(float);
    snprintf(name, sizeof name, "%s%s.%s.weight", prefix, module, factor);
    fputc(',', f);
    put_text(f, name);
    fprintf(f, ":{\"dtype\":\"F32\",\"shape\":[%zu,%zu],\"data_offsets\":[%zu,%zu]}", rows, cols,
            *at, *at + bytes);
    *at += bytes;
}

static void put_header(FILE *f, const writing *w)
{
    size_t at = 0;
    fprintf(f, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < w->n; i++) {
        put_entry(f, w->m[i].module, "lora_A", w->m[i].rank, w->m[i].cols, &at);
        put_entry(f, w->m[i].module, "lora_B", w->m[i].rows, w->m[i].rank, &at);
    }
    fputc('}', f);
}

/* The header in memory, padded to a multiple of 8 bytes, so that its length is known. */
static spx_status make_header(const writing *w, char **out, size_t *size, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t room = 64;
    for (size_t i = 0; i < w->n; i++) room += 2 * (6 * strlen(w->m[i].module) + 256);
    SPX_TRY(SPX_NEW(out, room, err));
    FILE *f = fmemopen(*out, room, "w");
    if (!f) SPX_RAISE(err, SPX_ENOMEM, "no memory for a header");
    put_header(f, w);
    *size = (size_t)ftell(f);
    while (*size % 8) {
        fputc(' ', f);
        (*size)++;
    }
    if (fclose(f) != 0) SPX_RAISE(err, SPX_ENOMEM, "no memory for a header");
out:
    return st;
}

/* Writes n values as they are; this machine is little-endian. */
static void put_floats(FILE *f, const float *x, size_t n) { (void)fwrite(x, sizeof *x, n, f); }

static spx_status put_model(FILE *f, const writing *w, spx_error *err)
{
    spx_status st = SPX_OK;
    char *header = NULL;
    size_t size = 0;
    SPX_TRY(make_header(w, &header, &size, err));
    for (size_t i = 0; i < 8; i++) fputc((int)(size >> (8 * i) & 255), f);
    (void)fwrite(header, 1, size, f);
    for (size_t i = 0; i < w->n; i++) {
        put_floats(f, w->m[i].A, w->m[i].rank * w->m[i].cols);
        put_floats(f, w->m[i].B, w->m[i].rows * w->m[i].rank);
    }
out:
    spx_free(header);
    return st;
}

static spx_status write_inside(const writing *w, placing *to, const char *name, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_output *o = NULL;
    char path[sizeof to->folder + 64];
    snprintf(path, sizeof path, "%s/%s", to->folder, name);
    SPX_TRY(placing_add(to, path, &o, err));
    if (name == config_file)
        put_config(o->to, w);
    else
        SPX_TRY(put_model(o->to, w, err));
out:
    return st;
}

spx_status spx_adapter_check_folder(const char *folder, spx_error *err)
{
    return placing_check(folder, err);
}

spx_status spx_adapter_write(const spx_adapter_module *m, size_t n, bool conv1d, const char *base,
                             const char *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    writing w = {.m = m, .n = n, .conv1d = conv1d, .base = base};
    placing to = {0};
    for (size_t i = 0; i < n; i++) w.rank = m[i].rank > w.rank ? m[i].rank : w.rank;
    SPX_TRY(spx_adapter_check_folder(folder, err));
    SPX_TRY(placing_folder(&to, folder, err));
    SPX_TRY(write_inside(&w, &to, model_file, err));
    SPX_TRY(write_inside(&w, &to, config_file, err));
out:
    return placing_end(&to, st, err);
}
