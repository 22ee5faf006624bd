/* plan_rows.c: what spx-collapse --check prints. */
#include "plan_rows.h"

#include "cli.h"

static void print_aligned(const spx_plan *p, const spx_plan_cost *arm, double stats)
{
    double edits = 0, seconds = stats, bytes = 0;
    char time[16];
    printf("%-26s  %-11s  %-12s  rounds  edits      time    MiB\n", "arm", "editor", "filter");
    for (size_t i = 0; i < p->arms; i++) {
        const spx_plan_cost *c = &arm[i];
        printf("%-26.26s  %-11s  %-12s  %2zu/%-3zu  %5zu", p->arm[i].name, c->editor, c->filter,
               c->done, c->rounds, c->edits);
        cli_time_text(c->seconds, time);
        printf("  %8s  %5.0f\n", time, c->bytes / 1048576);
        edits += (double)c->edits;
        seconds += c->seconds;
        bytes += c->bytes;
    }
    printf("%-26s  %-11s  %-12s          %5.0f", "together", "", "", edits);
    cli_time_text(seconds, time);
    printf("  %8s  %5.0f\n", time, bytes / 1048576);
}

void plan_print_costs(const spx_plan *p, const spx_plan_cost *arm, double stats, bool for_people)
{
    if (for_people) {
        print_aligned(p, arm, stats);
        return;
    }
    printf("arm\teditor\tfilter\trounds\tdone\tedits\tseconds\tbytes\n");
    for (size_t i = 0; i < p->arms; i++) {
        const spx_plan_cost *c = &arm[i];
        printf("%s\t%s\t%s\t%zu\t%zu\t%zu", p->arm[i].name, c->editor, c->filter, c->rounds,
               c->done, c->edits);
        cli_cell(c->seconds);
        cli_cell(c->bytes);
        printf("\n");
    }
}
