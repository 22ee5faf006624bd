/* score.c: packed scoring of (prompt, target) pairs.
 *
 * A batch is some groups of the plan: their heads run once and are cached, then the tails continue
 * them in passes of at most batch_rows rows. A tail ends at the last but one token of its target;
 * an item that the next one covers reads its rows off that one's. */
#include "eval/score.h"

#include "linear/exp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t batch_rows = 2048, head_rows = 128;

/* A row of the tails that is followed by token `at` of the target of an item. */
typedef struct wanted {
    size_t row, item, at;
} wanted;

/* What scores need of a row of logits besides the logit of the target. */
typedef struct row_summary {
    double log_sum; /* log sum_v exp(z_v) */
    int32_t best;
} row_summary;

typedef struct scoring {
    const spx_model *m;
    const score_item *item;
    const prefix_plan *plan;
    score *out;
    spx_kv *kv;       /* the batch's heads */
    size_t *head_row; /* groups: the row of kv at which a group's head begins */
} scoring;

/* One pass of tails: sorted items from .. to - 1. */
typedef struct pass_space {
    size_t *start, *past, *past_row; /* sequences */
    int32_t *token;
    float *x, *logits;
    wanted *want;
    size_t *row; /* distinct wanted rows, ascending */
    size_t rows;
    row_summary *summary; /* rows */
    size_t sequences, wants;
} pass_space;

static const score_item *at_place(const scoring *s, size_t i) { return &s->item[s->plan->item[i]]; }

/* The end of the groups from g on whose heads, and whose tails, fit into a pass; at least one. */
static size_t batch_end(const scoring *s, size_t g)
{
    size_t heads = 0, tails = 0, end = g;
    for (; end < s->plan->groups; end++) {
        heads += s->plan->head[end];
        for (size_t i = s->plan->first[end]; i < s->plan->first[end + 1]; i++)
            if (!s->plan->covered[i]) tails += sequence_length(at_place(s, i)) - s->plan->head[end];
        if (end > g && (heads > batch_rows || tails > batch_rows)) break;
    }
    return end;
}

