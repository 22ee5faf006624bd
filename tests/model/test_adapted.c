/* test_adapted.c: models with LoRA adapters on them, against PEFT's logits (golden/adapters.py). */
#include "check.h"

#include "spx/ckpt.h"
#include "spx/model.h"

#include <string.h>

enum { IDS = 4, MOST_TOKENS = 1024, MOST_WIDTH = 64 };

static void run_model(const char *path, float *z)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    const int32_t token[IDS] = {1, 2, 3, 4};
    const size_t start[2] = {0, IDS}, row[IDS] = {0, 1, 2, 3};
    const spx_batch batch = {.n = 1, .start = start, .token = token};
    float x[IDS * MOST_WIDTH];
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    assert_true(spx_model_shape(m)->vocab <= MOST_TOKENS);
    const spx_pass pass = {.to = spx_model_shape(m)->layers};
    spx_model_embed(m, &batch, x);
    check_ok(spx_model_forward(m, &batch, &pass, x, &err));
    check_ok(spx_model_logits(m, x, row, IDS, z, &err));
    spx_model_close(m);
    spx_ckpt_close(c);
}

static void logits_are_those_of_peft(void **state)
{
    (void)state;
    static const char *const adapters[][2] = {{"llama", "llama-exact"},
                                              {"llama", "llama-rslora"},
                                              {"llama", "llama-bin"},
                                              {"gpt2", "gpt2-conv1d"}};
    static float z[IDS * MOST_TOKENS], want[IDS * MOST_TOKENS];
    spx_error err = {0};
    spx_ckpt *golden = NULL;
    char path[1024];
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/adapters.safetensors", &golden, &err));
    for (size_t i = 0; i < sizeof adapters / sizeof *adapters; i++) {
        snprintf(path, sizeof path, "%s|logits", adapters[i][1]);
        const spx_tensor *t = spx_ckpt_find(golden, path);
        assert_non_null(t);
        snprintf(path, sizeof path, SPX_TESTS "/data/folders/%s+" SPX_TESTS "/data/adapters/%s",
                 adapters[i][0], adapters[i][1]);
        run_model(path, z);
        spx_tensor_read_float(t, 0, IDS, want);
        double most = 0, off = 0;
        for (size_t j = 0; j < IDS * spx_tensor_cols(t); j++) {
            most = fmax(most, fabs((double)want[j]));
            off = fmax(off, fabs((double)z[j] - (double)want[j]));
        }
        check_leq(off, 1e-5 * most);
    }
    spx_ckpt_close(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(logits_are_those_of_peft)};
    return cmocka_run_group_tests_name("adapted", tests, NULL, NULL);
}
