/* cells.c: numbers and texts of tables and of JSON lines. */
#include "cli.h"

#include <math.h>

void cli_cell(double x)
{
    if (isnan(x))
        fprintf(cli.out, "\tNaN");
    else
        fprintf(cli.out, "\t%.9g", x);
}

void cli_time_text(double seconds, char out[16])
{
    if (seconds < 100)
        snprintf(out, 16, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    else
        snprintf(out, 16, seconds < 3600 ? "%.1f min" : "%.1f h",
                 seconds < 3600 ? seconds / 60 : seconds / 3600);
}

void cli_json_text(const char *text)
{
    fputc('"', cli.out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(cli.out, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(cli.out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, cli.out);
    fputc('"', cli.out);
}

void cli_json_number(double x)
{
    if (isfinite(x))
        fprintf(cli.out, "%.17g", x);
    else
        fprintf(cli.out, "null");
}
