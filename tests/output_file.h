/* output_file.h: an output in a folder of its own. */
#ifndef SPX_TESTS_OUTPUT_FILE_H
#define SPX_TESTS_OUTPUT_FILE_H

#include "check.h"

#include <string.h>
#include <unistd.h>

/* The path of a run file that is not there, in a new folder; valid until the next call. */
static inline const char *new_output(void)
{
    static char folder[64], path[96];
    snprintf(folder, sizeof folder, "/tmp/spx-output-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.h5", folder);
    return path;
}

/* Removes it and its folder. */
static inline void remove_output(const char *path)
{
    char folder[96];
    snprintf(folder, sizeof folder, "%s", path);
    unlink(path);
    *strrchr(folder, '/') = '\0';
    rmdir(folder);
}

#endif
