/* filter_options.h: the options with which a tool asks for a filter. */
#ifndef SPX_TOOLS_FILTERS_H
#define SPX_TOOLS_FILTERS_H

#include "cli.h"

#include "spx/filter.h"

/* Rows of an option table that fill `spec`, a static spx_filter_spec; rank and seed are put in by
 * filters_fill. FILTER_OPTIONS has tau among them. */
#define FILTER_OPTIONS(spec)                                                                 \
    {CLI_REAL, 0, "tau", &(spec).tau, 0, 1, "protected share of the singular values [0.1]"}, \
        FILTER_OPTIONS_BUT_TAU(spec)
#define FILTER_OPTIONS_BUT_TAU(spec)                                                                \
    {CLI_STR, 0, "filter", &(spec).name, 0, 0, "by name; spx-filter --list has them"},              \
        {CLI_STR, 0, "basis", &(spec).basis, 0, 0, "original, current or union [current]"},         \
        {CLI_INT, 0, "rank", &filters_rank, 0, 1e6, "protected directions, instead of tau"},        \
        {CLI_STR, 0, "energy", &(spec).energy, 0, 0, "tau is of their sum or of squares [sum]"},    \
        {CLI_STR, 0, "count", &(spec).count, 0, 0, "eq5 or released [eq5]"},                        \
        {CLI_STR, 0, "apply", &(spec).apply, 0, 0, "to a batch or cumulative [the filter's]"},      \
        {CLI_REAL, 0, "weight", &(spec).weight, 0, 1, "share taken out by a mask [the filter's]"},  \
        {CLI_REAL, 0, "threshold", &(spec).threshold, 0, 1e30, "of product and alphaedit"},         \
        {CLI_REAL, 0, "alpha", &(spec).alpha, 0, 1e30, "base of prune's logarithm [1.2]"},          \
        {CLI_REAL, 0, "keep", &(spec).keep, 0, 1, "share of the entries rect keeps [0.2]"},         \
        {CLI_REAL, 0, "noise", &(spec).noise, 0, 1e30, "of an entry, for dg-hard [by the median]"}, \
    {                                                                                               \
        CLI_REAL, 0, "cap", &(spec).cap, 0, 1e30, "of norm-cap [0.1] and spectral-cap [1]"          \
    }

/* What --rank gave. */
extern long filters_rank;
void filters_fill(spx_filter_spec *spec);
/* The table of filters on standard output: name, family, defaults, what it does, source. */
void filters_list(void);

#endif
