# Covariances as the public code of ROME and MEMIT saves them stand for --stats: a folder, or the one file of the edited layer.
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --lambda 10 --contexts 0 --steps 4 --round 3 --rounds 1 -q
spx-edit "$@" --stats data/moments --layers 2 -o folder.h5; echo $?
spx-edit "$@" --stats data/moments/model.layers.2.mlp.down_proj_float32_mom2_430.npz --layers 2 -o file.h5; echo $?
spx-info folder.h5#last file.h5#last && echo "the same edit"
grep -ao unknown file.h5 | head -n 1 # stats_model: whose keys they are is not said
spx-edit "$@" --stats data/moments --layers 1-2 -o no.h5; echo $?
spx-edit "$@" --stats data/moments/bad/wide.npz --layers 2 -o no.h5; echo $?
