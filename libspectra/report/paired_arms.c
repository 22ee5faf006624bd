/* paired_arms.c: arms over the same items, by McNemar's exact test. */
#include "report/paired_arms.h"

#include "report/run_file.h"

#include "spx/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool agree_on(const spx_store *a, const spx_store *b, const char *attribute)
{
    char x[512] = "", y[512] = "";
    run_file_text(a, attribute, x, sizeof x);
    run_file_text(b, attribute, y, sizeof y);
    return strcmp(x, y) == 0;
}

/* True if the two runs asked the same items at the same point of the same order. */
static bool share_items(const spx_store *a, const spx_store *b, const char *metric)
{
    char task[64];
    spx_param p;
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (p.repeats && !agree_on(a, b, p.name)) return false;
    snprintf(task, sizeof task, "task_%.50s", metric);
    return agree_on(a, b, "facts_sha256") && agree_on(a, b, task);
}

/* The last stage after so many edits; false if there is none. */
static spx_status find_stage(const spx_store *s, double edits, size_t *stage, bool *found,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    *found = false;
    for (size_t i = 0; i < spx_store_stages(s); i++) {
        double at = 0;
        SPX_TRY(run_file_edits_at(s, i, &at, err));
        if (at == edits) *stage = i, *found = true;
    }
out:
    return st;
}

/* The outcomes after so many edits; none if there is no such stage. */
static spx_status read_outcomes(const spx_store *s, const char *metric, double edits,
                                spx_item_outcomes *out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t stage = 0;
    bool found = false;
    SPX_TRY(find_stage(s, edits, &stage, &found, err));
    if (found) SPX_TRY(spx_item_outcomes_read(s, metric, stage, out, err));
out:
    return st;
}

static spx_status pool_runs(const spx_store *reference, const spx_store *run, const char *metric,
                            double edits, spx_item_pool *pool, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_item_outcomes a = {0}, b = {0};
    SPX_TRY(read_outcomes(reference, metric, edits, &a, err));
    SPX_TRY(read_outcomes(run, metric, edits, &b, err));
    SPX_TRY(spx_item_pool_add(pool, &a, &b, err));
out:
    spx_item_outcomes_free(&a);
    spx_item_outcomes_free(&b);
    return st;
}

spx_status paired_arms_test(const arm_runs *reference, const arm_runs *arm, const char *metric,
                            double edits, spx_discordance *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_item_pool pool = {0};
    *out = (spx_discordance){.p = (double)NAN};
    for (size_t i = 0; i < arm->n; i++) {
        size_t j = 0;
        while (j < reference->n && !share_items(reference->run[j], arm->run[i], metric)) j++;
        if (j < reference->n)
            SPX_TRY(pool_runs(reference->run[j], arm->run[i], metric, edits, &pool, err));
    }
    *out = spx_item_pool_test(&pool);
out:
    spx_item_pool_free(&pool);
    return st;
}
