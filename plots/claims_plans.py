"""claims_plans.py: what was run of each plan, how long it took, and which of its arms were not run, for claims.py."""

import itertools
import json
from pathlib import Path

HEADINGS = ["plan", "model", "runs", "hours", "not run (of how many orders)"]
PLANS = Path(__file__).parent.parent / "datasets" / "plans"


def planned(plan):
    """The arms of a plan and the names of their runs: where values are lists, one for each of them."""
    path = PLANS / f"{plan}.json"
    arms = json.loads(path.read_text(encoding="utf-8"))["arms"] if path.exists() else []
    return {arm["name"]: names_of(arm) for arm in arms}


def names_of(arm):
    lists = [v for v in arm.values() if isinstance(v, list)]
    return ["-".join([arm["name"], *map(str, values)]) for values in itertools.product(*lists)]


def missing(plan, runs):
    done = {r.arm for r in runs}
    left = {arm: (sum(n not in done for n in names), len(names)) for arm, names in planned(plan).items()}
    return ", ".join(f"{a} ({n} of {most})" if most > 1 else a for a, (n, most) in left.items() if n > 0)


def table(runs):
    """Hours of the parts that tools time, where they are kept: core hours of arms that ran on one core each."""
    of = {}
    for run in runs:
        of.setdefault((run.plan, run.model), []).append(run)
    hours = {key: sum(r.seconds for r in own) / 3600 for key, own in of.items()}
    return [(*k, str(len(own)), f"{hours[k]:.2g}" if hours[k] else "", missing(k[0], own)) for k, own in of.items()]
