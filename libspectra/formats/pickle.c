/* pickle.c: the unpickler: a stack of values, a memo, and the opcodes found in a state_dict. */
#include "formats/pickle.h"

#include <stdio.h>
#include <string.h>

typedef struct machine {
    const unsigned char *at, *end;
    const pickle_rules *rules;
    spx_scratch *tmp;
    spx_error *err;
    pickle_items stack, memo; /* memo: by index; PICKLE_MARK where nothing was put */
} machine;

static spx_status broken(const machine *m, const char *what)
{
    return SPX_FAIL(m->err, SPX_EFORMAT, "%s: pickle: %s", m->rules->name, what);
}

/* Room doubles, so that all arrays outgrown take no more than the last one. */
static spx_status reserve_items(pickle_items *a, size_t n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    pickle_value *wide = NULL;
    const size_t room = n < 8 ? 8 : 2 * n;
    if (n <= a->room) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &wide, room, err));
    if (a->n > 0) memcpy(wide, a->at, a->n * sizeof *a->at);
    a->at = wide;
    a->room = room;
out:
    return st;
}

static spx_status append(machine *m, pickle_items *a, const pickle_value *v)
{
    const spx_status st = reserve_items(a, a->n + 1, m->tmp, m->err);
    if (st == SPX_OK) a->at[a->n++] = *v;
    return st;
}

static spx_status push(machine *m, pickle_value v) { return append(m, &m->stack, &v); }

static spx_status pop(machine *m, pickle_value *out)
{
    *out = (pickle_value){0};
    if (m->stack.n == 0) return broken(m, "stack is empty");
    *out = m->stack.at[--m->stack.n];
    return SPX_OK;
}

static spx_status take_bytes(machine *m, size_t n, const unsigned char **out)
{
    *out = m->at;
    if ((size_t)(m->end - m->at) < n) return broken(m, "ends within an opcode");
    m->at += n;
    return SPX_OK;
}

/* A little-endian number of at most 8 bytes. */
static spx_status take_whole(machine *m, size_t bytes, uint64_t *out)
{
    spx_status st = SPX_OK;
    const unsigned char *p = NULL;
    *out = 0;
    SPX_TRY(take_bytes(m, bytes, &p));
    for (size_t i = 0; i < bytes; i++) *out |= (uint64_t)p[i] << (8 * i);
out:
    return st;
}

static spx_status push_text(machine *m, size_t width)
{
    spx_status st = SPX_OK;
    uint64_t n = 0;
    const unsigned char *p = NULL;
    SPX_TRY(take_whole(m, width, &n));
    if (n > (size_t)(m->end - m->at)) SPX_TRY(broken(m, "ends within a text"));
    SPX_TRY(take_bytes(m, (size_t)n, &p));
    SPX_TRY(
        push(m, (pickle_value){.kind = PICKLE_TEXT, .text = (const char *)p, .len = (size_t)n}));
out:
    return st;
}

/* A number of that many bytes, in two's complement if it is signed. */
static spx_status push_int(machine *m, size_t bytes, bool is_signed)
{
    spx_status st = SPX_OK;
    uint64_t bits = 0;
    if (bytes > 8) SPX_TRY(broken(m, "integer of more than 8 bytes"));
    SPX_TRY(take_whole(m, bytes, &bits));
    if (is_signed && bytes > 0 && bytes < 8 && bits >> (8 * bytes - 1) & 1)
        bits |= ~(uint64_t)0 << (8 * bytes);
    SPX_TRY(push(m, (pickle_value){.kind = PICKLE_INT, .integer = (int64_t)bits}));
out:
    return st;
}

static spx_status push_long(machine *m)
{
    spx_status st = SPX_OK;
    uint64_t n = 0;
    SPX_TRY(take_whole(m, 1, &n));
    SPX_TRY(push_int(m, (size_t)n, true));
out:
    return st;
}

