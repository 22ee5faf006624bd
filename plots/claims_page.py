"""claims_page.py: the tables of claims.py as Markdown: of an arm one row, its main metrics side by side."""

import math

# metric of the tables, heading
MAIN = (
    ("rewrite_success", "success"), ("rewrite_acc", "argmax"), ("paraphrase_success", "paraphrases"),
    ("rephrase_success", "rephrase prompts"), ("neighborhood_success", "neighbours"), ("zsre_efficacy", "zsRE efficacy"),
    ("zsre_generalization", "zsRE generalization"), ("perplexity", "perplexity"), ("ln_perplexity", "perplexity, times"),
    ("lambada", "LAMBADA"),
)  # fmt: skip


def text(value):
    return value if isinstance(value, str) else "NaN" if math.isnan(value) else f"{value:.4g}"


def rounded(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


def interval(value, lo, hi):
    return rounded(value) + ("" if math.isnan(lo) else f" [{rounded(lo)}, {rounded(hi)}]")


def show(title, headings, rows):
    print(f"\n## {title}\n\n| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    for row in rows:
        print(f"| {' | '.join('' if text(c) == 'NaN' else text(c) for c in row)} |")


def show_wide(title, named, rows, row_key, metric_of, cell_of):
    """Rows of one key as one, with a cell for each main metric that any has; `named` are the headings of keys."""
    table = {}
    for row in rows:
        table.setdefault(row_key(row), {})[metric_of(row)] = cell_of(row)
    columns = [(m, h) for m, h in MAIN if any(m in cells for cells in table.values())]
    show(title, [*named, *(h for _, h in columns)], [(*k, *(c.get(m, "") for m, _ in columns)) for k, c in table.items()])


def show_ends(title, rows):
    """Of (plan, arm, model, editor, setting, edits, metric, orders, mean, lo, hi)."""
    show_wide(
        title, ["plan", "arm", "edits", "orders"], rows,
        lambda r: (r[0], r[1], r[5], r[7]), lambda r: r[6], lambda r: interval(*r[8:11]),
    )  # fmt: skip


def pair_cell(row):
    """Of a difference; of ln perplexity the quotient of perplexities."""
    change = row[6:9] if row[4] != "ln_perplexity" else [math.exp(min(v, 700.0)) for v in row[6:9]]
    return interval(*change) + ("" if math.isnan(row[12]) else f", p {row[12]:.2g}")


def show_pairs(title, rows):
    """Of (plan, arm, against, edits, metric, orders, difference, lo, hi, items, lost, gained, p)."""
    show_wide(
        title, ["plan", "arm", "against", "edits", "orders"], [r for r in rows if r[4] != "perplexity"],
        lambda r: (*r[:4], r[5]), lambda r: r[4], pair_cell,
    )  # fmt: skip
