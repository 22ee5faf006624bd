/* fuzz_ckpt.c: any bytes as a checkpoint, read from end to end if it opens. (libFuzzer) */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static fuzz_file file;
    fuzz_write(&file, "checkpoint", data, size);
    fuzz_read(file.path);
    return 0;
}
