/* test_lora.c: changes as adapters: least rank, stated errors, runs, pairs, GGUF bases. */
#include "run_files.h"

#include "spx/difference.h"
#include "spx/lora.h"
#include "spx/sources.h"

#include <float.h>

enum { M = 7, N = 9 };

static spx_names all_tensors;
static size_t told_rank, told;
static double told_error;

static void tell(const char *tensor, const char *module, const spx_lora *f)
{
    assert_true(strlen(tensor) > 0 && strlen(module) > 0);
    told++;
    told_rank = f->rank;
    told_error = f->error;
}

/* u of n columns of floats, the last n - rank of them sums of the first; D = u. */
static void make_product(size_t n, size_t rank, spx_update *u, spx_mat *D)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    check_ok(spx_update_alloc(u, M, N, n, &err));
    check_ok(spx_mat_alloc(D, M, N, &err));
    spx_mat *side[] = {&u->A, &u->B};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < side[s]->rows; i++)
            for (size_t k = 0; k < n; k++)
                side[s]->data[i * n + k] =
                    k < rank ? (double)(float)spx_rng_normal(&rng) : side[s]->data[i * n];
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < n; k++)
                D->data[i * N + j] += u->A.data[i * n + k] * u->B.data[j * n + k];
}

/* ||D - B A|| / ||D|| */
static double error_of(const spx_mat *D, const spx_lora *f)
{
    double rest = 0, all = 0;
    for (size_t i = 0; i < D->rows; i++)
        for (size_t j = 0; j < D->cols; j++) {
            double d = D->data[i * D->ld + j];
            all += d * d;
            for (size_t k = 0; k < f->rank; k++)
                d -= (double)f->B[i * f->rank + k] * (double)f->A[k * f->cols + j];
            rest += d * d;
        }
    return sqrt(rest / all);
}

static void factors_of_full_rank_are_kept_as_they_are(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u;
    spx_mat D;
    spx_lora f = {0};
    make_product(3, 3, &u, &D);
    check_ok(spx_lora_factor(&D, &u, 0, 0, &f, &err));
    assert_int_equal(f.rank, 3);
    for (size_t i = 0; i < (size_t)M * 3; i++) assert_true((double)f.B[i] == u.A.data[i]);
    check_leq(f.error, 1e-15);
    spx_lora_free(&f);
    check_survives_oom((err = (spx_error){0}, spx_lora_factor(&D, &u, 0, 0, &f, &err)));
    spx_lora_free(&f);
    spx_update_free(&u);
    spx_mat_free(&D);
}

/* By the small core and by the matrix itself alike; 8 eps: the factors are rounded to float. */
static void the_rank_is_the_least(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u;
    spx_mat D;
    make_product(5, 3, &u, &D);
    for (int dense = 0; dense < 2; dense++) {
        spx_lora f = {0};
        check_ok(spx_lora_factor(&D, dense ? NULL : &u, 0, 0, &f, &err));
        assert_int_equal(f.rank, 3);
        check_leq(f.error, 8 * (double)FLT_EPSILON);
        check_leq(fabs(f.error - error_of(&D, &f)), 1e-12);
        check_leq(fabs(f.norm - spx_norm_fro(&D)), 1e-12 * f.norm);
        spx_lora_free(&f);
    }
    spx_update_free(&u);
    spx_mat_free(&D);
}

