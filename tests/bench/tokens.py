"""tokens.py TOKENIZE MODEL.gguf [VOCABULARIES]: see tokens.sh. Seed 1."""
import json
import pathlib
import subprocess
import sys
import tempfile

from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, models, normalizers

root = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(root / "golden"))
from strings import strings
from tokens import LLAMA3, QWEN2, byte_level, split_by, tokenizer, write_empty

N = 10000


def from_scores(path):
    """SentencePiece's vocabulary as transformers converts it: all splits of a piece are merges, by falling score."""
    r = GGUFReader(path)
    field = lambda k: r.fields["tokenizer.ggml." + k].contents()
    tokens, scores, types = field("tokens"), field("scores"), field("token_type")
    vocab = {x: i for i, x in enumerate(tokens)}
    merges = []
    for i, x in enumerate(tokens):
        if types[i] == 1:
            merges += [(scores[i], x[:k], x[k:]) for k in range(1, len(x)) if x[:k] in vocab and x[k:] in vocab]
    merges.sort(key=lambda m: -m[0])
    t = Tokenizer(models.BPE(vocab=vocab, merges=[m[1:] for m in merges], byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.add_special_tokens([AddedToken(x, special=True) for i, x in enumerate(tokens) if types[i] == 3])
    return t


def large(folder, tmp):
    """GPT-2's vocabulary under the patterns of three families, and llama.cpp's vocabularies."""
    vocab = json.loads((folder / "encoder.json").read_text())
    merges = [tuple(m.split(" ")) for m in (folder / "vocab.bpe").read_text(encoding="utf-8").splitlines()[1:] if m]
    for name, regex, whole in (("llama3 pattern", LLAMA3, True), ("qwen2 pattern", QWEN2, False)):
        t, _ = byte_level(split_by(regex))
        t.model = models.BPE(vocab=vocab, merges=merges, ignore_merges=whole)
        t.add_special_tokens([AddedToken("<|endoftext|>", special=True)])
        at = tmp / name.split()[0]
        at.mkdir()
        t.save(str(at / "tokenizer.json"))
        write_empty(at)
        yield name + ", GPT-2 vocabulary", at, t
    yield "gpt-2 (GGUF)", folder / "ggml-vocab-gpt-2.gguf", tokenizer(GGUFReader(folder / "ggml-vocab-gpt-2.gguf"))
    yield "gpt-neox (GGUF)", folder / "ggml-vocab-gpt-neox.gguf", tokenizer(GGUFReader(folder / "ggml-vocab-gpt-neox.gguf"))
    yield "llama 2 (GGUF, scores)", folder / "ggml-vocab-llama-spm.gguf", from_scores(folder / "ggml-vocab-llama-spm.gguf")


def all_of(model, tmp):
    for kind in ("llama3", "qwen2", "smollm", "neox", "llama2", "gemma"):
        at = root / "data/tokenizers" / kind
        yield kind + " (small)", at, Tokenizer.from_file(str(at / "tokenizer.json"))
    yield "smollm2 (GGUF)", model, tokenizer(GGUFReader(model))
    if len(sys.argv) > 3:
        yield from large(pathlib.Path(sys.argv[3]), tmp)


def main():
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        texts = strings(N, 1)
        file = tmp / "strings.json"
        print("tokenizer\tstrings\ttokens\tdiffer")
        for name, path, t in all_of(sys.argv[2], tmp):
            file.write_text(json.dumps(texts))
            run = subprocess.run([sys.argv[1], str(path), str(file)], capture_output=True, text=True, check=True)
            got = [[int(i) for i in line.split()] for line in run.stdout.split("\n")[:-1]]
            want = [e.ids for e in t.encode_batch(texts, add_special_tokens=False)]
            differ = [i for i in range(N) if got[i] != want[i]]
            print(f"{name}\t{len(want)}\t{sum(map(len, want))}\t{len(differ)}", flush=True)
            for i in differ[:3]:
                print(repr(texts[i]), file=sys.stderr)


main()
