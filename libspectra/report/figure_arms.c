/* figure_arms.c: the arms of a figure, and the lines that stand for them: arms that differ only in
 * the seed or in the facts they begin with are drawn as one. */
#include "report/arm_settings.h"
#include "report/figures.h"

#include <string.h>
#include <unistd.h>

/* The last "=" after which the path of a file stands; NULL: the whole is a path. */
static const char *find_equals(const char *argument)
{
    for (const char *at = argument + strlen(argument); at > argument; at--)
        if (at[-1] == '=' && access(at, F_OK) == 0) return at - 1;
    return NULL;
}

/* LABEL=PATH, or PATH, whose label is its base name. Returns the path. */
static const char *split_label(const char *argument, char label[128])
{
    const char *equals = find_equals(argument), *slash = strrchr(argument, '/');
    if (equals) {
        snprintf(label, 128, "%.*s", (int)(equals - argument), argument);
        return equals + 1;
    }
    snprintf(label, 128, "%s", slash ? slash + 1 : argument);
    char *ending = strstr(label, ".h5");
    if (ending) *ending = '\0';
    return argument;
}

/* Second moments of spx-stats, which spx-collapse leaves beside its arms. */
static bool is_of_statistics(const spx_store *s)
{
    return spx_store_stages(s) == 0 && spx_store_has(s, "covariance");
}

spx_status figures_open_arms(const spx_names *runs, arms *a, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t before = a->n;
    for (size_t i = 0; i < runs->n; i++) {
        if (a->n == SPX_NAMES_MAX)
            SPX_RAISE(err, SPX_EINVAL, "more than %d arms in one figure", SPX_NAMES_MAX);
        const char *path = split_label(runs->item[i], a->label[a->n]);
        SPX_TRY(spx_store_open(path, SPX_STORE_READ, &a->store[a->n], err));
        if (runs->n > 1 && is_of_statistics(a->store[a->n])) {
            spx_store_close(a->store[a->n]);
            continue;
        }
        if (spx_store_stages(a->store[a->n++]) == 0)
            SPX_RAISE(err, SPX_EINVAL, "%s: has no stages", path);
    }
    if (runs->n > 0 && a->n == before)
        SPX_RAISE(err, SPX_EINVAL,
                  "%s: second moments of keys, as all files given (expected run files)",
                  runs->item[0]);
out:
    return st;
}

spx_status figures_open_outcome(const spx_outcome *o, arms *a, spx_error *err)
{
    static const spx_names every;
    spx_status st = SPX_OK;
    a->tensors = &every;
    for (; a->n < o->n; a->shown = ++a->n)
        SPX_TRY(spx_store_open(o->path[a->n], SPX_STORE_READ, &a->store[a->n], err));
out:
    return st;
}

void figures_close_arms(arms *a)
{
    for (size_t i = 0; i < a->n; i++) spx_store_close(a->store[i]);
    a->n = 0;
}

void figures_separate_lines(arms *a)
{
    for (size_t i = 0; i < a->n; i++) a->line[i] = i;
    a->lines = a->n;
    a->shown_lines = a->shown;
}

spx_status figures_join_lines(arms *a, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    settings *s = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &s, a->n, err));
    a->lines = a->shown_lines = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t j = i < a->shown ? 0 : a->shown; /* what only widens the axes stays apart */
        settings_read(a->store[i], &s[i]);
        while (j < i && !settings_repeat(&s[j], &s[i])) j++;
        a->line[i] = j < i ? a->line[j] : a->lines++;
        if (i < a->shown) a->shown_lines = a->lines;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

size_t figures_first(const arms *a, size_t line)
{
    size_t i = 0;
    while (a->line[i] != line) i++;
    return i;
}

/* What the labels of a line's arms begin with in common, and how many arms it has: "memit" of
 * memit-0 and memit-500, 2 runs. */
void figures_label(const arms *a, size_t line, char out[FIGURE_LABEL])
{
    const char *first = a->label[figures_first(a, line)];
    size_t runs = 0, same = strlen(first);
    for (size_t i = 0; i < a->n; i++) {
        if (a->line[i] != line) continue;
        for (size_t c = 0; c < same; c++)
            if (a->label[i][c] != first[c]) same = c;
        runs++;
    }
    if (runs == 1) {
        snprintf(out, FIGURE_LABEL, "%s", first);
        return;
    }
    while (same > 0 && strchr("-_ 0123456789", first[same - 1])) same--;
    snprintf(out, FIGURE_LABEL, "%.*s, %zu runs", same ? (int)same : 127, first, runs);
}
