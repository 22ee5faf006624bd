"""Checkpoints whose state is known, made from one model, for tests/bench/verdicts.sh.

verdicts.py make MODEL.gguf TEXT DIR GROUP...
                                             makes DIR/base and the checkpoints of GROUP that are not there, and appends
                                             to DIR/labels.tsv: checkpoint, kind of change, benign, perplexity over the base's
verdicts.py groups                           names the groups
verdicts.py row DIR                          reads spx-diagnose --json, prints rows of verdicts.tsv
verdicts.py summary ROWS.tsv                 hits and false alarms of every state

The label is `broken` where transformers finds twice the base's perplexity on TEXT, which is not what spx-diagnose reads;
else `sound`. `benign` are what people do without harm: rounding, quantisation to 4 bits and more, fine-tuning, adapters,
merges, noise and edits below a tenth of a weight's norm. Seed 1234.

Made with torch 2.15.0, transformers 5.24.0, peft 0.21.2, gguf 0.19.0.
"""
import copy
import csv
import json
import math
import pathlib
import sys

SEED, WINDOW, WINDOWS = 1234, 256, 3
COLUMNS = ("checkpoint made benign label ratio verdict behaviour subspaces overtaken change "
           "lss_g svs spectral_ratio change_s1 change_noise").split()


def matrices(model, layers=None):
    import torch
    for name, p in model.named_parameters():
        if p.ndim == 2 and "layers" in name and (layers is None or int(name.split(".")[2]) in layers):
            yield name, p


def ffn_out(model, layers):
    return ((n, p) for n, p in matrices(model, layers) if "down_proj" in n)


def add(p, d, share):
    """p + d, with d of `share` times p's norm."""
    p += (d * (share * p.float().norm() / d.norm())).to(p.dtype)


def low_rank(model, chosen, rank, share, generator):
    import torch
    for _, p in chosen(model):
        d = torch.randn(p.shape[0], rank, generator=generator) @ torch.randn(rank, p.shape[1], generator=generator)
        add(p, d, share)


def quantise(p, bits, group):
    """Symmetric, a scale for every `group` values of a row (0: for a row), and back."""
    w = p.float().reshape(-1, group or p.shape[1])
    top = 2 ** (bits - 1) - 1
    scale = w.abs().amax(1, keepdim=True).clamp_min(1e-12) / top
    p.copy_(((w / scale).round().clamp(-top - 1, top) * scale).reshape(p.shape).to(p.dtype))


def storage(make):
    for bits, group in ((8, 0), (6, 64), (5, 32), (4, 32), (3, 32), (2, 32)):
        for m in make(f"int{bits}", "noise|quantised", bits >= 4):
            for _, p in matrices(m):
                quantise(p, bits, group)
    for m in make("f16", "none|rounding", True):
        m.half()


def random(make):
    import torch
    five, one = range(6, 11), range(8, 9)
    for share in (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5):
        g = torch.Generator().manual_seed(SEED)
        for m in make(f"rank100-{share}", "locate-then-edit", share < 0.15):
            low_rank(m, lambda m: ffn_out(m, five), 100, share, g)
    for name, chosen, rank, share, kind in (
            ("rank8-0.2", lambda m: ffn_out(m, five), 8, 0.2, "locate-then-edit"),
            ("one-block-0.4", lambda m: ffn_out(m, one), 100, 0.4, "locate-then-edit"),
            ("every-rank16-0.02", matrices, 16, 0.02, "adapter"),
            ("every-rank16-0.3", matrices, 16, 0.3, "adapter")):
        g = torch.Generator().manual_seed(SEED)
        for m in make(name, kind, share < 0.1):
            low_rank(m, chosen, rank, share, g)


def noise(make):
    import torch
    for share in (0.01, 0.03, 0.06, 0.3, 0.8):
        g = torch.Generator().manual_seed(SEED)
        for m in make(f"noise-{share}", "noise", share < 0.1):
            for _, p in matrices(m):
                add(p, torch.randn(p.shape, generator=g), share)


def train(m, text, steps, rate):
    """Steps of AdamW on 128 tokens each, weights in float."""
    import torch
    m.train()
    opt = torch.optim.AdamW([p for p in m.parameters() if p.requires_grad], lr=rate)
    for i in range(steps):
        ids = text[(i * 128) % (len(text) - 128):][:128].unsqueeze(0)
        m(ids, labels=ids).loss.backward()
        opt.step()
        opt.zero_grad()
    return m.eval()


