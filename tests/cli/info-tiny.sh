# What a checkpoint holds; what differs from it.
spx-info data/tiny.gguf -t 'blk.0.*' -t '*norm.weight'
spx-info data/tiny.gguf -t 'blk.4.ffn_down*' --json
spx-snapshot data/tiny.gguf -o run.h5 --stage base
spx-info data/tiny.gguf run.h5#base
spx-info data/tiny.gguf data/gpt2.gguf -t 'blk.0.ffn*' -t token*
spx-info data/state.pt --check; echo "suspicious: $?"
spx-info data/tiny.gguf --check; echo "clean: $?"
spx-info data/tiny.gguf data/hf-block0.safetensors -t 'blk.0.*' | cut -f 1-6
spx-info data/state.pt data/state.safetensors -q && echo "no difference"
spx-info data/suspicious.pt --check; echo "suspicious: $?"
spx-info data/suspicious.pt --check --json -t nan
spx-info data/state.safetensors data/suspicious.pt --check -t 'z*' -t nan; echo "either: $?"
spx-info data/sharded data/tiny.gguf --check; echo "neither: $?"
