/* model_folder.c: the files beside a checkpoint. */
#include "model/model_folder.h"

#include <stdio.h>
#include <string.h>

static bool is_readable(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f) (void)fclose(f);
    return f != NULL;
}

spx_status folder_find(const spx_ckpt *c, const char *name, char **out, spx_error *err)
{
    char path[4096];
    const char *given = spx_ckpt_path(spx_ckpt_base(c)), *slash = strrchr(given, '/');
    const int folder = slash ? (int)(slash - given) + 1 : 0;
    *out = NULL;
    if (strlen(given) + strlen(name) + 2 > sizeof path)
        return SPX_FAIL(err, SPX_EINVAL, "%s: the path is too long", given);
    snprintf(path, sizeof path, "%s/%s", given, name);
    if (!is_readable(path)) snprintf(path, sizeof path, "%.*s%s", folder, given, name);
    return is_readable(path) ? spx_text_dup(out, path, err) : SPX_OK;
}
