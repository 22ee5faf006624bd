"""run_file.py RUN.h5...: h5py and xarray open every group of a run file without a warning and find the names of its
axes and, for every variable, units, a definition and a source. Exit status 77 where they are not installed."""
import importlib.util
import sys
import time
import warnings

try:
    import h5netcdf  # noqa: F401  (xarray's reader of HDF5)
    import h5py
    import xarray
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def check_dataset(path, d):
    for key in ("units", "long_name", "source"):
        assert d.attrs.get(key), f"{path}: no {key}"
    for axis in range(d.ndim):
        assert len(d.dims[axis]) == 1, f"{path}: axis {axis} has no scale"
    assert d.dims[0][0].name == "/stage", f"{path}: the first axis is {d.dims[0][0].name}"


def check_group(path, group, seen):
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            check_group(f"{path}/{name}", item, seen)
        elif path.startswith("/tensors") and name != "stage_name" and not h5py.h5ds.is_scale(item.id):
            check_dataset(f"{path}/{name}", item)
            seen.append(name)


def engines():
    return ["h5netcdf"] + ["netcdf4"] * bool(importlib.util.find_spec("netCDF4"))


def check_stages(file, groups):
    """The axis of stages and its names are coordinates of every group; the processor is busy for less than a second a
    group, and five in all for the tree."""
    for engine in engines():
        for group in groups:
            start = time.process_time()
            with xarray.open_dataset(file, group=group, engine=engine) as d:
                assert time.process_time() - start < 1, f"{group} by {engine}: {time.process_time() - start} s"
                assert d["stage"].dims == d["stage_name"].dims == ("stage",) and {"stage", "stage_name"} <= set(d.coords)
        if not hasattr(xarray, "open_datatree"):  # before 2024.10
            continue
        start = time.process_time()
        with xarray.open_datatree(file, engine=engine) as tree:
            assert time.process_time() - start < 5, f"the tree by {engine}: {time.process_time() - start} s"
            for group in groups:
                assert {"stage", "stage_name"} <= set(tree[group].coords), group


def check(file):
    seen = []
    with h5py.File(file) as f:
        check_group("", f, seen)
        groups = [f"tensors/{t}" for t in f["tensors"]]
    with xarray.open_dataset(file, engine="h5netcdf") as root:
        assert root.sizes["stage"] > 0 and root["stage_name"].dims == ("stage",)
    for group in groups:
        with xarray.open_dataset(file, group=group, engine="h5netcdf") as d:
            assert not [x for x in d.sizes if x.startswith("phony")], d.sizes
            assert d["sigma"].dims == ("stage", "sv") and d["sigma"].attrs["units"] == "1"
    check_stages(file, groups)
    print(f"{file.split('/')[-1]}: {len(groups)} groups, {len(set(seen))} variables")


warnings.simplefilter("error")
for name in sys.argv[1:]:
    check(name)
