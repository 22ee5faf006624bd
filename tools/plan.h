/* plan.h: a plan of arms (JSON) and the command lines it stands for. */
#ifndef SPX_TOOLS_PLAN_H
#define SPX_TOOLS_PLAN_H

#include "cli.h"
#include "command.h"

#include "spx/json.h"

#define PLAN_PATH 4096
#define PLAN_ARMS CLI_MAX_LIST

/* One arm. A field that is a list stands for as many arms: the fields' values vary like an
 * odometer's digits, and each one is added to the arm's name. */
typedef struct plan_arm {
    char name[256], path[PLAN_PATH]; /* its run file, FOLDER/NAME.h5 */
    const spx_json *fields;
    size_t combination;
} plan_arm;

typedef struct plan {
    const char *path, *title;
    const char *cpu_time; /* what running it has taken, in words; NULL: not said */
    spx_json *root;
    char model[PLAN_PATH], stats[PLAN_PATH];
    double rounds;
    plan_arm arm[PLAN_ARMS];
    size_t arms;
} plan;

/* Reads and checks it; its files lie beside it or, the model, in the cache folder. `folder` is
 * where results go. Release with plan_close. SPX_EFORMAT names the field. */
SPX_CHECKED spx_status plan_open(const char *path, const char *folder, plan *out, spx_error *err);
void plan_close(plan *p);

/* The command that measures second moments of keys into p->stats; the one that runs an arm. */
SPX_CHECKED spx_status plan_stats_command(const plan *p, command *c, spx_error *err);
SPX_CHECKED spx_status plan_arm_command(const plan *p, const plan_arm *a, command *c,
                                        spx_error *err);

#endif
