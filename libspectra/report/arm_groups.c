/* arm_groups.c: a plan's arms in figures that can be read. */
#include "report/arm_groups.h"

#include "spx/filter.h"

#include <string.h>

typedef struct arm_info {
    settings of;
    size_t repeat; /* how many arms before it differ only in the seed */
    bool drawn;    /* it stands for itself */
} arm_info;

static spx_status read_arms(const spx_outcome *o, arm_info *arm, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < o->n; i++) {
        spx_store *s = NULL;
        SPX_TRY(spx_store_open(o->path[i], SPX_STORE_READ, &s, err));
        settings_read(s, &arm[i].of);
        spx_store_close(s);
        for (size_t j = 0; j < i; j++) arm[i].repeat += settings_repeat(&arm[j].of, &arm[i].of);
    }
out:
    return st;
}

/* Which arm stands for each. Returns the number of those that stand for themselves. */
static size_t find_stands(arm_info *arm, size_t arms, bool together, size_t *stands)
{
    size_t drawn = 0;
    for (size_t i = 0; i < arms; i++) {
        stands[i] = together ? 0 : i;
        while (stands[i] < i && !settings_repeat(&arm[stands[i]].of, &arm[i].of)) stands[i]++;
        arm[i].drawn = stands[i] == i;
        drawn += arm[i].drawn;
    }
    return drawn;
}

static bool unfiltered(const arm_info *arm) { return spx_filter_is_none(arm->of.filter); }

/* A further group of one editor. */
static arm_group *begin_group(arm_group *g, size_t *n, const char *editor, size_t part)
{
    arm_group *out = &g[(*n)++];
    *out = (arm_group){0};
    snprintf(out->name, sizeof out->name, "%s", *editor ? editor : "arms");
    if (part > 1) snprintf(out->name, sizeof out->name, "%s-%zu", *editor ? editor : "arms", part);
    return out;
}

static bool same_editor(const arm_info *a, const arm_info *b)
{
    return strcmp(a->of.editor, b->of.editor) == 0;
}

/* True if all arms of an editor are repetitions of one; they are then drawn side by side. */
static bool all_alike(const arm_info *arm, size_t first, size_t arms)
{
    for (size_t i = first; i < arms; i++)
        if (same_editor(&arm[i], &arm[first]) && !settings_repeat(&arm[i].of, &arm[first].of))
            return false;
    return true;
}

/* Arms being put into groups of one name. */
typedef struct filling {
    arm_group *all, *at;
    size_t n, part;
    const size_t *stands;
    const size_t *base; /* the unfiltered arm, if it has been put already; else NULL */
} filling;

static void put_arm(filling *f, const arm_info *arm, size_t i)
{
    if (!f->at || f->at->n == ARM_GROUP_MOST) {
        f->at = begin_group(f->all, &f->n, arm[i].of.editor, ++f->part);
        f->at->stands = f->stands;
        if (f->base) f->at->arm[f->at->n++] = *f->base;
    }
    f->at->arm[f->at->n++] = i;
    if (!f->base && unfiltered(&arm[i])) f->base = &f->at->arm[f->at->n - 1];
}

/* All arms of the editor of arm `first`. */
static void divide_editor(const arm_info *arm, size_t first, size_t arms, filling *f)
{
    const bool alike = all_alike(arm, first, arms);
    f->part = 0;
    for (size_t repeat = 0; repeat < (alike ? 1 : arms); repeat++) {
        f->at = NULL;
        f->base = NULL;
        for (size_t i = first; i < arms; i++)
            if (arm[i].drawn && same_editor(&arm[i], &arm[first]) &&
                (alike || arm[i].repeat == repeat))
                put_arm(f, arm, i);
    }
}

static void make_one_group(const arm_info *arm, size_t arms, const size_t *stands, arm_groups *out)
{
    arm_group *all = begin_group(out->at, &out->n, "", 1);
    *all->name = '\0';
    all->stands = stands;
    for (size_t i = 0; i < arms; i++)
        if (arm[i].drawn) all->arm[all->n++] = i;
}

static void make_groups(const arm_info *arm, size_t arms, const size_t *stands, arm_groups *out)
{
    filling f = {.all = out->at, .stands = stands};
    for (size_t i = 0; i < arms; i++) {
        bool begun = false;
        for (size_t j = 0; j < i; j++) begun |= same_editor(&arm[j], &arm[i]);
        if (!begun) divide_editor(arm, i, arms, &f);
    }
    out->n = f.n;
}

spx_status arm_groups_make(const spx_outcome *o, bool together, arm_groups *out, spx_scratch *tmp,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    size_t *stands = NULL;
    arm_info *arm = NULL;
    *out = (arm_groups){0};
    SPX_TRY(SPX_SCRATCH(tmp, &arm, o->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &stands, o->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->at, o->n, err));
    SPX_TRY(read_arms(o, arm, err));
    if (find_stands(arm, o->n, together, stands) <= ARM_GROUP_MOST)
        make_one_group(arm, o->n, stands, out);
    else
        make_groups(arm, o->n, stands, out);
out:
    return st;
}

bool arm_group_contains(const arm_group *g, size_t arm)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->arm[i] == g->stands[arm]) return true;
    return false;
}
