/* spx/params.h: the one table of what a run may be told. */
#ifndef SPX_PARAMS_H
#define SPX_PARAMS_H

#include "spx/json.h"
#include "spx/run.h"

/*
 * A parameter of a run is one row. From the row come its option of spx-edit (and, of a filter, of
 * spx-filter), the field of presets and plans, its default, its domain, its line of --help, the
 * root attribute of the run file, the check on resuming, and the settings by which a report tells
 * arms apart. The rows of editors' options are those of spx_edit_option_rows, the rows of filters'
 * numbers those of spx_filter_params.
 */

/* What stands at the row's place in a spx_run_spec. */
typedef enum spx_param_type {
    SPX_PARAM_REAL,   /* double */
    SPX_PARAM_WHOLE,  /* double that holds a whole number */
    SPX_PARAM_COUNT,  /* size_t */
    SPX_PARAM_SEED,   /* uint64_t */
    SPX_PARAM_SWITCH, /* bool; in JSON true, false, 1 or 0 */
    SPX_PARAM_TEXT,   /* const char *, borrowed; NULL means unset */
    SPX_PARAM_LAYERS, /* layer and layers, as text a list such as 6-10 (layer_list.h) */
} spx_param_type;

typedef enum spx_param_group {
    SPX_PARAM_EDITOR,  /* the editor and its options */
    SPX_PARAM_SEARCH,  /* the search for targets, and the layers that are edited */
    SPX_PARAM_FILTER,  /* the filter and its parameters */
    SPX_PARAM_ROUNDS,  /* which facts are edited, how many at once, and the seed */
    SPX_PARAM_MEASURE, /* what is measured after a round */
    SPX_PARAM_GROUPS
} spx_param_group;

#define SPX_PARAMS_MAX 96 /* more than there are rows */

typedef struct spx_param {
    const char *name; /* in presets, plans and run files; the option has '-' for '_' */
    spx_param_group group;
    spx_param_type type;
    size_t offset;          /* in spx_run_spec */
    double min, max;        /* domain of a number */
    double otherwise;       /* default of a number; 0 of a filter's: the filter's own */
    const char *text;       /* default of a text */
    spx_name_fn *choices;   /* what a text may be, of the table NULL; NULL: any text */
    const char *value_name; /* in --help: --tau SHARE; NULL: a switch without a value */
    const char *help;
    bool neutral; /* does not decide the numbers, or is recorded with another parameter: not an
                     attribute of its own, and not compared on resuming */
    bool detail;  /* not among those that a short --help shows */
    bool repeats; /* runs that differ in such parameters alone repeat one another */
} spx_param;

/* Row i of the table, in the order of the groups; false past its end. */
bool spx_param_at(size_t i, spx_param *out);
/* The row of that name; false if there is none. */
bool spx_param_find(const char *name, spx_param *out);
/* True unless it is an option of editors that this one does not read. */
bool spx_param_read_by(const spx_param *p, const spx_editor *e);

/* Its line of help with the default in brackets. */
void spx_param_help(const spx_param *p, char *out, size_t size);

/* Every parameter of spec takes its default. */
void spx_params_default(spx_run_spec *spec);

/* Sets a parameter from JSON. spec borrows a text from v. SPX_EFORMAT with the value found and the
 * domain if v is of another type or out of the domain. */
SPX_CHECKED spx_status spx_param_set(const spx_param *p, const spx_json *v, spx_run_spec *spec,
                                     spx_error *err);
/* The value as run files have it: numbers as %.17g, layers as "6,7,8", an unset text as "". */
void spx_param_text(const spx_param *p, const spx_run_spec *spec, char *out, size_t size);
/* True and *out set if the parameter is a number (a switch is 1 or 0). */
bool spx_param_number(const spx_param *p, const spx_run_spec *spec, double *out);

/* The name of parameter i among those of `groups` (1U << group | ...); NULL after the last. */
const char *spx_params_name(unsigned groups, size_t i);

/**
 * Reads a preset: an object (JSON) with parameters of the editor, the search and the filter, and
 * the texts "model" and "source", which say what it is for and where it comes from, "kind",
 * "fingerprint" and "editors", by which it is chosen (presets.h).
 *
 * @param[in]     given     SPX_PARAMS_MAX flags, or NULL: rows that keep the value they have.
 * @param[in,out] spec      borrows texts from *document.
 * @param[out]    document  owns those texts; free with spx_json_free after the last use of spec.
 * @return SPX_OK; SPX_EFORMAT with the file, the field, the value found and the domain, for an
 *         unknown field with the known ones; those of spx_json_read.
 */
SPX_CHECKED spx_status spx_preset_read(const char *path, const bool *given, spx_run_spec *spec,
                                       spx_json **document, spx_error *err);

#endif
