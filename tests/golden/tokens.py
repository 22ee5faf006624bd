"""Token ids from the public `tokenizers` package: tokens.json, and the small tokenizers it speaks of.

usage: tokens.py [SMOLLM2.gguf]    Versions: requirements.txt.

../data/tokenizers/<kind>/tokenizer.json   trained here on the texts of ../../datasets, in the form that a family uses
../data/tokenizers/gpt2-files/             vocab.json and merges.txt
../data/tokenizers/spm.gguf                llama2's as GGUF's SentencePiece, merges by score
"""
import json
import pathlib
import sys

import gguf
from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from strings import strings

here = pathlib.Path(__file__).parent
data = here.parent / "data/tokenizers"
TEXTS = [
    "The mother tongue of Danielle Darrieux is", " leading and  double  spaces ", "trailing   ", "\n\nnew\n lines\t\ttabs \r\n",
    "It's we're I'd they'll I've 'quoted' DON'T", "2018-01-22, 3.14159 and 1,000,000 in 42nd", "naïve Größe façade São Paulo",
    "Привет, мир! 你好，世界 こんにちは 안녕하세요", "emoji 👩‍👩‍👧 and flags 🇩🇪 ok", "x = {'a': [1, 2]}; // code_here->now", "a", " ", "",
    "e\u0301 combining\u00a0nbsp\u2003em\u3000wide", "...!!!???", "ⅷ ² ½ ٣ digits of other scripts", "\ufeffbyte order mark",
    "ab" * 300,
]
# Marks out of order, Hangul by its letters, singletons, characters that NFC takes apart, a mark alone.
COMPOSING = [
    "e\u0301te\u0301 o\u0308\u0323 o\u0323\u0308 a\u0328\u0301", "\u1112\u1161\u11ab\u1100\u1173\u11af \uac00\u11a8", "\u212b \u2126 \uf900 \u1e9b\u0323",
    "\u0958\u0929\u0928\u093c \u0bca \u0bc6\u0bbe \u09c7\u09be", "\u0301 alone, >\u0338 =\u0338", "\U0001d160 \u2adc \ufb1d", "x\u0344\u0f73 y" + "\u0300" * 40,
    "<|im_start|>A\u030angstro\u0308m<tool>e\u0301<|endoftext|>\u0301",
]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def tokenizer(reader):
    field = lambda k: reader.fields["tokenizer.ggml." + k].contents()
    t = Tokenizer(models.BPE(vocab={x: i for i, x in enumerate(field("tokens"))}, merges=[tuple(m.split(" ")) for m in field("merges")]))
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Digits(individual_digits=True)
    pre = field("pre") if "tokenizer.ggml.pre" in reader.fields else "gpt-2"
    t.pre_tokenizer = pre_tokenizers.Sequence([digits, level]) if pre == "smollm" else level
    for x, kind in zip(field("tokens"), field("token_type") if "tokenizer.ggml.token_type" in reader.fields else []):
        if kind == 4:  # user-defined
            t.add_tokens([AddedToken(x, special=False, normalized=False)])
    return t


def split_by(regex):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(pre, ignore_merges=False):
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.pre_tokenizer = pre
    t.decoder = decoders.ByteLevel()
    return t, trainers.BpeTrainer(vocab_size=600, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)


def llama3():
    t, trainer = byte_level(split_by(LLAMA3), True)
    return t, trainer, [AddedToken("<|begin_of_text|>", special=True), AddedToken("<|end_of_text|>", special=True)], "<|begin_of_text|>"


def qwen2():
    t, trainer = byte_level(split_by(QWEN2))
    t.normalizer = normalizers.NFC()
    return t, trainer, [AddedToken("<|endoftext|>", special=True), AddedToken("<|im_start|>", special=True), AddedToken("<tool>", special=False)], None


def smollm():
    t, trainer = byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    return t, trainer, [AddedToken("<|endoftext|>", special=True)], None


def neox():
    t, trainer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    return t, trainer, [AddedToken("<|endoftext|>", special=True), AddedToken("    ", special=False, normalized=False)], None


