#!/bin/sh
# exports.sh SHARED STATIC ROOT: the shared and the static library let out what the public headers declare and nothing
# else, so that no name of theirs can clash with a program's.
set -eu
out=$(mktemp) && trap 'rm -f "$out" "$out.declared"' EXIT
nm -D --defined-only "$1" | awk '$2 ~ /[TDBR]/ {print $3}' | sort -u > "$out"
bad=0
# OpenMP's lock of a critical section is common to all, under the section's name, which begins with spx_.
nm --defined-only "$2" | awk '$2 ~ /[TDBRC]/ && $3 !~ /^[.]gomp_critical_user_spx_/ {print $3}' | sort -u | diff "$out" - || { echo "the static library lets out other names"; bad=1; }
for name in $(grep -v '^spx_' "$out" || true); do echo "$name is let out"; bad=1; done
# A declaration ends with ");", which a typedef of a function type does too; those have no symbol.
cat "$3"/include/spx/*.h | grep -v '^#' | tr '\n' ' ' | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/| |g' | tr ';' '\n' | grep -vE 'typedef|static inline' |
    grep -o 'spx_[a-z0-9_]*(' | tr -d '(' | sort -u > "$out.declared"
[ "$(wc -l < "$out.declared")" -gt 300 ] || { echo "only $(wc -l < "$out.declared") declarations found"; bad=1; }
for name in $(comm -23 "$out.declared" "$out"); do echo "$name is declared, but not let out"; bad=1; done
for name in $(comm -13 "$out.declared" "$out"); do echo "$name is let out, but not declared"; bad=1; done
exit $bad
