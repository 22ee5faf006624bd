/* torch_dict.c: which of the dicts in a PyTorch file is the state_dict. */
#include "formats/torch.h"

#include "spx/names.h"

#include <stdio.h>
#include <string.h>

const torch_view *torch_tensor_of(const pickle_value *v)
{
    return v->kind == PICKLE_OBJECT && v->integer == TORCH_TENSOR ? v->object : NULL;
}

bool torch_is_key(const pickle_value *v) { return v->kind == PICKLE_TEXT || v->kind == PICKLE_INT; }

/* What training scripts call the model's state_dict, the likeliest first. */
static const char *const usual[] = {"state_dict", "model_state_dict", "model",
                                    "module",     "model_state",      "net",
                                    "network",    "weights",          "params"};
enum { USUAL = sizeof usual / sizeof *usual, DEEPEST = 4 };

static size_t usual_rank(const pickle_value *key)
{
    size_t i = 0;
    while (i < USUAL && !pickle_text_is(key, usual[i])) i++;
    return i;
}

static bool begins_with(const pickle_value *key, const char *word)
{
    const size_t n = strlen(word);
    return key->len >= n && memcmp(key->text, word, n) == 0;
}

/* True for the state of what trains the model. */
static bool is_of_training(const pickle_value *key)
{
    static const char *const words[] = {"optim", "opt_", "lr_sched", "sched", "scaler",
                                        "amp",   "rng",  "callback", "loops"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins_with(key, words[i])) return true;
    return false;
}

/* Tensors with axes under names or numbers: a single number is a setting or a loss. */
static bool holds_tensors(const pickle_value *dict)
{
    for (size_t i = 0; i + 1 < dict->items->n; i += 2) {
        const torch_view *w = torch_tensor_of(&dict->items->at[i + 1]);
        if (w && w->ndim > 0 && torch_is_key(&dict->items->at[i])) return true;
    }
    return false;
}

/* True for a dict that holds tensors, or another such dict. A dict may hold itself, many times
 * over: *left dicts are looked into. */
static bool contains_tensors(const pickle_value *v, size_t depth, size_t *left)
{
    if (v->kind != PICKLE_DICT || depth == DEEPEST || *left == 0) return false;
    (*left)--;
    if (holds_tensors(v)) return true;
    for (size_t i = 0; i + 1 < v->items->n; i += 2)
        if (contains_tensors(&v->items->at[i + 1], depth + 1, left)) return true;
    return false;
}

/* The members of a dict that may be its state_dict: the best, and how many there are. */
typedef struct choice {
    const pickle_value *key, *value, *other; /* other: the key of one of equal or lower rank */
    size_t rank, n;
    bool tie;
} choice;

static void consider(choice *best, const pickle_value *key, const pickle_value *value)
{
    const size_t rank = usual_rank(key);
    best->n++;
    if (best->key && rank >= best->rank) {
        best->tie = best->tie || rank == best->rank;
        best->other = key;
        return;
    }
    if (best->key) best->other = best->key;
    best->tie = false;
    best->key = key;
    best->value = value;
    best->rank = rank;
}

static choice choose_member(const pickle_value *dict)
{
    choice best = {0};
    size_t left = 10000;
    for (size_t i = 0; i + 1 < dict->items->n; i += 2) {
        const pickle_value *key = &dict->items->at[i], *value = key + 1;
        if (key->kind == PICKLE_TEXT && !is_of_training(key) && contains_tensors(value, 0, &left))
            consider(&best, key, value);
    }
    return best;
}

/* A key as it is printed in a message. */
static void key_text(const pickle_value *key, char out[64])
{
    snprintf(out, 64, "%.*s", (int)(key->len < 60 ? key->len : 60), key->text);
    for (char *at = out; *at; at++)
        if (*at < ' ' || *at > '~') *at = '?';
}

static spx_status settle(spx_ckpt *c, const part *p, const choice *best, spx_error *err)
{
    char one[64], other[64];
    if (best->n < 2) return SPX_OK;
    key_text(best->key, one);
    key_text(best->other, other);
    if (best->tie)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: '%s' and '%s' both hold tensors; save the one that is wanted alone",
                        p->path, one, other);
    return format_note(c, err, "%s: tensors are read from '%s'; '%s' holds others", p->path, one,
                       other);
}

static spx_status note_left_out(spx_ckpt *c, const part *p, const choice *best, spx_error *err)
{
    char one[64];
    key_text(best->key, one);
    return format_note(c, err, "%s: the tensors in '%s' are left out", p->path, one);
}

/* True if no tensor of the dict has a value, as in the parts that ZeRO-3 leaves. */
static bool all_empty(const pickle_value *dict)
{
    bool any = false;
    for (size_t i = 0; i + 1 < dict->items->n; i += 2) {
        const torch_view *w = torch_tensor_of(&dict->items->at[i + 1]);
        bool empty = false;
        for (size_t k = 0; w && k < w->ndim; k++) empty = empty || w->shape[k] == 0;
        if (w && !empty) return false;
        any = any || w;
    }
    return any;
}

/* DeepSpeed's mp_rank_XX_model_states.pt: the whole model under "module", a slice of it where the
 * model runs in parallel, or nothing where ZeRO-3 has spread the weights over the ranks. */
static spx_status check_deepspeed(spx_ckpt *c, const part *p, const pickle_value *top,
                                  spx_error *err)
{
    const pickle_value *module = pickle_get(top, "module"), *n = pickle_get(top, "mp_world_size");
    if (!pickle_get(top, "ds_version") && !pickle_get(top, "ds_config")) return SPX_OK;
    if (!module || module->kind != PICKLE_DICT || all_empty(module))
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: DeepSpeed's state of one rank, without the weights, which ZeRO has "
                        "spread over the ranks; join them with zero_to_fp32.py beside it",
                        p->path);
    if (n && n->kind == PICKLE_INT && n->integer > 1)
        return format_note(c, err,
                           "%s: one of the %lld slices of a model that DeepSpeed ran in "
                           "parallel",
                           p->path, (long long)n->integer);
    return SPX_OK;
}

spx_status torch_state_dict(spx_ckpt *c, const part *p, const pickle_value *top,
                            const pickle_value **out, spx_error *err)
{
    spx_status st = SPX_OK;
    const pickle_value *dict = top;
    SPX_TRY(check_deepspeed(c, p, top, err));
    for (size_t depth = 0; depth < DEEPEST; depth++) {
        const choice best = choose_member(dict);
        const bool here = holds_tensors(dict) && best.rank == USUAL;
        if (best.n > 0 && here) SPX_TRY(note_left_out(c, p, &best, err));
        if (best.n == 0 || here) break;
        SPX_TRY(settle(c, p, &best, err));
        dict = best.value;
    }
    *out = dict;
out:
    return st;
}
