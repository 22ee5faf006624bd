/* plan.c: a plan read, and its arms named. */
#include "spx/plan.h"

#include "run/plan_parts.h"

#include "spx/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool in_cache(const char *name, char out[SPX_PLAN_PATH])
{
    char cached[SPX_DATA_PATH];
    if (!spx_cache_path(name, cached) || access(cached, R_OK) != 0) return false;
    snprintf(out, SPX_PLAN_PATH, "%s", cached);
    return true;
}

static bool in_kit(const char *name, char out[SPX_PLAN_PATH])
{
    char within[SPX_DATA_PATH];
    snprintf(within, sizeof within, "datasets/%s", name);
    return spx_data_find(within, out, NULL) == SPX_OK;
}

spx_status spx_plan_file(const spx_plan *p, const char *name, char out[SPX_PLAN_PATH],
                         spx_error *err)
{
    const char *slash = strrchr(p->path, '/');
    const int folder = slash ? (int)(slash - p->path) + 1 : 0;
    snprintf(out, SPX_PLAN_PATH, "%.*s%s", name[0] == '/' ? 0 : folder, p->path, name);
    if (access(out, R_OK) == 0) return SPX_OK;
    if (name[0] == '/') return SPX_FAIL(err, SPX_EIO, "%s is not there", name);
    if (in_cache(name, out) || in_kit(name, out)) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO,
                    "%s is not there (expected beside the plan, in the cache folder or among the "
                    "datasets of the kit)",
                    name);
}

size_t plan_values(const spx_json *v) { return spx_json_is_array(v) ? spx_json_size(v) : 1; }

const spx_json *plan_value(const spx_json *v, size_t i)
{
    return spx_json_is_array(v) ? spx_json_at(v, i) : v;
}

const spx_json *plan_chosen(const char *key, const spx_json *v, size_t *combination)
{
    const size_t n = plan_values(v);
    if (n == 0 || spx_plan_is_comment(key)) return v;
    const spx_json *chosen = plan_value(v, *combination % n);
    *combination /= n;
    return chosen;
}

void plan_number(double x, char *out, size_t size)
{
    snprintf(out, size, "%.15g", x);
    if (strtod(out, NULL) != x) snprintf(out, size, "%.17g", x);
}

const spx_json *spx_plan_arm_value(const spx_plan_arm *a, const char *field)
{
    size_t left = a->combination;
    for (size_t i = 0; i < spx_json_size(a->fields); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(a->fields, i, &v);
        v = plan_chosen(key, v, &left);
        if (strcmp(key, field) == 0) return v;
    }
    return NULL;
}

const char *spx_plan_arm_name(const void *plan, size_t i)
{
    const spx_plan *p = plan;
    return i < p->arms ? p->arm[i].name : NULL;
}

static size_t combinations(const spx_json *fields)
{
    size_t n = 1;
    for (size_t i = 0; i < spx_json_size(fields); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(fields, i, &v);
        const size_t values = plan_values(v);
        if (values > 0 && !spx_plan_is_comment(key)) n *= values;
        if (n > SPX_PLAN_ARMS) return SPX_PLAN_ARMS + 1;
    }
    return n;
}

/* The value as a part of a name: of a file its name without folders. */
static void name_value(const spx_json *v, char *out, size_t size)
{
    double x = 0;
    const char *text = spx_json_text(v), *slash = text ? strrchr(text, '/') : NULL;
    if (spx_json_number(v, &x))
        plan_number(x, out, size);
    else
        snprintf(out, size, "%s", slash ? slash + 1 : text ? text : "?");
}

/* NAME, followed by the values that this combination chose. */
static void name_arm(spx_plan_arm *a, const char *name)
{
    size_t left = a->combination;
    size_t used = (size_t)snprintf(a->name, sizeof a->name, "%.200s", name);
    for (size_t i = 0; i < spx_json_size(a->fields) && used < sizeof a->name; i++) {
        const spx_json *v = NULL;
        char word[64];
        const char *key = spx_json_key(a->fields, i, &v);
        const spx_json *chosen = plan_chosen(key, v, &left);
        if (!spx_json_is_array(v) || spx_plan_is_comment(key)) continue;
        name_value(chosen, word, sizeof word);
        used += (size_t)snprintf(a->name + used, sizeof a->name - used, "-%.20s", word);
    }
}

