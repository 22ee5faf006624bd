"""claims_runs.py: the arms of plots/results as claims.py reads them: arms.tsv, items.tsv and stages.tsv of every plan."""

import math
from dataclasses import dataclass, field

import earlier


@dataclass
class Run:
    """One arm on one order of the facts. By round: edits, metrics {name: (value, lo, hi)}, numbers {name: value}, items
    {metric: {(set, id): right}}."""

    plan: str
    arm: str
    order: str
    seed: str
    model: str
    editor: str
    filter: str
    setting: str
    repeated: bool = False  # by an arm of another plan, with the same numbers
    seconds: float = 0  # of all its parts that were timed, evaluation included
    edits: dict = field(default_factory=dict)
    metrics: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    items: dict = field(default_factory=dict)

    @property
    def group(self):
        """What its repetitions on other orders and seeds have in common."""
        return self.plan, earlier.stem(self.arm, self.order), self.editor, self.setting

    def left(self, stage):
        """Whether behaviour left its interval: perplexity or LAMBADA and the unedited model's do not overlap, for the
        worse, which is how spx-diagnose judges; None where the stage measured neither."""
        before, after, said = self.metrics.get(0, {}), self.metrics.get(stage, {}), []
        for name, worse in (("perplexity", 1), ("lambada", -1)):
            if name in before and name in after:
                (_, lo0, hi0), (_, lo, hi) = before[name], after[name]
                said.append(lo > hi0 if worse > 0 else hi < lo0)
        return any(said) if said else None

    def last(self):
        return max(self.metrics)


def read_plan(folder):
    runs = {}
    for row in earlier.read(folder / "arms.tsv")[1]:
        run = runs.setdefault(
            earlier.key(row),
            Run(folder.name, *(row[c] for c in ("arm", "order", "seed", "model", "editor", "filter", "setting"))),
        )
        stage = int(row["round"])
        run.edits[stage] = earlier.number(row["edits"])
        values = tuple(earlier.number(row[c]) for c in ("value", "lo", "hi"))
        run.metrics.setdefault(stage, {})[row["metric"]] = values
    for row in earlier.read(folder / "stages.tsv")[1]:
        if (run := runs.get(earlier.key(row))) is None:
            continue
        stage = int(row["round"])
        run.edits[stage] = earlier.number(row["edits"])
        names = [n for n in list(row)[5:] if not n.startswith(earlier.TIMING)]
        run.seconds += sum(x for n in row if n.startswith("seconds_") and math.isfinite(x := earlier.number(row[n])))
        run.numbers[stage] = {n: earlier.number(row[n]) for n in names}
    for row in earlier.read(folder / "items.tsv")[1]:
        if (run := runs.get(earlier.key(row))) is None:
            continue
        asked = {(row["set"], int(row["first"]) + i): int(c) for i, c in enumerate(row["outcomes"]) if c != "-"}
        run.items.setdefault(int(row["round"]), {})[row["metric"]] = asked
    return list(runs.values())


def fingerprint(run):
    return run.model, run.editor, run.setting, run.order, run.seed, repr(sorted(run.metrics.items()))


def read_runs(results):
    """The arms of all plans. One that several plans share, with the same numbers, counts in the first alone."""
    seen, out = set(), []
    for folder in sorted(p.parent for p in results.glob("*/arms.tsv")):
        for run in read_plan(folder):
            run.repeated = fingerprint(run) in seen
            seen.add(fingerprint(run))
            out.append(run)
    return out


def groups_of(runs):
    out = {}
    for run in runs:
        out.setdefault(run.group, []).append(run)
    return out


def with_ratios(runs):
    """Adds NAME/base, the number in terms of the unedited model's, of numbers that are not 0 or 1 there anyway."""
    names = dict.fromkeys(n for r in runs for n in r.numbers.get(0, {}))
    for name in names:
        base = [r.numbers[0].get(name, math.nan) for r in runs if 0 in r.numbers]
        known = [b for b in base if math.isfinite(b)]
        if not known or all(abs(b) < 1e-9 or abs(b - 1) < 1e-9 for b in known):
            continue
        for run in runs:
            b = run.numbers.get(0, {}).get(name, math.nan)
            for numbers in run.numbers.values():
                numbers[name + "/base"] = numbers.get(name, math.nan) / b if abs(b) > 1e-9 else math.nan
