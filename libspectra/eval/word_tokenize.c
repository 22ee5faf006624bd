/*
 * word_tokenize.c: the rules of nltk's NLTKWordTokenizer (nltk 3.10.4,
 * nltk/tokenize/destructive.py), which stem from R. MacIntyre's script for the Penn Treebank. There
 * each rule is a pattern that inserts blanks into the text left by the rules before it, and a word
 * is what stands between blanks in the end. Here the text stays as it is, and a rule marks the
 * bytes that a blank comes before.
 */
#include "eval/word_tokenize.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Marks of a byte. As a pattern does not match what it has just written, the blanks of a rule are
 * FRESH until it has finished. */
enum { CUT = 1, FRESH = 2, OPENING = 4, LETTER = 8, WHITE = 16 };

/* Bytes [0, n) with a mark for each, and one for the end. */
typedef struct sentence {
    const char *s;
    size_t n;
    unsigned char *mark;
} sentence;

/* Characters of Python's \s (WHITE), and others that are not in its \w; all the rest are LETTER. */
static const struct {
    uint32_t first, last;
    unsigned char mark;
} classes[] = {
    {0x00, 0x08, 0},         {0x09, 0x0d, WHITE},     {0x0e, 0x1b, 0},
    {0x1c, 0x20, WHITE},     {0x21, 0x2f, 0},         {0x3a, 0x40, 0},
    {0x5b, 0x5e, 0},         {0x60, 0x60, 0},         {0x7b, 0x84, 0},
    {0x85, 0x85, WHITE},     {0x86, 0x9f, 0},         {0xa0, 0xa0, WHITE},
    {0xa1, 0xa9, 0},         {0xab, 0xb1, 0},         {0xb4, 0xb4, 0},
    {0xb6, 0xb8, 0},         {0xbb, 0xbb, 0},         {0xbf, 0xbf, 0},
    {0xd7, 0xd7, 0},         {0xf7, 0xf7, 0},         {0x1680, 0x1680, WHITE},
    {0x2000, 0x200a, WHITE}, {0x200b, 0x2027, 0},     {0x2028, 0x2029, WHITE},
    {0x202a, 0x202e, 0},     {0x202f, 0x202f, WHITE}, {0x2030, 0x205e, 0},
    {0x205f, 0x205f, WHITE}, {0x2060, 0x206f, 0},     {0x20a0, 0x20cf, 0},
    {0x2190, 0x245f, 0},     {0x2500, 0x2775, 0},     {0x2794, 0x2bff, 0},
    {0x2e00, 0x2e7f, 0},     {0x3000, 0x3000, WHITE}, {0x3001, 0x3004, 0},
    {0x3008, 0x3020, 0},     {0x30fb, 0x30fb, 0},     {0xfe10, 0xfe1f, 0},
    {0xfe30, 0xfe6f, 0},     {0xff01, 0xff0f, 0},     {0xff1a, 0xff20, 0},
    {0xff3b, 0xff3e, 0},     {0xff5b, 0xff65, 0},     {0x1f000, 0x1f0ff, 0},
    {0x1f110, 0x1faff, 0},
};

static unsigned char mark_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes && classes[i].first <= c; i++)
        if (c <= classes[i].last) return classes[i].mark;
    return LETTER;
}

static void mark_characters(const sentence *t)
{
    for (size_t i = 0, len = 0; i < t->n; i += len) {
        len = spx_utf8_bytes(t->s + i, t->n - i);
        if (len == 0) len = 1; /* a byte that is not UTF-8 */
        uint32_t c = (unsigned char)t->s[i] & (len == 1 ? 0xffU : 0xffU >> (len + 1));
        for (size_t k = 1; k < len; k++) c = c << 6 | ((unsigned char)t->s[i + k] & 0x3fU);
        memset(t->mark + i, mark_of(c), len);
    }
}

static void cut(const sentence *t, size_t i) { t->mark[i] |= FRESH; }
static size_t cut_out(const sentence *t, size_t i, size_t len)
{
    if (len > 0) {
        cut(t, i);
        cut(t, i + len);
    }
    return len;
}
static bool is_cut(const sentence *t, size_t i) { return t->mark[i] & CUT; }
static bool blank_at(const sentence *t, size_t i)
{
    return i == t->n || t->mark[i] & (CUT | WHITE);
}

