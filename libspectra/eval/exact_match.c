/* exact_match.c: the regular expressions of the two tasks, as code.
 *
 *     open    re.sub(r"\b(?:The |the |An |A |a |an )", "", s), lower(), without string.punctuation
 *     squad   lower(), without string.punctuation, re.sub(r"\b(a|an|the)\b", " ", s), one blank between words
 *     number  without ",", r"\$", r"(?s).*#### ", r"\.$"; lower()
 *     marked  first of r"#### (\-?[0-9\.\,]+)"
 *     last    last of r"(-?[$0-9.,]{2,})|(-?[0-9]+)" */
#include "eval/exact_match.h"

#include <ctype.h>
#include <string.h>

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

void exact_cut(char *text, const char *const *stop)
{
    for (; *stop; stop++) {
        char *at = strstr(text, *stop);
        if (at) *at = '\0';
    }
    const char *from = text;
    while (isspace((unsigned char)*from)) from++;
    memmove(text, from, strlen(from) + 1);
}

/* Length of the article, with its space, that begins here, or 0. */
static size_t article(const char *at)
{
    static const char *const words[] = {"The ", "the ", "An ", "A ", "a ", "an "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0) return strlen(words[i]);
    return 0;
}

static char lowered(char c) { return (char)tolower((unsigned char)c); }

void exact_open(char *answer)
{
    char *to = answer;
    bool in_a_word = false;
    for (const char *at = answer; *at;) {
        const size_t skip = in_a_word ? 0 : article(at);
        in_a_word = skip == 0 && in_word(*at);
        if (skip == 0 && !ispunct((unsigned char)*at)) *to++ = lowered(*at);
        at += skip ? skip : 1;
    }
    *to = '\0';
}

static bool is_article(const char *word, size_t len)
{
    static const char *const words[] = {"a", "an", "the"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncmp(word, words[i], len) == 0) return true;
    return false;
}

void exact_squad(char *answer)
{
    static const char blanks[] = " \t\n\v\f\r";
    char *end = answer, *to = answer;
    for (const char *at = answer; *at; at++)
        if (!ispunct((unsigned char)*at)) *end++ = lowered(*at);
    *end = '\0';
    for (char *at = answer + strspn(answer, blanks); *at;) {
        const size_t len = strcspn(at, blanks);
        if (!is_article(at, len)) {
            if (to > answer) *to++ = ' ';
            memmove(to, at, len);
            to += len;
        }
        at += len + strspn(at + len, blanks);
    }
    *to = '\0';
}

void exact_number(char *answer)
{
    static const char mark[] = "#### ";
    char *to = answer;
    for (const char *at = answer; *at; at++) {
        if (*at == ',' || *at == '$') continue;
        *to++ = lowered(*at);
        const size_t have = (size_t)(to - answer), n = sizeof mark - 1;
        if (have >= n && memcmp(to - n, mark, n) == 0) to = answer;
    }
    *to = '\0';
    char *end =
        to > answer && to[-1] == '\n' ? to - 1 : to; /* $ also matches before a final newline */
    if (end > answer && end[-1] == '.') memmove(end - 1, end, (size_t)(to - end) + 1);
}

/* Makes the n bytes at `at` the whole text. */
static void keep_only(char *text, const char *at, size_t n)
{
    memmove(text, at, n);
    text[n] = '\0';
}

bool exact_marked(char *text)
{
    static const char mark[] = "#### ";
    for (char *at = strstr(text, mark); at; at = strstr(at + 1, mark)) {
        const char *number = at + sizeof mark - 1;
        const size_t sign = *number == '-', n = strspn(number + sign, "0123456789.,");
        if (n == 0) continue;
        keep_only(text, number, sign + n);
        return true;
    }
    return false;
}

bool exact_last(char *text)
{
    const char *last = NULL;
    size_t len = 0;
    for (const char *at = text; *at;) {
        const size_t sign = *at == '-', wide = strspn(at + sign, "$0123456789.,");
        const bool digit = isdigit((unsigned char)at[sign]) != 0;
        const size_t n = wide >= 2 || digit ? sign + wide : 0;
        if (n > 0) last = at, len = n;
        at += n ? n : 1;
    }
    if (last) keep_only(text, last, len);
    return last != NULL;
}
