# What a checkpoint holds; what differs from it.
spx-info data/tiny.gguf -t 'blk.0.*' -t '*norm.weight'
spx-info data/tiny.gguf -t 'blk.4.ffn_down*' --json
spx-snapshot data/tiny.gguf -o run.h5 --stage base
spx-info data/tiny.gguf run.h5#base
spx-info data/tiny.gguf data/gpt2.gguf -t 'blk.0.ffn*' -t token*
