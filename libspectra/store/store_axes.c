/* store_axes.c: the axis of stages as every group shows it. */
#include "store/store.h"

/* What H5DSattach_scale(dataset, /stage, 0) puts into the dataset. It would also add the dataset to
 * a list that /stage keeps of everything along it: readers go through that list (h5netcdf, once for
 * every variable), and each dataset writes it anew. H5DSattach_scale for another axis finds and
 * keeps what is here. */
static bool point_to_stage(hid_t file, hid_t dataset)
{
    hsize_t size[2];
    const int axes = store_size(dataset, size);
    hobj_ref_t stage;
    if (axes < 1 || H5Rcreate(&stage, file, "stage", H5R_OBJECT, -1) < 0) return false;
    const hvl_t scales[2] = {{1, &stage}, {0, NULL}};
    const hsize_t n = (hsize_t)axes;
    const hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ), space = H5Screate_simple(1, &n, NULL);
    const hid_t a = H5Acreate2(dataset, "DIMENSION_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = a >= 0 && H5Awrite(a, type, scales) >= 0;
    H5Sclose(space);
    H5Tclose(type);
    return store_shut(H5Aclose, a) && good;
}

/* Links /stage and /stage_name into a group, where a reader of that group alone looks for them. */
static bool show_stages(hid_t group)
{
    if (H5Lexists(group, "stage", H5P_DEFAULT) > 0) return true;
    return H5Lcreate_soft("/stage", group, "stage", H5P_DEFAULT, H5P_DEFAULT) >= 0 &&
           H5Lcreate_soft("/stage_name", group, "stage_name", H5P_DEFAULT, H5P_DEFAULT) >= 0 &&
           store_text_attribute(group, "coordinates", "stage_name", NULL) == SPX_OK;
}

bool store_along_stages(const spx_store *s, hid_t group, hid_t dataset)
{
    return point_to_stage(s->file, dataset) && show_stages(group);
}
