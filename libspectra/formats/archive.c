/* archive.c: zip archives as checkpoints: a PyTorch state_dict or NumPy arrays. */
#include "formats/archive.h"

/* An archive with a data.pkl is PyTorch's. */
static spx_status open_archive(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    zip_reader *z = NULL;
    size_t i = 0;
    SPX_TRY(zip_reader_open(p, &z, err));
    if (zip_reader_find_base(z, "data.pkl", &i))
        SPX_TRY(archive_torch(c, p, z, err));
    else if (zip_reader_count(z) == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: zip archive without entries", p->path);
    else
        SPX_TRY(archive_npz(c, p, z, err));
out:
    zip_reader_close(z);
    return st;
}

static bool is_zip(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 4 && memcmp(head, "PK\3\4", 4) == 0;
}

const format format_zip = {.name = "zip", .probe = is_zip, .open = open_archive};
