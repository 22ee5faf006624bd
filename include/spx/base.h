/* spx/base.h: statuses, errors and memory; every other header includes this one. */
#ifndef SPX_BASE_H
#define SPX_BASE_H

#include <stddef.h>

/* What a fallible function returns. Convergence is not a status: it is data in the result. */
typedef enum spx_status {
    SPX_OK = 0,
    SPX_EINVAL,    /* an argument is outside its domain */
    SPX_ESHAPE,    /* dimensions do not conform */
    SPX_ENOMEM,    /* an allocation failed */
    SPX_EIO,       /* the system refused a read or a write */
    SPX_EFORMAT,   /* a file's bytes break its format */
    SPX_ENOTFOUND, /* a named tensor, group or method does not exist */
    SPX_EUNSUP,    /* valid, but not supported here */
    SPX_ENUMERIC,  /* a factorisation failed or a value is not finite */
    SPX_EINTR,     /* stopped on request, at a point from which the work can continue */
} spx_status;

/* Filled by the first function that fails; meaningless on success. Owned by the caller. */
typedef struct spx_error {
    spx_status status;
    const char *where; /* function that failed; static storage */
    char text[1024];   /* one line, no newline */
} spx_error;

#define SPX_CHECKED      __attribute__((warn_unused_result))
#define SPX_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Records status and message in err, unless err is NULL or already holds a failure. Returns status.
 * Control characters become '?', so that the text stays one line. */
spx_status spx_fail(spx_error *err, spx_status status, const char *where, const char *fmt, ...)
    SPX_PRINTF(4, 5);
#define SPX_FAIL(err, status, ...) (spx_fail((err), (status), __func__, __VA_ARGS__), (status))

/* Puts "prefix: " before err's text: the caller knows which file or tensor was being processed. */
void spx_prefix(spx_error *err, const char *fmt, ...) SPX_PRINTF(2, 3);

/* Both need a local `spx_status st` and a label `out` that frees and returns st. */
#define SPX_TRY(call)               \
    do {                            \
        st = (call);                \
        if (st != SPX_OK) goto out; \
    } while (0)
#define SPX_RAISE(err, status, ...) SPX_TRY(SPX_FAIL((err), (status), __VA_ARGS__))

/* A status in words, for messages: "malformed file". Static storage. */
const char *spx_status_name(spx_status status);

/* A zeroed array of n items of `size` bytes, aligned to 64 bytes. `slot` is the address of the
 * pointer that receives it, NULL on failure. Free with spx_free. SPX_ENOMEM also where n * size
 * overflows. */
SPX_CHECKED spx_status spx_alloc(void *slot, size_t n, size_t size, spx_error *err);
/* The same, typed: SPX_NEW(&x, n, err) makes x an array of n of the type it points to. */
#define SPX_NEW(slot, n, err) spx_alloc((slot), (n), sizeof **(slot), (err))
/* NULL is allowed. */
void spx_free(void *p);

/* A copy of the first len bytes of text, followed by a NUL; free with spx_free. */
SPX_CHECKED spx_status spx_text_copy(char **out, const char *text, size_t len, spx_error *err);
/* A copy of all of text; free with spx_free. */
SPX_CHECKED spx_status spx_text_dup(char **out, const char *text, spx_error *err);
/* Length in bytes of the first character of text, of which `left` >= 1 bytes may be read; 0 if they
 * do not begin with valid UTF-8. */
size_t spx_utf8_bytes(const char *text, size_t left);

/* A function's temporaries, released together. Start from {0}, which may be freed too. */
typedef struct spx_scratch {
    struct spx_block *top;
} spx_scratch;
/* spx_alloc and SPX_NEW for memory that spx_scratch_free releases. */
SPX_CHECKED spx_status spx_scratch_alloc(spx_scratch *s, void *slot, size_t n, size_t size,
                                         spx_error *err);
#define SPX_SCRATCH(s, slot, n, err) spx_scratch_alloc((s), (slot), (n), sizeof **(slot), (err))
void spx_scratch_free(spx_scratch *s);

/* The name of row i of a table; NULL after the last row. */
typedef const char *spx_name_fn(const void *table, size_t i);
/* Records "unknown WHAT 'NAME', did you mean 'B'? (expected one of: A, B, C)", with the question
 * only where a name is near, and a list that does not fit as "A, B and 40 more". Returns status. */
spx_status spx_unknown_name(spx_status status, const char *what, const char *name,
                            spx_name_fn *name_of, const void *table, spx_error *err);
/* *out <- the index of the row with this name; SPX_EINVAL by spx_unknown_name otherwise. */
SPX_CHECKED spx_status spx_find_name(const char *what, const char *name, spx_name_fn *name_of,
                                     const void *table, size_t *out, spx_error *err);

/* Describes a stored or printed number; each row of a table of metrics has one. Static storage. */
typedef struct spx_quantity {
    const char *name;      /* as in run files, JSON lines and plots: "nuclear" */
    const char *units;     /* "1", "rad", "nat" */
    const char *long_name; /* definition, one line */
    const char *source;    /* paper and equation, or routine */
    const char *range;     /* the values it can have: "0 to 1" */
    const char *reading;   /* what small and large values say: "1: as before, 0: gone" */
} spx_quantity;

/* Seconds on a monotonic clock. */
double spx_seconds(void);

#endif
