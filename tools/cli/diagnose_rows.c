/* diagnose_rows.c: a diagnosis as JSON lines, and its directions in tokens. */
#include "diagnose_rows.h"

#include "cli.h"

#include <string.h>

static void print_field(const char *name, double x)
{
    printf(", \"%s\": ", name);
    cli_json_number(x);
}

static void begin_row(const spx_diagnosis *d, const char *what)
{
    printf("{\"schema\": 1, \"tool\": \"spx-diagnose\", \"stage\": ");
    cli_json_text(d->stage);
    printf(", \"base\": ");
    cli_json_text(d->base);
    printf(", \"row\": \"%s\"", what);
}

static void print_matrix(const spx_diagnosis *d, const spx_diagnosed *m)
{
    begin_row(d, "matrix");
    printf(", \"tensor\": ");
    cli_json_text(m->tensor);
    printf(", \"layer\": %ld, \"role\": \"%s\", \"shape\": [%zu, %zu], \"k\": %zu", m->place.layer,
           spx_role_name(m->place.role), m->rows, m->cols, m->k);
    for (size_t i = 0; i < SPX_DIAGNOSED_NUMBERS; i++)
        print_field(spx_diagnosed_quantity(i)->name, m->value[i]);
    printf("}\n");
}

static void print_ability(const spx_diagnosis *d, const spx_ability *a)
{
    static const char *const states[] = {"", "kept", "worse", "broken"};
    begin_row(d, "ability");
    printf(", \"metric\": \"%s\", \"set\": ", a->q->name);
    cli_json_text(a->after.set);
    print_field("before", a->before.value);
    print_field("before_lo", a->before.lo);
    print_field("before_hi", a->before.hi);
    print_field("after", a->after.value);
    print_field("after_lo", a->after.lo);
    print_field("after_hi", a->after.hi);
    print_field("p", a->p);
    printf(", \"lost\": %zu, \"gained\": %zu, \"items\": %zu, \"state\": \"%s\"}\n", a->lost,
           a->gained, a->after.items, spx_ability_lower(a) ? "lower" : states[a->state]);
}

static void print_direction(const spx_diagnosis *d, const spx_named_direction *x)
{
    begin_row(d, "direction");
    printf(", \"tensor\": ");
    cli_json_text(x->of->tensor);
    printf(", \"layer\": %ld, \"side\": \"%s\", \"of\": \"%s\", \"index\": %zu, \"end\": \"%s\"",
           x->of->place.layer, x->reads ? "v" : "u", x->of_change ? "change" : "now", x->index,
           x->negative ? "-" : "+");
    print_field("value", x->value);
    print_field("share", x->share);
    print_field("share_chance", x->share_chance);
    print_field("cosine", x->cosine);
    print_field("chance", x->chance);
    printf(", \"tokens\": [");
    for (size_t i = 0; i < x->tokens; i++) {
        if (i > 0) printf(", ");
        cli_json_text(x->token[i]);
    }
    printf("]}\n");
}

static void print_verdict(const spx_diagnosis *d)
{
    static const char *const subspaces[] = {"same", "kept", "moved", "gone"};
    static const char *const behaviour[] = {"unknown", "kept", "worse", "broken"};
    begin_row(d, "verdict");
    printf(", \"matrices\": %zu, \"changed\": %zu, \"others\": %zu, \"others_changed\": %zu, "
           "\"missing\": %zu, \"added\": %zu, \"fresh\": %zu, \"base_fresh\": %zu, "
           "\"change\": \"%s\"",
           d->matrices, d->n, d->others, d->others_changed, d->missing, d->added, d->fresh,
           d->base_fresh, spx_change_kind_name(d->kind));
    print_field("rank", d->rank);
    printf(
        ", \"subspaces\": \"%s\", \"overtaken\": %s, \"behaviour\": \"%s\", \"verdict\": \"%s\"}\n",
        subspaces[d->subspaces], d->overtaken ? "true" : "false", behaviour[d->behaviour],
        spx_diagnosis_word(d));
}

void diagnose_print_json(const spx_diagnosis *d)
{
    for (size_t i = 0; i < d->n; i++) print_matrix(d, &d->matrix[i]);
    for (const spx_named_direction *x = d->directions; x; x = x->next) print_direction(d, x);
    for (size_t i = 0; i < d->abilities; i++) print_ability(d, &d->ability[i]);
    print_verdict(d);
}

/* Matrices and, of each, directions that are told of. */
enum { WORST = 3, DIRECTIONS = 2 };

static const spx_diagnosis *of_worst; /* whose worst matrices these are */

static bool is_worst(const spx_tensor *t)
{
    size_t before = 0;
    for (size_t i = 0; i < of_worst->n && before < WORST; i++) {
        const spx_diagnosed *m = &of_worst->matrix[i];
        if (strcmp(m->tensor, t->name) == 0) return true;
        before += spx_stream_side_of(m->place.role) != SPX_STREAM_NONE;
    }
    return false;
}

spx_status diagnose_tokens(size_t tokens, const spx_diagnosis_opts *of, spx_diagnosis *d,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_directions_model m = {0};
    if (d->n == 0) return SPX_OK;
    of_worst = d;
    SPX_TRY(spx_directions_model_open(of->base->path, NULL, &m, err));
    const spx_directions_opts o = {.model = m.model,
                                   .lens = m.lens,
                                   .base = of->base,
                                   .stages = &of->stages[of->n - 1],
                                   .n = 1,
                                   .keep = is_worst,
                                   .dominant = of->dominant,
                                   .tokens = tokens,
                                   .directions = DIRECTIONS,
                                   .seed = (uint64_t)cli.seed};
    SPX_TRY(spx_diagnosis_name_directions(d, &o, m.tokenizer, err));
    if (!d->directions) cli_note("no matrix that was changed reads or writes the stream");
out:
    spx_directions_model_close(&m);
    return st;
}
