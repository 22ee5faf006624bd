#!/bin/sh
# shellcheck disable=SC2013
# rooms.sh ROOT: a file includes headers of its own room or of rooms before it; a foreign library has one
# file that includes its header (HDF5: the files of the store).
set -eu
cd "$1"
bad=0
complain() { echo "$*"; bad=1; }

# Public headers by room, in the order of the rooms.
room_of() {
    case $1 in
    base | rng | file | bytes) echo 1 ;;
    mat | panels | parallel | products | linalg | update | exp) echo 2 ;;
    json | arch | ckpt | export | store | plot) echo 3 ;;
    attribution | change | nullband | perturb | rounding | series | spectrum | statistics | subspace | svd | warning) echo 4 ;;
    filter) echo 5 ;;
    tokenizer | model | lm | generate) echo 6 ;;
    prompts | targets | keys | feedback | finetune | covariance | edit | bundle | ledger) echo 7 ;;
    facts | metrics | paired) echo 8 ;;
    record | run | comm | journal) echo 9 ;;
    *) echo 0 ;;
    esac
}
folder_of() {
    n=0
    for r in base linear files spectra filter model edit eval run; do
        n=$((n + 1))
        [ "$r" = "$1" ] && echo "$n" && return
    done
    echo 0
}

check() { # FILE RANK
    for dep in $(sed -n 's|^#include "spx/\([a-z]*\)\.h".*|\1|p' "$1"); do
        r=$(room_of "$dep")
        [ "$r" -gt 0 ] || complain "$1: spx/$dep.h belongs to no room"
        [ "$r" -le "$2" ] || complain "$1 must not include spx/$dep.h"
    done
    for dep in $(sed -n 's|^#include "\([a-z]*\)/[a-z_]*\.h".*|\1|p' "$1"); do
        [ "$dep" = spx ] || [ "$(folder_of "$dep")" = "$2" ] || complain "$1 must not include from $dep/"
    done
}
for f in libspectra/*/*.[ch]; do check "$f" "$(folder_of "$(basename "$(dirname "$f")")")"; done
for f in include/spx/*.h; do check "$f" "$(room_of "$(basename "$f" .h)")"; done

only() { # HEADER FILES...
    header=$1
    shift
    for f in $(grep -l "#include <$header>" -r libspectra include tools); do
        case " $* " in *" $f "*) ;; *) complain "$f: only $* may include <$header>" ;; esac
    done
}
only cblas.h libspectra/linear/mat.c
only lapacke.h libspectra/linear/linalg.c
only jansson.h libspectra/files/json.c
only hdf5.h libspectra/files/store.h
only hdf5_hl.h libspectra/files/store.c libspectra/files/store_data.c
only zip.h libspectra/files/zip.c
only pcre2.h libspectra/model/pretokenizer.c
only utf8proc.h libspectra/model/nfc.c
only mpi.h libspectra/run/wire_mpi.c
only openssl/evp.h libspectra/base/file.c
exit $bad
