/* spx/plan.h: a plan of arms (JSON) and the command lines it stands for. */
#ifndef SPX_PLAN_H
#define SPX_PLAN_H

#include "spx/child.h"
#include "spx/json.h"
#include "spx/names.h"

/*
 * A plan is an object. Files are named relative to it; the model may lie in the cache folder. Its
 * fields, those of its object "evaluate" and those of the objects in its list "arms" are the rows of
 * spx_plan_field_at, of which spx-plan(5) is made. A plan has the parameters of rounds (params.h),
 * "evaluate" those of measurements, an arm those of editor, search and filter.
 */
typedef enum spx_plan_object {
    SPX_PLAN_TOP,
    SPX_PLAN_EVALUATE,
    SPX_PLAN_ARM,
    SPX_PLAN_OBJECTS
} spx_plan_object;
typedef struct spx_plan_field {
    const char *name, *help; /* static storage */
} spx_plan_field;
/* Field i of such an object; false past the last. */
bool spx_plan_field_at(spx_plan_object object, size_t i, spx_plan_field *out);

#define SPX_PLAN_PATH 4096
#define SPX_PLAN_ARMS SPX_NAMES_MAX

/* One arm. A field that is a list stands for as many arms: the fields' values vary like the digits
 * of an odometer, and each one is added to the arm's name. */
typedef struct spx_plan_arm {
    char name[256], path[SPX_PLAN_PATH]; /* its run file, FOLDER/NAME.h5 */
    const spx_json *fields;
    size_t combination;
} spx_plan_arm;

typedef struct spx_plan {
    const char *path, *title;
    const char *cpu_time; /* what running it has taken, in words; NULL: not said */
    const char *remark;   /* what a reader of the results should know; NULL */
    spx_json *root;
    char model[SPX_PLAN_PATH], stats[SPX_PLAN_PATH];
    double rounds;
    long threads; /* of every command, by -j; 0: they choose */
    spx_plan_arm arm[SPX_PLAN_ARMS];
    size_t arms;
} spx_plan;

/* Reads a plan and names its arms; their run files will lie in `folder`. Release with
 * spx_plan_close. SPX_EFORMAT names the field; SPX_EIO if the model is not there. */
SPX_CHECKED spx_status spx_plan_open(const char *path, const char *folder, spx_plan *out,
                                     spx_error *err);
void spx_plan_close(spx_plan *p);

/* Adds to c the command that measures second moments of keys into p->stats; the command that runs
 * an arm. SPX_EFORMAT for an unknown field, with the known ones, or a value out of its domain;
 * SPX_EIO for a file that is not there. */
SPX_CHECKED spx_status spx_plan_stats_command(const spx_plan *p, spx_child *c, spx_error *err);
SPX_CHECKED spx_status spx_plan_arm_command(const spx_plan *p, const spx_plan_arm *a, spx_child *c,
                                            spx_error *err);

#endif
