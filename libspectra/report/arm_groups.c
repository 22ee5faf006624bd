/* arm_groups.c: a plan's arms in figures that can be read. */
#include "report/arm_groups.h"

#include <string.h>

typedef struct known {
    settings of;
    size_t repeat; /* how many arms before it differ in the seed alone */
    bool drawn;    /* by itself: it stands for itself */
} known;

static spx_status read_arms(const spx_outcome *o, known *arm, spx_error *err)
{
    for (size_t i = 0; i < o->n; i++) {
        spx_store *s = NULL;
        const spx_status st = spx_store_open(o->path[i], SPX_STORE_READ, &s, err);
        if (st != SPX_OK) return st;
        settings_read(s, &arm[i].of);
        spx_store_close(s);
        for (size_t j = 0; j < i; j++) arm[i].repeat += settings_repeat(&arm[j].of, &arm[i].of);
    }
    return SPX_OK;
}

/* Which arm stands for each; the number of those that are drawn by themselves. */
static size_t find_stands(known *arm, size_t arms, bool together, size_t *stands)
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

static bool plain(const known *arm) { return strcmp(arm->of.filter, "none") == 0; }

/* A further group of one editor. */
static group *begin(group *g, size_t *n, const char *editor, size_t part)
{
    group *out = &g[(*n)++];
    *out = (group){0};
    snprintf(out->name, sizeof out->name, "%s", *editor ? editor : "arms");
    if (part > 1) snprintf(out->name, sizeof out->name, "%s-%zu", *editor ? editor : "arms", part);
    return out;
}

static bool same_editor(const known *a, const known *b)
{
    return strcmp(a->of.editor, b->of.editor) == 0;
}

/* Are all arms of an editor repetitions of one? Then they lie side by side. */
static bool all_alike(const known *arm, size_t first, size_t arms)
{
    for (size_t i = first; i < arms; i++)
        if (same_editor(&arm[i], &arm[first]) && !settings_repeat(&arm[i].of, &arm[first].of))
            return false;
    return true;
}

/* Arms being put into groups of one name. */
typedef struct filling {
    group *all, *at;
    size_t n, part;
    const size_t *stands;
    const size_t *unfiltered; /* of the arms put so far, else NULL */
} filling;

static void put(filling *f, const known *arm, size_t i)
{
    if (!f->at || f->at->n == GROUPS_MOST) {
        f->at = begin(f->all, &f->n, arm[i].of.editor, ++f->part);
        f->at->stands = f->stands;
        if (f->unfiltered) f->at->arm[f->at->n++] = *f->unfiltered;
    }
    f->at->arm[f->at->n++] = i;
    if (!f->unfiltered && plain(&arm[i])) f->unfiltered = &f->at->arm[f->at->n - 1];
}

/* All arms of the editor of arm `first`. */
static void divide(const known *arm, size_t first, size_t arms, filling *f)
{
    const bool alike = all_alike(arm, first, arms);
    f->part = 0;
    for (size_t repeat = 0; repeat < (alike ? 1 : arms); repeat++) {
        f->at = NULL;
        f->unfiltered = NULL;
        for (size_t i = first; i < arms; i++)
            if (arm[i].drawn && same_editor(&arm[i], &arm[first]) &&
                (alike || arm[i].repeat == repeat))
                put(f, arm, i);
    }
}

spx_status groups_make(const spx_outcome *o, bool together, groups *out, spx_scratch *tmp,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    size_t *stands = NULL;
    *out = (groups){0};
    known *arm = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &arm, o->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &stands, o->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->at, o->n, err));
    SPX_TRY(read_arms(o, arm, err));
    if (find_stands(arm, o->n, together, stands) <= GROUPS_MOST) {
        group *all = begin(out->at, &out->n, "", 1);
        *all->name = '\0';
        all->stands = stands;
        for (size_t i = 0; i < o->n; i++)
            if (arm[i].drawn) all->arm[all->n++] = i;
        return SPX_OK;
    }
    filling f = {.all = out->at, .stands = stands};
    for (size_t i = 0; i < o->n; i++) {
        bool begun = false;
        for (size_t j = 0; j < i; j++) begun |= same_editor(&arm[j], &arm[i]);
        if (!begun) divide(arm, i, o->n, &f);
    }
    out->n = f.n;
out:
    return st;
}

bool groups_contain(const group *g, size_t arm)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->arm[i] == g->stands[arm]) return true;
    return false;
}