static void a_smaller_rank_leaves_the_rest(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat D;
    const double s[] = {4, 3, 2, 1e-9};
    check_ok(spx_mat_alloc(&D, 4, 6, &err));
    for (size_t i = 0; i < 4; i++) D.data[i * 6 + i] = s[i];
    const struct {
        double edge, error;
        size_t most, rank;
    } cases[] = {{0, 1e-9 / sqrt(29), 0, 3},
                 {0, 2 / sqrt(29), 2, 2},
                 {2.5, 2 / sqrt(29), 0, 2},
                 {9, 1, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_lora f = {0};
        check_ok(spx_lora_factor(&D, NULL, cases[i].edge, cases[i].most, &f, &err));
        assert_int_equal(f.rank, cases[i].rank);
        check_leq(fabs(f.error - cases[i].error), (double)FLT_EPSILON);
        spx_lora_free(&f);
    }
    spx_mat_free(&D);
}

/* The base of a run with the adapter of a stage on it is the stage, up to float's rounding. */
static void a_run_becomes_an_adapter_of_its_base(void **state)
{
    (void)state;
    enum { D = 6, F = 10 };
    static const char tensor[] = "model.layers.3.mlp.down_proj.weight";
    spx_error err = {0};
    float w[D * F], base[D * F], got[F];
    spx_rng rng = spx_rng_seed(5);
    char adapter[256], path[600];
    random_floats(w, (size_t)D * F, &rng);
    memcpy(base, w, sizeof w);
    write_run(in_folder("run.h5"), tensor, w, D, F, 2, 2, 0.1);
    const test_tensor t = {tensor, D, F, base, false};
    write_safetensors(in_folder("base.safetensors"), "F32", 4, &t, 1);
    const spx_lora_opts o = {.globs = &all_tensors, .told = tell};
    snprintf(path, sizeof path, "%s#last", in_folder("run.h5"));
    snprintf(adapter, sizeof adapter, "%s/run-lora", folder);
    told = 0;
    check_ok(spx_lora_export(NULL, path, &o, adapter, &err));
    assert_true(told == 1 && told_rank == 4);
    check_leq(told_error, 1e-6);
    snprintf(path, sizeof path, "%s+%s", in_folder("base.safetensors"), adapter);
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    for (size_t r = 0; r < D; r++) {
        spx_tensor_read_float(spx_ckpt_find(c, tensor), r, 1, got);
        for (size_t j = 0; j < F; j++)
            check_leq(fabs((double)got[j] - (double)w[r * F + j]),
                      4 * (double)FLT_EPSILON * (1 + fabs((double)w[r * F + j])));
    }
    spx_ckpt_close(c);
}

static bool any(const spx_tensor *t)
{
    (void)t;
    return true;
}

static void ignore(const spx_tensor *t, const spx_tensor *u, const spx_difference *d, void *arg)
{
    (void)t, (void)u, (void)d, (void)arg;
}

/* Matrices of the blocks, each changed by a product of rank 2. */
static void write_adapter(const spx_ckpt *c, bool conv1d, const char *out)
{
    spx_error err = {0};
    static float values[16][2][256];
    static char names[16][128];
    spx_adapter_module m[16];
    spx_rng rng = spx_rng_seed(11);
    size_t n = 0;
    for (size_t i = 0; i < spx_ckpt_count(c) && n < 16; i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        const spx_place p = spx_arch_place(t->name);
        if (t->ndim != 2 || p.layer < 0) continue;
        const size_t rows = t->shape[p.in_out], cols = t->shape[!p.in_out];
        assert_true(rows <= 128 && cols <= 128);
        random_floats(values[n][0], 256, &rng);
        random_floats(values[n][1], 256, &rng);
        snprintf(names[n], sizeof names[n], "%.*s", (int)(strlen(t->name) - 7), t->name);
        m[n] = (spx_adapter_module){names[n], rows, cols, 2, values[n][0], values[n][1]};
        n++;
    }
    assert_true(n >= 4);
    check_ok(spx_adapter_write(m, n, conv1d, NULL, out, &err));
}

/* The same adapter on a model of Hugging Face's and on what llama.cpp's converter made of it. */
static void gguf_bases_change_alike(void **state)
{
    (void)state;
    static const char *const families[] = {"llama", "qwen2", "gemma2", "gptneox", "gpt2", "phi3"};
    char hf[300], gguf[300], adapter[256], path[600];
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        spx_error err = {0};
        spx_ckpt *a = NULL, *b = NULL, *plain = NULL;
        size_t found = 0;
        snprintf(hf, sizeof hf, SPX_TESTS "/data/pairs/%s.safetensors", families[i]);
        snprintf(gguf, sizeof gguf, SPX_TESTS "/data/pairs/%s.gguf", families[i]);
        snprintf(adapter, sizeof adapter, "%s/on-%s", folder, families[i]);
        check_ok(spx_ckpt_open(hf, &plain, &err));
        write_adapter(plain, strcmp(families[i], "gpt2") == 0, adapter);
        snprintf(path, sizeof path, "%s+%s", hf, adapter);
        check_ok(spx_ckpt_open(path, &a, &err));
        snprintf(path, sizeof path, "%s+%s", gguf, adapter);
        check_ok(spx_ckpt_open(path, &b, &err));
        check_ok(spx_differences_find(plain, b, any, NULL, ignore, NULL, &found, &err));
        assert_true(found >= 4);
        found = 0;
        check_ok(spx_differences_find(a, b, any, NULL, ignore, NULL, &found, &err));
        assert_int_equal(found, 0);
        spx_ckpt_close(a);
        spx_ckpt_close(b);
        spx_ckpt_close(plain);
    }
}