def tuning(make):
    for name, steps, rate, benign in (("tuned-4", 4, 1e-4, True), ("tuned-12", 12, 1e-4, True),
                                      ("tuned-gently", 8, 3e-5, True), ("tuned-hot", 4, 1e-2, False)):
        for m in make(name, "fine-tuned", benign):
            train(m.float(), make.text, steps, rate)
    for m in make("merge-half", "fine-tuned", True):
        mix(m, make, "tuned-12", 0.5)
    for m in make("merge-two", "fine-tuned", True):
        mix(m, make, "tuned-12", 0.5)
        mix(m, make, "tuned-gently", 0.5)
    for m in make("merge-far", "fine-tuned", False):
        mix(m, make, "tuned-12", 20)


def mix(m, make, other, t):
    """m + t (other - base)."""
    b, o = dict(make.base.named_parameters()), dict(make.load(make.folder / other).named_parameters())
    m.float()
    for name, p in m.named_parameters():
        p += t * (o[name].float() - b[name].float())


def adapters(make):
    from peft import LoraConfig, get_peft_model
    import torch
    for name, targets, rank, times, benign in (("lora-qv", ["q_proj", "v_proj"], 8, 1, True),
                                               ("lora-every", "all-linear", 16, 1, True),
                                               ("lora-strong", "all-linear", 16, 30, False)):
        for m in make(name, "adapter", benign):
            torch.manual_seed(SEED)
            tuned = get_peft_model(m.float(), LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))
            with torch.enable_grad():
                train(tuned, make.text, 6, 1e-3)
            if times == 1:
                tuned.save_pretrained(make.folder / f"{name}-adapter")
            for p in tuned.parameters():
                if p.requires_grad:
                    p *= math.sqrt(times)
            make.replace(tuned.merge_and_unload())


def surgery(make):
    import torch
    for m in make("swapped-blocks", "mixed|fine-tuned", False):
        m.model.layers[8], m.model.layers[9] = m.model.layers[9], m.model.layers[8]
    for m in make("norms-scaled", "mixed", False):
        m.model.norm.weight *= torch.linspace(0, 2, m.model.norm.weight.numel(), dtype=m.dtype)
    for m in make("embedding-noise", "mixed|noise", False):
        p = m.model.embed_tokens.weight
        add(p, torch.randn(p.shape, generator=torch.Generator().manual_seed(SEED)), 1.0)
    for m in make("bias-of-norms", "mixed", True):
        for layer in m.model.layers:
            layer.input_layernorm.weight *= 1.01


def gguf(make):
    """The source's GGUF with its matrices stored anew; labelled by transformers, which reads them."""
    for kind, benign in (("Q8_0", True), ("Q5_0", True), ("Q4_0", True)):
        at = make.folder / f"{kind.lower()}.gguf"
        if at.name not in labels(make.folder):
            store(make.gguf, at, kind)
            from checkpoints import load
            make.label(at.name, "quantised", benign, load(at)[0].eval())


def store(source, target, kind):
    import gguf as g
    reader = g.GGUFReader(source)
    field = lambda f: f.contents()
    writer = g.GGUFWriter(target, field(reader.fields["general.architecture"]))
    for f in reader.fields.values():
        if not f.name.startswith("GGUF.") and f.name not in ("general.architecture", "general.file_type"):
            writer.add_key_value(f.name, field(f), f.types[0], f.types[-1] if len(f.types) > 1 else None)
    for t in reader.tensors:
        w = g.quants.dequantize(t.data, t.tensor_type).reshape([int(n) for n in reversed(t.shape)])
        to = g.GGMLQuantizationType[kind if w.ndim == 2 else "F32"]
        writer.add_tensor(t.name, g.quants.quantize(w, to), raw_dtype=to)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def edits(make):
    """Stages of runs that spx-export wrote to DIR/edit-*, by verdicts.sh."""
    known = labels(make.folder)
    for at in sorted(make.folder.glob("edit-*")):
        if at.name not in known:
            make.label(at.name, "locate-then-edit", False, make.load(at))


GROUPS = {f.__name__: f for f in (storage, random, noise, tuning, adapters, surgery, gguf, edits)}


