"""Token ids from the public `tokenizers` package: tokens.json.

usage: tokens.py [SMOLLM2.gguf]    Versions: requirements.txt.
"""
import json
import pathlib
import sys

from gguf import GGUFReader
from tokenizers import Tokenizer, models, pre_tokenizers

here = pathlib.Path(__file__).parent
TEXTS = [
    "The mother tongue of Danielle Darrieux is", " leading and  double  spaces ", "trailing   ", "\n\nnew\n lines\t\ttabs \r\n",
    "It's we're I'd they'll I've 'quoted' DON'T", "2018-01-22, 3.14159 and 1,000,000 in 42nd", "naïve Größe façade São Paulo",
    "Привет, мир! 你好，世界 こんにちは 안녕하세요", "emoji 👩‍👩‍👧 and flags 🇩🇪 ok", "x = {'a': [1, 2]}; // code_here->now", "a", " ", "",
    "e\u0301 combining\u00a0nbsp\u2003em\u3000wide", "...!!!???", "ⅷ ² ½ ٣ digits of other scripts", "\ufeffbyte order mark",
    "ab" * 300,
]


def tokenizer(reader):
    field = lambda k: reader.fields["tokenizer.ggml." + k].contents()
    t = Tokenizer(models.BPE(vocab={x: i for i, x in enumerate(field("tokens"))}, merges=[tuple(m.split(" ")) for m in field("merges")]))
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Digits(individual_digits=True)
    t.pre_tokenizer = pre_tokenizers.Sequence([digits, level]) if field("pre") == "smollm" else level
    return t


def cases(path):
    t = tokenizer(GGUFReader(path))
    return [{"text": x, "ids": t.encode(x).ids} for x in TEXTS]


if __name__ == "__main__":
    out = {"tiny": cases(here.parent / "data/tiny.gguf"), "gpt2": cases(here.parent / "data/gpt2.gguf")}
    if len(sys.argv) > 1:
        out["smollm2"] = cases(sys.argv[1])
    (here / "tokens.json").write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
