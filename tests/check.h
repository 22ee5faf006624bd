/* check.h: included by every test: CMocka with the headers it needs, and further checks. */
#ifndef SPX_TESTS_CHECK_H
#define SPX_TESTS_CHECK_H

/* cmocka.h needs the four before it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "base/internal.h"

#include "spx/file.h"
#include "spx/mat.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* CMocka 1.1.5 has no assert for doubles. */
#define check_leq(value, bound) check_leq_at((value), (bound), #value, __FILE__, __LINE__)
static inline void check_leq_at(double value, double bound, const char *expr, const char *file,
                                int line)
{
    if (value <= bound) return; /* false for NaN, so NaN fails */
    print_error("%s = %.17g > %.17g\n", expr, value, bound);
    _fail(file, line);
}

/* Fails with the message unless the call, which is given &err, returns SPX_OK. */
#define check_ok(call) check_ok_at((call), &err, __FILE__, __LINE__)
static inline void check_ok_at(spx_status st, const spx_error *err, const char *file, int line)
{
    if (st == SPX_OK) return;
    print_error("%s: %s\n", spx_status_name(st), err->text);
    _fail(file, line);
}

/* Fails the 1st, 2nd, ... allocation of `call` in turn until it succeeds; nothing may leak. */
#define check_survives_oom(call)                             \
    do {                                                     \
        const long live_ = spx_test_live_blocks();           \
        spx_status st_ = SPX_ENOMEM;                         \
        for (long n_ = 0; st_ != SPX_OK; n_++) {             \
            assert_true(n_ < 1000);                          \
            spx_test_fail_alloc_after(n_);                   \
            st_ = (call);                                    \
            spx_test_fail_alloc_after(-1);                   \
            const spx_status told_ = spx_file_untroubled(0); \
            (void)told_;                                     \
            if (st_ == SPX_OK) break;                        \
            assert_int_equal(st_, SPX_ENOMEM);               \
            assert_int_equal(spx_test_live_blocks(), live_); \
        }                                                    \
    } while (0)

/* Path of the fetched model: SPX_MODEL, or where datasets/fetch.sh keeps it. Skips the test if
 * it is missing. */
static inline const char *check_model(void)
{
    static char path[4096];
    const char *given = getenv("SPX_MODEL"), *cache = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    const char *name = "spx/SmolLM2-135M-Instruct.Q4_1.gguf";
    if (given)
        snprintf(path, sizeof path, "%s", given);
    else if (cache && *cache)
        snprintf(path, sizeof path, "%s/%s", cache, name);
    else
        snprintf(path, sizeof path, "%s/.cache/%s", home ? home : "", name);
    if (access(path, R_OK) != 0) skip();
    return path;
}

#endif