/* A pair whose first tensor gets `change` at one place. */
static void write_pair(const char *tensor, size_t rows, size_t cols, double change)
{
    float before[M * N], after[M * N];
    spx_rng rng = spx_rng_seed(2);
    random_floats(before, (size_t)M * N, &rng);
    memcpy(after, before, sizeof before);
    after[3] += (float)change;
    const test_tensor a[] = {{tensor, rows, cols, before, rows == 1},
                             {"model.layers.1.mlp.up_proj.weight", M, N, before, false}},
                      b[] = {{tensor, rows, cols, after, rows == 1},
                             {"model.layers.1.mlp.up_proj.weight", M, N, before, false}};
    write_safetensors(in_folder("a.safetensors"), "F32", 4, a, 2);
    write_safetensors(in_folder("b.safetensors"), "F32", 4, b, 2);
}

static void a_pair_names_what_cannot_be_in_an_adapter(void **state)
{
    (void)state;
    static const struct {
        const char *tensor;
        size_t rows;
        double change;
        spx_status status;
        const char *says;
    } cases[] = {
        {"model.layers.0.mlp.down_proj.weight", M, 1, SPX_OK, NULL},
        {"layers.0.mlp.down_proj.weight", M, 1, SPX_OK, NULL},
        {"model.layers.0.mlp.down_proj.weight", M, 0, SPX_ENOTFOUND, "no tensor differs from"},
        {"model.norm.weight", 1, 1, SPX_EUNSUP, "model.norm.weight changed and is no matrix"},
        {"model.embed_tokens.weight", M, 1, SPX_EUNSUP, "changed and is an embedding"},
        {"model.layers.0.mlp.experts.gate", M, 1, SPX_EUNSUP, "is not the weight of a module"},
        {"blk.0.ffn_down.weight", M, 1, SPX_EUNSUP, "has a GGUF's name"},
    };
    const spx_lora_opts o = {.globs = &all_tensors, .told = tell};
    char out[256], part[300];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        write_pair(cases[i].tensor, cases[i].rows, N, cases[i].change);
        snprintf(out, sizeof out, "%s/pair-%zu", folder, i);
        snprintf(part, sizeof part, "%s.part", out);
        const spx_status st =
            spx_lora_export(in_folder("a.safetensors"), in_folder("b.safetensors"), &o, out, &err);
        if (st != cases[i].status) print_error("%s\n", err.text);
        assert_int_equal(st, cases[i].status);
        assert_int_equal(access(out, F_OK) == 0, st == SPX_OK);
        assert_int_not_equal(access(part, F_OK), 0);
        if (st != SPX_OK) assert_non_null(strstr(err.text, cases[i].says));
        if (st == SPX_OK) assert_int_equal(told_rank, 1);
    }
}

/* A path of an adapter beside a base, and what its stage is called. */
static void an_adapter_is_a_stage_of_its_base(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_source s;
    static const char base[] = SPX_TESTS "/data/folders/llama";
    check_ok(spx_source_beside(base, SPX_TESTS "/data/adapters/llama-bin/", &s, &err));
    assert_string_equal(s.stage, "llama-bin");
    assert_true(strncmp(s.path, base, sizeof base - 1) == 0 && s.path[sizeof base - 1] == '+');
    check_ok(spx_source_beside(NULL, SPX_TESTS "/data/adapters/llama-bin", &s, &err));
    assert_string_equal(s.path, SPX_TESTS "/data/adapters/llama-bin");
    check_ok(spx_source_beside("x", base, &s, &err));
    assert_string_equal(s.path, base);
}

static int remove_all(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_of_full_rank_are_kept_as_they_are),
        cmocka_unit_test(the_rank_is_the_least),
        cmocka_unit_test(a_smaller_rank_leaves_the_rest),
        cmocka_unit_test(a_run_becomes_an_adapter_of_its_base),
        cmocka_unit_test(gguf_bases_change_alike),
        cmocka_unit_test(a_pair_names_what_cannot_be_in_an_adapter),
        cmocka_unit_test(an_adapter_is_a_stage_of_its_base),
    };
    return cmocka_run_group_tests_name("lora", tests, make_folder, remove_all);
}
