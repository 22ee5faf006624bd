#!/bin/sh
# manual.sh MAN: mandoc finds no fault in any page of the manual, and every page is there.
set -eu
command -v mandoc > /dev/null || { echo "manual.sh: mandoc is missing; skipped" >&2; exit 77; }
n=0 bad=0
for page in "$1"/man?/*; do
    n=$((n + 1))
    # Pages that are not installed on this machine cannot be found by name.
    mandoc -T lint -W style "$page" 2>&1 | grep -v 'referenced manual not found\|outdated mandoc.db' && bad=1
done
[ "$n" -ge 17 ] || { echo "only $n pages"; bad=1; }
exit $bad
