/* arm_settings.h: what tells the run files of a plan apart. */
#ifndef SPX_REPORT_ARM_SETTINGS_H
#define SPX_REPORT_ARM_SETTINGS_H

#include "spx/store.h"

typedef struct settings {
    char editor[64];   /* "memit"; with a rule for targets that is not its own, and a wrapper:
                        "memit-blue", "memit-simie" */
    char filter[96];   /* "none", "revive current 0.2" */
    char others[2048]; /* model, facts, every other parameter that makes the arm */
} settings;

/* Reads them from a run's root attributes; what is not there stays empty. */
void settings_read(const spx_store *s, settings *out);
/* True if the two differ in nothing but the seed and the facts they begin with. False if no editor
 * made them: what else may differ is not known then. */
bool settings_repeat(const settings *a, const settings *b);
/* An order for qsort: without a filter first, then by the filter. */
int settings_order(const void *a, const void *b);

#endif
