"""Token ids around added tokens from the public `tokenizers` package: added.json, and the tokenizers it speaks of.

usage: added.py    Versions: requirements.txt.

../data/tokenizers/added-<kind>/tokenizer.json   a small vocabulary in the form of a family, with added tokens of every flag
"""
import itertools
import json
import pathlib
import random

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

here = pathlib.Path(__file__).parent
data = here.parent / "data/tokenizers"
FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
WORDS = ["left", "right", "one", "norm"]
SPACES = [" ", "  ", "\n", "\t ", "\u00a0", "\u3000", ""]
BESIDE = ["a", "é", "中", "_", "7", "\u0301", "-", ".", "ⓐ", ""]


def byte_level():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return t, trainers.BpeTrainer(vocab_size=300, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)


def sentencepiece(normalizer, pre):
    t = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    if normalizer:
        t.normalizer = normalizer
    if pre:
        t.pre_tokenizer = pre
    special = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)]
    return t, trainers.BpeTrainer(vocab_size=320, special_tokens=special, max_token_length=8, show_progress=False)


def prepend():
    return sentencepiece(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None)


def metaspace():
    return sentencepiece(None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False))


def replace():
    return sentencepiece(normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"))


KINDS = {f.__name__: f for f in (byte_level, prepend, metaspace, replace)}


def added():
    """A token of each combination of flags, one a special one, and one that is the beginning of another."""
    out = []
    for i, flags in enumerate(itertools.product((False, True), repeat=4)):
        on = dict(zip(FLAGS, flags))
        out.append(AddedToken("<" + WORDS[i % 4] + str(i) + ">", special=i % 5 == 0, **on))
        out.append(AddedToken(WORDS[i % 4] + str(i), special=False, **on))
    return out + [AddedToken("<left", special=False, normalized=False), AddedToken("norm3x", special=False, normalized=True)]


def texts(seed):
    rng = random.Random(seed)
    tokens = [t.content for t in added()]
    out = [x + s + t + y for t in tokens for x, y, s in [("a", "b", " "), ("", "", ""), ("é", "_", ""), ("it ", " is", "  "), ("\n", "\t", " ")]]
    for _ in range(200):
        parts = []
        for _ in range(rng.randint(1, 5)):
            parts += [rng.choice(BESIDE), rng.choice(SPACES), rng.choice(tokens), rng.choice(SPACES), rng.choice(BESIDE)]
        out.append("".join(parts))
    return out


def build(kind):
    t, trainer = KINDS[kind]()
    corpus = (here.parents[1] / "datasets/wikitext-2-valid.txt").read_text(encoding="utf-8")[:40000]
    t.train_from_iterator(corpus.splitlines(), trainer)
    j = json.loads(t.to_str())
    j["added_tokens"] = [a for a in j["added_tokens"] if not a["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(j))
    for token in added():
        (t.add_special_tokens if token.special else t.add_tokens)([token])
    folder = data / f"added-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    t.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    out = {}
    for i, kind in enumerate(KINDS):
        t = build(kind)
        out[kind] = [{"text": x, "ids": t.encode(x, add_special_tokens=False).ids} for x in texts(i)]
    (here / "added.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
