/* fuzz_index.c: text up to a NUL as an index, the bytes after it as a shard. (libFuzzer)
 *
 * The shard stands under both kinds of names that shards have; a second shard is whole. */
#include "fuzz.h"

static const char whole[] = "\70\0\0\0\0\0\0\0"
                            "{\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}"
                            "\0\0\x80\x3f\0\0\0\x40";

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    const unsigned char *end = nul ? nul : data + size, *shard = nul ? nul + 1 : end;
    const size_t rest = (size_t)(data + size - shard);
    static fuzz_file index, first, torch, second;
    fuzz_write(&first, "a.safetensors", shard, rest);
    fuzz_write(&torch, "a.bin", shard, rest);
    fuzz_write(&second, "b.safetensors", whole, sizeof whole - 1);
    fuzz_write(&index, "model.index.json", data, (size_t)(end - data));
    fuzz_read(index.path);
    return 0;
}
