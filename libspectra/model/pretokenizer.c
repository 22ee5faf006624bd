/* pretokenizer.c: patterns that cut texts; the only file that includes <pcre2.h>. */
#include "model/pretokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* White space as defined by Unicode. PCRE2's \s also matches U+180E, which has not been white space
 * since Unicode 6.3, and no vocabulary was trained with that. */
#define WHITE                                                                                   \
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}" \
    "\\x{205f}\\x{3000}"

/* pcre2_compile's error where memory runs out, which pcre2.h gives no name. */
enum { PCRE2_NO_MEMORY = 121 };

enum { STAGES_MOST = 8 };
struct pretokenizer {
    pcre2_code *stage[STAGES_MOST];
    size_t stages;
    pcre2_code *space, *word; /* a character of white space, of a word */
};

/* A character of a word as Unicode's UTS #18 has it, and with it the public packages: PCRE2's own
 * \w lacks marks and joiners. */
#define WORD "[\\p{L}\\p{M}\\p{Nl}\\p{Nd}\\p{Pc}\\x{24b6}-\\x{24e9}\\x{200c}\\x{200d}]"

/* The replacement of \s or \S, within [ ] or outside; NULL for other escapes and for \S within. */
static const char *white_space(char escape, bool within)
{
    if (escape == 's') return within ? WHITE : "[" WHITE "]";
    return escape == 'S' && !within ? "[^" WHITE "]" : NULL;
}

/* Copies the pattern to out with Unicode's white space for \s and \S. */
static void translate_pattern(const char *pattern, char *out)
{
    bool within = false;
    for (const char *p = pattern; *p; p++) {
        const char *instead = *p == '\\' ? white_space(p[1], within) : NULL;
        if (instead) {
            memcpy(out, instead, strlen(instead));
            out += strlen(instead);
            p++;
            continue;
        }
        if (*p == '[') within = true;
        if (*p == ']') within = false;
        *out++ = *p;
        if (*p == '\\' && p[1]) *out++ = *++p;
    }
    *out = '\0';
}

static spx_status compile_pattern(const char *pattern, pcre2_code **out, spx_error *err)
{
    int code = 0;
    PCRE2_SIZE where = 0;
    PCRE2_UCHAR says[128] = "";
    char *translated = NULL;
    spx_scratch tmp = {0};
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &translated, strlen(pattern) * sizeof WHITE + 1, err));
    translate_pattern(pattern, translated);
    *out = pcre2_compile((PCRE2_SPTR)translated, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
                         &code, &where, NULL);
    if (!*out) {
        (void)pcre2_get_error_message(code, says, sizeof says);
        SPX_RAISE(err, code == PCRE2_NO_MEMORY ? SPX_ENOMEM : SPX_EUNSUP,
                  "pattern '%.60s' does not compile: %s", pattern, says);
    }
    (void)pcre2_jit_compile(*out, PCRE2_JIT_COMPLETE); /* without a JIT, it is interpreted */
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status pretokenizer_open(const char *const *pattern, size_t stages, pretokenizer **out,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    pretokenizer *p = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&p, 1, err));
    if (stages > STAGES_MOST)
        SPX_RAISE(err, SPX_EUNSUP, "%zu stages of pre-tokenization (expected at most %d)", stages,
                  STAGES_MOST);
    for (; p->stages < stages; p->stages++)
        SPX_TRY(compile_pattern(pattern[p->stages], &p->stage[p->stages], err));
    SPX_TRY(compile_pattern("\\s", &p->space, err));
    SPX_TRY(compile_pattern(WORD, &p->word, err));
    *out = p;
    p = NULL;
out:
    pretokenizer_close(p);
    return st;
}

void pretokenizer_close(pretokenizer *p)
{
    if (!p) return;
    for (size_t i = 0; i < p->stages; i++) pcre2_code_free(p->stage[i]);
    pcre2_code_free(p->space);
    pcre2_code_free(p->word);
    spx_free(p);
}