/* A big-endian double. */
static spx_status push_real(machine *m)
{
    spx_status st = SPX_OK;
    const unsigned char *p = NULL;
    uint64_t bits = 0;
    pickle_value v = {.kind = PICKLE_REAL};
    SPX_TRY(take_bytes(m, 8, &p));
    for (size_t i = 0; i < 8; i++) bits = bits << 8 | p[i];
    memcpy(&v.real, &bits, sizeof v.real);
    SPX_TRY(push(m, v));
out:
    return st;
}

static spx_status push_global(machine *m, const char *module, size_t a, const char *name, size_t b)
{
    char full[160];
    if (a > 64 || b > 64) return broken(m, "name of a global is too long");
    snprintf(full, sizeof full, "%.*s.%.*s", (int)a, module, (int)b, name);
    for (int64_t i = 0; m->rules->globals[i]; i++)
        if (strcmp(m->rules->globals[i], full) == 0)
            return push(m, (pickle_value){.kind = PICKLE_GLOBAL, .integer = i});
    for (char *c = full; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    return SPX_FAIL(m->err, SPX_EUNSUP,
                    "%s: pickle: %s is not allowed (only tensors are read; no code is run)",
                    m->rules->name, full);
}

static spx_status take_line(machine *m, const char **out, size_t *n)
{
    const unsigned char *end = memchr(m->at, '\n', (size_t)(m->end - m->at));
    *out = (const char *)m->at;
    *n = end ? (size_t)(end - m->at) : 0;
    if (!end) return broken(m, "ends within a line");
    m->at = end + 1;
    return SPX_OK;
}

static spx_status global_from_lines(machine *m)
{
    spx_status st = SPX_OK;
    const char *module = NULL, *name = NULL;
    size_t a = 0, b = 0;
    SPX_TRY(take_line(m, &module, &a));
    SPX_TRY(take_line(m, &name, &b));
    SPX_TRY(push_global(m, module, a, name, b));
out:
    return st;
}

static spx_status global_from_stack(machine *m)
{
    spx_status st = SPX_OK;
    pickle_value module, name;
    SPX_TRY(pop(m, &name));
    SPX_TRY(pop(m, &module));
    if (module.kind != PICKLE_TEXT || name.kind != PICKLE_TEXT)
        SPX_TRY(broken(m, "name of a global is not a text"));
    SPX_TRY(push_global(m, module.text, module.len, name.text, name.len));
out:
    return st;
}

spx_status pickle_new_items(pickle_value *v, pickle_kind kind, spx_scratch *tmp, spx_error *err)
{
    *v = (pickle_value){.kind = kind};
    return SPX_SCRATCH(tmp, &v->items, 1, err);
}

static spx_status push_items(machine *m, pickle_kind kind)
{
    spx_status st = SPX_OK;
    pickle_value v;
    SPX_TRY(pickle_new_items(&v, kind, m->tmp, m->err));
    SPX_TRY(push(m, v));
out:
    return st;
}

/* The last n values become a tuple. */
static spx_status make_tuple(machine *m, size_t n)
{
    spx_status st = SPX_OK;
    pickle_value v;
    if (n > m->stack.n) SPX_TRY(broken(m, "stack is empty"));
    SPX_TRY(pickle_new_items(&v, PICKLE_TUPLE, m->tmp, m->err));
    m->stack.n -= n;
    for (size_t i = 0; i < n; i++) {
        const pickle_value item = m->stack.at[m->stack.n + i];
        if (item.kind == PICKLE_MARK) SPX_TRY(broken(m, "mark inside a tuple"));
        SPX_TRY(append(m, v.items, &item));
    }
    SPX_TRY(push(m, v));
out:
    return st;
}

/* The number of values above the last mark, which stays. */
static spx_status count_above_mark(machine *m, size_t *n)
{
    for (*n = 0; *n < m->stack.n; (*n)++)
        if (m->stack.at[m->stack.n - 1 - *n].kind == PICKLE_MARK) return SPX_OK;
    return broken(m, "no mark on the stack");
}

static spx_status make_tuple_from_mark(machine *m)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    SPX_TRY(count_above_mark(m, &n));
    SPX_TRY(make_tuple(m, n));
    m->stack.at[m->stack.n - 2] = m->stack.at[m->stack.n - 1]; /* replaces the mark */
    m->stack.n--;
out:
    return st;
}

