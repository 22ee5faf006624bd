/* test_trouble.c: a read that failed within a library, once noted, keeps every file from being
 * committed. */
#include "check.h"

#include "spx/file.h"
#include "spx/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void nothing_is_kept(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_claim claim;
    spx_output text;
    check_ok(spx_file_untroubled(&err));
    check_ok(spx_file_claim(&claim, "kept", &err));
    check_ok(spx_file_commit(&claim, &err));
    check_ok(spx_output_open(&text, "text", &err));
    check_ok(spx_file_claim(&claim, "lost", &err));

    spx_file_trouble("run.h5", EIO);
    spx_file_trouble("other.h5", ENOSPC); /* the first counts */
    assert_int_equal(spx_file_commit(&claim, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "run.h5: Input/output error"));
    spx_file_trouble("run.h5", EIO);
    assert_int_equal(spx_output_finish(&text, NULL), SPX_EIO);
    check_ok(spx_file_untroubled(NULL)); /* it has been told */
    assert_int_equal(access("kept", F_OK), 0);
    assert_int_not_equal(access("lost", F_OK), 0);
    assert_int_not_equal(access("lost.part", F_OK), 0);
    assert_int_not_equal(access("text", F_OK), 0);
}

static int enter_folder(void **state)
{
    static char folder[] = "/tmp/spx-trouble-XXXXXX";
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char folder[64];
    (void)state;
    return unlink("kept") == 0 && getcwd(folder, sizeof folder) && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_kept)};
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
