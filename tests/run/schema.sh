#!/bin/sh
# schema.sh BIN ROOT: what spx-collapse --schema prints takes every plan of datasets/plans and the template, and refuses
# what spx-collapse --check refuses. Skipped with status 77 without PyPI's jsonschema.
set -eu
bin=$(cd "$1" && pwd) root=$2 python=${SPX_PYTHON:-python3}
"$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2> /dev/null ||
    { echo "schema.sh: $python has no jsonschema with draft 2020-12; skipped" >&2; exit 77; }
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$bin/spx-collapse" --schema > "$dir/schema.json"
"$bin/spx-collapse" --template | sed "s|SmolLM2[^\"]*|$root/tests/data/tiny.gguf|; s|\"layers\": \"8\"|\"layers\": 1|" > "$dir/plan.json"
"$bin/spx-collapse" -q --check "$dir/plan.json" > /dev/null
"$python" "$root/tests/run/schema.py" "$dir/schema.json" "$dir/plan.json" "$root"/datasets/plans/*.json > "$dir/bad"
while read -r plan; do
    if "$bin/spx-collapse" --check "$plan" > "$dir/out" 2>&1; then
        echo "$plan is refused by the schema and passes --check:"
        cat "$plan" "$dir/out"
        exit 1
    fi
done < "$dir/bad"
[ -s "$dir/bad" ]
