# Every preset is read to its end (the model named beside it is what is missing); an unknown or bad field is refused.
for p in datasets/presets/*.json; do
    spx-edit missing.gguf --facts datasets/counterfact-2000.json --preset "$p" -o out.h5 2>&1 | grep -v 'missing.gguf: No such file' && echo "$p"
done
set -- datasets/presets/*.json; echo $#
echo '{"layers": "1", "lamda": 1}' > typo.json
echo '{"layers": "1", "lambda": -1}' > domain.json
echo '{"layers": "1", "steps": 2.5}' > whole.json
echo '{"layers": 1}' > text.json
for p in typo domain whole text; do spx-edit missing.gguf --facts datasets/counterfact-2000.json --preset $p.json -o out.h5; done
