/* fuzz_adapter.c: text up to a NUL as adapter_config.json, the bytes after it as the factors, on a
 * base that is whole. (libFuzzer) */
#include "fuzz.h"

static const char base[] =
    "\xe2\0\0\0\0\0\0\0"
    "{\"layers.0.mlp.down_proj.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"
    ","
    "\"embed_tokens.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[24,56]},"
    "\"norm.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[56,64]}} ";

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    const unsigned char *end = nul ? nul : data + size, *factors = nul ? nul + 1 : end;
    static fuzz_file model, config, file;
    static unsigned char whole[sizeof base - 1 + 64];
    static char path[160];
    memcpy(whole, base, sizeof base - 1);
    fuzz_write(&model, "base.safetensors", whole, sizeof whole);
    fuzz_write(&config, "adapter_config.json", data, (size_t)(end - data));
    fuzz_write(&file, "adapter_model.safetensors", factors, (size_t)(data + size - factors));
    snprintf(path, sizeof path, "%s+%s", model.path, fuzz_root);
    fuzz_read(path);
    return 0;
}
