#!/usr/bin/env python3
"""claims.py [RESULTS [OUT]]: computes what the project claims from what is committed: arms.tsv, items.tsv and stages.tsv
of every plan in RESULTS [plots/results]. Prints Markdown and leaves it and the whole tables in OUT [RESULTS/claims];
without arguments it puts the claims into plots/README.md as well.

    ends.tsv        what each arm ends with: the mean over orders of the facts (of perplexity the geometric one) with
                    Student's 95 % interval; of a single order its interval over items
    pairs.tsv       each arm beside its editor without a filter and as short as the filter makes it (norm-matched): the
                    difference over orders with Student's interval (ln_perplexity: of natural logarithms), and McNemar's
                    exact test of the items of all orders
    predictors.tsv  how well each number of the matrices tells stages whose behaviour has left its interval (perplexity
                    or LAMBADA and the unedited model's do not overlap, for the worse) from those where it has not: the
                    area under the curve, and that of ranks from which a straight line through the ranks of the number
                    of edits is taken out, with intervals from 1,000 resamples of arms; null_95: what 200 shuffles of the
                    outcomes within models stay under 19 times of 20, p: the share of them that reach the area; arms_95 and
                    arms_p: the same where whole histories of outcomes change places between arms and orders of one model
                    that were measured after the same edits, which leaves to chance all but what the edits say. A number's
                    direction is the one that makes its area at least a half, of shuffles as well.
    settings.tsv    settings that spx-tune found beside others, in plans with an arm called tuned: fact by fact the goal of
                    tuning and its parts, and LAMBADA passage by passage, with Student's intervals over items
    repair.tsv      filters of the whole change of an edited model (repair.sh): the means, over their values, of ln perplexity
                    less that of plain scaling that keeps as many facts (gap), and of facts less those of scaling with as
                    low a perplexity (facts), over edited models with Student's intervals, and how many values are on a
                    model's frontier of the two; repair_values.tsv: the same for each value by itself
    knees.tsv       each of these models, and the filter at the knee of its frontier, with McNemar's test of the facts
    forecast.tsv    from the first third of a run, the edits until behaviour leaves its interval: where a straight line
                    through the number's values reaches the level that it had, in the median, when the arms of other
                    editor families left; one family is left out in turn

Python's seed is fixed: the same tables make the same output. Needs python3-numpy and python3-scipy of Debian.
"""

import contextlib
import io
import math
import sys
from pathlib import Path

import numpy as np

import claims_forecast
import claims_pairs
import claims_paper
import claims_plans
import claims_repair
import claims_settings
import claims_statistics as cs
from claims_page import show, show_ends, show_pairs, text
from claims_runs import groups_of, read_runs, with_ratios

DRAWS, SEED = 1000, 1
SHOWN = 25  # predictors in the Markdown
BEGIN, END = "<!-- by claims.py -->", "<!-- end of what claims.py makes -->"
FEWEST = 3  # stages that left, and that did not, where a number is known


def keep(folder, name, headings, rows):
    with open(folder / name, "w", encoding="utf-8") as file:
        for row in [headings, *rows]:
            file.write("\t".join(text(c) for c in row) + "\n")


def arm_table(groups):
    rows = []
    for (plan, arm, editor, setting), runs in groups.items():
        end = claims_pairs.end_of(runs)
        for metric in dict.fromkeys(m for r in runs for m in r.metrics.get(end, {})):
            values = [r.metrics[end][metric] for r in runs if metric in r.metrics.get(end, {})]
            over = cs.student_of_logs if metric.startswith("perplexity") else cs.student
            mean, lo, hi = over([v[0] for v in values]) if len(values) > 1 else values[0]
            rows.append((plan, arm, runs[0].model, editor, setting, runs[0].edits[end], metric, len(values), mean, lo, hi))
    return rows


def cases_of(runs):
    """Every stage after an edit whose behaviour and matrices were measured: run, stage, whether it left."""
    return [(r, s, r.left(s)) for r in runs for s in sorted(r.numbers) if s > 0 and r.left(s) is not None]


def predictor_row(name, x, y, edits, runs, clusters, models):
    rng = np.random.default_rng(SEED)
    area = cs.area(x, y)
    sign = 1 if area >= 0.5 else -1
    weights = cs.cluster_weights(clusters, DRAWS, rng)
    rest = cs.residual_ranks(sign * x, edits)
    best = max(area, 1 - area)
    nulls = [cs.shuffled_areas(x, y, b, cs.SHUFFLES, rng) for b in (cs.singles(models), cs.histories(runs, models, edits))]
    return (
        name, len(y), int(y.sum()), len(set(clusters)), len(set(models)), "larger" if sign > 0 else "smaller",
        best, *cs.interval(cs.areas(sign * x, y, weights)),
        cs.area(rest, y), *cs.interval(cs.areas(rest, y, weights)),
        *(float(v) for null in nulls for v in (np.quantile(null, 0.95), (null >= best - 1e-12).mean())),
    )  # fmt: skip


