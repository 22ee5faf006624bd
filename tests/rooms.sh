#!/bin/sh
# shellcheck disable=SC2013
# rooms.sh ROOT: a file includes headers of its own room or of rooms before it; a foreign library has one
# file that includes its header (HDF5: the files of the store).
set -eu
cd "$1"
bad=0
complain() { echo "$*"; bad=1; }

# Public headers by room, in the order of the rooms.
rooms="base linear store formats work spectra filter stages model edit eval run report"
room_of() {
    case $1 in
    base | data | layer_list | names | notify | rng | file | bytes | output | extremes | unfinished | version | json) echo 1 ;;
    mat | panels | parallel | products | linalg | update) echo 2 ;;
    store) echo 3 ;;
    adapter | arch | ckpt | export | row_order) echo 4 ;;
    comm | journal | items | shards | child) echo 5 ;;
    chance | change | nullband | perturb | rounding | shuffled | spectrum | subspace | svd) echo 6 ;;
    filter) echo 7 ;;
    attribution | by_edit | difference | filtered | follow | history | inspect | ledger | lora | measure | pairing | record | replay | rewrite | sources | stage) echo 8 ;;
    tokenizer | model | lens | directions | lm | generate) echo 9 ;;
    prompts | targets | trace | simie | keys | feedback | finetune | gradients | covariance | edit | bundle) echo 10 ;;
    facts | task_options | metric_families | metrics | item_outcomes | paired | evaluate | statistics) echo 11 ;;
    params | plan | plan_check | plan_cost | plan_fields | plan_run | presets | run | tune) echo 12 ;;
    alarms | diagnosis | figures | outcome | plot | repair | spx) echo 13 ;;
    *) echo 0 ;;
    esac
}
folder_of() {
    n=0
    for r in $rooms; do
        n=$((n + 1))
        [ "$r" = "$1" ] && echo "$n" && return
    done
    echo 0
}

check() { # FILE RANK
    for dep in $(sed -n 's|^#include "spx/\([a-z_]*\)\.h".*|\1|p' "$1"); do
        r=$(room_of "$dep")
        [ "$r" -gt 0 ] || complain "$1: spx/$dep.h belongs to no room"
        [ "$r" -le "$2" ] || complain "$1 must not include spx/$dep.h"
    done
    # linear/exp.h has kernels that several rooms use.
    for dep in $(sed -n '/linear\/exp.h/d; s|^#include "\([a-z]*\)/[a-z0-9_]*\.h".*|\1|p' "$1"); do
        [ "$dep" = spx ] || [ "$(folder_of "$dep")" = "$2" ] || complain "$1 must not include from $dep/"
    done
}
for f in libspectra/*/*.[ch]; do check "$f" "$(folder_of "$(basename "$(dirname "$f")")")"; done
for f in include/spx/*.h; do check "$f" "$(room_of "$(basename "$f" .h)")"; done

# spx/spx.h is all of them.
for f in include/spx/*.h; do
    h=$(basename "$f")
    [ "$h" = spx.h ] || grep -q "^#include \"spx/$h\"" include/spx/spx.h || complain "include/spx/spx.h: spx/$h is missing"
done

only() { # HEADER FILES...
    header=$1
    shift
    for f in $(grep -l "#include <$header>" -r libspectra include tools); do
        case " $* " in *" $f "*) ;; *) complain "$f: only $* may include <$header>" ;; esac
    done
}
only cblas.h libspectra/linear/mat.c
only lapacke.h libspectra/linear/linalg.c
only jansson.h libspectra/base/json.c
only hdf5.h libspectra/store/store.h
only hdf5_hl.h libspectra/store/store_data.c libspectra/store/store_file.c
only zip.h libspectra/formats/zip.c
only pcre2.h libspectra/model/pretokenizer.c
only utf8proc.h libspectra/model/nfc.c
only mpi.h libspectra/work/wire_mpi.c
only openssl/evp.h libspectra/base/file.c
exit $bad
