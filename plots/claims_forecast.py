"""claims_forecast.py: from the first third of a run, the edits until behaviour leaves its interval."""

import math

import numpy as np

# Editors whose update is of one kind; the others are a family of their own.
FAMILIES = {
    "memit": "memit memit-seq encore emmet rect rect-compat prune prune-compat prune-encore prune-linear",
    "alphaedit": "alphaedit evoedit nse",
    "rome": "rome r-rome",
    "fine-tuning": "ft ft-l ft-m locft-bf",
    "gradients": "ultraedit ultraedit-compat stableedit",
}
# Those that change by a rate from the first edit on; NAME/base in terms of the unedited model's.
CANDIDATES = (
    "spectral_ratio", "spectral_ratio_max", "fro_ratio", "fro_ratio_max", "value_shift", "triple_residual", "lss_r", "lss_g",
    "svs", "svs_match", "retained_gain", "retention", "intruders", "overtaken", "nuclear/base", "stable_rank/base",
    "effective_rank/base", "condition/base",
)  # fmt: skip
HEADINGS = ["predictor", "left", "never", "families", "median_factor", "within_2", "never_said", "level"]
CHOSEN, CONSTANT = "best of the others", "median of the others"


def family(editor):
    return next((f for f, members in FAMILIES.items() if editor in members.split()), editor)


def end_of(run):
    """The stage at which behaviour was first found to have left, or None; and the last one that was tested."""
    tested = [s for s in sorted(run.metrics) if s > 0 and run.left(s) is not None]
    return next((s for s in tested if run.left(s)), None), tested[-1] if tested else None


class Course:
    """A run that can be foretold: it was sound through its first third, of which there are numbers."""

    def __init__(self, run, gone, last):
        self.family, self.gone = family(run.editor), gone
        self.left = None if gone is None else run.edits[gone]
        self.last = run.edits[last]
        self.run = run

    def value(self, name, stage):
        return self.run.numbers.get(stage, {}).get(name, math.nan)

    def rate(self, name):
        """The least-squares line of the first third through the unedited model's value, an edit."""
        base = self.value(name, 0)
        early = [s for s in self.run.numbers if s > 0 and self.run.edits[s] <= self.last / 3]
        e = np.array([self.run.edits[s] for s in early])
        d = np.array([self.value(name, s) - base for s in early])
        known = np.isfinite(d)
        return float((e[known] * d[known]).sum() / (e[known] ** 2).sum()) if known.any() else math.nan

    def foretell(self, name, level):
        """The edits at which the line reaches the level; infinite if it never does."""
        rate, way = self.rate(name), level - self.value(name, 0)
        if not (math.isfinite(rate) and math.isfinite(way)):
            return math.nan
        return way / rate if rate * way > 0 else math.inf


def courses_of(runs):
    out = []
    for run in runs:
        gone, last = end_of(run)
        if last is None or (gone is not None and run.edits[gone] <= run.edits[last] / 3):
            continue
        if any(s > 0 and run.edits[s] <= run.edits[last] / 3 for s in run.numbers):
            out.append(Course(run, gone, last))
    return out


def level_of(name, courses):
    """The number's median when behaviour left."""
    values = [c.value(name, c.gone) for c in courses if c.gone is not None]
    values = [v for v in values if math.isfinite(v)]
    return float(np.median(values)) if values else math.nan


def factors(pairs):
    """How many times too many or too few edits were foretold, of the runs that left."""
    return [max(said / c.left, c.left / said) if said > 0 else math.inf for c, said in pairs if c.left is not None]


def best_of(courses):
    """The candidate with the least median factor on the courses that it is fitted on."""
    scored = []
    for name in CANDIDATES:
        said = [(c, c.foretell(name, level_of(name, courses))) for c in courses]
        of = factors([(c, s) for c, s in said if not math.isnan(s)])
        if of and len(of) == sum(c.left is not None for c in courses):
            scored.append((float(np.median(of)), name))
    return min(scored)[1] if scored else None


def foretold(name, courses):
    """Each course with what is said of it by the level of the other families."""
    out, levels = [], []
    for c in courses:
        others = [o for o in courses if o.family != c.family]
        known = [o.left for o in others if o.left is not None]
        if not known:
            continue
        if name == CONSTANT:
            out.append((c, float(np.median(known))))
            continue
        used = best_of(others) if name == CHOSEN else name
        level = level_of(used, others) if used else math.nan
        said = c.foretell(used, level) if used else math.nan
        if not math.isnan(said):
            out.append((c, said))
            levels.append(level)
    return out, float(np.median(levels)) if levels and name != CHOSEN else math.nan


def table(runs):
    """A row a predictor: of runs that left, by how many times the edits were missed (median) and the share missed by less
    than twice; of runs that never left, the share of which that was said."""
    courses, rows = courses_of(runs), []
    for name in (CONSTANT, CHOSEN, *CANDIDATES):
        pairs, level = foretold(name, courses)
        of = factors(pairs)
        if not of:
            continue
        never = [said > c.last for c, said in pairs if c.left is None]
        within = float(np.mean([f < 2 for f in of]))
        share = float(np.mean(never)) if never else math.nan
        rows.append((name, len(of), len(never), len({c.family for c, _ in pairs}), float(np.median(of)), within, share, level))
    return rows[:2] + sorted(rows[2:], key=lambda r: r[4])
