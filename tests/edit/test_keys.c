/* test_keys.c: keys and values while layers are written, against single runs of each prompt. */
#include "tiny_facts.h"

#include "spx/keys.h"

/* Key of block `l` at the subject's last token of context c of fact i, and the FFN's output. */
static void plain_key(const fixture *f, size_t l, size_t i, size_t c, float *key, float *value)
{
    static float x[64 * D], keys[64 * FF];
    spx_error err = {0};
    const size_t q = i * (CONTEXTS + 1) + c, n = f->p.subject[q] + 1, start[2] = {0, n};
    const spx_batch b = {.n = 1, .start = start, .token = f->p.token + f->p.start[q]};
    float *const at[] = {keys};
    const spx_pass below = {.from = 0, .to = l}, here = {.from = l, .to = l + 1, .keys = at};
    spx_model_embed(f->m, &b, x);
    check_ok(spx_model_forward(f->m, &b, &below, x, &err));
    check_ok(spx_model_forward(f->m, &b, &here, x, &err));
    memcpy(key, keys + (n - 1) * FF, FF * sizeof(float));
    const float *W = spx_model_ffn_out(f->m, l);
    for (size_t r = 0; r < D; r++) {
        double sum = 0;
        for (size_t j = 0; j < FF; j++) sum += (double)W[r * FF + j] * (double)key[j];
        value[r] = (float)sum;
    }
}

enum { KEY, BARE, VALUE, STREAM, KINDS };

static void allocate(spx_mat *M)
{
    spx_error err = {0};
    for (size_t i = 0; i < KINDS; i++)
        check_ok(spx_mat_alloc(&M[i], i == KEY || i == BARE ? FF : D, FACTS, &err));
}

static spx_keys_out all_of(spx_mat *M)
{
    return (spx_keys_out){.K = &M[KEY], .bare = &M[BARE], .value = &M[VALUE], .H = &M[STREAM]};
}

static void check_same(const spx_mat *A, const spx_mat *B, double bound)
{
    for (size_t i = 0; i < A->rows * A->cols; i++) check_leq(fabs(A->data[i] - B->data[i]), bound);
}

/* Means by their definitions; what is not asked for is not touched. */
static void test_reads_means_and_bare_values(void **state)
{
    (void)state;
    static const double weight[][CONTEXTS] = {
        [SPX_KEYS_GROUPED] = {0.5, 0.25, 0.25}, [SPX_KEYS_FLAT] = {1.0 / 3, 1.0 / 3, 1.0 / 3}};
    spx_error err = {0};
    fixture f;
    spx_keys *k = NULL;
    spx_mat M[KINDS];
    setup(&f);
    allocate(M);
    check_ok(spx_keys_new(f.m, &f.p, 1, LAYER, &k, &err));
    for (size_t mean = 0; mean < 2; mean++) {
        check_ok(spx_keys_read(k, (spx_key_mean)mean, &(spx_keys_out){.K = &M[KEY]}, &err));
        for (size_t i = 0; i < FACTS; i++) {
            double want[FF] = {0};
            float key[FF], value[D];
            for (size_t c = 0; c < CONTEXTS; c++) {
                plain_key(&f, 1, i, c, key, value);
                for (size_t j = 0; j < FF; j++) want[j] += weight[mean][c] * (double)key[j];
            }
            for (size_t j = 0; j < FF; j++)
                check_leq(fabs(M[KEY].data[j * FACTS + i] - want[j]), 1e-5);
        }
    }
    for (size_t i = 0; i < D * FACTS; i++) check_leq(fabs(M[VALUE].data[i]), 0);
    const spx_keys_out all = all_of(M);
    check_ok(spx_keys_read(k, SPX_KEYS_FLAT, &all, &err));
    for (size_t i = 0; i < FACTS; i++) {
        float key[FF], value[D];
        plain_key(&f, 1, i, 0, key, value);
        for (size_t j = 0; j < FF; j++)
            check_leq(fabs(M[BARE].data[j * FACTS + i] - (double)key[j]), 1e-5);
        for (size_t j = 0; j < D; j++)
            check_leq(fabs(M[VALUE].data[j * FACTS + i] - (double)value[j]), 1e-5);
    }
    spx_keys_free(k);
    for (size_t i = 0; i < KINDS; i++) spx_mat_free(&M[i]);
    teardown(&f);
}

/* After a write, what is read next is what a fresh reader finds in the written model. */
static void test_keys_follow_writes(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_keys *k = NULL, *again = NULL;
    spx_mat M[KINDS], fresh[KINDS];
    setup(&f);
    allocate(M);
    allocate(fresh);
    const spx_keys_out out = all_of(M), from_scratch = all_of(fresh);
    check_ok(spx_keys_new(f.m, &f.p, 1, LAYER, &k, &err));
    check_ok(spx_keys_read(k, SPX_KEYS_GROUPED, &out, &err));
    float *W = spx_model_ffn_out(f.m, 1);
    for (size_t i = 0; i < D * FF; i++) W[i] *= 1.5F;
    check_ok(spx_keys_advance(k, &err));
    check_ok(spx_keys_read(k, SPX_KEYS_GROUPED, &out, &err));
    check_ok(spx_keys_new(f.m, &f.p, LAYER, LAYER, &again, &err));
    check_ok(spx_keys_read(again, SPX_KEYS_GROUPED, &from_scratch, &err));
    for (size_t i = 0; i < KINDS; i++) check_same(&M[i], &fresh[i], i == STREAM ? 1e-4 : 1e-5);
    spx_keys_free(k);
    spx_keys_free(again);
    for (size_t i = 0; i < KINDS; i++) spx_mat_free(&M[i]), spx_mat_free(&fresh[i]);
    teardown(&f);
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_keys *k = NULL;
    setup(&f);
    check_ok(spx_keys_new(f.m, &f.p, 1, LAYER, &k, &err)); /* the model's workspace has grown */
    spx_keys_free(k);
    check_survives_oom(spx_keys_new(f.m, &f.p, 1, LAYER, &k, NULL));
    spx_keys_free(k);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_means_and_bare_values),
        cmocka_unit_test(test_keys_follow_writes),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