static bool letter_at(const sentence *t, size_t i)
{
    return i < t->n && !is_cut(t, i) && t->mark[i] & LETTER;
}
static bool letter_before(const sentence *t, size_t i)
{
    return i > 0 && !is_cut(t, i) && t->mark[i - 1] & LETTER;
}

typedef int compare_fn(const char *a, const char *b, size_t n);

/* Bytes of `what` if it stands at byte i in one piece, else 0. */
static size_t stands_at(const sentence *t, size_t i, const char *what, compare_fn *compare)
{
    const size_t len = strlen(what);
    if (i > t->n || len > t->n - i || compare(t->s + i, what, len) != 0) return 0;
    for (size_t k = 1; k < len; k++)
        if (is_cut(t, i + k)) return 0;
    return len;
}

/* Bytes of the first string of a list that stands at byte i, or 0. */
static size_t any_at(const sentence *t, size_t i, const char *const *list)
{
    size_t len = 0;
    while (*list && len == 0) len = stands_at(t, i, *list++, strncmp);
    return len;
}

/* The end of the closing quotes and brackets that begin at byte i. */
static size_t closing_end(const sentence *t, size_t i)
{
    static const char *const closing[] = {"]", ")", "}", ">", "\"", "'", "»", "”", "’", NULL};
    for (size_t len = 1; len > 0; i += len) len = any_at(t, i, closing);
    return i;
}

/* A rule, applied at byte i, returns how many bytes it took, or 0 if it does not apply there. */
typedef size_t rule_fn(const sentence *t, size_t i, const char *const *list);

/* A string of the list is a word. */
static size_t alone(const sentence *t, size_t i, const char *const *list)
{
    return cut_out(t, i, any_at(t, i, list));
}

/* So is it together with a run of its last byte. */
static size_t run_alone(const sentence *t, size_t i, const char *const *list)
{
    size_t len = any_at(t, i, list);
    if (len == 0) return 0;
    while (i + len < t->n && t->s[i + len] == t->s[i]) len++;
    return cut_out(t, i, len);
}

static size_t open_quote(const sentence *t, size_t i, size_t len)
{
    for (size_t k = 0; k < len; k++) t->mark[i + k] |= OPENING;
    return cut_out(t, i, len);
}

static size_t first_quote(const sentence *t, size_t i, const char *const *list)
{
    return i == 0 ? open_quote(t, i, any_at(t, i, list)) : 0;
}

/* A quote after a blank or an opening bracket; line ends are not blanks for this rule. */
static size_t opening_quote(const sentence *t, size_t i, const char *const *list)
{
    if (!is_cut(t, i) && (i == 0 || !strchr(" ([{<", t->s[i - 1]))) return 0;
    return t->mark[i] & OPENING ? 0 : open_quote(t, i, any_at(t, i, list));
}

/* ' before a word other than a clitic of the list: 'tis, 'quoted'. */
static size_t opening_apostrophe(const sentence *t, size_t i, const char *const *list)
{
    if (t->s[i] != '\'' || t->mark[i] & OPENING) return 0;
    if (letter_before(t, i) || !letter_at(t, i + 1)) return 0;
    for (; *list; list++) {
        const size_t len = stands_at(t, i + 1, *list, strncasecmp);
        if (len > 0 && !letter_at(t, i + 1 + len)) return 0;
    }
    cut(t, i + 1);
    return 1;
}

/* The full stop that only quotes and brackets follow. */
static size_t final_stop(const sentence *t, size_t i, const char *const *list)
{
    (void)list;
    if (t->s[i] != '.' || i == 0 || t->s[i - 1] == '.') return 0;
    if (closing_end(t, i + 1) < t->n) return 0;
    return cut_out(t, i, 1);
}

/* A comma or colon, except before a digit. The pattern takes the next character too, so that of two
 * in a row only the first is cut from what follows. */
static size_t comma(const sentence *t, size_t i, const char *const *list)
{
    if (any_at(t, i, list) == 0) return 0;
    if (!blank_at(t, i + 1) && t->s[i + 1] >= '0' && t->s[i + 1] <= '9') return 0;
    cut_out(t, i, 1);
    return blank_at(t, i + 1) ? 1 : 2;
}

/* A string of the list at the end of a word, but not after another '. */
static size_t clitic(const sentence *t, size_t i, const char *const *list)
{
    if (i == 0 || blank_at(t, i) || t->mark[i - 1] & WHITE || t->s[i - 1] == '\'') return 0;
    for (; *list; list++) {
        const size_t len = stands_at(t, i, *list, strncmp);
        if (len == 0 || !blank_at(t, i + len)) continue;
        cut(t, i);
        return len;
    }
    return 0;
}

