/* store_names.c: any name of a tensor as one level of a path in a run file, and back. */
#include "store/store.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What a path could not hold, or what would be read back as something else. */
static bool needs_escape(const char *at, size_t len, size_t i)
{
    const unsigned char c = (unsigned char)at[i];
    if (c == '/' || c == '|' || c < 0x20 || c == 0x7f) return true;
    if (c == '.') return len == 1 || (len == 2 && at[0] == '.' && at[1] == '.');
    if (c != '%') return false;
    return at[i + 1] == '~' ||
           (isxdigit((unsigned char)at[i + 1]) && isxdigit((unsigned char)at[i + 2]));
}

/* FNV-1a, 64 bits: tells long names apart. */
static unsigned long long short_hash(const char *text)
{
    unsigned long long h = 0xcbf29ce484222325ULL;
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
    return h;
}

const char *spx_store_escape(const char *tensor, char out[SPX_STORE_NAME])
{
    const size_t len = strlen(tensor), most = SPX_STORE_NAME - 20;
    size_t n = 0, i = 0;
    for (; i < len && n + 3 < most; i++) {
        if (needs_escape(tensor, len, i))
            n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned char)tensor[i]);
        else
            out[n++] = tensor[i];
    }
    out[n] = '\0';
    if (i == len) return out;
    while (n > 0 && ((unsigned char)out[n - 1] & 0xc0) == 0x80) n--; /* whole UTF-8 */
    if (n > 0 && (unsigned char)out[n - 1] >= 0xc0) n--;
    snprintf(out + n, SPX_STORE_NAME - n, "%%~%016llX", short_hash(tensor));
    return out;
}

void spx_store_group_of(char *out, size_t size, const char *group, const char *tensor)
{
    char name[SPX_STORE_NAME];
    snprintf(out, size, "%s/%s", group, spx_store_escape(tensor, name));
}

static int hex_value(char c) { return isdigit((unsigned char)c) ? c - '0' : (c & 7) + 9; }

/* '|' is '/': what older run files have. */
static void unescape(char *name)
{
    char *to = name;
    for (const char *at = name; *at; at++) {
        char c = *at;
        if (c == '|') c = '/';
        if (c == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2])) {
            c = (char)(hex_value(at[1]) << 4 | hex_value(at[2]));
            at += 2;
        }
        *to++ = c;
    }
    *to = '\0';
}

spx_status spx_store_true_name(const spx_store *s, const char *group, const char *stored,
                               char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", group, stored);
    if (strstr(stored, "%~")) {
        st = spx_store_get_text(s, path, "tensor", out, err);
        if (st != SPX_ENOTFOUND) return st;
        if (err) *err = (spx_error){0};
    }
    SPX_TRY(spx_text_dup(out, stored, err));
    unescape(*out);
out:
    return st;
}

spx_status spx_store_tensors(const spx_store *s, const char *group, char ***names, size_t *n,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_names(s, group, names, n, err));
    for (size_t i = 0; i < *n; i++) {
        char *name = NULL;
        SPX_TRY(spx_store_true_name(s, group, (*names)[i], &name, err));
        spx_free((*names)[i]);
        (*names)[i] = name;
    }
out:
    if (st == SPX_OK) return st;
    spx_store_names_free(*names, *n);
    *names = NULL;
    *n = 0;
    return st;
}

spx_status spx_store_say_name(spx_store *s, const char *group, const char *tensor, spx_error *err)
{
    char name[SPX_STORE_NAME], path[1024];
    if (strcmp(spx_store_escape(tensor, name), tensor) == 0) return SPX_OK;
    if (s->log) return store_log_name(s, group, tensor, err);
    snprintf(path, sizeof path, "%s/%s", group, name);
    const hid_t o = H5Oopen(s->file, path, H5P_DEFAULT);
    if (o < 0) return store_fail(s, "open", path, err);
    bool good = store_text_attribute(o, "tensor", tensor, NULL) == SPX_OK;
    good = store_shut(H5Oclose, o) && good;
    return store_wrote(s, good ? SPX_OK : store_fail(s, "write attribute", "tensor", err));
}
