/* run_files.h: small run files for tests of the report. */
#ifndef SPX_TESTS_REPORT_RUN_FILES_H
#define SPX_TESTS_REPORT_RUN_FILES_H

#include "check.h"

#include "spx/store.h"

/* What a run file says of its run; NULL and NaN are left out. Two stages: the base and 6 edits. */
typedef struct test_run {
    const char *path, *editor, *filter, *tau, *facts;
    double success, paraphrases, neighbours; /* in percent, at the last stage */
} test_run;

/* Setup and teardown of a group: a folder of its own, in which its files are made by name. */
static inline int enter_folder(void **state)
{
    static char folder[64];
    snprintf(folder, sizeof folder, "/tmp/spx-report-XXXXXX");
    *state = folder;
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static inline int leave_folder(void **state)
{
    return chdir("/") == 0 ? rmdir(*state) : -1; /* fails if a test has left a file */
}

static inline void make_run(const test_run *r)
{
    static const char *const names[] = {"rewrite_success", "paraphrase_success",
                                        "neighborhood_success"};
    const char *const texts[][2] = {{"editor", r->editor},
                                    {"filter", r->filter},
                                    {"basis", r->filter ? "current" : NULL},
                                    {"tau", r->tau},
                                    {"facts_sha256", r->facts}};
    const double values[] = {r->success, r->paraphrases, r->neighbours};
    spx_error err = {0};
    spx_store *s = NULL;
    (void)remove(r->path);
    check_ok(spx_store_open(r->path, SPX_STORE_CREATE, &s, &err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i][1]) check_ok(spx_store_set_text(s, "", texts[i][0], texts[i][1], &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 6, &err));
    for (size_t i = 0; i < 3; i++) {
        const spx_quantity q = {
            .name = names[i], .units = "%", .long_name = names[i], .source = ""};
        if (isfinite(values[i])) check_ok(spx_store_put(s, "evaluation", &q, 1, values[i], &err));
    }
    check_ok(spx_store_commit(&s, &err));
}

#endif
