/* fuzz_quantised.c: text up to a NUL as config.json, the bytes after it as the weights. (libFuzzer)
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    const unsigned char *end = nul ? nul : data + size, *weights = nul ? nul + 1 : end;
    static fuzz_file config, model;
    fuzz_write(&config, "config.json", data, (size_t)(end - data));
    fuzz_write(&model, "model.safetensors", weights, (size_t)(data + size - weights));
    fuzz_read(model.path);
    return 0;
}
