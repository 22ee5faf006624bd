/* arch_experts.c: the matrices of mixtures of experts, by their names. */
#include "formats/arch_names.h"

#include <stdlib.h>
#include <string.h>

/* Experts in a block: the last part of a name that has "experts" or "shared_expert" in it. */
static const struct {
    const char *last;
    spx_role role;
} expert_parts[] = {
    {"down_proj", SPX_ROLE_FFN_OUT},
    {"up_proj", SPX_ROLE_FFN_UP},
    {"gate_proj", SPX_ROLE_FFN_GATE},
    {"gate_up_proj", SPX_ROLE_FFN_GATE_UP},
    {"w2", SPX_ROLE_FFN_OUT}, /* Mixtral */
    {"w3", SPX_ROLE_FFN_UP},
    {"w1", SPX_ROLE_FFN_GATE},
    {"fc2", SPX_ROLE_FFN_OUT},
    {"fc1", SPX_ROLE_FFN_UP},
    {"linear_fc2", SPX_ROLE_FFN_OUT},
    {"linear_fc1", SPX_ROLE_FFN_UP},
    {"output_linear", SPX_ROLE_FFN_OUT}, /* Granite */
    {"input_linear", SPX_ROLE_FFN_GATE_UP},
};

/* The same of GGUF, whose parts are "ffn_down_exps", "ffn_down_shexp" and, once, "ffn_down.3". */
static const struct {
    const char *stem;
    spx_role role;
} gguf_parts[] = {
    {"ffn_down", SPX_ROLE_FFN_OUT},
    {"ffn_up", SPX_ROLE_FFN_UP},
    {"ffn_gate", SPX_ROLE_FFN_GATE},
    {"ffn_gate_up", SPX_ROLE_FFN_GATE_UP},
};

const char *arch_block(const char *name, const char *from, const char *before, const char **rest,
                       long *layer)
{
    for (const char *at = strstr(from, before); at; at = strstr(at + 1, before)) {
        if (at != name && at[-1] != '.') continue;
        const char *digits = at + strlen(before);
        const size_t n = strspn(digits, "0123456789");
        if (n == 0 || n > 6 || digits[n] != '.') continue;
        *rest = digits + n + 1;
        *layer = strtol(digits, NULL, 10);
        return at;
    }
    return NULL;
}

/* The parts of what follows a block's number. */
typedef struct parts {
    const char *at[8];
    size_t len[8], n;
} parts;

/* False if there are more than fit. */
static bool split_parts(const char *rest, size_t len, parts *out)
{
    out->n = 0;
    for (const char *end = rest + len; rest <= end; rest++) {
        const char *dot = memchr(rest, '.', (size_t)(end - rest));
        if (out->n == sizeof out->at / sizeof *out->at) return false;
        out->at[out->n] = rest;
        out->len[out->n++] = (size_t)((dot ? dot : end) - rest);
        rest = dot ? dot : end;
    }
    return true;
}

static bool part_is(const parts *p, size_t i, const char *text)
{
    return p->len[i] == strlen(text) && memcmp(p->at[i], text, p->len[i]) == 0;
}

/* "3" or "expert_3". */
static bool part_number(const parts *p, size_t i, long *out)
{
    static const char word[] = "expert_";
    const size_t n = i < p->n ? p->len[i] : 0, m = sizeof word - 1;
    const size_t skip = n > m && memcmp(p->at[i], word, m) == 0 ? m : 0;
    const size_t digits = n > 0 ? strspn(p->at[i] + skip, "0123456789") : 0;
    if (digits == 0 || digits > 6 || skip + digits != n) return false;
    *out = strtol(p->at[i] + skip, NULL, 10);
    return true;
}

/* "experts.3.down_proj", "experts.down_proj", "shared_expert.down_proj", "output_linear". */
static bool hf_expert(const parts *p, spx_place *place)
{
    static const char *const shared[] = {"shared_expert", "shared_experts", "shared_mlp"};
    bool mixture = false, numbered = false;
    place->expert = SPX_EXPERT_ALL;
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < sizeof shared / sizeof *shared; k++)
            if (part_is(p, i, shared[k])) {
                mixture = numbered = true;
                place->expert = SPX_EXPERT_SHARED;
            }
        if (mixture && !numbered) numbered = part_number(p, i, &place->expert);
        mixture = mixture || part_is(p, i, "experts") || part_is(p, i, "block_sparse_moe");
    }
    for (size_t i = 0; mixture && i < sizeof expert_parts / sizeof *expert_parts; i++)
        if (part_is(p, p->n - 1, expert_parts[i].last)) {
            place->role = expert_parts[i].role;
            return true;
        }
    return false;
}

/* "ffn_down_exps", "ffn_down_shexp", "ffn_down.3". */
static bool gguf_expert(const parts *p, spx_place *place)
{
    for (size_t i = 0; p->n > 0 && i < sizeof gguf_parts / sizeof *gguf_parts; i++) {
        const size_t n = strlen(gguf_parts[i].stem);
        if (p->len[0] < n || memcmp(p->at[0], gguf_parts[i].stem, n) != 0) continue;
        const char *end = p->at[0] + n;
        const size_t left = p->len[0] - n;
        place->role = gguf_parts[i].role;
        place->expert = SPX_EXPERT_ALL;
        if (p->n == 1 && left == 5 && memcmp(end, "_exps", 5) == 0) return true;
        place->expert = SPX_EXPERT_SHARED;
        if (p->n == 1 && left == 6 && memcmp(end, "_shexp", 6) == 0) return true;
        if (p->n == 2 && left == 0 && part_number(p, 1, &place->expert)) return true;
    }
    return false;
}

/* Length of a name without "[E]" at its end; *expert gets E. */
static size_t strip_number(const char *name, size_t len, long *expert)
{
    size_t at = len > 0 && name[len - 1] == ']' ? len - 1 : 0;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') at--;
    if (at < 2 || name[at - 1] != '[' || len - at > 7 || at == len - 1) return len;
    *expert = strtol(name + at, NULL, 10);
    return at - 1;
}

static size_t strip_end(const char *name, size_t len, const char *end)
{
    const size_t n = strlen(end);
    return len > n && memcmp(name + len - n, end, n) == 0 ? len - n : len;
}

/* In a stack ".weight" may be missing. */
bool arch_expert(const char *name, const char *end, spx_place *place)
{
    static const char *const blocks[] = {"blk.", "layers.", "h.", "blocks."};
    spx_place found = {.role = SPX_ROLE_OTHER};
    long numbered = SPX_EXPERT_NONE;
    parts p;
    size_t len = strip_number(name, strlen(name), &numbered);
    len = strip_end(name, len, end);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        const char *rest = NULL, *at = arch_block(name, name, blocks[i], &rest, &found.layer);
        if (!at || rest >= name + len || !split_parts(rest, (size_t)(name + len - rest), &p))
            continue;
        if (!(i == 0 ? gguf_expert(&p, &found) : hf_expert(&p, &found))) continue;
        if (numbered >= 0 && found.expert != SPX_EXPERT_ALL) continue;
        if (numbered >= 0) found.expert = numbered;
        found.before = (size_t)(at - name);
        found.block = (size_t)(rest - name);
        *place = found;
        return true;
    }
    return false;
}
