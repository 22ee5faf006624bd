# What nobody has named: the preset by the model, prefixes of the kit, second moments from the cache folder.
XDG_CACHE_HOME=$PWD/cache; export XDG_CACHE_HOME
facts=datasets/counterfact-2000.json
spx-edit data/tiny.gguf --facts $facts -o run.h5; echo "no preset: $?"
spx-edit data/tiny.gguf --facts $facts --preset none -o run.h5; echo "none asked for: $?"
mkdir -p cache/spx
moments=cache/spx/moments-$(sha256sum data/tiny.gguf | cut -c 1-16)-1.h5
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1 -o "$moments" > table
echo '{"layers": "1", "lambda": 10, "steps": 3, "contexts": 1}' > preset.json
set -- data/tiny.gguf --facts $facts --preset preset.json --round 2 --rounds 1
spx-edit "$@" -o run.h5 2>&1 | sed "s|$PWD/||; s/-[0-9a-f]\{16\}-/-FINGERPRINT-/" | cut -d, -f 1
spx-edit "$@" --stats "$moments" --prefixes datasets/prefixes.txt -q -o said.h5; spx-info run.h5#last said.h5#last && echo same
spx-edit "$@" -o run.h5 2>&1; echo "exists: $?"
spx-edit "$@" --filter rivive -o other.h5 2>&1 | cut -c 1-60
find cache/spx -mindepth 1 -maxdepth 1 | wc -l
