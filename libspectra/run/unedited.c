/* unedited.c: tests of the model before any edit, kept for other runs that would repeat them. */
#include "run/session.h"

#include "spx/file.h"
#include "spx/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The file of these tests: its name is the SHA-256 of all that decides what they find. */
static spx_status open_kept(const session *s, spx_journal **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes identity = {0};
    const char *folder = s->control->unedited;
    char hash[SPX_SHA256_HEX], path[SPX_PATH_SIZE];
    SPX_TRY(provenance_tests(s, &identity, err));
    SPX_TRY(spx_sha256(identity.data, identity.size, hash, err));
    SPX_TRY(spx_bytes_add(&identity, "", 1, err));
    if (snprintf(path, sizeof path, "%s/%.16s.tests", folder, hash) >= (int)sizeof path)
        SPX_RAISE(err, SPX_EINVAL, "%.200s...: too long a path", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) SPX_TRY(spx_fail_path(err, folder));
    SPX_TRY(spx_journal_open(path, (const char *)identity.data, 1, out, err));
out:
    spx_bytes_free(&identity);
    return st;
}

/* *out <- where these tests are kept, or NULL: where the run keeps none, or cannot, because another
 * one is about to, say. */
static spx_status find_kept(const session *s, spx_journal **out, spx_error *err)
{
    spx_error why = {0};
    *out = NULL;
    if (!s->control->unedited) return SPX_OK;
    const spx_status st = open_kept(s, out, &why);
    if (st != SPX_OK && st != SPX_EIO) return SPX_FAIL(err, st, "%s", why.text);
    if (st == SPX_EIO)
        spx_note(s->control->notify, "%s: tests of the unedited model are not kept", why.text);
    return SPX_OK;
}

spx_status unedited_test(const session *s, session_test *test, spx_results *found, spx_bytes *texts,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    spx_journal *kept = NULL;
    SPX_TRY(find_kept(s, &kept, err));
    if (kept && spx_journal_has(kept, 0)) {
        SPX_TRY(spx_results_recall(kept, 0, texts, found, err));
    } else {
        SPX_TRY(test(s, found, err));
        if (kept) SPX_TRY(spx_results_keep(found, kept, 0, err));
    }
out:
    spx_journal_close(kept);
    return st;
}