/* True if the arm's name can be that of its run file, and no other arm has it. */
static bool name_is_good(const spx_plan *p, const spx_plan_arm *a, spx_plan_faults *f)
{
    const plan_place at = {.p = p};
    if (strchr(a->name, '/') || *a->name == '.' || !*a->name ||
        strlen(a->name) + 1 == sizeof a->name) {
        plan_fault(f, &at, SPX_EFORMAT,
                   "invalid name of an arm '%s' (expected the name of a file, without '/', of "
                   "less than %zu bytes)",
                   a->name, sizeof a->name - 1);
        return false;
    }
    for (size_t i = 0; i < p->arms; i++)
        if (strcmp(p->arm[i].name, a->name) == 0) {
            plan_fault(f, &at, SPX_EFORMAT, "two arms are called '%s'", a->name);
            return false;
        }
    return true;
}

static void add_arm(spx_plan *p, const char *folder, spx_plan_arm *a, const char *name,
                    spx_plan_faults *f)
{
    char path[SPX_PLAN_PATH];
    name_arm(a, name);
    if (!name_is_good(p, a, f)) a->faulty = true;
    snprintf(path, sizeof path, "%s/%s.h5", folder ? folder : "", a->name);
    if (folder) memcpy(a->path, path, sizeof path);
    p->arm[p->arms++] = *a;
}

/* The arms that object i of the list stands for. */
static void read_arm(spx_plan *p, const char *folder, size_t i, const spx_json *fields,
                     spx_plan_faults *f)
{
    char place[32];
    spx_plan_arm a = {.fields = fields};
    const char *name = spx_json_text(spx_json_get(fields, "name"));
    const size_t before = f->n, n = combinations(fields);
    snprintf(place, sizeof place, "#%zu", i + 1);
    const plan_place at = {.p = p, .arm = name ? name : place};
    plan_check_object(SPX_PLAN_ARM, fields, &at, f);
    a.faulty = f->n > before;
    if (p->arms + n > SPX_PLAN_ARMS) {
        plan_fault(f, &at, SPX_EFORMAT, "the plan has more than %d arms", SPX_PLAN_ARMS);
        return;
    }
    for (; a.combination < n; a.combination++) add_arm(p, folder, &a, at.arm, f);
}

static void read_arms(spx_plan *p, const char *folder, spx_plan_faults *f)
{
    const spx_json *arms = spx_json_get(p->root, "arms");
    const size_t n = spx_json_is_array(arms) ? spx_json_size(arms) : 0;
    for (size_t i = 0; i < n; i++) read_arm(p, folder, i, spx_json_at(arms, i), f);
}

/* What the rest of the kit is told of the plan as a whole. */
static void read_words(spx_plan *p, const char *folder)
{
    const char *title = spx_json_text(spx_json_get(p->root, "title"));
    const char *model = spx_json_text(spx_json_get(p->root, "model"));
    p->title = title ? title : p->path;
    p->cpu_time = spx_json_text(spx_json_get(p->root, "cpu_time"));
    p->remark = spx_json_text(spx_json_get(p->root, "remark"));
    p->rounds = (double)spx_run_defaults().rounds;
    (void)spx_json_number(spx_json_get(p->root, "rounds"), &p->rounds);
    if (!model || spx_plan_file(p, model, p->model, NULL) != SPX_OK)
        snprintf(p->model, sizeof p->model, "%s", model ? model : "");
    if (folder) snprintf(p->stats, sizeof p->stats, "%s/stats.h5", folder);
    if (folder) snprintf(p->unedited, sizeof p->unedited, "%s/unedited", folder);
}

spx_status spx_plan_open(const char *path, const char *folder, spx_plan_faults *faults,
                         spx_plan *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (spx_plan){.path = path};
    const plan_place at = {.p = out};
    SPX_TRY(spx_json_read(path, &out->root, err));
    if (!spx_json_is_object(out->root)) SPX_RAISE(err, SPX_EFORMAT, "%s is not an object", path);
    const size_t before = faults->n;
    plan_check_object(SPX_PLAN_TOP, out->root, &at, faults);
    const spx_json *evaluate = spx_json_get(out->root, "evaluate");
    if (spx_json_is_object(evaluate)) plan_check_object(SPX_PLAN_EVALUATE, evaluate, &at, faults);
    out->faulty = faults->n > before;
    read_words(out, folder);
    read_arms(out, folder, faults);
out:
    if (st != SPX_OK) spx_plan_close(out);
    return st;
}

void spx_plan_close(spx_plan *p)
{
    spx_json_free(p->root);
    p->root = NULL;
}
