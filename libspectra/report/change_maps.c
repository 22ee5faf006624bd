/* change_maps.c: where the change of an arm's last matrix lies, as spx-compare maps it. */
#include "report/change_maps.h"

#include "report/figures.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void change_maps_path(const spx_outcome *o, size_t arm, char out[RUN_FILE_PATH])
{
    snprintf(out, RUN_FILE_PATH, "%s/maps/%s.h5", o->folder, o->name[arm]);
}

static bool newer(const char *path, const char *than)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(than, &b) == 0 && a.st_mtime >= b.st_mtime;
}

/* What a map shows of an arm: its last matrix, and as an option of spx-compare how much of it the
 * arm's filter protects; without a filter, or by one that protects none, such as a cap, what its
 * measures call dominant. */
typedef struct mapped {
    char tensor[FIGURE_TENSOR], option[16], value[64];
} mapped;

/* Whether the run's filter says how much it protects by this attribute, which is then out's. */
static bool protects_by(const spx_store *s, const char *name, mapped *out)
{
    char value[sizeof out->value] = "0";
    if (run_file_unfiltered(s)) return false;
    run_file_text(s, name, value, sizeof value);
    if (!(strtod(value, NULL) > 0)) return false;
    memcpy(out->value, value, sizeof value);
    return true;
}

static void read_protected(const spx_store *s, mapped *out)
{
    const bool by_rank = protects_by(s, "rank", out);
    snprintf(out->option, sizeof out->option, "%s", by_rank ? "--rank" : "--tau");
    if (by_rank || protects_by(s, "tau", out)) return;
    snprintf(out->value, sizeof out->value, "0.1");
    run_file_text(s, "measure_tau", out->value, sizeof out->value);
}

static spx_status read_mapped(const char *path, mapped *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **names = NULL;
    size_t n = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    SPX_TRY(spx_store_tensors(s, "tensors", &names, &n, err));
    snprintf(out->tensor, sizeof out->tensor, "%s", n ? names[n - 1] : "");
    read_protected(s, out);
out:
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}

spx_status change_maps_make(const spx_outcome *o, size_t arm, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[RUN_FILE_PATH], stage[RUN_FILE_PATH];
    mapped m;
    spx_child c = {0};
    spx_child_opts silent = o->child; /* its table is of no use here */
    silent.quiet = true;
    snprintf(path, sizeof path, "%s/maps", o->folder);
    (void)mkdir(path, 0777); /* spx-compare says why if this failed */
    change_maps_path(o, arm, path);
    if (newer(path, o->path[arm])) return SPX_OK;
    (void)remove(path);
    SPX_TRY(read_mapped(o->path[arm], &m, err));
    snprintf(stage, sizeof stage, "%s#last", o->path[arm]);
    const char *const words[] = {o->model, stage,    "-t", m.tensor, m.option,
                                 m.value,  "--maps", "-q", "-o",     path};
    spx_child_tool(&c, "spx-compare");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) spx_child_word(&c, words[i]);
    SPX_TRY(spx_child_run(&c, &silent, err));
out:
    spx_child_free(&c);
    return st;
}
