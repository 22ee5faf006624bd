"""claims.py TOOLS ROOT: plots/claims.py on made-up results whose answers are known; plots/earlier.py there and back.

Skipped (77) where Python lacks NumPy, SciPy or h5py.
"""

import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import types
from pathlib import Path

try:
    import h5py  # noqa: F401
    import scipy  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TOOLS, ROOT = (Path(a).resolve() for a in sys.argv[1:3])
sys.path.insert(0, str(ROOT / "plots"))
import claims_plans  # noqa: E402
import earlier  # noqa: E402

ARMS = "arm order round edits seed model editor filter basis setting metric value lo hi items".split()
PLACE = ["arm", "order", "round", "edits"]
ITEMS = [*PLACE, "metric", "set", "first", "outcomes"]
STAGES = [*PLACE, "matrices", "seconds_keys", "perfect", "coin", "spectral_ratio", "spectral_ratio_min", "spectral_ratio_max", "nuclear", "nuclear_ratio", "nuclear_ratio_min", "nuclear_ratio_max"]  # fmt: skip


def put_arm(tables, name, order, setting, argmax, items, breaks):
    """100 edits in two rounds; perplexity leaves its interval in the second if it breaks."""
    arms, outcomes, stages = tables
    filter_, _, basis = (setting + "  ").partition(" ")
    who = ["0", "tiny.gguf", "memit", filter_, basis.split(" ")[0] if basis.strip() else "", setting]
    for stage, edits in enumerate((0, 50, 100)):
        place = [f"{name}-{order}", order, str(stage), str(edits)]
        gone = breaks and stage == 2
        arms.append([*place, *who, "perplexity", str(80 + int(argmax)) if gone else "40", "80" if gone else "35", "95" if gone else "45", "64"])
        if stage == 2:
            arms.append([*place, *who, "rewrite_acc", argmax, "0", "100", "10"])
            outcomes.append([*place, "rewrite_acc", "facts.json", order, items])
        # the coin is the order's, whatever becomes of the arm
        norm = 1 + stage * (0.5 if breaks else 0.01)
        band = [f"{norm + d * stage:.6g}" for d in (0, -0.1, 0.2)]  # mean, least and most
        stages.append([*place, "5", "2.5", "7" if gone else "3", str(int(order) // 500), *band, f"{100 * norm:.6g}", *band])


def make_results(folder):
    tables = [], [], []
    for order, argmax in (("0", "10"), ("500", "12"), ("1000", "14")):
        put_arm(tables, "plain", order, "none", argmax, "00-01", True)
        put_arm(tables, "revive", order, "revive current 0.2", str(int(argmax) + 5), "11-01", False)
    folder.mkdir(parents=True)
    for name, headings, rows in zip(earlier.NAMES, (ARMS, ITEMS, STAGES), tables):
        with open(folder / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows([headings, *rows])


def make_settings(folder):
    """Settings found beside others, of four facts."""
    arms, outcomes = [], []
    for name, success, argmax in (("tuned", "1111", "1110"), ("hand", "1101", "1000")):
        place = [name, "0", "1", "4"]
        arms.append([*place, "0", "tiny.gguf", "memit", "none", "", "none " + name, "rewrite_acc", "50", "0", "100", "4"])
        for stage, perplexity in (("0", "30"), ("1", "33" if name == "tuned" else "29")):
            arms.append([name, "0", stage, "4", *arms[-1][4:10], "perplexity", perplexity, "20", "40", "1000"])
        outcomes += [[*place, metric, "facts.json", "0", right] for metric, right in (("rewrite_success", success), ("rewrite_acc", argmax))]
    folder.mkdir(parents=True)
    for name, headings, rows in zip(earlier.NAMES, (ARMS, ITEMS, STAGES), (arms, outcomes, [])):
        with open(folder / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows([headings, *rows])


def check_settings(results):
    """Goals of the facts 100, 100, 100, 50 and 100, 50, 0, 50: differences 0, 50, 100, 0, whose mean is 37.5 -+ 3.1824 *
    47.87 / 2."""
    (goal,) = rows_of(results / "claims/settings.tsv", metric="goal")
    for got, want in zip((goal[k] for k in ("items", "found", "other", "difference", "lo", "hi")), (4, 87.5, 50, 37.5, -38.674, 113.674)):
        near(got, want)
    (score,) = rows_of(results / "claims/settings.tsv", metric="score")
    for got, want in zip((score[k] for k in ("found", "other")), (77.969, 50)):  # less 100 ln 1.1; what is gained does not count
        near(got, want)
    (argmax,) = rows_of(results / "claims/settings.tsv", metric="rewrite_acc")
    assert [argmax[k] for k in ("against", "lost", "gained", "p")] == ["hand", "0", "2", "0.5"], argmax


def check_references():
    """Arms of one editor with several rules for targets."""
    import claims_pairs

    names = ("memit", "memit-fe", "memit-blue")
    groups = [("p", n, "memit", "none") for n in names]
    groups += [("p", f"{n}-norm-matched", "memit", "norm-matched current 0.2") for n in names]
    for name in names:
        of = [g[1] for g in claims_pairs.references(("p", f"{name}-current", "memit", "revive current 0.2"), dict.fromkeys(groups))]
        assert of == [name, f"{name}-norm-matched"], of


def made_groups(plan, **arms):
    """Groups of runs over two orders, which end with these argmax and perplexities."""
    import claims_runs

    runs = []
    for name, values in arms.items():
        for order, (argmax, perplexity) in zip(("0", "500"), values):
            arm = name.replace("_", "-")
            run = claims_runs.Run(plan, f"{arm}-{order}", order, "0", "tiny-1.gguf", name.split("_")[0], "none", "none")
            run.edits, run.metrics = {0: 0, 1: 50}, {0: {"perplexity": (30, 25, 35)}}
            run.metrics[1] = {"rewrite_acc": (argmax, 0, 100), "perplexity": (perplexity, perplexity - 5, perplexity + 5)}
            run.numbers = {0: {"fro_ratio": 1}, 1: {"fro_ratio": 1 + argmax / 100, "cosine_max": 1 - argmax / 1e6}}
            runs.append(run)
    return claims_runs.groups_of(runs)


def check_evidence():
    """Differences of argmax over two orders: 4, 6 has Student's interval 5 -+ 12.706; 5, 5 is exact; of ln perplexity
    -ln 2 twice. Another editor is only named. A third plan's arms, of one order, and unlike names say nothing."""
    import claims_evidence as ce
    import claims_paper as paper

    groups = made_groups(
        "orders-x", memit=[(10, 80), (12, 80)], memit_current=[(14, 40), (18, 40)],
        ridge=[(10, 40), (20, 40)], ridge_current=[(15, 20), (25, 20)], rect=[(10, 40), (12, 40)], rect_current=[(5, 40), (7, 40)],
        memit_blue=[(50, 40), (50, 40)],
    )  # fmt: skip
    found = list(ce.from_arms(groups, "-current", "", {"rewrite_acc": 1, "ln_perplexity": -1}))
    assert [(e.subject, e.side, e.whole) for e in found] == [
        ("memit (2 orders)", 0, True), ("memit (2 orders)", 1, True), ("ridge (2 orders)", 1, True), ("ridge (2 orders)", 1, True),
        ("rect", -1, False), ("rect", 0, False),
    ], found  # fmt: skip
    assert found[0].said == "argmax 5 [-7.7, 17.7]" and found[1].said == "ln perplexity -0.69 [-0.69, -0.69]", found
    assert [e.side for e in ce.from_arms(groups, "-blue", "", {"rewrite_acc": 1})] == [1]
    assert not list(ce.from_arms(made_groups("main", memit=[(1, 2)] * 2, memit_current=[(1, 2)] * 2), "-current", "", {"rewrite_acc": 1}))
    text = paper.cell(found)
    assert text.startswith("Tiny: memit (2 orders) argmax 5 [-7.7, 17.7], ln perplexity") and "argmax of others: against it rect" in text, text
    assert [e.side for e in ce.from_numbers(groups, "cosine_max", ce.stays_1)] == [1, 1]
    assert [e.side for e in ce.from_numbers(groups, "fro_ratio", ce.grows_less)] == [0, -1]  # it is argmax, which grew more
    row = ("n", 9, 3, 2, 1, "smaller", 0.9, 0.8, 1.0, 0.8, 0.7, 0.9, 0, 0, 0, 0.01)
    assert [e.side for way in ("smaller", "larger") for e in ce.from_predictors([row], {"n": way})] == [1, -1]
    long = made_groups("long-x", memit=[(1, 90)] * 2, memit_current=[(1, 36)] * 2, ridge=[(1, 90)] * 2, ridge_current=[(1, 60)] * 2)
    assert [e.side for e in ce.from_long(long)] == [1, 1, -1, -1], list(ce.from_long(long))


def check_paper(results):
    """A claim holds where whole intervals lie on its side; seeds' gaps ln 2 and ln 4 have Student's interval of 1.04 -+ 4.40."""
    import claims_evidence as ce
    import claims_paper as paper

    assert [paper.verdict(f) for f in ([1], [1, 0], [], [0, 0], [-1], [0, -1], [1, 0, -1])] == [
        "holds", "holds in part", "not tested", "cannot be told", "does not hold here", "does not hold here", "both ways"]  # fmt: skip
    (results / "swept").mkdir()
    rows = "".join(f"{s}\t{g}\t{p}\n" for s, ps in (("a", (40, 80, 40, 20)), ("b", (40, 160, 40, 20))) for g, p in enumerate(ps))
    (results / "swept/groups.tsv").write_text("arm\tedits\tperplexity\n" + rows)
    (found,) = ce.from_groups(results, {"swept": "tiny.gguf"})
    assert (found.side, found.plan, found.model) == (0, "swept", "Tiny.gguf") and "1 [-3.4, 5.4]" in found.said, found


def check_plans(folder):
    """Runs of lists are counted one by one; a plan that is not there has none."""
    arms = [{"name": "a", "first": [0, 500], "tau": [0.1]}, {"name": "a-b", "editor": "rome"}, {"name": "c"}]
    (folder / "some.json").write_text(json.dumps({"arms": arms}))
    claims_plans.PLANS = folder
    runs = [types.SimpleNamespace(arm=name) for name in ("a-500-0.1", "c")]
    assert claims_plans.missing("some", runs) == "a (1 of 2), a-b", claims_plans.missing("some", runs)
    assert claims_plans.missing("other", runs) == ""


def check_repair(folder):
    """Scaling goes from 0 % of the facts at ln perplexity 3 by 50 at 4 to 100 at 5. Of filter a, 25 % at 3.2 is 0.3 below it
    and 100 % at 4.5 is 0.5 below; of b, more facts than scaling ever keeps count beside its end."""
    import claims_evidence as ce
    import claims_repair

    def row(model, filter, parameter, at, kept, height, mark="-", lost=0, gained=0, p="1"):
        return f"{model}\t{filter}\t{parameter}\t{at}\t{kept}\t{lost}\t{gained}\t{p}\t{math.exp(height)!r}\tbroken\t{mark}\n"

    rows = [
        row("unedited", "-", "-", "nan", 0, 3), row("edited", "-", "-", "nan", 100, 5),
        row("scale keep=0.5", "scale", "keep", 0.5, 50, 4, "frontier"),
        row("a tau=0.1", "a", "tau", 0.1, 25, 3.2, "knee", 80, 5, "0.001"), row("a tau=0.2", "a", "tau", 0.2, 100, 4.5, "frontier"),
        row("b basis=edited tau=0.2", "b", "tau", 0.2, 120, 5.2),
    ]  # fmt: skip
    (folder / "repair").mkdir()
    names = "model filter parameter at rewrite_acc rewrite_acc_lost rewrite_acc_gained rewrite_acc_p perplexity behaviour mark".split()
    for model, more in (("x-1", []), ("y-1", [row("a tau=0.3", "a", "tau", 0.3, 50, 4)])):
        (folder / f"repair/{model}.tsv").write_text("\t".join(names) + "\n" + "".join(rows + more))
    repairs = claims_repair.read_repairs(folder)
    a, b = claims_repair.table(repairs)
    assert (a[:4], b[:4]) == (("a", 2, 5, 4), ("b basis=edited", 2, 2, 0)), (a, b)
    for got, want in zip((*a[4:7], *b[4:7]), (-1 / 3, -1.1804, 0.5138, 0.2, 0.2, 0.2)):
        near(got, want)  # gaps of a: -0.4 and, with a third value on the line, -0.8 / 3
    for got, want in zip((*a[7:], *b[7:]), (50 / 3, -25.6873, 59.0207, 20, 20, 20)):
        near(got, want)  # scaling keeps 10 at 3.2 and 75 at 4.5: 15 and 25 more, mean 20; with 0 more at 4, 40 / 3
    assert [e.side for e in ce.from_repair([a, b], "a")] == [0, 0] and [e.side for e in ce.from_repair([a, b], "b basis=edited")] == [-1, 1]
    (knee, _) = claims_repair.knees(repairs)
    assert knee[:2] == ("x-1", "broken") and knee[5:7] == ("a tau=0.1", 25), knee
    assert [e.side for e in ce.from_knees([knee])] == [-1]


def run(*words, **more):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def near(got, want):
    got = float(got)
    ok = math.isnan(want) and math.isnan(got) or abs(got - want) <= 1e-3 * max(1, abs(want))
    assert ok, f"got {got}, expected {want}"


def rows_of(path, **where):
    return [r for r in earlier.read(path)[1] if all(r[k] == v for k, v in where.items())]


def check_claims(results):
    first = run(sys.executable, ROOT / "plots/claims.py", results)
    out = results / "claims"
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert run(sys.executable, ROOT / "plots/claims.py", results) == first == before["claims.md"].decode()
    assert before == {p.name: p.read_bytes() for p in out.iterdir()}, "not the same twice"

    # Student's interval of 10, 12, 14: 12 -+ 4.3027 * 2 / sqrt(3).
    (arm,) = rows_of(out / "ends.tsv", arm="plain", metric="rewrite_acc")
    assert arm["orders"] == "3"
    for got, want in zip((arm["mean"], arm["lo"], arm["hi"]), (12, 7.0317, 16.9683)):
        near(got, want)

    # The geometric mean of perplexity: exp of the interval of their logarithms.
    (arm,) = rows_of(out / "ends.tsv", arm="plain", metric="perplexity")
    logs = [math.log(x) for x in (90, 92, 94)]
    mean = sum(logs) / 3
    half = 4.3027 * math.sqrt(sum((x - mean) ** 2 for x in logs) / 2 / 3)
    for got, want in zip((arm["mean"], arm["lo"], arm["hi"]), (mean, mean - half, mean + half)):
        near(got, math.exp(want))

    # Each order has two items gained of four: six of twelve, none lost; every order gains 5 points.
    (pair,) = rows_of(out / "pairs.tsv", arm="revive", against="plain", metric="rewrite_acc")
    assert [pair[k] for k in ("items", "lost", "gained")] == ["12", "0", "6"], pair
    for got, want in zip((pair["difference"], pair["lo"], pair["hi"], pair["p"]), (5, 5, 5, 2 / 2**6)):
        near(got, want)

    # Of 12 stages three have left: the perfect number tells them, the coin says nothing.
    table = {r["predictor"]: r for r in rows_of(out / "predictors.tsv")}
    assert (table["perfect"]["n"], table["perfect"]["left"], table["perfect"]["arms"]) == ("12", "3", "2")
    near(table["perfect"]["area"], 1)
    near(table["perfect"]["lo"], 1)
    near(table["coin"]["area"], 0.5)
    near(table["edits"]["area"], 5 / 6)  # nine others: six after 50 edits, three tie
    near(table["edits"]["area_given_edits"], 0.5)
    assert float(table["perfect"]["null_95"]) < 1 and float(table["perfect"]["p"]) < 0.05
    # Whole histories among six runs: one of 20 ways to choose the three that break is the true one; edits stay as they are.
    assert 0 < float(table["perfect"]["arms_p"]) < 0.1, table["perfect"]
    near(table["edits"]["arms_95"], 5 / 6)
    near(table["edits"]["arms_p"], 1)


def check_page(results):
    """The claims stand between the marks of a page, once, however often they are put there; what is around them stays."""
    import claims

    page, text = results / "page.md", (results / "claims/claims.md").read_text()
    page.write_text(f"before\n{claims.BEGIN}\nSTALE\n{claims.END}\nafter\n")
    for _ in range(2):
        claims.put_claims(page, text)
    got = page.read_text()
    assert got.startswith(f"before\n{claims.BEGIN}\n### The paper's claims\n") and got.endswith(f"{claims.END}\nafter\n"), got
    assert got.count("### Claims of this project") == 1 and "STALE" not in got and "What was run" not in got, got


def check_round_trip(folder, results):
    """Tables, run files of them, and the tables that spx-collapse makes of these; then one order is run anew."""
    plan = folder / "made.json"
    arms = '{"name": "plain", "filter": "none", "first": [0, 500, 1000]}, {"name": "revive", "first": [0, 500, 1000]}'
    plan.write_text('{"model": "tiny.gguf", "facts": "f.json", "text": "t.txt", "arms": [' + arms + "]}")
    run_folder, old = folder / "runs", results / "made"
    run_folder.mkdir()
    env = {**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    assert run(sys.executable, ROOT / "plots/earlier.py", "runs", old, run_folder) == "6\n"
    run("spx-collapse", plan, "-q", "-o", run_folder, "--draw", env=env)
    for name in ("arms.tsv", "items.tsv"):
        check_same_rows(rows_key(run_folder / name), rows_key(old / name))
    check_same_rows(rows_key(run_folder / "stages.tsv", STAGES), rows_key(old / "stages.tsv"))
    assert rows_of(run_folder / "summary.tsv", editor="memit", setting="none")[0]["runs"] == "3"

    # An arm of this session replaces its rows; the others keep theirs, to the letter.
    (run_folder / "rebuilt.txt").write_text("arm\torder\n" + "".join(f"{a}-{o}\t{o}\n" for a in ("plain", "revive") for o in (0, 500)))
    table = (run_folder / "arms.tsv").read_text().replace("plain-1000\t1000\t2\t100\t0", "plain-1000\t1000\t2\t100\t9")
    (run_folder / "arms.tsv").write_text(table.replace("\t12\t0\t100", "\t99\t0\t100"))
    run(sys.executable, ROOT / "plots/earlier.py", "tables", old, run_folder)
    assert len(rows_of(run_folder / "arms.tsv")) == len(rows_of(old / "arms.tsv"))
    assert len(rows_of(run_folder / "arms.tsv", seed="9")) == 2
    assert not rows_of(run_folder / "arms.tsv", value="99")


def check_same_rows(got, want):
    """In whatever order."""
    assert sorted(got) == sorted(want), (sorted(set(got) - set(want))[:3], sorted(set(want) - set(got))[:3])


def rows_key(path, columns=None):
    headings, rows = earlier.read(path)
    return [tuple(r[c] for c in columns or headings) for r in rows]


with tempfile.TemporaryDirectory() as temporary:
    results = Path(temporary) / "results"
    check_references()
    check_evidence()
    make_results(results / "made")
    make_settings(results / "tuned-made")
    check_claims(results)
    check_settings(results)
    check_page(results)
    check_paper(Path(temporary))
    check_plans(Path(temporary))
    check_repair(Path(temporary))
    check_round_trip(Path(temporary), results)
print("claims: as expected")