/* Line ends are not blanks for this rule. */
static size_t apostrophe_within(const sentence *t, size_t i, const char *const *list)
{
    return i + 1 < t->n && (is_cut(t, i + 1) || t->s[i + 1] == ' ') ? clitic(t, i, list) : 0;
}

/* A word that the list holds in two parts. */
static size_t contraction(const sentence *t, size_t i, const char *const *list)
{
    for (; *list && !letter_before(t, i); list += 2) {
        const size_t a = stands_at(t, i, list[0], strncasecmp);
        const size_t b = a ? stands_at(t, i + a, list[1], strncasecmp) : 0;
        if (b == 0 || is_cut(t, i + a) || letter_at(t, i + a + b)) continue;
        cut(t, i + a);
        return cut_out(t, i, a + b);
    }
    return 0;
}

static size_t contraction_before_blank(const sentence *t, size_t i, const char *const *list)
{
    const size_t len = strlen(list[0]) + strlen(list[1]);
    return i + len <= t->n && blank_at(t, i + len) ? contraction(t, i, list) : 0;
}

/* After another contraction; everywhere else the apostrophe is cut off as an opening one. */
static size_t contraction_after_cut(const sentence *t, size_t i, const char *const *list)
{
    return is_cut(t, i) ? contraction(t, i, list) : 0;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
    rule_fn *at;
    const char *const *list;
} rules[] = {
    {alone, LIST("«", "“", "‘", "„")},
    {run_alone, LIST("`")},
    {first_quote, LIST("\"")},
    {alone, LIST("``")},
    {opening_quote, LIST("\"", "''")},
    {opening_apostrophe, LIST("re", "ve", "ll", "m", "t", "s", "d", "n")},
    {final_stop, NULL},
    {comma, LIST(":", ",")},
    {run_alone, LIST("..")},
    {alone, LIST(";", "@", "#", "$", "%", "&", "‒", "–", "—", "―", "?", "!")},
    {apostrophe_within, LIST("'")},
    {alone, LIST("*", "[", "]", "(", ")", "{", "}", "<", ">", "--", "»", "”", "’", "''", "\"")},
    {clitic, LIST("'s", "'S", "'m", "'M", "'d", "'D", "'")},
    {clitic, LIST("'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T")},
    {contraction, LIST("can", "not", "d", "'ye", "gim", "me", "gon", "na", "got", "ta", "lem", "me",
                       "more", "'n")},
    {contraction_before_blank, LIST("wan", "na")},
    {contraction_after_cut, LIST("'t", "is")},
    {contraction_after_cut, LIST("'t", "was")},
};

static void apply_rules(const sentence *t)
{
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        for (size_t i = 0, taken = 0; i < t->n; i += taken ? taken : 1)
            taken = rules[r].at(t, i, rules[r].list);
        for (size_t i = 0; i <= t->n; i++)
            if (t->mark[i] & FRESH) t->mark[i] = (unsigned char)((t->mark[i] & ~FRESH) | CUT);
    }
}

static void take_words(const sentence *t, words *out)
{
    for (size_t i = 0; i < t->n;) {
        const size_t first = i++;
        if (t->mark[first] & WHITE) continue;
        while (!blank_at(t, i)) i++;
        word w = {t->s + first, i - first};
        if (t->mark[first] & OPENING)
            w = (word){"``", 2};
        else if (*w.at == '"')
            w = (word){"''", 2};
        out->at[out->n++] = w;
    }
}

/* The end of the first sentence of the text. */
static size_t sentence_end(const sentence *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!strchr(".?!", t->s[i])) continue;
        const size_t end = closing_end(t, i + 1);
        if (blank_at(t, end)) return end;
    }
    return t->n;
}

spx_status words_of(const char *text, words *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    sentence t = {text, strlen(text), NULL};
    *out = (words){0};
    SPX_TRY(SPX_SCRATCH(tmp, &t.mark, t.n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &out->at, t.n, err));
    mark_characters(&t);
    while (t.n > 0) {
        const bool white = t.mark[0] & WHITE;
        const sentence first = {t.s, white ? 1 : sentence_end(&t), t.mark};
        if (!white) {
            apply_rules(&first);
            take_words(&first, out);
        }
        t = (sentence){t.s + first.n, t.n - first.n, t.mark + first.n};
    }
out:
    return st;
}
