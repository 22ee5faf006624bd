/* spx/plan.h: a plan of arms (JSON) and the command lines it stands for. */
#ifndef SPX_PLAN_H
#define SPX_PLAN_H

#include "spx/child.h"
#include "spx/json.h"
#include "spx/names.h"
#include "spx/notify.h"

#define SPX_PLAN_PATH 4096
#define SPX_PLAN_ARMS SPX_NAMES_MAX

/* One arm. A field that is a list stands for as many arms: the fields' values vary like the digits
 * of an odometer, and each one is added to the arm's name. */
typedef struct spx_plan_arm {
    char name[256], path[SPX_PLAN_PATH]; /* its run file, FOLDER/NAME.h5 */
    const spx_json *fields;
    size_t combination;
    bool faulty; /* a field of it is wrong */
} spx_plan_arm;

typedef struct spx_plan {
    const char *path, *title;
    const char *cpu_time; /* what running it has taken, in words; NULL: not said */
    const char *remark;   /* what a reader of the results should know; NULL */
    spx_json *root;
    char model[SPX_PLAN_PATH], stats[SPX_PLAN_PATH];
    char unedited[SPX_PLAN_PATH]; /* folder of tests of the unedited model, which arms share */
    double rounds;
    long threads; /* of every command, by -j; 0: they choose */
    bool faulty;  /* a field outside the arms is wrong */
    spx_plan_arm arm[SPX_PLAN_ARMS];
    size_t arms;
} spx_plan;

/* The faults of a plan. Each is a line "PLAN: arm 'NAME': what is wrong". All of them but the last
 * are told, after "STATUS: "; the last is the error, so that a program that tells notes and prints
 * its error prints each fault once. Start from {.to = ...}. */
typedef struct spx_plan_faults {
    const spx_notify
        *to; /* its warn is told; NULL: the first fault is kept, the others are dropped */
    spx_error last;
    size_t n;
} spx_plan_faults;
/* SPX_OK if there is none, else the last. */
SPX_CHECKED spx_status spx_plan_faults_end(const spx_plan_faults *f, spx_error *err);

/**
 * Reads a plan, names its arms, whose run files will lie in `folder` (NULL: none), and checks every
 * field's name and value (plan_fields.h) as far as that needs no other file.
 *
 * @param[in,out] faults  gets what is wrong with the plan, which is open nevertheless.
 * @param[out]    out     release with spx_plan_close.
 * @return SPX_OK, with or without faults; SPX_EFORMAT if the file is no JSON object; SPX_EIO;
 *         SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_plan_open(const char *path, const char *folder, spx_plan_faults *faults,
                                     spx_plan *out, spx_error *err);
void spx_plan_close(spx_plan *p);

/* The path of a file that the plan names: as it is, beside the plan, in the cache folder
 * ($XDG_CACHE_HOME/spx) or among the datasets of the kit. SPX_EIO if it is in none of them. */
SPX_CHECKED spx_status spx_plan_file(const spx_plan *p, const char *name, char out[SPX_PLAN_PATH],
                                     spx_error *err);

/* The value that a field has in an arm, NULL if the arm has no such field. */
const spx_json *spx_plan_arm_value(const spx_plan_arm *a, const char *field);
/* The name of arm i, a spx_name_fn of a plan. */
const char *spx_plan_arm_name(const void *plan, size_t i);

/* Adds to c the command that measures second moments of keys into p->stats; the command that runs
 * an arm. For a plan without faults. SPX_EIO for a file that is not there. */
SPX_CHECKED spx_status spx_plan_stats_command(const spx_plan *p, spx_child *c, spx_error *err);
SPX_CHECKED spx_status spx_plan_arm_command(const spx_plan *p, const spx_plan_arm *a, spx_child *c,
                                            spx_error *err);

#endif