def sentencepiece(prefix):
    t = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    swap = normalizers.Replace(" ", "▁")
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), swap]) if prefix else swap
    bytes_ = ["<0x%02X>" % b for b in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, max_token_length=12, show_progress=False)
    return t, trainer


def llama2():
    return *sentencepiece(True), [AddedToken("<s>", special=True), AddedToken("</s>", special=True)], "<s>"


def gemma():
    t, trainer = sentencepiece(False)
    t.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    return t, trainer, [AddedToken("<s>", special=True), AddedToken("<end_of_turn>", special=True), AddedToken("\n\n", special=False, normalized=False)], "<s>"


KINDS = {f.__name__: f for f in (llama3, qwen2, smollm, neox, llama2, gemma)}


def train(kind):
    t, trainer, added, bos = KINDS[kind]()
    texts = [(here.parents[1] / "datasets" / f).read_text(encoding="utf-8")[:150000] for f in ("wikitext-2-valid.txt", "counterfact-2000.json")]
    lines = "\n".join(texts).splitlines() if t.model.byte_fallback is False else " ".join(texts).split(". ")
    t.train_from_iterator(lines, trainer)
    if t.model.byte_fallback:  # the trainer keeps the bytes as specials: they are none
        j = json.loads(t.to_str())
        j["added_tokens"] = [a for a in j["added_tokens"] if not a["content"].startswith("<0x")]
        t = Tokenizer.from_str(json.dumps(j))
    t.add_special_tokens([a for a in added if a.special])
    t.add_tokens([a for a in added if not a.special])
    if bos:
        t.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, t.token_to_id(bos))])
    (data / kind).mkdir(parents=True, exist_ok=True)
    t.save(str(data / kind / "tokenizer.json"), pretty=False)
    write_empty(data / kind)
    return t


def write_empty(folder):
    """A checkpoint without tensors, for the tokenizer to lie beside."""
    (folder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")


def write_spm(t):
    """Scores fall with the rank of the merge that makes a token; characters come last, as SentencePiece has them."""
    j = json.loads(t.to_str())
    vocab = sorted(j["model"]["vocab"], key=j["model"]["vocab"].get)
    rank = {}
    for i, m in enumerate(j["model"]["merges"]):
        rank.setdefault("".join(m if isinstance(m, list) else m.split(" ")), i)
    kind = lambda x: 2 if x == "<unk>" else 3 if x in ("<s>", "</s>") else 6 if x.startswith("<0x") else 1
    w = gguf.GGUFWriter(data / "spm.gguf", "llama")
    w.add_tokenizer_model("llama")
    w.add_token_list(vocab)
    w.add_token_scores([-float(rank.get(x, 1e6)) for x in vocab])
    w.add_token_types([kind(x) for x in vocab])
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.close()


def cases(t, seed=0, more=()):
    texts = TEXTS + list(more) + (strings(60, seed) if seed else [])
    out = [{"text": x, "ids": t.encode(x, add_special_tokens=False).ids} for x in texts]
    for c in out:
        composed = t.normalizer.normalize_str(c["text"]) if isinstance(t.normalizer, normalizers.NFC) else c["text"]
        if composed != c["text"]:
            c["composed"] = composed
    return out


if __name__ == "__main__":
    out = {"tiny": cases(tokenizer(GGUFReader(here.parent / "data/tiny.gguf")), 1), "gpt2": cases(tokenizer(GGUFReader(here.parent / "data/gpt2.gguf")), 2)}
    for i, kind in enumerate(KINDS):
        t = train(kind)
        out[kind] = cases(t, 3 + i, COMPOSING if kind == "qwen2" else ())
        if kind == "llama2":
            write_spm(t)
    if len(sys.argv) > 1:
        out["smollm2"] = cases(tokenizer(GGUFReader(sys.argv[1])), 9)
    files = data / "gpt2-files"
    files.mkdir(exist_ok=True)
    write_empty(files)
    j = json.loads((data / "neox/tokenizer.json").read_text())["model"]
    (files / "vocab.json").write_text(json.dumps(j["vocab"], ensure_ascii=False))
    (files / "merges.txt").write_text("#version: 0.2\n" + "\n".join(m if isinstance(m, str) else " ".join(m) for m in j["merges"]) + "\n")
    (here / "tokens.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
