/* arm_settings.c: what tells the run files of a plan apart. */
#include "report/arm_settings.h"

#include "spx/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_of(const spx_store *s, const char *attribute, char *out, size_t size)
{
    char *text = NULL;
    if (spx_store_get_text(s, "", attribute, &text, NULL) == SPX_OK)
        snprintf(out, size, "%s", text);
    spx_free(text);
}

static void append(const spx_store *s, const char *attribute, char *out, size_t size)
{
    const size_t used = strlen(out);
    text_of(s, attribute, out + used, size - used);
    strncat(out, ";", size - strlen(out) - 1);
}

static void read_filter(const spx_store *s, char *out, size_t size)
{
    char filter[32] = "none", basis[16] = "", tau[32] = "", rank[16] = "0";
    text_of(s, "filter", filter, sizeof filter);
    text_of(s, "basis", basis, sizeof basis);
    text_of(s, "tau", tau, sizeof tau);
    text_of(s, "rank", rank, sizeof rank);
    if (strcmp(filter, "none") == 0)
        snprintf(out, size, "none");
    else if (strcmp(rank, "0") != 0)
        snprintf(out, size, "%s %s k=%s", filter, basis, rank);
    else
        snprintf(out, size, "%s %s %.3g", filter, basis, strtod(tau, NULL));
}

void settings_read(const spx_store *s, settings *out)
{
    static const char *const search[] = {"v_lr",  "clamp",    "weight_decay", "kl",   "stop",
                                         "steps", "contexts", "layers",       "round"};
    static const char *const inputs[] = {"model_sha256", "facts_sha256"};
    *out = (settings){0};
    text_of(s, "editor", out->editor, sizeof out->editor);
    read_filter(s, out->filter, sizeof out->filter);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        append(s, inputs[i], out->others, sizeof out->others);
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++)
        append(s, spx_edit_option_rows()[i].name, out->others, sizeof out->others);
    for (size_t i = 0; i < sizeof search / sizeof *search; i++)
        append(s, search[i], out->others, sizeof out->others);
}

bool settings_repeat(const settings *a, const settings *b)
{
    return *a->editor && strcmp(a->editor, b->editor) == 0 && strcmp(a->filter, b->filter) == 0 &&
           strcmp(a->others, b->others) == 0;
}

int settings_order(const void *a, const void *b)
{
    const settings *x = a, *y = b;
    const bool plain_x = strcmp(x->filter, "none") == 0, plain_y = strcmp(y->filter, "none") == 0;
    if (plain_x != plain_y) return plain_x ? -1 : 1;
    return strcmp(x->filter, y->filter);
}