/* Moves the last n values into the container below them (and below `mark` marks, 0 or 1). */
static spx_status move_into(machine *m, pickle_kind kind, size_t n, size_t mark)
{
    spx_status st = SPX_OK;
    if (m->stack.n < n + mark + 1) return broken(m, "stack is empty");
    const pickle_value *from = m->stack.at + m->stack.n - n;
    pickle_value *into = m->stack.at + m->stack.n - n - mark - 1;
    if (into->kind == PICKLE_OBJECT) { /* nobody looks into it */
        m->stack.n -= n + mark;
        return SPX_OK;
    }
    if (into->kind != kind || (kind == PICKLE_DICT && n % 2))
        return broken(m, "items added to a value that is not their container");
    for (size_t i = 0; i < n; i++) SPX_TRY(append(m, into->items, &from[i]));
    m->stack.n -= n + mark;
out:
    return st;
}

static spx_status move_from_mark(machine *m, pickle_kind kind)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    SPX_TRY(count_above_mark(m, &n));
    SPX_TRY(move_into(m, kind, n, 1));
out:
    return st;
}

static spx_status put_memo(machine *m, uint64_t index)
{
    static const pickle_value nothing = {.kind = PICKLE_MARK};
    spx_status st = SPX_OK;
    if (m->stack.n == 0) return broken(m, "stack is empty");
    if (index > 100000000U || index > m->memo.n + 65536)
        return broken(m, "memo index is out of range");
    while (m->memo.n <= index) SPX_TRY(append(m, &m->memo, &nothing));
    m->memo.at[index] = m->stack.at[m->stack.n - 1];
out:
    return st;
}

static spx_status get_memo(machine *m, uint64_t index)
{
    if (index >= m->memo.n || m->memo.at[index].kind == PICKLE_MARK)
        return broken(m, "memo has no such entry");
    return push(m, m->memo.at[index]);
}

/* Puts or gets, by what, the entry whose index follows in `width` bytes. */
static spx_status use_memo(machine *m, size_t width, spx_status (*what)(machine *, uint64_t))
{
    spx_status st = SPX_OK;
    uint64_t index = 0;
    SPX_TRY(take_whole(m, width, &index));
    SPX_TRY(what(m, index));
out:
    return st;
}

static spx_status call_global(machine *m)
{
    spx_status st = SPX_OK;
    pickle_value args, function, result = {0};
    SPX_TRY(pop(m, &args));
    SPX_TRY(pop(m, &function));
    if (function.kind != PICKLE_GLOBAL || args.kind != PICKLE_TUPLE)
        SPX_TRY(broken(m, "REDUCE applied to a non-callable"));
    SPX_TRY(m->rules->call(m->rules->arg, function.integer, &args, &result, m->err));
    SPX_TRY(push(m, result));
out:
    return st;
}

static spx_status push_persistent(machine *m)
{
    spx_status st = SPX_OK;
    pickle_value id, result = {0};
    SPX_TRY(pop(m, &id));
    SPX_TRY(m->rules->persistent(m->rules->arg, &id, &result, m->err));
    SPX_TRY(push(m, result));
out:
    return st;
}

/* Drops the state of an object: attributes, which tensors do not need. */
static spx_status drop_state(machine *m)
{
    spx_status st = SPX_OK;
    pickle_value state;
    SPX_TRY(pop(m, &state));
    if (m->stack.n == 0) SPX_TRY(broken(m, "stack is empty"));
out:
    return st;
}

static spx_status push_kind(machine *m, pickle_kind kind, int64_t integer)
{
    return push(m, (pickle_value){.kind = kind, .integer = integer});
}

