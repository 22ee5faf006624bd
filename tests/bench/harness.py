"""What lm-evaluation-harness measures of a model, on the files and items that spx-eval reads: rows "metric value items".

usage: harness.py MODEL.gguf LAMBADA.jsonl ITEMS TEXT TOKENS MMLU_FOLDER QUESTIONS     (what harness.sh gives)

lm-eval 0.4.9.1 and transformers 4.57.1, all else as in ../golden/requirements.txt; offline. The model is given to it as a transformers model
in float, its tasks are lambada_openai, the template of mmlu and loglikelihood_rolling with their published prompts, on local files.

perplexity          tokens 2 .. 512 of windows of 512: spx-eval's windows, scored by the harness
perplexity_rolling  its own windows: every token counts, the first behind EOS, that of a later window behind the last of the one before
"""
import collections
import csv
import json
import math
import os
import pathlib
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
os.environ.setdefault("HF_HOME", tempfile.mkdtemp())
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))

import torch
import transformers as tf
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM

from metrics import llama

WINDOW = 512


def local(name, rows, **config):
    path = pathlib.Path(os.environ["HF_HOME"]) / f"{name}.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(path)}}, "test_split": "test", **config}


def lambada(path, items):  # tasks/lambada/lambada_openai.yaml
    rows = [json.loads(x) for x in open(path, encoding="utf-8")][:items]
    return local("lambada", rows, output_type="loglikelihood", doc_to_text="{{text.split(' ')[:-1]|join(' ')}}", doc_to_target="{{' '+text.split(' ')[-1]}}",
                 metric_list=[{"metric": "perplexity", "aggregation": "perplexity", "higher_is_better": False},
                              {"metric": "acc", "aggregation": "mean", "higher_is_better": True}])


def mmlu(folder, questions):  # tasks/mmlu/default/_default_template_yaml, no shots; the subject stands before each question
    rows = []
    for path in sorted(pathlib.Path(folder).glob("test/*.csv")):
        subject = path.name.split("_test")[0].replace("_", " ")
        part = [r for r in csv.reader(open(path, newline="", encoding="utf-8-sig")) if r[5] != "answer"][:questions]
        rows += [{"subject": subject, "question": r[0], "choices": r[1:5], "answer": "ABCD".find(r[5]) if r[5] in "ABCD" else int(r[5])} for r in part]
    return local("mmlu", rows, output_type="multiple_choice", doc_to_choice=["A", "B", "C", "D"], doc_to_target="answer",
                 doc_to_text="The following are multiple choice questions (with answers) about {{subject}}.\n\n{{question.strip()}}\nA. {{choices[0]}}\n"
                 "B. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:",
                 metric_list=[{"metric": "acc", "aggregation": "mean", "higher_is_better": True}])


def measure(lm, config):
    """Each item's metrics by the harness's own prompts, scores and rules."""
    task = ConfigurableTask(config=config)
    task.build_all_requests()
    of = collections.defaultdict(list)
    for x, said in zip(task.instances, lm.loglikelihood(task.instances, disable_tqdm=True)):
        of[x.doc_id].append((x.doc, said))
    return [task.process_results(x[0][0], [said for _, said in x]) for x in of.values()]


def perplexities(lm, t, text, tokens):
    e = t.encode(text)
    ids, text = e.ids[:tokens], text[:e.offsets[tokens - 1][1]]
    parts = [ids[i:i + WINDOW] for i in range(0, len(ids) - WINDOW + 1, WINDOW)]
    same = lm._loglikelihood_tokens([(("", ""), p[:1], p[1:]) for p in parts], disable_tqdm=True)
    rolling = lm.loglikelihood_rolling([Instance(request_type="loglikelihood_rolling", doc={}, arguments=(text,), idx=0)], disable_tqdm=True)[0]
    return (math.exp(-sum(x for x, _ in same) / (len(parts) * (WINDOW - 1))), len(parts) * (WINDOW - 1)), (math.exp(-rolling / len(ids)), len(ids))


def main(model, passages, items, text, tokens, folder, questions):
    m, t = llama(model, torch.float32)
    tok = tf.PreTrainedTokenizerFast(tokenizer_object=t, eos_token="<|im_end|>", pad_token="<|im_end|>")
    lm = HFLM(pretrained=m, tokenizer=tok, backend="causal", max_length=WINDOW, batch_size=1, device="cpu", dtype="float32")
    mean = lambda rows, name: sum(float(r[name]) for r in rows) / len(rows)
    whole, rolling = perplexities(lm, t, open(text, encoding="utf-8").read(), int(tokens))
    words = measure(lm, lambada(passages, int(items)))
    rows = [("perplexity", *whole), ("perplexity_rolling", *rolling), ("lambada", 100 * mean(words, "acc"), len(words)),
            ("lambada_perplexity", math.exp(-mean(words, "perplexity")), len(words))]
    if folder:
        right = measure(lm, mmlu(folder, int(questions)))
        rows.append(("mmlu", 100 * mean(right, "acc"), len(right)))
    for name, value, count in rows:
        print(f"{name}\t{value:.9g}\t{count}")


if __name__ == "__main__":
    main(*sys.argv[1:])
