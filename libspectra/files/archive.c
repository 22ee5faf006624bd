/* archive.c: zip archives as checkpoints: a state_dict if there is a data.pkl in it, else NumPy
 * arrays. */
#include "files/archive.h"

spx_status format_open_archive(spx_ckpt *c, part *p, spx_error *err)
{
    zip_reader *z = NULL;
    size_t i = 0;
    spx_status st = zip_reader_open(p, &z, err);
    if (st == SPX_OK)
        st = zip_reader_find_base(z, "data.pkl", &i) ? archive_torch(c, p, z, err)
                                                     : archive_npz(c, p, z, err);
    zip_reader_close(z);
    return st;
}