/* A set, into which nobody looks. */
static spx_status push_set(machine *m) { return push_kind(m, PICKLE_OBJECT, -1); }

static spx_status make_frozen_set(machine *m)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    SPX_TRY(count_above_mark(m, &n));
    m->stack.n -= n + 1;
    SPX_TRY(push_set(m));
out:
    return st;
}

static spx_status skip_bytes(machine *m, size_t n)
{
    const unsigned char *p = NULL;
    return take_bytes(m, n, &p);
}

static spx_status run_opcode(machine *m, int op)
{
    switch (op) {
    case 0x80: return skip_bytes(m, 1); /* PROTO */
    case 0x95: return skip_bytes(m, 8); /* FRAME */
    case '(': return push_kind(m, PICKLE_MARK, 0);
    case 'N': return push_kind(m, PICKLE_NONE, 0);
    case 0x88: return push_kind(m, PICKLE_BOOL, 1);
    case 0x89: return push_kind(m, PICKLE_BOOL, 0);
    case 'K': return push_int(m, 1, false);
    case 'M': return push_int(m, 2, false);
    case 'J': return push_int(m, 4, true);
    case 0x8a: return push_long(m);
    case 'G': return push_real(m);
    case 'U':
    case 'C':
    case 0x8c: return push_text(m, 1);
    case 'T':
    case 'B':
    case 'X': return push_text(m, 4);
    case 0x8d:
    case 0x8e: return push_text(m, 8);
    case 'c': return global_from_lines(m);
    case 0x93: return global_from_stack(m);
    case '}': return push_items(m, PICKLE_DICT);
    case ']': return push_items(m, PICKLE_LIST);
    case ')': return push_items(m, PICKLE_TUPLE);
    case 't': return make_tuple_from_mark(m);
    case 0x85: return make_tuple(m, 1);
    case 0x86: return make_tuple(m, 2);
    case 0x87: return make_tuple(m, 3);
    case 'a': return move_into(m, PICKLE_LIST, 1, 0);
    case 's': return move_into(m, PICKLE_DICT, 2, 0);
    case 'e': return move_from_mark(m, PICKLE_LIST);
    case 'u': return move_from_mark(m, PICKLE_DICT);
    case 0x8f: return push_set(m);
    case 0x90: return move_from_mark(m, PICKLE_OBJECT);
    case 0x91: return make_frozen_set(m);
    case 'q': return use_memo(m, 1, put_memo);
    case 'r': return use_memo(m, 4, put_memo);
    case 0x94: return put_memo(m, m->memo.n);
    case 'h': return use_memo(m, 1, get_memo);
    case 'j': return use_memo(m, 4, get_memo);
    case 'Q': return push_persistent(m);
    case 'R':
    case 0x81: return call_global(m);
    case 'b': return drop_state(m);
    default:
        return SPX_FAIL(m->err, SPX_EUNSUP, "%s: pickle: unsupported opcode 0x%02x", m->rules->name,
                        (unsigned)op);
    }
}

spx_status pickle_load(const unsigned char *data, size_t size, const pickle_rules *rules,
                       pickle_value *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    machine m = {.at = data, .end = data, .rules = rules, .tmp = tmp, .err = err};
    if (size > 0) m.end += size; /* an empty entry has no address */
    while (m.at < m.end) {
        const int op = *m.at++;
        if (op == '.') return pop(&m, out);
        SPX_TRY(run_opcode(&m, op));
    }
    st = broken(&m, "ends without STOP");
out:
    return st;
}

bool pickle_text_is(const pickle_value *v, const char *text)
{
    return v->kind == PICKLE_TEXT && v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

const pickle_value *pickle_get(const pickle_value *dict, const char *key)
{
    if (dict->kind != PICKLE_DICT) return NULL;
    for (size_t i = 0; i + 1 < dict->items->n; i += 2)
        if (pickle_text_is(&dict->items->at[i], key)) return &dict->items->at[i + 1];
    return NULL;
}
