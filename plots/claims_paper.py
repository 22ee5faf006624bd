"""claims_paper.py: claims of the paper (REVIVE, arXiv 2601.11042) and of this project, one row each, for claims.py. Verdicts follow
from what claims_evidence.py finds, by its intervals alone."""

import claims_evidence as ce

HEADINGS = ["claim", "measured here", "verdict", "plans"]
BETTER = {"rewrite_success": 1, "rewrite_acc": 1, "zsre_efficacy": 1}
SPARED = {"ln_perplexity": -1, "lambada": 1}
BOTH = {"rewrite_acc": 1, "ln_perplexity": -1}
VERDICTS = {1: "holds", 0: "cannot be told", -1: "does not hold here"}
SIDES = {1: "for it", 0: "neither", -1: "against it"}


def verdict(sides):
    if not sides:
        return "not tested"
    if len(set(sides)) == 1:
        return VERDICTS[sides[0]]
    return "does not hold here" if 1 not in sides else "both ways" if -1 in sides else "holds in part"


def cell(found):
    """A line for each model: subjects with their numbers, then the names of the others by what they say."""
    lines = []
    for model in dict.fromkeys(e.model for e in found):
        own = [e for e in found if e.model == model]
        parts = []
        for subject in dict.fromkeys(e.subject for e in own if e.whole):
            parts.append(f"{subject} {', '.join(e.said for e in own if e.whole and e.subject == subject)}".strip())
        for said in dict.fromkeys(e.said for e in own if not e.whole):
            sides = [(s, [e.subject for e in own if not e.whole and (e.said, e.side) == (said, s)]) for s in SIDES]
            parts.append(f"{said} of others: " + ", ".join(f"{SIDES[s]} {' '.join(names)}" for s, names in sides if names))
        lines.append(f"{model}: " + "; ".join(parts))
    return "<br>".join(lines)


def rows_of(claims):
    rows = []
    for claim, evidence in claims:
        found = list(evidence)
        plans = ", ".join(dict.fromkeys(f"`{e.plan}`" for e in found))
        rows.append((claim, cell(found), verdict([e.side for e in found]), plans))
    return rows


def paper(results, runs, groups, predictors):
    models = {r.plan: r.model for r in runs}
    return rows_of((
        ("Dominant singular directions carry general abilities, and are the most sensitive", ce.from_groups(results, models)),
        ("Editing disrupts them progressively, and collapse follows", ce.from_predictors(predictors, {"svs": "smaller", "lss_g": "smaller"})),
        ("REVIVE makes edits more effective", ce.from_arms(groups, "-current", "", BETTER)),
        ("... more than an update that is as short", ce.from_arms(groups, "-current", "-norm-matched", BETTER)),
        ("REVIVE preserves abilities", ce.from_arms(groups, "-current", "", SPARED)),
        ("... more than an update that is as short", ce.from_arms(groups, "-current", "-norm-matched", SPARED)),
        ("Under REVIVE the largest subspace similarity stays 1 (App. G.6)", ce.from_numbers(groups, "cosine_max", ce.stays_1)),
        ("Norms grow less under REVIVE (x1.55 for x198)", ce.from_numbers(groups, "fro_ratio", ce.grows_less)),
        ("The filter takes little time", ce.from_times(results, models)),
        ("Models are sound after 10,000 to 20,000 edits under REVIVE", ce.from_long(groups)),
    ))  # fmt: skip


def ours(groups, predictors, forecasts, filters, knees):
    caps = ("-spectral-cap", "-revive-cap", "-s1-cap", "-edge-cap")
    return rows_of((
        ("The best case: one block, no second moments, a collapse that REVIVE holds off", ce.from_arms(groups, "-revive", "", BOTH, "quick-orders")),
        ("... and an update that is as short does not", ce.from_arms(groups, "-revive", "-norm-matched", BOTH, "quick-orders")),
        ("The current basis serves better than the original one", ce.from_arms(groups, "-current", "-original", BOTH)),
        ("Both bases together serve better than the current one", ce.from_arms(groups, "-union", "-current", BOTH)),
        ("A share of 0.2 serves better than one of 0.05", ce.from_arms(groups, "-current", "-tau05", BOTH)),
        ("... than one of 0.1", ce.from_arms(groups, "-current", "-tau10", BOTH)),
        ("... than one of 0.3", ce.from_arms(groups, "-current", "-tau30", BOTH)),
        ("REVIVE serves better than a random subspace of its size", ce.from_arms(groups, "-current", "-random", BOTH)),
        ("REVIVE serves better than a cap of 0.5 s_1 on the change", ce.from_arms(groups, "-current", caps[0], BOTH)),
        ("Both joined serve better than REVIVE", ce.from_arms(groups, caps[1], "-current", BOTH)),
        ("A cap of 0.5 s_1 serves better than one of s_1", ce.from_arms(groups, caps[0], caps[2], BOTH)),
        ("... than one at the Marchenko-Pastur edge", ce.from_arms(groups, caps[0], caps[3], BOTH)),
        ("BLUE's targets serve better than MEMIT's", ce.from_arms(groups, "-blue", "", BOTH)),
        ("FE's targets serve better than MEMIT's", ce.from_arms(groups, "-fe", "", BOTH)),
        ("Capping the whole change afterwards serves better than scaling it", ce.from_repair(filters, "spectral-cap")),
        ("... and so does REVIVE on the edited weight's basis", ce.from_repair(filters, "revive basis=edited")),
        ("... and so does REVIVE on the weight's own", ce.from_repair(filters, "revive")),
        ("A filter of the whole change brings facts of a collapsed model back", ce.from_knees(knees)),
        ("A larger s_1 or a smaller alpha tells a model that has left its interval", ce.from_predictors(predictors, {"spectral_ratio": "larger", "alpha": "smaller"})),
        ("A third of a run foretells when behaviour leaves its interval", ce.from_forecast(forecasts)),
    ))  # fmt: skip
