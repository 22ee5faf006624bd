/* repair_options.c: spx-filter --eval: each value of a filter tried on what the model can do. */
#include "repair_options.h"

#include "filter_options.h"
#include "model_defaults.h"
#include "products_option.h"
#include "repair_rows.h"
#include "task_options.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static bool evaluates;
static const char *facts_path, *kept;
static spx_names also;
static long first, records = 50;
static spx_eval_plan plan;
enum { MOST_ALSO = 64 };
static spx_filter_sweep sweeps[1 + MOST_ALSO]; /* the filter's, and those of --also */

static const cli_opt own[] = {
    {.kind = CLI_HEADING, .help = "Tests of each value of the filter"},
    {.kind = CLI_FLAG,
     .name = "eval",
     .value = &evaluates,
     .help = "test BASE, EDITED and what each value of a list makes of it; writes no checkpoint"},
    {.kind = CLI_LIST,
     .name = "also",
     .value = &also,
     .value_name = "FILTER",
     .help =
         "with --eval: another filter beside it, with its numbers, such as 'scale keep=0.25,0.5' "
         "or 'revive basis=edited tau=0.1,0.2'; may repeat"},
    {.kind = CLI_STR,
     .name = "facts",
     .value = &facts_path,
     .value_name = "FILE",
     .help = "the facts that were edited"},
    {.kind = CLI_INT, .name = "first", .value = &first, .max = 1e9, .help = "first record [0]"},
    {.kind = CLI_INT,
     .name = "records",
     .value = &records,
     .max = 1e9,
     .help = "records of them; 0: all [50]"},
    {.kind = CLI_STR,
     .name = "kept",
     .value = &kept,
     .value_name = "ABILITY",
     .help = "with --eval: what the facts kept are counted by, such as rewrite_success "
             "[rewrite_acc; zsRE: zsre_efficacy]"},
    PRODUCTS_OPTION,
    {0},
};

const cli_opt *repair_options(const cli_opt *row)
{
    static cli_opt option[64];
    size_t n = 0;
    if (option[0].kind != CLI_END) return option;
    for (const cli_opt *o = own; o->kind != CLI_END; o++) option[n++] = *o;
    for (const cli_opt *o = task_file_options(row); o->kind != CLI_END; o++) {
        option[n] = *o;
        option[n++].more = true;
    }
    return option;
}

bool repair_asked(void) { return evaluates; }

/* The filters of --also; their texts are cut up. */
static int read_also(void)
{
    static char text[MOST_ALSO][256];
    if (also.n > MOST_ALSO)
        return cli_usage("%zu times --also (expected at most %d)", also.n, MOST_ALSO);
    for (size_t i = 0; i < also.n; i++) {
        const size_t most = sizeof text[i] - 1, length = strlen(also.item[i]);
        if (length > most)
            return cli_usage("--also has %zu letters (expected at most %zu)", length, most);
        memcpy(text[i], also.item[i], length + 1);
        const int code = filters_read("also", text[i], &sweeps[1 + i]);
        if (code != CLI_OK) return code;
    }
    return CLI_OK;
}

int repair_check(bool pair)
{
    spx_error err = {0};
    if (!evaluates && (facts_path || also.n > 0 || kept))
        return cli_usage("--%s needs --eval", facts_path ? "facts" : also.n > 0 ? "also" : "kept");
    if (!evaluates) return CLI_OK;
    if (!pair) return cli_usage("--eval needs BASE and EDITED");
    if (!facts_path) return cli_usage("--eval needs --facts, those that were edited");
    if (cli.output && !cli_run_file())
        return cli_usage("--eval keeps its rows in a run file, -o RUN.h5; without it one value is "
                         "written as a checkpoint");
    if (defaults_tasks(&tasks.what, &err) != SPX_OK) return cli_fail(&err);
    int code = read_also();
    if (code == CLI_OK) code = tasks_collect(&plan.task, &plan.tasks);
    return code == CLI_OK ? products_choose() : code;
}

