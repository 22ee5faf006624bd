/* pickle.c: the machine: a stack of values, a memo, and the opcodes that a state_dict is made of.
 */
#include "files/pickle.h"

#include <stdio.h>
#include <string.h>

typedef struct machine {
    const unsigned char *at, *end;
    const pickle_rules *rules;
    spx_scratch *tmp;
    spx_error *err;
    pickle_items stack, memo; /* the memo by index; PICKLE_MARK where nothing was put */
} machine;

static spx_status broken(const machine *m, const char *what)
{
    return SPX_FAIL(m->err, SPX_EFORMAT, "%s: pickle: %s", m->rules->name, what);
}

/* Room doubles, so that all growth together costs at most twice the last array. */
static spx_status reserve(pickle_items *a, size_t n, spx_scratch *tmp, spx_error *err)
{
    void *mem = NULL;
    if (n <= a->room) return SPX_OK;
    const size_t room = n < 8 ? 8 : 2 * n;
    const spx_status st = spx_scratch_alloc(tmp, &mem, room, sizeof *a->at, err);
    if (st != SPX_OK) return st;
    if (a->n > 0) memcpy(mem, a->at, a->n * sizeof *a->at);
    a->at = mem;
    a->room = room;
    return SPX_OK;
}

static spx_status append(machine *m, pickle_items *a, const pickle_value *v)
{
    const spx_status st = reserve(a, a->n + 1, m->tmp, m->err);
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

static spx_status take(machine *m, size_t n, const unsigned char **out)
{
    *out = m->at;
    if ((size_t)(m->end - m->at) < n) return broken(m, "ends in the middle");
    m->at += n;
    return SPX_OK;
}

/* Little-endian, bytes <= 8. */
static spx_status whole(machine *m, size_t bytes, uint64_t *out)
{
    const unsigned char *p = NULL;
    const spx_status st = take(m, bytes, &p);
    *out = 0;
    for (size_t i = 0; st == SPX_OK && i < bytes; i++) *out |= (uint64_t)p[i] << (8 * i);
    return st;
}

static spx_status push_text(machine *m, size_t width)
{
    uint64_t n = 0;
    const unsigned char *p = NULL;
    spx_status st = whole(m, width, &n);
    if (st == SPX_OK && n > (size_t)(m->end - m->at)) st = broken(m, "ends in the middle");
    if (st == SPX_OK) st = take(m, (size_t)n, &p);
    if (st != SPX_OK) return st;
    return push(m, (pickle_value){.kind = PICKLE_TEXT, .text = (const char *)p, .len = (size_t)n});
}

/* Two's complement of so many bytes. */
static spx_status push_int(machine *m, size_t bytes, bool is_signed)
{
    uint64_t bits = 0;
    if (bytes > 8) return broken(m, "a number is too long");
    const spx_status st = whole(m, bytes, &bits);
    if (st != SPX_OK) return st;
    if (is_signed && bytes > 0 && bytes < 8 && bits >> (8 * bytes - 1) & 1)
        bits |= ~(uint64_t)0 << (8 * bytes);
    return push(m, (pickle_value){.kind = PICKLE_INT, .integer = (int64_t)bits});
}

static spx_status push_long(machine *m)
{
    uint64_t n = 0;
    const spx_status st = whole(m, 1, &n);
    return st == SPX_OK ? push_int(m, (size_t)n, true) : st;
}

static spx_status push_real(machine *m)
{
    const unsigned char *p = NULL;
    uint64_t bits = 0;
    pickle_value v = {.kind = PICKLE_REAL};
    const spx_status st = take(m, 8, &p);
    for (size_t i = 0; st == SPX_OK && i < 8; i++) bits = bits << 8 | p[i];
    memcpy(&v.real, &bits, sizeof v.real);
    return st == SPX_OK ? push(m, v) : st;
}

static spx_status push_global(machine *m, const char *module, size_t a, const char *name, size_t b)
{
    char full[160];
    if (a > 64 || b > 64) return broken(m, "names a global of absurd length");
    snprintf(full, sizeof full, "%.*s.%.*s", (int)a, module, (int)b, name);
    for (int64_t i = 0; m->rules->globals[i]; i++)
        if (strcmp(m->rules->globals[i], full) == 0)
            return push(m, (pickle_value){.kind = PICKLE_GLOBAL, .integer = i});
    for (char *c = full; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    return SPX_FAIL(m->err, SPX_EUNSUP,
                    "%s: pickle: wants %s, which weights do not need; it is not run",
                    m->rules->name, full);
}

static spx_status line(machine *m, const char **out, size_t *n)
{
    const unsigned char *end = memchr(m->at, '\n', (size_t)(m->end - m->at));
    *out = (const char *)m->at;
    *n = end ? (size_t)(end - m->at) : 0;
    if (!end) return broken(m, "ends in the middle");
    m->at = end + 1;
    return SPX_OK;
}

static spx_status global_lines(machine *m)
{
    const char *module = NULL, *name = NULL;
    size_t a = 0, b = 0;
    spx_status st = line(m, &module, &a);
    if (st == SPX_OK) st = line(m, &name, &b);
    return st == SPX_OK ? push_global(m, module, a, name, b) : st;
}

static spx_status global_stack(machine *m)
{
    pickle_value module, name;
    spx_status st = pop(m, &name);
    if (st == SPX_OK) st = pop(m, &module);
    if (st != SPX_OK) return st;
    if (module.kind != PICKLE_TEXT || name.kind != PICKLE_TEXT)
        return broken(m, "names a global by no text");
    return push_global(m, module.text, module.len, name.text, name.len);
}

spx_status pickle_new_items(pickle_value *v, pickle_kind kind, spx_scratch *tmp, spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_scratch_alloc(tmp, &mem, 1, sizeof(pickle_items), err);
    *v = (pickle_value){.kind = kind, .items = mem};
    return st;
}

static spx_status push_items(machine *m, pickle_kind kind)
{
    pickle_value v;
    const spx_status st = pickle_new_items(&v, kind, m->tmp, m->err);
    return st == SPX_OK ? push(m, v) : st;
}

/* The last n values become a tuple. */
static spx_status tuple_of(machine *m, size_t n)
{
    pickle_value v;
    if (n > m->stack.n) return broken(m, "stack is empty");
    spx_status st = pickle_new_items(&v, PICKLE_TUPLE, m->tmp, m->err);
    m->stack.n -= n;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const pickle_value item = m->stack.at[m->stack.n + i];
        st = item.kind == PICKLE_MARK ? broken(m, "a mark in a tuple") : append(m, v.items, &item);
    }
    return st == SPX_OK ? push(m, v) : st;
}

/* How many values stand above the last mark, which is looked for but not removed. */
static spx_status above_mark(machine *m, size_t *n)
{
    for (*n = 0; *n < m->stack.n; (*n)++)
        if (m->stack.at[m->stack.n - 1 - *n].kind == PICKLE_MARK) return SPX_OK;
    return broken(m, "no mark");
}

static spx_status tuple_from_mark(machine *m)
{
    size_t n = 0;
    spx_status st = above_mark(m, &n);
    if (st == SPX_OK) st = tuple_of(m, n);
    if (st != SPX_OK) return st;
    m->stack.at[m->stack.n - 2] = m->stack.at[m->stack.n - 1]; /* the mark's place */
    m->stack.n--;
    return SPX_OK;
}

/* Moves the last n values into the container below them (and below a mark, if there is one). */
static spx_status move_into(machine *m, pickle_kind kind, size_t n, size_t mark)
{
    if (m->stack.n < n + mark + 1) return broken(m, "stack is empty");
    const pickle_value *from = m->stack.at + m->stack.n - n;
    pickle_value *into = m->stack.at + m->stack.n - n - mark - 1;
    if (into->kind != kind || (kind == PICKLE_DICT && n % 2))
        return broken(m, "items for no container");
    for (size_t i = 0; i < n; i++) {
        const spx_status st = append(m, into->items, &from[i]);
        if (st != SPX_OK) return st;
    }
    m->stack.n -= n + mark;
    return SPX_OK;
}

static spx_status move_from_mark(machine *m, pickle_kind kind)
{
    size_t n = 0;
    const spx_status st = above_mark(m, &n);
    return st == SPX_OK ? move_into(m, kind, n, 1) : st;
}

static spx_status put(machine *m, uint64_t index)
{
    static const pickle_value nothing = {.kind = PICKLE_MARK};
    if (m->stack.n == 0) return broken(m, "stack is empty");
    if (index > 100000000U || index > m->memo.n + 65536) return broken(m, "memo index is absurd");
    while (m->memo.n <= index) {
        const spx_status st = append(m, &m->memo, &nothing);
        if (st != SPX_OK) return st;
    }
    m->memo.at[index] = m->stack.at[m->stack.n - 1];
    return SPX_OK;
}

static spx_status get(machine *m, uint64_t index)
{
    if (index >= m->memo.n || m->memo.at[index].kind == PICKLE_MARK)
        return broken(m, "memo has no such entry");
    return push(m, m->memo.at[index]);
}

static spx_status memo(machine *m, size_t width, spx_status (*what)(machine *, uint64_t))
{
    uint64_t index = 0;
    const spx_status st = whole(m, width, &index);
    return st == SPX_OK ? what(m, index) : st;
}

static spx_status call(machine *m)
{
    pickle_value args, function, result = {0};
    spx_status st = pop(m, &args);
    if (st == SPX_OK) st = pop(m, &function);
    if (st != SPX_OK) return st;
    if (function.kind != PICKLE_GLOBAL || args.kind != PICKLE_TUPLE)
        return broken(m, "calls what is no function");
    st = m->rules->call(m->rules->arg, function.integer, &args, &result, m->err);
    return st == SPX_OK ? push(m, result) : st;
}

static spx_status persistent(machine *m)
{
    pickle_value id, result = {0};
    spx_status st = pop(m, &id);
    if (st == SPX_OK) st = m->rules->persistent(m->rules->arg, &id, &result, m->err);
    return st == SPX_OK ? push(m, result) : st;
}

/* State of an object: attributes that weights have no use for. */
static spx_status build(machine *m)
{
    pickle_value state;
    const spx_status st = pop(m, &state);
    if (st != SPX_OK) return st;
    return m->stack.n > 0 ? SPX_OK : broken(m, "stack is empty");
}

static spx_status push_kind(machine *m, pickle_kind kind, int64_t integer)
{
    return push(m, (pickle_value){.kind = kind, .integer = integer});
}

static spx_status skip(machine *m, size_t n)
{
    const unsigned char *p = NULL;
    return take(m, n, &p);
}

static spx_status step(machine *m, int op)
{
    switch (op) {
    case 0x80: return skip(m, 1); /* PROTO */
    case 0x95: return skip(m, 8); /* FRAME */
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
    case 0x8c: return push_text(m, 1);
    case 'T':
    case 'X': return push_text(m, 4);
    case 'c': return global_lines(m);
    case 0x93: return global_stack(m);
    case '}': return push_items(m, PICKLE_DICT);
    case ']': return push_items(m, PICKLE_LIST);
    case ')': return push_items(m, PICKLE_TUPLE);
    case 't': return tuple_from_mark(m);
    case 0x85: return tuple_of(m, 1);
    case 0x86: return tuple_of(m, 2);
    case 0x87: return tuple_of(m, 3);
    case 'a': return move_into(m, PICKLE_LIST, 1, 0);
    case 's': return move_into(m, PICKLE_DICT, 2, 0);
    case 'e': return move_from_mark(m, PICKLE_LIST);
    case 'u': return move_from_mark(m, PICKLE_DICT);
    case 'q': return memo(m, 1, put);
    case 'r': return memo(m, 4, put);
    case 0x94: return put(m, m->memo.n);
    case 'h': return memo(m, 1, get);
    case 'j': return memo(m, 4, get);
    case 'Q': return persistent(m);
    case 'R': return call(m);
    case 'b': return build(m);
    default:
        return SPX_FAIL(m->err, SPX_EUNSUP, "%s: pickle: opcode 0x%02x is not one of a state_dict",
                        m->rules->name, (unsigned)op);
    }
}

spx_status pickle_load(const unsigned char *data, size_t size, const pickle_rules *rules,
                       pickle_value *out, spx_scratch *tmp, spx_error *err)
{
    machine m = {.at = data, .end = data, .rules = rules, .tmp = tmp, .err = err};
    if (size > 0) m.end += size; /* an empty entry has no address */
    while (m.at < m.end) {
        const int op = *m.at++;
        if (op == '.') return pop(&m, out);
        const spx_status st = step(&m, op);
        if (st != SPX_OK) return st;
    }
    return broken(&m, "ends without an end");
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
