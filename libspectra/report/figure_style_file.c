/* figure_style_file.c: the file that says how figures look, a table of its keys. */
#include "report/figures.h"

#include "spx/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Takes the value of one key; what it should be, if it is not. */
typedef struct style_key {
    const char *name;
    const char *(*take)(char *value, spx_figure_style *s);
} style_key;

static const char *take_font(char *value, spx_figure_style *s)
{
    snprintf(s->font, sizeof s->font, "%s", value);
    return strlen(value) < sizeof s->font && !strpbrk(value, "'\",") ? NULL : "the name of a font";
}

/* A number within [least, most] and nothing behind it. */
static bool take_number(const char *value, double least, double most, double *out)
{
    char *end = NULL;
    *out = strtod(value, &end);
    return end != value && *end == '\0' && *out >= least && *out <= most;
}

static const char *take_size(char *value, spx_figure_style *s)
{
    return take_number(value, 4, 30, &s->size) ? NULL : "4 to 30 points";
}

static const char *take_height(char *value, spx_figure_style *s)
{
    return take_number(value, 2, 100, &s->height) ? NULL : "2 to 100 cm";
}

static bool is_colour(const char *word)
{
    return word[0] == '#' && strlen(word) == 7 && strspn(word + 1, "0123456789abcdefABCDEF") == 6;
}

static const char *take_colours(char *value, spx_figure_style *s)
{
    static const char expected[] = "up to eight colours such as #0072b2";
    char *rest = NULL;
    s->colours = 0;
    for (char *w = strtok_r(value, ", \t", &rest); w; w = strtok_r(NULL, ", \t", &rest)) {
        if (s->colours == sizeof s->colour / sizeof *s->colour || !is_colour(w)) return expected;
        memcpy(s->colour[s->colours++], w, 8);
    }
    return s->colours > 0 ? NULL : expected;
}

static const char *take_panels(char *value, spx_figure_style *s)
{
    snprintf(s->panels, sizeof s->panels, "%s", value);
    return strlen(value) < sizeof s->panels ? NULL : "fewer names of quantities";
}

static const char *take_legend(char *value, spx_figure_style *s)
{
    static const char *const places[] = {"top", "inside", "none"};
    snprintf(s->legend, sizeof s->legend, "%s", value);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(value, places[i]) == 0) return NULL;
    return "top, inside or none";
}

static const char *take_limits(char *value, spx_figure_style *s)
{
    static const char expected[] = "QUANTITY LOW HIGH, at most 16 times";
    char name[64], low[32], high[32], more[2];
    if (s->limited == sizeof s->limits / sizeof *s->limits ||
        sscanf(value, "%63s %31s %31s %1s", name, low, high, more) != 3)
        return expected;
    memcpy(s->limits[s->limited].quantity, name, sizeof name);
    double *ends[] = {&s->limits[s->limited].low, &s->limits[s->limited].high};
    if (!take_number(low, -1e300, 1e300, ends[0]) || !take_number(high, -1e300, 1e300, ends[1]) ||
        *ends[0] >= *ends[1])
        return expected;
    s->limited++;
    return NULL;
}

static const style_key keys[] = {
    {"font", take_font},       {"size", take_size},     {"height", take_height},
    {"colours", take_colours}, {"panels", take_panels}, {"limits", take_limits},
    {"legend", take_legend},
};

static const char *key_at(const void *unused, size_t i)
{
    (void)unused;
    return i < sizeof keys / sizeof *keys ? keys[i].name : NULL;
}

/* Cuts white space at both ends. */
static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) end--;
    *end = '\0';
    return text;
}

static spx_status read_line(char *line, spx_figure_style *s, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t i = 0;
    char *text = trim(line), *equals = strchr(text, '='), shown[80];
    if (*text == '\0' || *text == '#') return SPX_OK;
    if (!equals) SPX_RAISE(err, SPX_EINVAL, "'%.60s' (expected: key = value)", text);
    *equals = '\0';
    SPX_TRY(spx_find_name("key", trim(text), key_at, NULL, &i, err));
    char *value = trim(equals + 1);
    snprintf(shown, sizeof shown, "%s", value);
    const char *expected = keys[i].take(value, s);
    if (expected)
        SPX_RAISE(err, SPX_EINVAL, "%s = %.60s (expected: %s)", keys[i].name, shown, expected);
out:
    return st;
}

spx_status spx_figure_style_read(const char *path, spx_figure_style *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_figure_style s = {.size = 0};
    char *text = NULL, *rest = NULL;
    size_t size = 0, number = 0;
    *out = s;
    SPX_TRY(spx_file_text(path, &text, &size, err));
    if (strlen(text) != size) SPX_RAISE(err, SPX_EINVAL, "%s: is no text", path);
    for (char *line = text; line; line = rest) {
        rest = strchr(line, '\n');
        if (rest) *rest++ = '\0';
        number++;
        st = read_line(line, &s, err);
        if (st != SPX_OK) spx_prefix(err, "%s, line %zu", path, number);
        if (st != SPX_OK) goto out;
    }
    *out = s;
out:
    spx_free(text);
    return st;
}
