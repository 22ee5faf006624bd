/* archive.c: zip archives as checkpoints: a state_dict if there is a data.pkl in it, else NumPy
 * arrays. */
#include "files/archive.h"

#include <string.h>

static bool is_state_dict(const zip_reader *z)
{
    for (size_t i = 0; i < zip_reader_count(z); i++) {
        const char *name = zip_reader_name(z, i), *slash = strrchr(name, '/');
        if (strcmp(slash ? slash + 1 : name, "data.pkl") == 0) return true;
    }
    return false;
}

spx_status format_open_archive(spx_ckpt *c, part *p, spx_error *err)
{
    zip_reader *z = NULL;
    spx_status st = zip_reader_open(p, &z, err);
    if (st == SPX_OK)
        st = is_state_dict(z) ? archive_torch(c, p, z, err) : archive_npz(c, p, z, err);
    zip_reader_close(z);
    return st;
}
