/* fuzz_ckpt.c: any bytes as a checkpoint. What opens is read from end to end. (libFuzzer) */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static fuzz_file file;
    fuzz_write(&file, "checkpoint", data, size);
    fuzz_read(file.path);
    return 0;
}
