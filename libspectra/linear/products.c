/* products.c: products of floats by kernels of bfloat16. */
#include "spx/products.h"

#include "linear/bf16_panels.h"
#include "linear/products.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

/* The first whose processor this is multiplies. */
static const struct {
    spx_products kind;
    const halves_kernel *kernel;
} kernels[] = {
    {SPX_PRODUCTS_SPLIT, &halves_amx_split},
    {SPX_PRODUCTS_BF16, &halves_amx},
    {SPX_PRODUCTS_BF16, &halves_avx512},
};
static const char *const names[] = {"float", "split", "bf16"};

static struct {
    spx_products kind;
    const halves_kernel *kernel; /* NULL: BLAS */
    void *panels;                /* of both factors, grown as needed */
    size_t size;
} now;

bool spx_products_find(const char *name, spx_products *kind)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *kind = (spx_products)i;
            return true;
        }
    return false;
}

bool spx_products_set(spx_products kind)
{
    spx_free(now.panels);
    now.panels = NULL;
    now.size = 0;
    now.kind = SPX_PRODUCTS_FLOAT;
    now.kernel = NULL;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0] && !now.kernel; i++)
        if (kernels[i].kind == kind && kernels[i].kernel->there()) {
            now.kind = kind;
            now.kernel = kernels[i].kernel;
        }
    return now.kind == kind;
}

const char *spx_products_name(void)
{
    static char name[32];
    if (!now.kernel) return names[SPX_PRODUCTS_FLOAT];
    snprintf(name, sizeof name, "%s by %s", names[now.kind], now.kernel->name);
    return name;
}

/* The panels of both factors, or NULL. */
static uint16_t *panels(size_t numbers)
{
    spx_error ignored;
    if (numbers <= now.size) return now.panels;
    spx_free(now.panels);
    now.panels = NULL;
    now.size = 0;
    if (spx_alloc(&now.panels, numbers, sizeof(uint16_t), &ignored) != SPX_OK) return NULL;
    now.size = numbers;
    return now.panels;
}

typedef struct product {
    halves_source left, right;
    uint16_t *lefts, *rights; /* panels: all of the left factor, one of the right a thread */
    size_t panel;             /* numbers in one */
    float beta, *C;
    size_t ldc;
} product;

/* One block of 32 x 32, or the part of it that C has, added to beta C. */
static void put(const product *p, size_t i0, size_t j0, const float *c)
{
    const size_t m = p->left.count - i0, n = p->right.count - j0;
    for (size_t i = 0; i < m && i < HALVES_PANEL; i++, c += HALVES_PANEL) {
        float *to = p->C + (i0 + i) * p->ldc + j0;
        for (size_t j = 0; j < n && j < HALVES_PANEL; j++)
            to[j] = p->beta == 0 ? c[j] : c[j] + p->beta * to[j];
    }
}

static void block(const product *p, size_t i, size_t j, const uint16_t *right)
{
    float c[HALVES_PANEL * HALVES_PANEL];
    const uint16_t *left = p->lefts + i * p->panel;
    const size_t blocks = halves_blocks(p->left.k);
    const size_t i0 = i * HALVES_PANEL, j0 = j * HALVES_PANEL;
    const bool whole = i0 + HALVES_PANEL <= p->left.count && j0 + HALVES_PANEL <= p->right.count;
    if (whole && (p->beta == 0 || p->beta == 1)) {
        now.kernel->block(left, right, blocks, p->C + i0 * p->ldc + j0, p->ldc, p->beta == 1);
    } else {
        now.kernel->block(left, right, blocks, c, HALVES_PANEL, false);
        put(p, i0, j0, c);
    }
}

static size_t panel_count(const halves_source *s)
{
    return (s->count + HALVES_PANEL - 1) / HALVES_PANEL;
}

/* So much of k at once, and panels of the left factor that meet one right panel before the
 * next: 1.25 MiB of them, which a second-level cache holds. */
enum { CHUNK = 512, GROUP = 20 };

static void multiply(const product *p)
{
    const size_t m = panel_count(&p->left), n = panel_count(&p->right);
    const size_t groups = (m + GROUP - 1) / GROUP;
#pragma omp parallel
    {
        uint16_t *right = p->rights + (size_t)omp_get_thread_num() * p->panel;
        now.kernel->open();
#pragma omp for schedule(static)
        for (size_t i = 0; i < m; i++) halves_panel(&p->left, i, p->lefts + i * p->panel);
#pragma omp for collapse(2) schedule(static)
        for (size_t g = 0; g < groups; g++)
            for (size_t j = 0; j < n; j++) {
                halves_panel(&p->right, j, right);
                for (size_t i = g * GROUP; i < (g + 1) * GROUP && i < m; i++) block(p, i, j, right);
            }
        now.kernel->close();
    }
}

/* Fewer rows or less depth do not pay for taking the factors apart. */
enum { LEAST_ROWS = 24, LEAST_DEPTH = 128 };

/* Columns [at, at + n) of op(A) and the rows of op(B) that they meet. */
static void multiply_chunk(product p, size_t at, size_t n)
{
    p.left.k = p.right.k = n;
    p.left.x += at;
    p.right.x += p.right.across ? at * p.right.ld : at;
    if (at > 0) p.beta = 1;
    multiply(&p);
}

bool products_multiply(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                       size_t ldb, spx_trans tb, float beta, float *C, size_t ldc)
{
    if (!now.kernel || m < LEAST_ROWS || n < HALVES_PANEL || k < LEAST_DEPTH || omp_in_parallel())
        return false;
    const bool low = now.kernel->low;
    product p = {.left = {A, m, k, lda, false, false, low},
                 .right = {B, n, k, ldb, tb == SPX_N, true, low},
                 .panel = halves_panel_size(k < CHUNK ? k : CHUNK, low),
                 .beta = beta,
                 .ldc = ldc};
    p.C = C;
    p.lefts = panels((panel_count(&p.left) + (size_t)omp_get_max_threads()) * p.panel);
    if (!p.lefts) return false;
    p.rights = p.lefts + panel_count(&p.left) * p.panel;
    for (size_t at = 0; at < k; at += CHUNK) multiply_chunk(p, at, k - at < CHUNK ? k - at : CHUNK);
    return true;
}