PREDICTOR = ["predictor", "n", "left", "arms", "models", "left_if", "area", "lo", "hi", "area_given_edits", "given_lo", "given_hi", "null_95", "p", "arms_95", "arms_p"]  # fmt: skip


def predictor_table(runs):
    """The number of edits first, then every number by its area, those that half of the cases lack last."""
    cases = cases_of(runs)
    if not cases:
        return []
    y = np.array([float(left) for _, _, left in cases])
    edits = np.array([r.edits[s] for r, s, _ in cases])
    numbers = np.array([id(r) for r, _, _ in cases])
    clusters = np.array(["\t".join(r.group) for r, _, _ in cases])
    models = np.array([r.model for r, _, _ in cases])
    columns = {"edits": edits}
    for name in dict.fromkeys(n for r, s, _ in cases for n in r.numbers[s]):
        columns[name] = np.array([r.numbers[s].get(name, math.nan) for r, s, _ in cases])
    rows = []
    for name, x in columns.items():
        known = np.isfinite(x)
        if min(y[known].sum(), (1 - y[known]).sum()) < FEWEST or np.ptp(x[known]) == 0:
            continue
        rows.append(predictor_row(name, *(v[known] for v in (x, y, edits, numbers, clusters, models))))
    return sorted(rows, key=lambda r: (r[0] != "edits", 2 * r[1] < len(cases), -r[6], r[0]))


def write_claims(results, out):
    runs = read_runs(results)
    groups = groups_of(runs)
    fresh = [r for r in runs if not r.repeated]
    with_ratios(fresh)
    arms, pairs, predictors = arm_table(groups), claims_pairs.table(groups), predictor_table(fresh)
    forecasts, settings = claims_forecast.table(fresh), claims_settings.table(groups)
    repairs = claims_repair.read_repairs(results)
    filters, knees = claims_repair.table(repairs), claims_repair.knees(repairs)
    arm_headings = ["plan", "arm", "model", "editor", "setting", "edits", "metric", "orders", "mean", "lo", "hi"]
    tables = {
        "ends.tsv": (arm_headings, arms),
        "pairs.tsv": (claims_pairs.HEADINGS, pairs),
        "predictors.tsv": (PREDICTOR, predictors),
        "settings.tsv": (claims_settings.HEADINGS, settings),
        "repair.tsv": (claims_repair.HEADINGS, filters),
        "repair_values.tsv": (claims_repair.HEADINGS, claims_repair.table(repairs, claims_repair.one_value)),
        "knees.tsv": (claims_repair.BEST, knees),
        "forecast.tsv": (claims_forecast.HEADINGS, forecasts),
    }
    for name, (headings, rows) in tables.items():
        keep(out, name, headings, rows)
    print(f"# What the committed numbers say\n\n{len(runs)} runs of {len(groups)} arms in {len({r.plan for r in runs})} plans; {len(runs) - len(fresh)} of the runs are in two plans and count once below. Made by plots/claims.py, which says what each column is.")  # fmt: skip
    show("The paper's claims", claims_paper.HEADINGS, claims_paper.paper(results, runs, groups, predictors))
    show("Claims of this project", claims_paper.HEADINGS, claims_paper.ours(groups, predictors, forecasts, filters, knees))
    show("What was run", claims_plans.HEADINGS, claims_plans.table(runs))
    show_ends("What arms end with, where there are several orders", [r for r in arms if r[7] > 1])
    tested = {r[:3] for r in pairs if r[5] > 1 or not math.isnan(r[-1])}
    show_pairs("Arms beside their editor without a filter and norm-matched", [r for r in pairs if r[:3] in tested])
    show("Settings that spx-tune found beside others, item by item", claims_settings.HEADINGS, settings)
    show("Filters of the whole change beside plain scaling of it", claims_repair.HEADINGS, filters)
    show("Edited models, and the knee of all filters of their change", claims_repair.BEST, knees)
    show(f"Which number tells stages whose behaviour has left its interval (the first {SHOWN})", PREDICTOR, predictors[: SHOWN + 1])  # fmt: skip
    show("From a third of a run: the edits until behaviour leaves its interval", claims_forecast.HEADINGS, forecasts)


def put_claims(page, text):
    """The tables of claims between two marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    claims = text[text.index("## The paper's claims") : text.index("## What was run")].replace("\n## ", "\n### ")
    page.write_text(f"{before}{BEGIN}\n#{claims}{END}{after}", encoding="utf-8")


def main():
    if len(sys.argv) > 3 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "results"
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else results / "claims"
    out.mkdir(exist_ok=True, parents=True)
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        write_claims(results, out)
    (out / "claims.md").write_text(page.getvalue(), encoding="utf-8")
    if len(sys.argv) == 1:
        put_claims(Path(__file__).parent / "README.md", page.getvalue())
    print(page.getvalue(), end="")


if __name__ == "__main__":
    main()
