/* lambada.c: the last word of a passage (Paperno et al. 2016), all its tokens by argmax. */
#include "eval/families.h"

#include "spx/file.h"
#include "spx/json.h"

#include <string.h>

/* Text up to its last space is the context; the rest, with the space, the word. */
static spx_status split(const char *text, const spx_tokenizer *t, passage *out, spx_error *err)
{
    const char *gap = strrchr(text, ' ');
    if (!gap || gap == text || !gap[1])
        return SPX_FAIL(err, SPX_EFORMAT, "text has no last word behind others");
    spx_status st = spx_tokenizer_encode(t, text, (size_t)(gap - text), false, &out->context, err);
    if (st == SPX_OK) st = spx_tokenizer_encode(t, gap, strlen(gap), false, &out->word, err);
    if (st != SPX_OK) spx_tokens_free(&out->context);
    return st;
}

static spx_status read_line(const char *line, size_t len, const spx_tokenizer *t, passage *out,
                            spx_error *err)
{
    spx_json *root = NULL;
    spx_status st = spx_json_parse(line, len, "passage", &root, err);
    const char *text = spx_json_text(spx_json_get(root, "text"));
    if (st == SPX_OK && !text) st = SPX_FAIL(err, SPX_EFORMAT, "\"text\" is missing");
    if (st == SPX_OK) st = split(text, t, out, err);
    spx_json_free(root);
    return st;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += *text == '\n' || !text[1];
    return n;
}

static spx_status read_lines(const char *path, const char *text, size_t items,
                             const spx_tokenizer *t, passage *out, size_t *n, spx_error *err)
{
    size_t line = 0;
    for (const char *at = text; *at && *n < items; line++) {
        const size_t len = strcspn(at, "\n");
        if (len > 0) {
            const spx_status st = read_line(at, len, t, &out[*n], err);
            if (st != SPX_OK) {
                spx_prefix(err, "%s: line %zu", path, line + 1);
                return st;
            }
            (*n)++;
        }
        at += len + (at[len] == '\n');
    }
    return SPX_OK;
}

spx_status lambada_ready(const char *path, size_t items, const spx_tokenizer *t, passage **out,
                         size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t len = 0;
    void *mem = NULL;
    *out = NULL;
    *n = 0;
    SPX_TRY(spx_file_text(path, &text, &len, err));
    const size_t lines = count_lines(text), most = items ? items : lines;
    if (lines == 0 || lines < most)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu passages wanted, %zu there", path, most, lines);
    SPX_TRY(spx_alloc(&mem, lines, sizeof(passage), err));
    *out = mem;
    SPX_TRY(read_lines(path, text, most, t, *out, n, err));
    if (*n < items)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu passages wanted, %zu there", path, items, *n);
out:
    spx_free(text);
    if (st != SPX_OK) {
        lambada_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return st;
}

void lambada_free(passage *p, size_t n)
{
    for (size_t i = 0; p && i < n; i++) {
        spx_tokens_free(&p[i].context);
        spx_tokens_free(&p[i].word);
    }
    spx_free(p);
}

spx_status lambada_run(const passage *p, size_t n, const char *set, const spx_model *m,
                       spx_metric *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *item = NULL, *scores = NULL;
    size_t right = 0;
    SPX_TRY(spx_scratch_alloc(&tmp, &item, n, sizeof(score_item), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &scores, n, sizeof(score), err));
    for (size_t i = 0; i < n; i++)
        ((score_item *)item)[i] =
            (score_item){p[i].context.id, p[i].word.id, p[i].context.n, p[i].word.n};
    SPX_TRY(score_items(m, item, n, scores, err));
    for (size_t i = 0; i < n; i++) right += ((score *)scores)[i].argmax;
    *out = share_metric(M_LAMBADA, set, right, n);
out:
    spx_scratch_free(&tmp);
    return st;
}
