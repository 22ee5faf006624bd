/* spx-merge: joins the shards of a tool's work into one run file. */
#include "cli.h"

#include "spx/file.h"
#include "spx/shards.h"

#include <stdlib.h>
#include <string.h>

static spx_names paths;

static const cli_opt opts[] = {
    {CLI_REST, 0, "SHARD", &paths, 0, 0, "RUN.h5.1ofN to RUN.h5.NofN, as --shard leaves them"},
    {0},
};

/* A shard and the share that it says it is. */
typedef struct part {
    spx_journal *j;
    spx_shard share;
    char *identity; /* without the share */
} part;

static spx_status open_part(const char *path, part *out, spx_error *err)
{
    size_t n = 0;
    char text[64];
    spx_status st = spx_journal_read(path, &out->j, err);
    if (st != SPX_OK) return st;
    const char *identity = spx_journal_identity(out->j);
    const char *value = spx_identity_value(identity, "shard", &n);
    if (!value || n >= sizeof text) return SPX_FAIL(err, SPX_EFORMAT, "%s: says no shard", path);
    memcpy(text, value, n);
    text[n] = '\0';
    st = spx_shard_read(text, &out->share, err);
    if (st != SPX_OK) return st;
    return spx_text_copy(&out->identity, identity, (size_t)(value - identity) - strlen("shard "),
                         err);
}

/* Of the same work as the first, and a share that no other is. */
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
    size_t there = 0;
    for (size_t i = 0; i < n; i++) {
        const spx_status st = check_part(p, i, err);
        if (st != SPX_OK) return st;
        there += spx_journal_count(p[i].j);
    }
    for (size_t s = 1; s <= p[0].share.n; s++)
        if (!has_share(p, n, s))
            return SPX_FAIL(err, SPX_ENOTFOUND, "shard %zu of %zu is missing", s, p[0].share.n);
    if (there < spx_journal_items(p[0].j))
        return SPX_FAIL(err, SPX_ENOTFOUND,
                        "%zu of %zu items are in no shard yet: the commands that ended early go on "
                        "when they are given again",
                        spx_journal_items(p[0].j) - there, spx_journal_items(p[0].j));
    return SPX_OK;
}

/* Parts of one result, which the tool itself makes of them. */
static spx_status gather(const part *p, spx_journal **j, spx_error *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s.items", cli.output);
    const spx_status st = spx_shards_gather(j, paths.n, p[0].identity, path, err);
    if (st == SPX_OK)
        cli_note("%s has what all shards gave: their command without --shard makes %s of it", path,
                 cli.output);
    return st;
}

static spx_status merge(part *p, spx_journal **j, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < paths.n; i++) {
        SPX_TRY(open_part(paths.item[i], &p[i], err));
        j[i] = p[i].j;
    }
    SPX_TRY(check_all(p, paths.n, err));
    if (strstr(p[0].identity, "\n" SPX_SHARD_JOINED))
        SPX_TRY(gather(p, j, err));
    else
        SPX_TRY(
            spx_shards_write(j, paths.n, cli.output, cli.command, cli.quiet ? NULL : stderr, err));
out:
    return st;
}

static int run(void)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    void *parts = NULL, *journals = NULL;
    if (!cli_run_file()) return cli_usage("-o RUN.h5 is missing");
    spx_status st = spx_scratch_alloc(&tmp, &parts, paths.n, sizeof(part), &err);
    if (st == SPX_OK) st = spx_scratch_alloc(&tmp, &journals, paths.n, sizeof(spx_journal *), &err);
    if (st == SPX_OK) st = merge(parts, journals, &err);
    for (size_t i = 0; journals && i < paths.n; i++) {
        spx_journal_close(((part *)parts)[i].j);
        spx_free(((part *)parts)[i].identity);
    }
    spx_scratch_free(&tmp);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {"spx-merge", "joins the shards of a tool's work into one run file",
                           opts,        run,
                           false,       false};
    return cli_main(&tool, argc, argv);
}
