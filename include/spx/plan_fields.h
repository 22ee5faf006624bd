/* spx/plan_fields.h: the one table of what a plan may say, and where. */
#ifndef SPX_PLAN_FIELDS_H
#define SPX_PLAN_FIELDS_H

#include "spx/params.h"
#include "spx/task_options.h"

/*
 * A plan (JSON) is an object; its "evaluate" is one, and so is each member of its list "arms". A
 * field of one of them is a row. From the row come the option of spx-edit that it stands for, the
 * check of its value, the JSON schema and the template of spx-collapse, and spx-plan(5). The rows
 * of a run's parameters are those of params.h: the plan has those of rounds, "evaluate" those of
 * measurements, an arm those of editor, search and filter. Rows of tasks are those of
 * task_options.h.
 *
 * A member whose name begins with "//" is a comment, in any of the objects.
 */
typedef enum spx_plan_object {
    SPX_PLAN_TOP,
    SPX_PLAN_EVALUATE,
    SPX_PLAN_ARM,
    SPX_PLAN_OBJECTS
} spx_plan_object;

typedef enum spx_plan_kind {
    SPX_PLAN_WORDS,      /* a text for readers */
    SPX_PLAN_TEXT,       /* one of `choices`, or any text */
    SPX_PLAN_REAL,       /* a number from min to max */
    SPX_PLAN_WHOLE,      /* a whole number from min to max */
    SPX_PLAN_SWITCH,     /* true or false */
    SPX_PLAN_BLOCKS,     /* a text such as 6-10 (layer_list.h), or a whole number */
    SPX_PLAN_FILE,       /* the name of a file (spx_plan_file) */
    SPX_PLAN_TASKS,      /* an object: files by families of tasks */
    SPX_PLAN_EVALUATION, /* the object "evaluate" */
    SPX_PLAN_ARM_LIST,   /* the list "arms" */
} spx_plan_kind;

typedef struct spx_plan_field {
    const char *name;
    char option[40]; /* of spx-edit, "--v-lr"; "": none */
    char help[512];  /* one line, a default in brackets */
    spx_plan_kind kind;
    bool required;
    double min, max;
    const char *unit;           /* what a number counts, in one word; NULL */
    spx_name_fn *choices;       /* of the table NULL; NULL: any text */
    const char *param;          /* row of params.h that it sets; NULL */
    const spx_task_option *row; /* row of task_options.h that it sets; NULL */
} spx_plan_field;

/* Field i of such an object; false past the last. */
bool spx_plan_field_at(spx_plan_object object, size_t i, spx_plan_field *out);
/* The field of that name; false if there is none. */
bool spx_plan_field_find(spx_plan_object object, const char *name, spx_plan_field *out);
/* The name of field i; NULL past the last. A spx_name_fn of a table that is a spx_plan_object. */
const char *spx_plan_field_name(const void *object, size_t i);

/* What a value may be, in words: "a number from 0 to 1". */
void spx_plan_expected(const spx_plan_field *f, char *out, size_t size);

/* True for the name of a comment. */
bool spx_plan_is_comment(const char *name);

#endif
