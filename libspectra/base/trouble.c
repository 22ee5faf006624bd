/* trouble.c: the first failure of reading or writing that a library may have passed over. */
#include "spx/file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_flag taken = ATOMIC_FLAG_INIT;
static atomic_int why;
static char where[SPX_PATH_SIZE];

void spx_file_trouble(const char *path, int error)
{
    if (atomic_flag_test_and_set(&taken)) return;
    snprintf(where, sizeof where, "%s", path);
    atomic_store(&why, error);
}

spx_status spx_file_untroubled(spx_error *err)
{
    const int error = atomic_exchange(&why, 0);
    if (error == 0) return SPX_OK;
    const spx_status st =
        error == ENOMEM ? SPX_FAIL(err, SPX_ENOMEM, "too little for what was read: nothing is kept")
                        : SPX_FAIL(err, SPX_EIO, "%s: %s, so that nothing made from it is kept",
                                   where, strerror(error));
    atomic_flag_clear(&taken);
    return st;
}
