"""Writes the data files of this folder from the files named in README.md.

usage: make.py SOURCE_FOLDER   (SOURCE holds editing/, text/ and general/ as README.md lists them)
Deterministic; Python 3.9 or later, standard library only.
"""
import json
import pathlib
import sys

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
FIELDS = ("case_id", "prompt", "subject", "target_new", "ground_truth", "rephrase_prompt", "locality_prompt")


def untokenise(text):
    for a, b in ((" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), ("<unk>", "unknown")):
        text = text.replace(a, b)
    for mark in (",", ".", ";", ":", "?", "!", ")", "'s", "n't", "'re", "'ve", "'m", "%"):
        text = text.replace(" " + mark, mark)
    return text.replace("( ", "(").replace(' " ', ' "')


def facts(limit):
    records = json.loads((source / "editing/counterfact-easyedit/counterfact-edit.json").read_text())
    keep = [r for r in records if r["prompt"].count(r["subject"]) == 1 and all(r[k] != "" for k in FIELDS)]
    return "[\n" + ",\n".join(json.dumps({k: r[k] for k in FIELDS}, ensure_ascii=False) for r in keep[:limit]) + "\n]\n"


def zsre(limit):
    records = json.loads((source / "editing/zsre-1k/zsre_mend_train-1k.json").read_text())
    fields = ("subject", "src", "rephrase", "alt", "answers", "loc", "loc_ans")
    keep = [{k: r[k] for k in fields} for r in records if all(r[k] for k in fields)]
    return "[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in keep[:limit]) + "\n]\n"


def text(name, characters):
    whole = untokenise((source / "text/wikitext-2" / name).read_text(encoding="utf-8"))
    return whole[: whole.index("\n", characters) + 1]


def lambada(limit):
    lines = (source / "general/lambada_test.jsonl").read_text(encoding="utf-8").splitlines()
    return "".join(json.dumps({"text": json.loads(line)["text"]}, ensure_ascii=False) + "\n" for line in lines[:limit])


def write(name, content):
    (here / name).write_text(content, encoding="utf-8", newline="\n")


write("counterfact-2000.json", facts(2000))
write("zsre-400.json", zsre(400))
write("wikitext-2-test.txt", text("test.txt", 90_000))
write("wikitext-2-valid.txt", text("valid.txt", 640_000))
write("lambada-500.jsonl", lambada(500))
