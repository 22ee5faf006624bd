/* test_presets.c: which preset is for a model, and second moments that a run is given. */
#include "check.h"

#include "spx/lm.h"
#include "spx/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char tiny[] = SPX_TESTS "/data/tiny.gguf";
static char folder[] = "/tmp/spx-presets-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 && mkdir("presets", 0700) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *chosen(const char *editor, spx_preset_choice *c)
{
    spx_error err = {0};
    check_ok(spx_preset_choose(tiny, editor, "presets", c, &err));
    return c->found ? strrchr(c->path, '/') + 1 : "";
}

static void a_preset_is_chosen_by_what_the_model_is(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_preset_choice c;
    spx_ckpt *k = NULL;
    char text[256], fingerprint[SPX_SHA256_HEX];
    put("presets/a.json", "{\"model\": \"another\", \"kind\": \"llama 5x64x172 rope 1\"}");
    assert_string_equal(chosen("memit", &c), "");
    assert_string_equal(c.kind, "llama 5x64x172 rope 10000");
    put("presets/b.json", "{\"kind\": \"llama 5x64x172 rope 10000\", \"editors\": \"rome nse\"}");
    put("presets/c.json", "{\"kind\": \"llama 5x64x172 rope 10000\"}");
    put("presets/d.json", "{\"kind\": \"llama 5x64x172 rope 10000\"}");
    put("presets/broken.json", "{");
    assert_string_equal(chosen("memit", &c), "c.json");
    assert_false(c.exact);
    assert_string_equal(chosen("nse", &c), "b.json");
    assert_string_equal(chosen("ft-l", &c), "");
    check_ok(spx_ckpt_open(tiny, &k, &err));
    check_ok(spx_ckpt_fingerprint(k, fingerprint, &err));
    spx_ckpt_close(k);
    snprintf(text, sizeof text, "{\"fingerprint\": \"%s\"}", fingerprint);
    put("presets/e.json", text);
    assert_string_equal(chosen("alphaedit", &c), "e.json");
    assert_true(c.exact);
    spx_preset_list others;
    put("presets/f.json", "{\"lambda\": 3}");
    put("presets/g.json", "{\"editors\": \"rome\"}");
    check_ok(spx_presets_of_others(tiny, "memit", "presets", &others, &err));
    assert_int_equal(others.n, 2); /* not its own, of its kind, of other editors, or broken */
    assert_string_equal(others.path[0], "presets/a.json");
    assert_string_equal(others.path[1], "presets/f.json");
    spx_preset_list_free(&others);
    assert_int_equal(spx_presets_of_others(tiny, "memit", "nowhere", &others, &err), SPX_EIO);
    assert_int_equal(spx_preset_choose(tiny, "memit", "nowhere", &c, &err), SPX_EIO);
    assert_int_equal(spx_preset_choose(tiny, "mimet", "presets", &c, NULL), SPX_EINVAL);
}

static void moments_are_made_once(void **state)
{
    (void)state;
    spx_error err = {0};
    struct stat first, again;
    spx_run_spec spec = spx_run_defaults();
    spec.model = tiny;
    spec.layer[0] = 1;
    spec.layers = 1;
    assert_true(spx_run_needs_moments(&spec));
    const char *text = SPX_DATASETS "/wikitext-2-test.txt";
    check_ok(spx_run_make_moments(&spec, text, 1024, "moments.h5", NULL, &err));
    assert_int_equal(stat("moments.h5", &first), 0);
    check_ok(spx_run_make_moments(&spec, text, 1024, "moments.h5", NULL, &err));
    assert_int_equal(stat("moments.h5", &again), 0);
    assert_int_equal(first.st_ino, again.st_ino);
    spec.editor = "ridge";
    assert_false(spx_run_needs_moments(&spec));
    spec.layer[0] = 9;
    assert_int_equal(spx_run_make_moments(&spec, text, 1024, "other.h5", NULL, &err), SPX_EINVAL);
    assert_int_equal(access("other.h5", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preset_is_chosen_by_what_the_model_is),
        cmocka_unit_test(moments_are_made_once),
    };
    return cmocka_run_group_tests_name("presets", tests, enter, leave);
}