/* Runs the heads of groups g .. end - 1 into s->kv. */
static spx_status run_heads(scoring *s, size_t g, size_t end, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t rows = 0, n = end - g, *start = NULL;
    int32_t *token = NULL;
    float *x = NULL;
    const spx_model_config *c = spx_model_shape(s->m);
    for (size_t k = g; k < end; k++) rows += s->plan->head[k];
    SPX_TRY(spx_kv_new(s->m, 0, c->layers, rows, &s->kv, err));
    if (rows == 0) goto out;
    SPX_TRY(SPX_SCRATCH(&tmp, &start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &token, rows, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, rows * c->d_model, err));
    for (size_t k = g; k < end; k++) {
        const score_item *it = at_place(s, s->plan->first[k]);
        const size_t at = s->head_row[k] = start[k - g];
        for (size_t j = 0; j < s->plan->head[k]; j++) token[at + j] = sequence_token(it, j);
        start[k - g + 1] = at + s->plan->head[k];
    }
    const spx_batch b = {.n = n, .start = start, .token = token};
    const spx_pass fill = {.from = 0, .to = c->layers, .keep = s->kv};
    spx_model_embed(s->m, &b, x);
    SPX_TRY(spx_model_forward(s->m, &b, &fill, x, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The end of the items of group g from `from` on that fit into one pass, together with those they
 * cover; at least one sequence. */
static size_t pass_end(const scoring *s, size_t g, size_t from, size_t *rows)
{
    size_t end = from;
    for (size_t i = from; i < s->plan->first[g + 1]; i++) {
        if (s->plan->covered[i]) continue;
        const size_t more = sequence_length(at_place(s, i)) - s->plan->head[g];
        if (end > from && *rows + more > batch_rows) break;
        *rows += more;
        end = i + 1;
    }
    return end;
}

static spx_status pass_space_new(const scoring *s, size_t from, size_t to, size_t rows,
                                 pass_space *p, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t wants = 0;
    const size_t n = to - from;
    const spx_model_config *c = spx_model_shape(s->m);
    for (size_t i = from; i < to; i++) wants += at_place(s, i)->targets;
    SPX_TRY(SPX_SCRATCH(tmp, &p->start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->past, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->past_row, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->token, rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->x, rows * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->logits, head_rows * c->vocab, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->want, wants, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->row, wants, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->summary, wants, err));
out:
    return st;
}

/* Appends the tails of items from .. to - 1 of group g to the pass. */
static void append_tails(const scoring *s, size_t g, size_t from, size_t to, pass_space *p)
{
    const size_t head = s->plan->head[g];
    size_t waiting = from; /* the first item that the next sequence covers */
    for (size_t i = from; i < to; i++) {
        const score_item *it = at_place(s, i);
        if (s->plan->covered[i]) continue;
        const size_t q = p->sequences++, at = p->start[q];
        p->past[q] = head;
        p->past_row[q] = s->head_row[g];
        for (size_t j = head; j < sequence_length(it); j++)
            p->token[at + j - head] = sequence_token(it, j);
        p->start[q + 1] = at + sequence_length(it) - head;
        for (; waiting <= i; waiting++) {
            const score_item *w = at_place(s, waiting);
            for (size_t j = 0; j < w->targets; j++)
                p->want[p->wants++] =
                    (wanted){at + w->prompts - 1 + j - head, s->plan->item[waiting], j};
        }
    }
}

static int by_row(const void *a, const void *b)
{
    const wanted *x = a, *y = b;
    if (x->row != y->row) return (x->row > y->row) - (x->row < y->row);
    return (x->item > y->item) - (x->item < y->item);
}

/* The first of the largest logits, and log sum exp z_j. */
SPX_WIDE static row_summary summarize_row(const float *z, size_t v)
{
    const float most = spx_row_max(z, v);
    double lane[SPX_LANES] = {0}, sum = 0;
    size_t best = 0, j = 0;
    while (best + 1 < v && z[best] != most) best++;
    for (; j + SPX_LANES <= v; j += SPX_LANES)
        for (size_t c = 0; c < SPX_LANES; c++) lane[c] += (double)spx_exp(z[j + c] - most);
    for (; j < v; j++) sum += (double)spx_exp(z[j] - most);
    for (size_t c = 0; c < SPX_LANES; c++) sum += lane[c];
    return (row_summary){(double)most + log(sum), (int32_t)best};
}

/* Adds rows done .. done + take - 1 to the scores of the wanted ones from w on; returns the first
 * wanted one after them. */
static size_t add_scores(const scoring *s, const pass_space *p, size_t done, size_t take, size_t w)
{
    const size_t v = spx_model_shape(s->m)->vocab;
    for (size_t r = done; r < done + take; r++) {
        const float *z = p->logits + (r - done) * v;
        for (; w < p->wants && p->want[w].row == p->row[r]; w++) {
            const wanted *q = &p->want[w];
            const score_item *it = &s->item[q->item];
            score *sum = &s->out[q->item];
            const int32_t t = it->target[q->at];
            sum->nll += (p->summary[r].log_sum - (double)z[t]) / (double)it->targets;
            sum->hits += t == p->summary[r].best;
            sum->argmax = sum->hits == it->targets;
            if (it->best) it->best[q->at] = p->summary[r].best;
        }
    }
    return w;
}

/* Collects the distinct rows that are wanted. */
static void collect_rows(pass_space *p)
{
    qsort(p->want, p->wants, sizeof *p->want, by_row);
    for (size_t i = 0; i < p->wants; i++)
        if (i == 0 || p->want[i].row != p->want[i - 1].row) p->row[p->rows++] = p->want[i].row;
}

/* Scores the wanted rows, which x holds, packed. */
static spx_status score_rows(const scoring *s, pass_space *p, spx_error *err)
{
    const size_t v = spx_model_shape(s->m)->vocab, d = spx_model_shape(s->m)->d_model;
    spx_status st = SPX_OK;
    size_t w = 0;
    for (size_t done = 0; done < p->rows; done += head_rows) {
        const size_t take = p->rows - done < head_rows ? p->rows - done : head_rows;
        SPX_TRY(spx_model_logits(s->m, p->x + done * d, NULL, take, p->logits, err));
#pragma omp parallel for schedule(static)
        for (size_t r = 0; r < take; r++)
            p->summary[done + r] = summarize_row(p->logits + r * v, v);
        w = add_scores(s, p, done, take, w);
    }
out:
    return st;
}

/* Runs sorted items from .. to - 1, which belong to groups g .. end - 1. */
static spx_status run_pass(const scoring *s, size_t g, size_t end, size_t from, size_t to,
                           size_t rows, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    pass_space p = {0};
    const size_t layers = spx_model_shape(s->m)->layers, *first = s->plan->first;
    SPX_TRY(pass_space_new(s, from, to, rows, &p, &tmp, err));
    for (size_t k = g; k < end; k++)
        append_tails(s, k, first[k] > from ? first[k] : from, first[k + 1] < to ? first[k + 1] : to,
                     &p);
    const spx_batch b = {.n = p.sequences,
                         .start = p.start,
                         .past = p.past,
                         .past_row = p.past_row,
                         .token = p.token};
    collect_rows(&p);
    const spx_pass rest = {.from = 0, .to = layers, .past = s->kv, .row = p.row, .rows = p.rows};
    spx_model_embed(s->m, &b, p.x);
    SPX_TRY(spx_model_forward(s->m, &b, &rest, p.x, err));
    SPX_TRY(score_rows(s, &p, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Runs groups g .. end - 1; a group that is alone in its batch may need several passes. */
static spx_status run_batch(scoring *s, size_t g, size_t end, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(run_heads(s, g, end, err));
    for (size_t from = s->plan->first[g], to = from; from < s->plan->first[end]; from = to) {
        size_t rows = 0;
        if (end == g + 1)
            to = pass_end(s, g, from, &rows);
        else
            for (size_t k = g; k < end; k++) to = pass_end(s, k, s->plan->first[k], &rows);
        SPX_TRY(run_pass(s, g, end, from, to, rows, err));
    }
out:
    spx_kv_free(s->kv);
    s->kv = NULL;
    return st;
}

/* Tokens of the heads and the tails of groups g .. end - 1. */
static size_t batch_cost(const scoring *s, size_t g, size_t end)
{
    size_t rows = 0;
    for (; g < end; g++) {
        rows += s->plan->head[g];
        for (size_t i = s->plan->first[g]; i < s->plan->first[g + 1]; i++)
            if (!s->plan->covered[i]) rows += sequence_length(at_place(s, i)) - s->plan->head[g];
    }
    return rows;
}

static spx_status write_score(const score_item *it, const score *x, spx_bytes *to, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_bytes_add(to, &x->nll, sizeof x->nll, err));
    SPX_TRY(spx_bytes_add_number(to, x->hits, err));
    if (it->best) SPX_TRY(spx_bytes_add(to, it->best, it->targets * sizeof *it->best, err));
out:
    return st;
}

static spx_status read_score(const score_item *it, score *x, spx_reader *from, spx_error *err)
{
    const unsigned char *nll = NULL, *best = NULL;
    uint64_t hits = 0;
    const size_t size = it->best ? it->targets * sizeof *it->best : 0;
    const bool whole = spx_reader_take(from, sizeof x->nll, &nll) &&
                       spx_reader_number(from, &hits) && spx_reader_take(from, size, &best);
    if (!whole) return units_check(false, err);
    memcpy(&x->nll, nll, sizeof x->nll);
    x->hits = hits;
    x->argmax = x->hits == it->targets;
    if (size > 0) memcpy(it->best, best, size);
    return SPX_OK;
}

/* Groups g .. end - 1 are a unit: runs it, passes over it or reads its answers. */
static spx_status serve_batch(scoring *s, units *u, size_t g, size_t end, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_reader from = {0};
    unit_turn turn = UNIT_ASK;
    SPX_TRY(units_turn(u, batch_cost(s, g, end), &turn, &from, err));
    if (turn == UNIT_ASK) SPX_TRY(run_batch(s, g, end, err));
    if (turn == UNIT_PASS || !u) return SPX_OK;
    for (size_t i = s->plan->first[g]; i < s->plan->first[end]; i++) {
        const size_t k = s->plan->item[i];
        if (turn == UNIT_READ)
            SPX_TRY(read_score(&s->item[k], &s->out[k], &from, err));
        else
            SPX_TRY(write_score(&s->item[k], &s->out[k], u->answer, err));
    }
    SPX_TRY(units_check(from.left == 0, err));
out:
    return st;
}

/* The items, with as much of the end of each prompt as the model's context has room for. */
static spx_status fit_items(const spx_model *m, const score_item *item, size_t n, score_item **out,
                            spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t context = spx_model_shape(m)->context;
    score_item *fit = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &fit, n, err));
    for (size_t i = 0; i < n; i++) {
        const size_t length = sequence_length(&item[i]);
        const size_t over = length > context ? length - context : 0;
        if (over >= item[i].prompts)
            SPX_RAISE(err, SPX_EINVAL,
                      "%s: record %ld: an answer has %zu tokens (expected at most %zu, the "
                      "model's context)",
                      item[i].set ? item[i].set : "text", item[i].record, item[i].targets, context);
        fit[i] = item[i];
        fit[i].prompt += over;
        fit[i].prompts -= over;
    }
    *out = fit;
out:
    return st;
}

spx_status score_items(const spx_model *m, units *u, const score_item *item, size_t n, score *out,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    prefix_plan plan = {0};
    score_item *fit = NULL;
    for (size_t i = 0; i < n; i++) out[i] = (score){0};
    SPX_TRY(fit_items(m, item, n, &fit, &tmp, err));
    scoring s = {.m = m, .item = fit, .plan = &plan, .out = out};
    SPX_TRY(prefix_plan_make(fit, n, &plan, &tmp, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &s.head_row, n, err));
    for (size_t g = 0, end = 0; g < plan.groups; g = end) {
        end = batch_end(&s, g);
        SPX_TRY(serve_batch(&s, u, g, end, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