class Maker:
    def __init__(self, gguf, text, folder):
        from transformers import AutoTokenizer
        self.gguf, self.folder = gguf, pathlib.Path(folder)
        if not (self.folder / "base").exists():
            from checkpoints import load, save
            save(*load(gguf), self.folder / "base")
        self.base = self.load(self.folder / "base")
        tokenizer = AutoTokenizer.from_pretrained(self.folder / "base")
        ids = tokenizer(pathlib.Path(text).read_text()[:60000], return_tensors="pt").input_ids[0]
        self.held, self.text = ids[:WINDOW * WINDOWS], ids[WINDOW * WINDOWS:]
        self.before = None

    def load(self, folder):
        import torch
        from transformers import AutoModelForCausalLM
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    def perplexity(self, m):
        import torch
        with torch.no_grad():
            losses = [m(w.unsqueeze(0), labels=w.unsqueeze(0)).loss.item() for w in self.held.split(WINDOW)]
        return math.exp(min(sum(losses) / len(losses), 100))

    def replace(self, m):
        self.m = m

    def __call__(self, name, kind, benign):
        """Yields a copy of the base, once, to be changed; then saves and labels it. Nothing if that was done before."""
        import torch
        if name in labels(self.folder):
            return
        self.m = copy.deepcopy(self.base)
        trained = name.startswith("tuned")
        for p in self.m.parameters():
            p.requires_grad_(trained)
        torch.set_grad_enabled(trained)
        yield self.m
        torch.set_grad_enabled(False)
        m = self.m if name == "f16" else self.m.to(torch.bfloat16)
        m.save_pretrained(self.folder / name)
        self.label(name, kind, benign, m)

    def label(self, name, kind, benign, m):
        if self.before is None:
            self.before = self.perplexity(copy.deepcopy(self.base).float())
        ratio = self.perplexity(m.float()) / self.before
        with open(self.folder / "labels.tsv", "a", encoding="utf-8") as f:
            f.write(f"{name}\t{kind}\t{'yes' if benign else 'no'}\t{ratio:.4g}\n")


def labels(folder):
    path = pathlib.Path(folder) / "labels.tsv"
    path.touch()
    with open(path, encoding="utf-8") as f:
        return {r[0]: r[1:] for r in csv.reader(f, delimiter="\t")}


def rows(folder):
    """Of JSON lines: a row for every stage's verdict, with the numbers of its worst matrix."""
    known, worst = labels(folder), {}
    for line in sys.stdin:
        x = json.loads(line)
        if x["row"] == "matrix":
            worst.setdefault(x["stage"], x)
        if x["row"] != "verdict":
            continue
        made, benign, ratio = known[x["stage"]]
        m = worst.get(x["stage"], {})
        label = "broken" if float(ratio) >= 2 else "sound"
        numbers = ["" if m.get(c) is None else f"{m[c]:.3g}" for c in COLUMNS[10:]]
        print(*(x["stage"], made, benign, label, ratio, x["verdict"], x["behaviour"], x["subspaces"], x["overtaken"],
                x["change"], *numbers), sep="\t")


def count(rows, what, test):
    hits = sum(test(r) for r in rows if r["label"] == "broken")
    alarms = sum(test(r) for r in rows if r["label"] == "sound")
    benign = sum(test(r) for r in rows if r["benign"] == "yes")
    print(f"{what}\t{hits}\t{alarms}\t{benign}")


def summary(path):
    with open(path, encoding="utf-8") as f:
        table = list(csv.DictReader(f, delimiter="\t"))
    n = {k: sum(r["label"] == k for r in table) for k in ("broken", "sound")}
    print(f"called\tof {n['broken']} broken\tof {n['sound']} sound\tof {sum(r['benign'] == 'yes' for r in table)} benign")
    count(table, "behaviour broken", lambda r: r["behaviour"] == "broken")
    count(table, "behaviour worse or broken", lambda r: r["behaviour"] in ("worse", "broken"))
    count(table, "subspaces gone", lambda r: r["subspaces"] == "gone")
    count(table, "subspaces moved or gone", lambda r: r["subspaces"] in ("moved", "gone"))
    count(table, "overtaken", lambda r: r["overtaken"] == "True")
    right = sum(r["change"] in r["made"].split("|") for r in table)
    print(f"kind of change named as made\t{right} of {len(table)}")
    for r in table:
        if r["change"] not in r["made"].split("|"):
            print(f"  {r['checkpoint']}: {r['made']} called {r['change']}")


def main():
    what = sys.argv[1]
    if what == "make":
        maker = Maker(*sys.argv[2:5])
        for group in sys.argv[5:]:
            GROUPS[group](maker)
    elif what == "groups":
        print(*GROUPS)
    elif what == "heading":
        print(*COLUMNS, sep="\t")
    elif what == "row":
        rows(sys.argv[2])
    elif what == "summary":
        summary(sys.argv[2])


if __name__ == "__main__":
    main()
