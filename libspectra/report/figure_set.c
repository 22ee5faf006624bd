/* figure_set.c: the figures of a plan's outcome. */
#include "report/figure_set.h"

#include "report/arm_groups.h"
#include "report/sweeps.h"

#include "spx/child.h"
#include "spx/store.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 4096

typedef enum reading { PARTS, LINES, WHOLE, MAPS, ALARMS } reading;
/* Figures of spx-plot in the order of the report. Some arm must have each of the series
 * `needs`, an ability ("evaluation/...") measured at its last stage, and so many stages. PARTS: one
 * a group; LINES: repetitions of an arm are one, averaged; WHOLE: all arms in one; MAPS: one a
 * group, of maps of the arms; ALARMS: all arms in one if there are alarms to count. */
typedef struct kind {
    const char *name, *needs;
    size_t stages;
    reading reading;
    const char *caption;
} kind;

static const kind kinds[] = {
    {"collapse", "evaluation", 1, LINES,
     "Abilities against edits, with 95 % intervals: over items, or where an arm was repeated with "
     "other seeds or facts, the mean over its runs and Student's."},
    {"subspace", "tensors", 1, LINES,
     "Dominant subspaces against edits, means over the edited matrices."},
    {"timeline", "tensors", 7, PARTS,
     "When each quantity breaks: the knot of a broken line and its 95 % interval."},
    {"warning", "tensors", 2, ALARMS,
     "How many rounds before behaviour breaks (perplexity more than twice the base's, or success "
     "10 "
     "points under its best) each spectral number gives alarm, by a level or by a change; right, "
     "what its alarms were worth over all arms and seeds."},
    {"norm", "tensors", 1, LINES, "Norms and ranks against edits, means over the edited matrices."},
    {"spectrum", "tensors", 1, PARTS, "Singular values of the last edited matrix, a line a stage."},
    {"angles", "tensors", 1, PARTS,
     "Principal angles between the last edited matrix's dominant subspace and the base's."},
    {"overtaking", "tensors", 2, PARTS,
     "The rank that each dominant triple of the base holds in the last edited matrix now."},
    {"alpha", "snapshots/last", 2, MAPS,
     "Where the last edited matrix's change lies on the grid of the base's singular directions; "
     "outlined is what the leading directions touch that the arm's filter protects, without a "
     "filter "
     "those that its measures call dominant."},
    {"retention", "retention/rewrite_success", 2, PARTS,
     "Facts of every round, tested again later."},
    {"layers", "tensors", 1, PARTS, "SVS of every edited layer at every stage."},
    {"bars", "evaluation", 1, WHOLE, "Abilities at the last stage, with 95 % intervals."},
    {"frontier", "evaluation/paraphrase_success evaluation/neighborhood_success", 1, WHOLE,
     "Paraphrases against neighbours at the last stage; numbers, of six arms or fewer, are tau."},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Of what tools/sweep.sh made in FOLDER/sweeps. */
static const struct {
    const char *what;
    kind kind;
} sweeps[] = {
    {"keep",
     {"reconstruction", "evaluation", 2, WHOLE,
      "Abilities against the leading share of the spectrum that is kept, a line an experiment."}},
    {"group",
     {"groups", "evaluation", 2, WHOLE,
      "Abilities when one group of the spectrum is disturbed at equal norm; 1 leads, 0: none."}},
};
enum { SWEEPS = sizeof sweeps / sizeof *sweeps };

/* The run file that a figure reads of an arm: its own, or that of its map. */
static void path_of(const spx_outcome *o, const kind *k, size_t arm, char out[PATH_SIZE])
{
    if (k->reading == MAPS)
        snprintf(out, PATH_SIZE, "%s=%s/maps/%s.h5", o->name[arm], o->folder, o->name[arm]);
    else
        snprintf(out, PATH_SIZE, "%s=%s", o->name[arm], o->path[arm]);
}

static bool has(const spx_store *s, const char *series)
{
    spx_mat v = {0};
    if (strncmp(series, "evaluation/", 11) != 0) return spx_store_has(s, series);
    const bool yes = spx_store_get(s, "evaluation", series + 11, &v, NULL) == SPX_OK &&
                     v.rows > 0 && isfinite(v.data[(v.rows - 1) * v.ld]);
    spx_mat_free(&v);
    return yes;
}

static bool can_show(const spx_outcome *o, const kind *k, size_t arm)
{
    spx_store *s = NULL;
    if (spx_store_open(o->path[arm], SPX_STORE_READ, &s, NULL) != SPX_OK) return false;
    bool yes = spx_store_stages(s) >= k->stages;
    for (const char *at = k->needs; yes && *at; at += strspn(at, " ")) {
        char series[64];
        const size_t n = strcspn(at, " ");
        snprintf(series, sizeof series, "%.*s", (int)n, at);
        yes = has(s, series);
        at += n;
    }
    spx_store_close(s);
    return yes;
}

/* The arms of a group that can be shown, or with `among` those outside it. */
static size_t add_arms(const spx_outcome *o, const kind *k, const group *g, bool among,
                       spx_child *c)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        char path[PATH_SIZE];
        if ((g && groups_contain(g, i) == among) || !can_show(o, k, i)) continue;
        path_of(o, k, i, path);
        if (among) spx_child_word(c, "--among");
        spx_child_word(c, path);
        n++;
    }
    return n;
}

