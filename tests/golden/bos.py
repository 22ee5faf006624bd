"""What transformers puts before a text, by tokenizer_config.json and tokenizer.json: bos.json.

usage: bos.py    once with transformers 4.57.1 and once with 5.24.0, each in an environment of its own (torch is not needed):
each run adds the answers of its version.

A case is a class (null: none), add_bos_token (null: absent) and a tokenizer.json whose template puts <s> before a text or does not;
the answer is whether the ids of a text begin with <s>, or null where the class refuses the files.
"""
import itertools
import json
import pathlib
import tempfile

import transformers

here = pathlib.Path(__file__).parent
CLASSES = [None, "LlamaTokenizer", "LlamaTokenizerFast", "PreTrainedTokenizerFast", "GPT2Tokenizer", "Qwen2TokenizerFast", "GPTNeoXTokenizerFast"]
VOCAB = ["<s>", "</s>", "<unk>", "a", "b", "\u0120"]


def tokenizer(template):
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    single = [{"SpecialToken": {"id": "<s>", "type_id": 0}}] if template else []
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": VOCAB[i], **special} for i in range(3)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": {"type": "TemplateProcessing", "single": single + [{"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}} if template else {}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": {t: i for i, t in enumerate(VOCAB)}, "merges": []},
    }


def answer(name, add_bos, template):
    config = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    if name:
        config["tokenizer_class"] = name
    if add_bos is not None:
        config["add_bos_token"] = add_bos
    with tempfile.TemporaryDirectory() as d:
        folder = pathlib.Path(d)
        (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer(template)))
        try:
            return transformers.AutoTokenizer.from_pretrained(d)("a b")["input_ids"][0] == 0
        except Exception:
            return None


if __name__ == "__main__":
    path = here / "bos.json"
    out = json.loads(path.read_text()) if path.exists() else {}
    cases = [{"class": c, "add_bos_token": a, "template": t} for c, a, t in itertools.product(CLASSES, [None, True, False], [True, False])]
    out["cases"] = cases
    out[transformers.__version__] = [answer(*c.values()) for c in cases]
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")
