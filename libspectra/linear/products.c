/* products.c: products of floats by kernels of bfloat16. */
#include "spx/products.h"

#include "linear/bf16_panels.h"
#include "linear/products.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

/* In order of preference: the first of a kind that this processor has multiplies. */
static const struct {
    spx_products kind;
    const bf16_kernel *kernel;
} kernels[] = {
    {SPX_PRODUCTS_SPLIT, &bf16_amx_split},
    {SPX_PRODUCTS_BF16, &bf16_amx},
    {SPX_PRODUCTS_BF16, &bf16_avx512},
};
static const char *const names[] = {"float", "split", "bf16"};

static struct {
    spx_products kind;
    const bf16_kernel *kernel; /* NULL: BLAS */
    uint16_t *panels;          /* of both factors, grown as needed */
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

const char *spx_products_kind(const void *unused, size_t i)
{
    (void)unused;
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

bool spx_products_set(spx_products kind)
{
    spx_free(now.panels);
    now.panels = NULL;
    now.size = 0;
    now.kind = SPX_PRODUCTS_FLOAT;
    now.kernel = NULL;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0] && !now.kernel; i++)
        if (kernels[i].kind == kind && kernels[i].kernel->available()) {
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

/* Room for the panels of both factors, or NULL. */
static uint16_t *panel_room(size_t numbers)
{
    if (numbers <= now.size) return now.panels;
    spx_free(now.panels);
    now.panels = NULL;
    now.size = 0;
    if (SPX_NEW(&now.panels, numbers, NULL) != SPX_OK) return NULL;
    now.size = numbers;
    return now.panels;
}

/* One call of the kernel's loops: k is the depth of a chunk. */
typedef struct panel_product {
    bf16_source left, right;
    uint16_t *lefts, *rights; /* panels: all of the left factor, one of the right per thread */
    size_t panel;             /* numbers in one */
    float beta, *C;
    size_t ldc;
} panel_product;

/* C's part of the 32 x 32 block at (i0, j0) <- c + beta C. */
static void put_block(const panel_product *p, size_t i0, size_t j0, const float *c)
{
    const size_t m = p->left.count - i0, n = p->right.count - j0;
    for (size_t i = 0; i < m && i < BF16_PANEL; i++, c += BF16_PANEL) {
        float *to = p->C + (i0 + i) * p->ldc + j0;
        for (size_t j = 0; j < n && j < BF16_PANEL; j++)
            to[j] = p->beta == 0 ? c[j] : c[j] + p->beta * to[j];
    }
}

static void multiply_block(const panel_product *p, size_t i, size_t j, const uint16_t *right)
{
    float c[BF16_PANEL * BF16_PANEL];
    const uint16_t *left = p->lefts + i * p->panel;
    const size_t blocks = bf16_blocks(p->left.k);
    const size_t i0 = i * BF16_PANEL, j0 = j * BF16_PANEL;
    const size_t below = p->left.count - i0, rows = below < BF16_PANEL ? below : BF16_PANEL;
    const bool whole = rows == BF16_PANEL && j0 + BF16_PANEL <= p->right.count;
    if (whole && (p->beta == 0 || p->beta == 1)) {
        now.kernel->block(left, right, blocks, rows, p->C + i0 * p->ldc + j0, p->ldc, p->beta == 1);
    } else {
        now.kernel->block(left, right, blocks, rows, c, BF16_PANEL, false);
        put_block(p, i0, j0, c);
    }
}

static size_t panel_count(const bf16_source *s) { return (s->count + BF16_PANEL - 1) / BF16_PANEL; }

/* Depth of a chunk, and panels of the left factor that meet one right panel before the next: 1.25
 * MiB of them, which a second-level cache holds. */
enum { CHUNK = 512, GROUP = 20 };

/* Panel j of the right factor times group g of left panels, of which there are m. */
static void multiply_group(const panel_product *p, size_t m, size_t g, size_t j, uint16_t *right)
{
    bf16_panel(&p->right, j, right);
    for (size_t i = g * GROUP; i < (g + 1) * GROUP && i < m; i++) multiply_block(p, i, j, right);
}

static void multiply_panels(const panel_product *p)
{
    const size_t m = panel_count(&p->left), n = panel_count(&p->right);
    const size_t groups = (m + GROUP - 1) / GROUP;
#pragma omp parallel
    {
        uint16_t *right = p->rights + (size_t)omp_get_thread_num() * p->panel;
        now.kernel->open();
#pragma omp for schedule(static)
        for (size_t i = 0; i < m; i++) bf16_panel(&p->left, i, p->lefts + i * p->panel);
#pragma omp for collapse(2) schedule(static)
        for (size_t g = 0; g < groups; g++)
            for (size_t j = 0; j < n; j++) multiply_group(p, m, g, j, right);
        now.kernel->close();
    }
}

/* With less depth, splitting the factors costs more than it saves. */
enum { LEAST_DEPTH = 128 };

/* Columns [at, at + n) of A times the rows of op(B) that they meet. */
static void multiply_chunk(panel_product p, size_t at, size_t n)
{
    p.left.k = p.right.k = n;
    p.left.x += at;
    p.right.x += p.right.across ? at * p.right.ld : at;
    if (at > 0) p.beta = 1;
    multiply_panels(&p);
}

bool products_multiply(const float_product *f)
{
    if (!now.kernel || f->n < BF16_PANEL || f->k < LEAST_DEPTH || omp_in_parallel()) return false;
    const bool low = now.kernel->low;
    panel_product p = {
        .left = {.x = f->A, .count = f->m, .k = f->k, .ld = f->lda, .low = low},
        .right = {.x = f->B, .count = f->n, .k = f->k, .ld = f->ldb, .right = true, .low = low},
        .panel = bf16_panel_size(f->k < CHUNK ? f->k : CHUNK, low),
        .beta = f->beta,
        .C = f->C,
        .ldc = f->ldc,
    };
    p.right.across = f->tb == SPX_N;
    p.lefts = panel_room((panel_count(&p.left) + (size_t)omp_get_max_threads()) * p.panel);
    if (!p.lefts) return false;
    p.rights = p.lefts + panel_count(&p.left) * p.panel;
    for (size_t at = 0; at < f->k; at += CHUNK)
        multiply_chunk(p, at, f->k - at < CHUNK ? f->k - at : CHUNK);
    return true;
}