/* g: NULL for all arms. *shown: how many there were to draw. */
static spx_status draw(const spx_outcome *o, const kind *k, const group *g, const char *output,
                       size_t *shown, spx_error *err)
{
    spx_child c = {0};
    spx_status st = SPX_OK;
    spx_child_tool(&c, "spx-plot");
    spx_child_word(&c, k->name);
    *shown = add_arms(o, k, g, false, &c);
    if (g) (void)add_arms(o, k, g, true, &c);
    spx_child_word(&c, "-o");
    spx_child_word(&c, output);
    if (*shown) st = spx_child_run(&c, &o->child, err);
    spx_child_free(&c);
    return st;
}

/* One figure as PDF, PNG and SVG; *out becomes the last one. */
static spx_status draw_all(const spx_outcome *o, const kind *k, const group *g, report_figure *out,
                           size_t *shown, spx_scratch *tmp, spx_error *err)
{
    static const char *const endings[] = {"pdf", "png", "svg"};
    spx_status st = SPX_OK;
    void *path = NULL, *caption = NULL;
    SPX_TRY(spx_scratch_alloc(tmp, &path, PATH_SIZE, 1, err));
    SPX_TRY(spx_scratch_alloc(tmp, &caption, PATH_SIZE, 1, err));
    const bool named = g && *g->name;
    for (size_t e = 0; e < 3; e++) {
        snprintf(path, PATH_SIZE, "%s/%s%s%s.%s", o->folder, k->name, named ? "-" : "",
                 named ? g->name : "", endings[e]);
        SPX_TRY(draw(o, k, g, path, shown, err));
    }
    snprintf(caption, PATH_SIZE, "%s%s%s", named ? g->name : "", named ? ": " : "", k->caption);
    *out = (report_figure){path, caption};
out:
    return st;
}

static bool newer(const char *path, const char *than)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(than, &b) == 0 && a.st_mtime >= b.st_mtime;
}

/* What a map shows of an arm: its last matrix, and as an option of spx-compare how much of it the
 * arm's filter protects; without a filter, what its measures call dominant. */
typedef struct mapped {
    char tensor[600], option[16], value[64];
} mapped;

static void copy_text(const spx_store *s, const char *attribute, char *out, size_t size)
{
    char *text = NULL;
    if (spx_store_get_text(s, "", attribute, &text, NULL) == SPX_OK)
        snprintf(out, size, "%s", text);
    spx_free(text);
}

static spx_status read_mapped(const char *path, mapped *out, spx_error *err)
{
    spx_store *s = NULL;
    char **names = NULL, filter[32] = "none", rank[32] = "0";
    size_t n = 0;
    spx_status st = spx_store_open(path, SPX_STORE_READ, &s, err);
    if (st != SPX_OK) return st;
    st = spx_store_names(s, "tensors", &names, &n, err);
    snprintf(out->tensor, sizeof out->tensor, "%s", n ? names[n - 1] : "");
    copy_text(s, "filter", filter, sizeof filter);
    copy_text(s, "rank", rank, sizeof rank);
    const bool filtered = strcmp(filter, "none") != 0, by_rank = filtered && strcmp(rank, "0") != 0;
    snprintf(out->option, sizeof out->option, "%s", by_rank ? "--rank" : "--tau");
    snprintf(out->value, sizeof out->value, "0.1");
    copy_text(s,
              by_rank    ? "rank"
              : filtered ? "tau"
                         : "measure_tau",
              out->value, sizeof out->value);
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}

