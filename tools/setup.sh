#!/bin/sh
# setup.sh [--dev] [--mpi]: installs what building, testing and drawing need on Debian or Ubuntu; --dev adds the
# tools with which .ci/run checks the sources, --mpi what -DSPX_MPI=ON needs. Does nothing if all of it is installed.
set -eu
need="build-essential cmake pkg-config libopenblas-openmp-dev liblapacke-dev libhdf5-dev libjansson-dev libpcre2-dev libssl-dev libutf8proc-dev
libzip-dev libcmocka-dev hdf5-tools strace gnuplot-nox fonts-dejavu-core python3-pip ca-certificates"
for option in "$@"; do
    case $option in
    --dev) need="$need clang clang-format clang-tidy libomp-dev shellcheck mandoc doxygen
        python3-h5py python3-h5netcdf python3-jsonschema python3-scipy python3-xarray" ;;
    --mpi) need="$need libopenmpi-dev openmpi-bin" ;;
    *) echo "setup.sh: unknown option $option" >&2; exit 2 ;;
    esac
done
missing=""
for p in $need; do
    dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
command -v apt-get > /dev/null || { echo "setup.sh: apt-get is missing; install by hand:$missing" >&2; exit 1; }
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing > /dev/null
