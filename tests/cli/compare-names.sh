# A GGUF and Hugging Face's file of the same weights: matched by place, rows of q and k put in one order.
for t in 'blk.0.attn_q*' 'blk.0.attn_k*' 'blk.0.attn_v*' 'blk.0.ffn_down*'; do
    spx-compare data/tiny.gguf data/hf-block0.safetensors -t "$t" -k 3 |
        awk '$5 == "triple_residual" { print $3, ($8 < 1e-13 ? "same" : $8) }'
done
spx-compare data/hf-block0.safetensors data/tiny.gguf -t '*proj*' -k 3 |
    awk '$5 == "triple_residual" { print $3, ($8 < 1e-13 ? "same" : $8) }'
spx-compare data/tiny.gguf data/state.safetensors -k 3
