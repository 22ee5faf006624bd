/* data.c: where the files that come with the kit are. */
#include "spx/data.h"

#include "spx/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* SPX_DATA_BESIDE, relative to the folder of programs, and SPX_DATA_INSTALLED are CMake's. */

bool spx_program_path(char out[SPX_DATA_PATH])
{
    const ssize_t n = readlink("/proc/self/exe", out, SPX_DATA_PATH);
    if (n >= SPX_DATA_PATH) return false;
    if (n > 0) {
        out[n] = '\0';
        return true;
    }
    const unsigned long at = getauxval(AT_EXECFN); /* an address */
    const char *started = NULL;
    memcpy(&started, &at, sizeof started);
    return started && snprintf(out, SPX_DATA_PATH, "%s", started) < SPX_DATA_PATH;
}

static bool is_there(char *path, int length)
{
    return length > 0 && length < SPX_DATA_PATH && access(path, R_OK) == 0;
}

static bool beside_program(const char *name, char *out)
{
    char self[SPX_DATA_PATH];
    if (!spx_program_path(self)) return false;
    char *slash = strrchr(self, '/');
    if (!slash) return false;
    *slash = '\0';
    return is_there(out, snprintf(out, SPX_DATA_PATH, "%s/" SPX_DATA_BESIDE "/%s", self, name));
}

static bool in_folder(const char *folder, const char *name, char *out)
{
    return folder && is_there(out, snprintf(out, SPX_DATA_PATH, "%s/%s", folder, name));
}

spx_status spx_data_find(const char *name, char out[SPX_DATA_PATH], spx_error *err)
{
    char path[SPX_DATA_PATH];
    const char *variable = getenv("SPX_DATA");
    if (!beside_program(name, path) && !in_folder(SPX_DATA_INSTALLED, name, path) &&
        !in_folder(variable, name, path))
        return SPX_FAIL(
            err, SPX_ENOTFOUND,
            "%s is not among the files of the kit (looked beside the program in " SPX_DATA_BESIDE
            ", in " SPX_DATA_INSTALLED " and in SPX_DATA, %s)",
            name, variable ? variable : "which is not set");
    memcpy(out, path, sizeof path);
    return SPX_OK;
}

bool spx_cache_path(const char *name, char out[SPX_DATA_PATH])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const int n = cache && *cache
                      ? snprintf(out, SPX_DATA_PATH, "%s/spx/%s", cache, name)
                      : snprintf(out, SPX_DATA_PATH, "%s/.cache/spx/%s", home ? home : "", name);
    return n > 0 && n < SPX_DATA_PATH;
}

/* Makes every folder of a path that ends with '/'. */
static spx_status make_folders(char *path, spx_error *err)
{
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        const bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made) return spx_fail_path(err, path);
        *at = '/';
    }
    return SPX_OK;
}

spx_status spx_cache_make(spx_error *err)
{
    char path[SPX_DATA_PATH];
    if (!spx_cache_path("", path))
        return SPX_FAIL(err, SPX_EIO, "the path of the cache folder is too long");
    return make_folders(path, err);
}