/* The options that make the row a checkpoint: "--filter revive --basis edited --tau 0.2" of a name.
 */
static void describe(const spx_repair_row *r, char *out, size_t room)
{
    size_t at = (size_t)snprintf(out, room, "--filter ");
    for (const char *c = r->name; *c && at + 4 < room; c++) {
        if (*c == ' ')
            at += (size_t)snprintf(out + at, room - at, " --");
        else
            out[at++] = *c;
    }
    out[at] = '\0';
    for (char *equals; (equals = strchr(out, '=')) != NULL;) *equals = ' ';
}

/* What to do about it, beside the table. */
static void note_knee(const spx_repair *r, const char *base, const char *edited)
{
    const spx_repair_row *knee = NULL;
    char options[256];
    for (size_t i = 0; i < r->n; i++)
        if (r->row[i].knee) knee = &r->row[i];
    if (!knee)
        cli_note("no knee: no row lies above the line between the ends of the frontier");
    else if (!knee->filter)
        cli_note("knee: the %s model", knee->name);
    else {
        describe(knee, options, sizeof options);
        cli_note("knee: %s, %.3g %% of the facts at perplexity %.4g; spx-filter %s %s %s -o "
                 "REPAIRED writes it",
                 knee->name, knee->kept, knee->perplexity, base, edited, options);
    }
}

/* Rows that are done are kept beside the run file, until that is written. */
static spx_status name_journal(spx_repair_opts *o, spx_bytes *identity, spx_error *err)
{
    static char path[SPX_DATA_PATH], text[SPX_DATA_PATH + 128];
    spx_status st = SPX_OK;
    if (!cli.output) return SPX_OK;
    SPX_TRY(cli_add_options(identity, "", err));
    SPX_TRY(spx_bytes_add(identity, "", 1, err));
    snprintf(path, sizeof path, "%s.items", cli.output);
    o->journal = path;
    o->identity = (const char *)identity->data;
    snprintf(text, sizeof text,
             "ended; finished rows are kept in %s: to continue, run the same command again", path);
    cli_parting(text);
out:
    return st;
}

static spx_status open_store(spx_store **out, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!cli.output) return SPX_OK;
    SPX_TRY(spx_store_open(cli.output, SPX_STORE_CREATE, out, err));
    SPX_TRY(spx_store_set_text(*out, "", "history", cli.command, err));
    SPX_TRY(spx_store_set_text(*out, "", "title", "filters of the change between two models", err));
out:
    return st;
}

spx_status repair_run(const char *base, const char *edited, const spx_filtered_opts *filtered,
                      const spx_filter_sweep *sweep, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_facts facts = {0};
    spx_repair found = {0};
    spx_bytes identity = {0};
    const spx_facts_opts which = {
        .first = (size_t)first, .count = (size_t)records, .notify = cli_notify()};
    spx_repair_opts o = {.filtered = filtered,
                         .sweep = sweeps,
                         .sweeps = 1 + also.n,
                         .kept = kept,
                         .plan = &plan,
                         .progress = cli_progress};
    sweeps[0] = *sweep;
    SPX_TRY(spx_facts_read(facts_path, &which, &facts, err));
    plan.facts = &facts;
    plan.facts_name = facts_path;
    plan.seed = (uint64_t)cli.seed;
    SPX_TRY(open_store(&o.store, err));
    SPX_TRY(name_journal(&o, &identity, err));
    SPX_TRY(spx_repair_run(base, edited, &o, &found, err));
    repair_print(&found);
    note_knee(&found, base, edited);
    if (o.store) SPX_TRY(spx_store_commit(&o.store, err));
    if (o.journal) (void)unlink(o.journal);
out:
    spx_store_close(o.store);
    spx_repair_free(&found);
    spx_facts_free(&facts);
    spx_bytes_free(&identity);
    return st;
}
