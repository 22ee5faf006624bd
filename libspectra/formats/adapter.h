/* adapter.h: what the files that read LoRA adapters share. */
#ifndef SPX_FORMATS_ADAPTER_H
#define SPX_FORMATS_ADAPTER_H

#include "formats/format.h"

#include "spx/adapter.h"
#include "spx/json.h"

/* adapter_config.json. Start from {0}. */
typedef struct lora_config {
    char *path;
    spx_json *root;
    double rank, alpha;
    bool root_of_rank;       /* use_rslora */
    bool conv1d, has_conv1d; /* fan_in_fan_out, if it is there */
} lora_config;

/* Reads and checks what holds for all modules; adapter_config.c. */
SPX_CHECKED spx_status lora_config_read(const char *path, lora_config *out, spx_error *err);
void lora_config_free(lora_config *c);
/* The scale of a module whose factors have that rank; SPX_ESHAPE if the file gives another rank. */
SPX_CHECKED spx_status lora_config_scale(const lora_config *c, const char *module, size_t rank,
                                         double *out, spx_error *err);

/* A pair of factors and the tensor that they change. */
typedef struct lora_pair {
    char *module; /* without "base_model.model." */
    const spx_tensor *A, *B;
    bool embedding;
    float *left, *right; /* as in spx_added */
    spx_tensor *before;  /* what they are added to */
} lora_pair;

/* An adapter that has been read, and what it adds to the tensors of a base. */
struct adapter {
    char *path; /* its folder */
    lora_config config;
    spx_ckpt *file;
    lora_pair *pair;
    size_t pairs;
    spx_added *added; /* one for each pair */
    spx_scratch memory;
};

/* Reads an adapter by its folder or file, without a base; adapter.c. */
SPX_CHECKED spx_status adapter_read(const char *path, adapter **out, spx_error *err);
void adapter_close(adapter *a);

/* Opens BASE+ADAPTER, where base_size bytes of path name BASE; adapter_base.c. */
SPX_CHECKED spx_status adapter_open(const char *path, size_t base_size, const char *adapter_path,
                                    spx_ckpt **out, spx_error *err);
/* Says that a folder is an adapter that lacks its base. */
spx_status adapter_alone(const char *folder, spx_error *err);

#endif
