# One model as Hugging Face keeps it and as llama.cpp's converter lays it out: the same, tensor by tensor, either way round.
for f in llama qwen2 gemma2 gptneox gpt2 phi3; do
    echo "$f"
    spx-info data/pairs/$f.gguf data/pairs/$f.safetensors | tail -n +2
    spx-info data/pairs/$f.safetensors data/pairs/$f.gguf -q | tail -n +2
done
# Without the rearrangement they would differ: Qwen 2's rows as if they were LLaMA's.
spx-info data/pairs/qwen2.safetensors data/pairs/llama.gguf -t '*q_proj.weight' | cut -f 1-3
