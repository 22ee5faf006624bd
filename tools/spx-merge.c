/* spx-merge: joins shards of work, or the parts of a run, into one file. */
#include "cli.h"

#include "spx/file.h"
#include "spx/shards.h"
#include "spx/store.h"

#include <stdlib.h>
#include <string.h>

static spx_names paths;

static const cli_opt opts[] = {
    {.kind = CLI_REST,
     .name = "SHARD",
     .value = &paths,
     .help = "RUN.h5.1ofN to RUN.h5.NofN, as --shard leaves them; or RUN.h5, a run that was broken "
             "off, whose parts are brought into the file"},
    {0},
};

static const cli_column columns[] = {{"shard"}, {"share"}, {"of"}, {"items"}, {0}};

static const cli_view views[] = {{.of = "share", .columns = columns}, {0}};

/* A shard, and the share that it claims to be. */
typedef struct part {
    spx_journal *j;
    spx_shard share;
    char *identity; /* without the share */
} part;

static spx_status open_part(const char *path, part *out, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    char text[64];
    SPX_TRY(spx_journal_read(path, &out->j, err));
    const char *identity = spx_journal_identity(out->j);
    const char *value = spx_identity_value(identity, "shard", &n);
    if (!value || n >= sizeof text)
        SPX_RAISE(err, SPX_EFORMAT, "%s does not say which shard it is", path);
    memcpy(text, value, n);
    text[n] = '\0';
    SPX_TRY(spx_shard_read(text, &out->share, err));
    SPX_TRY(spx_text_copy(&out->identity, identity, (size_t)(value - identity) - strlen("shard "),
                          err));
out:
    return st;
}

/* Part i must be of the same work as the first, and a share that no earlier part is. */
static spx_status check_part(const part *p, size_t i, spx_error *err)
{
    const char *path = spx_journal_path(p[i].j), *first = spx_journal_path(p[0].j);
    const spx_status st = spx_identity_check(p[i].identity, first, p[0].identity, err);
    if (st != SPX_OK) {
        spx_prefix(err, "%s", path);
        return st;
    }
    if (p[i].share.n != p[0].share.n)
        return SPX_FAIL(err, SPX_EINVAL, "%s is one of %zu shards, %s one of %zu", path,
                        p[i].share.n, first, p[0].share.n);
    for (size_t k = 0; k < i; k++)
        if (p[k].share.i == p[i].share.i)
            return SPX_FAIL(err, SPX_EINVAL, "%s and %s are both shard %zu of %zu",
                            spx_journal_path(p[k].j), path, p[i].share.i, p[i].share.n);
    return SPX_OK;
}

static bool has_share(const part *p, size_t n, size_t share)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].share.i == share) return true;
    return false;
}

static spx_status check_all(const part *p, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t items = spx_journal_items(p[0].j);
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(check_part(p, i, err));
        done += spx_journal_count(p[i].j);
    }
    for (size_t s = 1; s <= p[0].share.n; s++)
        if (!has_share(p, n, s))
            SPX_RAISE(err, SPX_ENOTFOUND, "shard %zu of %zu is missing", s, p[0].share.n);
    if (done < items)
        SPX_RAISE(err, SPX_ENOTFOUND,
                  "%zu of %zu items are in no shard yet: give the commands that ended early again, "
                  "and they will continue",
                  items - done, items);
out:
    return st;
}

/* Joins parts of one result, which the tool itself makes of them. */
static spx_status gather_parts(const part *p, spx_journal **j, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[4200];
    snprintf(path, sizeof path, "%s.items", cli.output);
    SPX_TRY(spx_shards_gather(j, paths.n, p[0].identity, path, err));
    cli_note("%s holds the results of all shards; their command without --shard makes %s of it",
             path, cli.output);
out:
    return st;
}

static void print_parts(const part *p, size_t n)
{
    fprintf(cli.out, "shard\tshare\tof\titems\n");
    for (size_t i = 0; i < n; i++)
        fprintf(cli.out, "%s\t%zu\t%zu\t%zu\n", spx_journal_path(p[i].j), p[i].share.i,
                p[i].share.n, spx_journal_count(p[i].j));
}

static spx_status merge(part *p, spx_journal **j, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < paths.n; i++) {
        SPX_TRY(open_part(paths.item[i], &p[i], err));
        j[i] = p[i].j;
    }
    SPX_TRY(check_all(p, paths.n, err));
    if (cli_for_people()) print_parts(p, paths.n);
    if (strstr(p[0].identity, "\n" SPX_SHARD_JOINED))
        SPX_TRY(gather_parts(p, j, err));
    else
        SPX_TRY(spx_shards_write(j, paths.n, cli.output, cli.command, NULL,
                                 cli.quiet ? NULL : stderr, err));
out:
    return st;
}

/* A run file is joined with its own parts. */
static int join_run(const char *path)
{
    spx_error err = {0};
    if (cli.output) return cli_usage("%s is joined where it is: -o does not apply", path);
    return spx_store_join(path, &err) == SPX_OK ? CLI_OK : cli_fail(&err);
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_scratch tmp = {0};
    part *parts = NULL;
    spx_journal **journals = NULL;
    if (paths.n == 1 && spx_names_run_file(paths.item[0])) return join_run(paths.item[0]);
    if (!cli_run_file()) return cli_usage("-o RUN.h5 is missing");
    SPX_TRY(SPX_SCRATCH(&tmp, &parts, paths.n, &err));
    SPX_TRY(SPX_SCRATCH(&tmp, &journals, paths.n, &err));
    SPX_TRY(merge(parts, journals, &err));
out:
    for (size_t i = 0; parts && i < paths.n; i++) {
        spx_journal_close(parts[i].j);
        spx_free(parts[i].identity);
    }
    spx_scratch_free(&tmp);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-merge run.h5.*of4 -o run.h5",
    "spx-merge run.h5.1of2 run.h5.2of2 -o run.h5",
    "spx-merge run.h5",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-merge",
                           .summary = "joins shards of work, or the parts of a run, into one file",
                           .about = "Joins what the shares of a job array have left (--shard I/N "
                                    "of spx-spectrum, spx-compare and spx-eval) into the run "
                                    "file that one process would have written. Given one run "
                                    "file, brings the parts of a run that was broken off into it.",
                           .examples = examples,
                           .hand = CLI_HAS_RUNS,
                           .without = CLI_NO_SEED | CLI_NO_JSON | CLI_NO_THREADS,
                           .opts = opts,
                           .run = run,
                           .views = views};
    return cli_main(&tool, argc, argv);
}