/* maps/ARM.h5: where the change of an arm's last matrix lies, by spx-compare. */
static spx_status make_map(const spx_outcome *o, const kind *k, size_t arm, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[PATH_SIZE], stage[PATH_SIZE];
    mapped m;
    spx_child c = {0};
    snprintf(path, sizeof path, "%s/maps", o->folder);
    (void)mkdir(path, 0777); /* spx-compare says why it is not there */
    snprintf(path, sizeof path, "%s/maps/%s.h5", o->folder, o->name[arm]);
    if (!can_show(o, k, arm) || newer(path, o->path[arm])) return SPX_OK;
    (void)remove(path);
    SPX_TRY(read_mapped(o->path[arm], &m, err));
    snprintf(stage, sizeof stage, "%s#last", o->path[arm]);
    const char *const words[] = {o->model, stage,    "-t", m.tensor, m.option,
                                 m.value,  "--maps", "-o", path};
    spx_child_tool(&c, "spx-compare");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) spx_child_word(&c, words[i]);
    SPX_TRY(spx_child_run(&c, &o->child, err));
out:
    spx_child_free(&c);
    return st;
}

/* Keeps the first of several errors; is it one that ends everything? */
static bool note(spx_status st, const spx_error *now, spx_status *first, spx_error *err)
{
    if (st == SPX_OK) return false;
    if (*first == SPX_OK) *first = st, *err = *now;
    return st == SPX_EINTR || st == SPX_ENOMEM;
}

/* The groups of a kind's figures; what is drawn of all arms at once has one, of all. */
typedef struct grouping {
    groups apart, together;
    bool alarms;
} grouping;

static size_t drawn(const kind *k, const grouping *by)
{
    if (k->reading == WHOLE) return 1;
    if (k->reading == ALARMS) return by->alarms;
    return k->reading == LINES ? by->together.n : by->apart.n;
}

/* NULL: all arms. */
static const group *group_of(const kind *k, const grouping *by, size_t i)
{
    if (k->reading == WHOLE || k->reading == ALARMS) return NULL;
    return k->reading == LINES ? &by->together.at[i] : &by->apart.at[i];
}

/* The figures of one kind behind the *n of out. */
static spx_status draw_kind(const spx_outcome *o, const kind *k, const grouping *by,
                            report_figure *out, size_t *n, spx_status *first, spx_scratch *tmp,
                            spx_error *err)
{
    spx_error now = {0};
    for (size_t i = 0; k->reading == MAPS && i < o->n; i++)
        if (note(make_map(o, k, i, &now), &now, first, err)) return *first;
    for (size_t i = 0; i < drawn(k, by); i++) {
        size_t shown = 0;
        now = (spx_error){0};
        const spx_status st = draw_all(o, k, group_of(k, by, i), out + *n, &shown, tmp, &now);
        if (note(st, &now, first, err)) return *first;
        *n += st == SPX_OK && shown > 0;
    }
    return SPX_OK;
}

static spx_status draw_sweeps(const spx_outcome *o, report_figure *out, size_t *n,
                              spx_status *first, spx_scratch *tmp, spx_error *err)
{
    static spx_outcome found;
    const grouping whole = {.alarms = false};
    spx_status st = SPX_OK;
    for (size_t i = 0; i < SWEEPS; i++) {
        SPX_TRY(sweeps_find(o, sweeps[i].what, &found, tmp, err));
        SPX_TRY(draw_kind(&found, &sweeps[i].kind, &whole, out, n, first, tmp, err));
    }
out:
    return st;
}

spx_status drawings_make(const spx_outcome *o, bool alarms, report_figure **out, size_t *n,
                         spx_scratch *tmp, spx_error *err)
{
    spx_status first = SPX_OK, st = SPX_OK;
    grouping by = {.alarms = alarms};
    *n = 0;
    SPX_TRY(groups_make(o, false, &by.apart, tmp, err));
    SPX_TRY(groups_make(o, true, &by.together, tmp, err));
    SPX_TRY(SPX_SCRATCH(tmp, out, KINDS * (by.apart.n + by.together.n) + SWEEPS, err));
    for (const kind *k = kinds; k < kinds + KINDS; k++)
        SPX_TRY(draw_kind(o, k, &by, *out, n, &first, tmp, err));
    SPX_TRY(draw_sweeps(o, *out, n, &first, tmp, err));
    return first;
out:
    return st;
}
