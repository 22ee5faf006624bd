/* arch_stacks.c: whose block a tensor is in: a language model's or a tower's. */
#include "formats/arch_names.h"

#include <string.h>

/* Words of a name's parts that tell a tower, and those that tell a language model all the same. */
static const char *const tower_words[] = {
    "vision", "visual",    "image",   "img_",      "audio",     "speech", "video", "clip",
    "siglip", "projector", "qformer", "resampler", "perceiver", "talker", "2wav",  "vocoder",
};
static const char *const tower_parts[] = {"vit", "vpm", "apm",       "tts",     "mm",
                                          "v",   "a",   "connector", "aligner", "sam_model"};
static const char *const language_words[] = {"language", "text", "llm", "decoder"};

static bool contains_word(const char *part, size_t len, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(part + i, word, n) == 0) return true;
    return false;
}

static bool any_word(const char *part, size_t len, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (contains_word(part, len, words[i])) return true;
    return false;
}

static bool any_part(const char *part, size_t len, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == len && memcmp(part, names[i], len) == 0) return true;
    return false;
}

#define LENGTH(array) (sizeof(array) / sizeof *(array))

spx_stack arch_stack(const char *name, size_t len)
{
    spx_stack stack = SPX_STACK_LANGUAGE;
    for (size_t at = 0; at < len;) {
        const char *dot = memchr(name + at, '.', len - at);
        const size_t n = dot ? (size_t)(dot - name) - at : len - at;
        const char *part = name + at;
        if (any_word(part, n, language_words, LENGTH(language_words))) return SPX_STACK_LANGUAGE;
        if (any_word(part, n, tower_words, LENGTH(tower_words)) ||
            any_part(part, n, tower_parts, LENGTH(tower_parts)))
            stack = SPX_STACK_TOWER;
        else if (stack == SPX_STACK_LANGUAGE && n == 7 && memcmp(part, "encoder", 7) == 0)
            stack = SPX_STACK_ENCODER;
        at += n + 1;
    }
    return stack;
}
