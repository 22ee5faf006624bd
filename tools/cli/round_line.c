/* round_line.c: the line that a round of edits prints on a terminal. */
#include "round_line.h"

#include "cli.h"

#include <math.h>
#include <string.h>

/* Columns of at most seven letters. */
static const char *const columns[][2] = {
    {"rewrite_success", "success"},    {"rewrite_acc", "argmax"},
    {"paraphrase_success", "paraphr"}, {"neighborhood_success", "neighbr"},
    {"perplexity", "perplex"},         {"lambada", "LAMBADA"},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void print_heading(void)
{
    printf("  round  edits     time     left");
    for (size_t i = 0; i < COLUMNS; i++) printf("%8s", columns[i][1]);
    printf("\n");
}

/* The metric of that name as it was tested last; NaN if it was not. */
static double value_of(const spx_results *r, const char *name)
{
    double x = (double)NAN;
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, name) == 0) x = r->metric[i].value;
    return x;
}

void round_line_print(const spx_run_stage *s)
{
    static bool headed;
    char time[16], left[16] = "-";
    if (!headed) print_heading();
    headed = true;
    cli_time_text(s->seconds, time);
    if (!isnan(s->seconds_left)) cli_time_text(s->seconds_left, left);
    printf("%3zu/%-3zu %6zu %8s %8s", s->round, s->rounds, s->edits, time, left);
    for (size_t i = 0; i < COLUMNS; i++) {
        const double x = value_of(s->found, columns[i][0]);
        if (isnan(x))
            printf("%8s", "-");
        else
            printf(x < 1e4 ? "%8.4g" : "%8.2g", x);
    }
    printf("\n");
}
