/* pretokenizer.c: the patterns of byte-level BPE. The only file that includes <pcre2.h>. */
#include "model/pretokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>
#include <string.h>

/* White space as Unicode has it. PCRE2's own \s also takes U+180E, which is none since Unicode 6.3,
 * and no vocabulary was trained with that. */
#define WHITE                                                                                   \
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}" \
    "\\x{205f}\\x{3000}"
#define WORDS "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+"
#define OTHER " ?[^" WHITE "\\p{L}\\p{N}]+"

/* GPT-2 (Radford et al. 2019): contractions, then runs of letters, of digits, of anything else,
 * each with one space before it; then white space, of which the last before a word is left to the
 * word. */
#define GPT2 WORDS "| ?\\p{N}+|" OTHER "|[" WHITE "]+(?![^" WHITE "])|[" WHITE "]+"

/* SmolLM cuts out every digit first; GPT-2's pattern then sees only what lies between digits, so a
 * digit ends the text for the lookahead and takes no space to itself. */
#define SMOLLM "\\p{N}|" WORDS "|" OTHER "|[" WHITE "]+(?![^" WHITE "\\p{N}])|[" WHITE "]+"

static const struct {
    const char *name, *pattern;
} patterns[] = {{"gpt-2", GPT2}, {"smollm", SMOLLM}};

struct pretokenizer {
    pcre2_code *code;
};

static spx_status compile(const char *name, const char *pattern, pcre2_code **out, spx_error *err)
{
    int code = 0;
    PCRE2_SIZE where = 0;
    const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED;
    *out = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &where, NULL);
    if (!*out)
        return SPX_FAIL(err, SPX_ENOMEM, "PCRE2 cannot compile the pattern of %s (%d)", name, code);
    (void)pcre2_jit_compile(*out,
                            PCRE2_JIT_COMPLETE); /* where there is no JIT, it is interpreted */
    return SPX_OK;
}

spx_status pretokenizer_open(const char *name, pretokenizer **out, spx_error *err)
{
    void *mem = NULL;
    const char *pattern = NULL;
    *out = NULL;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (strcmp(patterns[i].name, name) == 0) pattern = patterns[i].pattern;
    if (!pattern) return SPX_FAIL(err, SPX_EUNSUP, "pre-tokenizer '%s' is not known here", name);
    spx_status st = spx_alloc(&mem, 1, sizeof(pretokenizer), err);
    pretokenizer *p = mem;
    if (st == SPX_OK) st = compile(name, pattern, &p->code, err);
    if (st == SPX_OK)
        *out = p;
    else
        spx_free(p);
    return st;
}

void pretokenizer_close(pretokenizer *p)
{
    if (!p) return;
    pcre2_code_free(p->code);
    spx_free(p);
}

static spx_status failed(int code, pcre2_match_data *match, size_t at, spx_error *err)
{
    if (code == PCRE2_ERROR_BADUTFOFFSET) /* begins within a character */
        return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu", at);
    if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21)
        return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu",
                        pcre2_get_startchar(match));
    return SPX_FAIL(err, SPX_ENOMEM, "PCRE2 gave up at byte %zu (%d)", at, code);
}

spx_status pretokenizer_cut(const pretokenizer *p, const char *text, size_t begin, size_t end,
                            piece_fn *piece, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    uint32_t options = 0; /* the first match checks all that follows, the others need not */
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (!match) return SPX_FAIL(err, SPX_ENOMEM, "PCRE2 has no memory for a match");
    for (size_t at = begin; st == SPX_OK && at < end;) {
        const int n = pcre2_match(p->code, (PCRE2_SPTR)text, end, at, options, match, NULL);
        if (n < 0) {
            st = failed(n, match, at, err);
            break;
        }
        const PCRE2_SIZE *range = pcre2_get_ovector_pointer(match);
        assert(range[0] == at && range[1] > at); /* the pattern takes any character */
        at = range[1];
        options = PCRE2_NO_UTF_CHECK;
        st = piece(arg, range[0], range[1]);
    }
    pcre2_match_data_free(match);
    return st;
}
