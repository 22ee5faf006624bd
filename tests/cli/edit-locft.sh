# LocFT-BF on a model whose tokenizer has EOS: broken off and resumed it is the same, another order of the facts is another edit,
# and what ends the targets is not FT-M's. Refused: a tokenizer without EOS, two layers.
set -- data/folders/llama --facts datasets/counterfact-2000.json --contexts 0 --layers 1 --round 6 --ft-batch 4 --ft-epochs 3 --ft-lr 1e-3 --eval-facts 1 -q
spx-edit "$@" --editor locft-bf --rounds 2 -o locft.h5 && spx-edit "$@" --editor locft-bf --rounds 1 -o broken.h5
spx-edit "$@" --editor locft-bf --rounds 2 -o broken.h5 --resume && spx-info locft.h5#last broken.h5#last > changes; echo "resumed: $?"
spx-edit "$@" --editor locft-bf --ft-seed 1 --rounds 2 -o seed.h5 && spx-info locft.h5#last seed.h5#last > changes; echo "another order: $?"
spx-edit "$@" --editor ft-m --rounds 1 -o ft-m.h5 && spx-edit "$@" --editor locft-bf --ft-batch 6 --rounds 1 -o whole.h5
spx-info ft-m.h5#last whole.h5#last > changes; echo "another target than FT-M: $?"
spx-edit "$@" --editor locft-bf --ft-seed 1 --rounds 3 -o locft.h5 --resume; echo $?
spx-edit "$@" --editor locft-bf --layers 0-1 --rounds 1 -o no.h5; echo $?
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --contexts 0 --layers 2 --round 2 --rounds 1 --editor locft-bf -q -o no.h5; echo $?