/* The bytes of the character at `at` if `what` matches it, else 0; also for what is not UTF-8. */
static size_t length_if(const pcre2_code *what, const char *text, size_t at, size_t end)
{
    const size_t len = at < end ? spx_utf8_bytes(text + at, end - at) : 0;
    pcre2_match_data *match = len ? pcre2_match_data_create(1, NULL) : NULL;
    const bool found =
        match && pcre2_match(what, (PCRE2_SPTR)text + at, len, 0, PCRE2_ANCHORED, match, NULL) > 0;
    pcre2_match_data_free(match);
    return found ? len : 0;
}

/* Where the character that ends at `at` begins. */
static size_t character_before(const char *text, size_t from, size_t at)
{
    if (at > from) at--;
    while (at > from && (text[at] & 0xc0) == 0x80) at--;
    return at;
}

bool pretokenizer_word_at(const pretokenizer *p, const char *text, size_t at, size_t end)
{
    return length_if(p->word, text, at, end) > 0;
}

bool pretokenizer_word_before(const pretokenizer *p, const char *text, size_t from, size_t at)
{
    return at > from && length_if(p->word, text, character_before(text, from, at), at) > 0;
}

size_t pretokenizer_space_after(const pretokenizer *p, const char *text, size_t at, size_t end,
                                bool marked)
{
    for (size_t len = 0; (len = length_if(p->space, text, at, end)) > 0;) {
        if (marked && text[at] == ' ') break;
        at += len;
    }
    return at;
}

size_t pretokenizer_space_before(const pretokenizer *p, const char *text, size_t from, size_t at,
                                 bool marked)
{
    while (at > from) {
        const size_t before = character_before(text, from, at);
        if (length_if(p->space, text, before, at) == 0 || (marked && text[before] == ' ')) break;
        at = before;
    }
    return at;
}

static spx_status match_failure(int code, pcre2_match_data *match, size_t at, spx_error *err)
{
    if (code == PCRE2_ERROR_BADUTFOFFSET) /* it begins within a character */
        return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu", at);
    if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21)
        return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu",
                        pcre2_get_startchar(match));
    return SPX_FAIL(err, SPX_ENOMEM, "PCRE2 failed at byte %zu (error %d)", at, code);
}

/* The state that all stages of one cut share. */
typedef struct cutting {
    const pretokenizer *p;
    const char *text;
    piece_fn *piece;
    void *arg;
    pcre2_match_data *match;
    spx_error *err;
} cutting;

/* Runs stage `stage` on text[begin .. end). options: the first match checks that all the text is
 * UTF-8, later ones need not. */
static spx_status cut_stage(const cutting *c, size_t stage, size_t begin, size_t end,
                            uint32_t options)
{
    if (begin == end) return SPX_OK;
    if (stage == c->p->stages) return c->piece(c->arg, begin, end);
    spx_status st = SPX_OK;
    size_t at = begin; /* all text before it is cut */
    for (size_t from = begin; from < end; options = PCRE2_NO_UTF_CHECK) {
        const int n = pcre2_match(c->p->stage[stage], (PCRE2_SPTR)c->text, end, from, options,
                                  c->match, NULL);
        if (n == PCRE2_ERROR_NOMATCH) break;
        if (n < 0) return match_failure(n, c->match, from, c->err);
        const PCRE2_SIZE *range = pcre2_get_ovector_pointer(c->match);
        const size_t b = range[0], e = range[1];
        if (b == e) break; /* an empty match cuts nothing */
        SPX_TRY(cut_stage(c, stage + 1, at, b, PCRE2_NO_UTF_CHECK));
        SPX_TRY(cut_stage(c, stage + 1, b, e, PCRE2_NO_UTF_CHECK));
        at = from = e;
    }
    SPX_TRY(cut_stage(c, stage + 1, at, end, PCRE2_NO_UTF_CHECK));
out:
    return st;
}

spx_status pretokenizer_cut(const pretokenizer *p, const char *text, size_t begin, size_t end,
                            piece_fn *piece, void *arg, spx_error *err)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (!match) return SPX_FAIL(err, SPX_ENOMEM, "no memory for a match of PCRE2");
    const cutting c = {
        .p = p, .text = text, .piece = piece, .arg = arg, .match = match, .err = err};
    const spx_status st = cut_stage(&c, 0, begin, end, 0);
    pcre2_match_data_free(match);
    return st;
}
