/* unknown.c: what a file or a folder is instead of a checkpoint. */
#include "formats/format.h"

#include "spx/names.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* Beginnings of files, and what they are. */
static const struct {
    const char *bytes;
    size_t n;
    const char *what;
} beginnings[] = {
    {"\x1f\x8b", 2, "gzip archive; unpack it"},
    {"\xfd\x37zXZ", 5, "xz archive; unpack it"},
    {"BZh", 3, "bzip2 archive; unpack it"},
    {"\x28\xb5\x2f\xfd", 4, "Zstandard archive; unpack it"},
    {"7z\xbc\xaf\x27\x1c", 6, "7z archive; unpack it"},
    {"Rar!", 4, "RAR archive; unpack it"},
    {"%PDF", 4, "PDF document"},
    {"\x89PNG", 4, "PNG image"},
    {"GGML", 4, "GGML file, older than GGUF; convert it"},
    {"lmgg", 4, "GGML file, older than GGUF; convert it"},
    {"fmgg", 4, "GGML file, older than GGUF; convert it"},
    {"tjgg", 4, "GGML file, older than GGUF; convert it"},
};

/* True if the file begins with the word, after white space and in letters of either case. */
static bool begins_with(const part *p, const char *word)
{
    const size_t n = p->map.size;
    size_t i = 0;
    while (i < n && i < 64 && isspace(p->map.data[i])) i++;
    for (; *word; word++, i++)
        if (i == n || tolower(p->map.data[i]) != *word) return false;
    return true;
}

/* The number after "size " in a pointer of Git LFS; 0 if there is none. */
static unsigned long long lfs_size(const part *p)
{
    char text[512];
    const size_t n = p->map.size < sizeof text - 1 ? p->map.size : sizeof text - 1;
    memcpy(text, p->map.data, n);
    text[n] = '\0';
    const char *at = strstr(text, "\nsize ");
    return at ? strtoull(at + strlen("\nsize "), NULL, 10) : 0;
}

/* True for an object of JSON that is no index: { and then white space or a key in quotes. */
static bool is_json(const part *p)
{
    size_t i = 0;
    if (!begins_with(p, "{")) return false;
    while (p->map.data[i++] != '{') continue;
    while (i < p->map.size && isspace(p->map.data[i])) i++;
    return i < p->map.size && (p->map.data[i] == '"' || p->map.data[i] == '}');
}

spx_status format_page(const part *p, spx_error *err)
{
    if (begins_with(p, "version https://git-lfs"))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: pointer of Git LFS, not the file of %llu bytes that it stands for; "
                        "fetch it with git lfs pull",
                        p->path, lfs_size(p));
    if (begins_with(p, "<!doctype") || begins_with(p, "<html") || begins_with(p, "<head"))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: page of HTML, as a server sends it in place of a file (a login, an "
                        "error); download the file itself",
                        p->path);
    if (begins_with(p, "<?xml") || begins_with(p, "<error"))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: XML, as a server's message of an error; download the file itself",
                        p->path);
    return SPX_OK;
}

spx_status format_unknown(const part *p, spx_error *err)
{
    const unsigned char *head = p->map.data;
    const size_t n = p->map.size;
    if (n == 0) return SPX_FAIL(err, SPX_EFORMAT, "%s: not a checkpoint: empty file", p->path);
    if (n > 2 && head[0] == 0x80)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: bare pickle, as torch.save wrote before PyTorch 1.6; save it again",
                        p->path);
    if (n > 4 && memcmp(head, "\x89HDF", 4) == 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: HDF5 file; name a stage of a run file as %s#STAGE",
                        p->path, spx_base_name(p->path));
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (n >= beginnings[i].n && memcmp(head, beginnings[i].bytes, beginnings[i].n) == 0)
            return SPX_FAIL(err, SPX_EUNSUP, "%s: not a checkpoint: %s", p->path,
                            beginnings[i].what);
    if (is_json(p))
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: not a checkpoint: JSON, a configuration or a server's message of an "
                        "error (%zu bytes)",
                        p->path, n);
    return SPX_FAIL(err, SPX_EFORMAT,
                    "%s: not a checkpoint (expected GGUF, safetensors, PyTorch or NumPy; %zu "
                    "bytes)",
                    p->path, n);
}

/* The first file of the folder, in natural order, whose name ends so; false if there is none. */
static bool find_ending(const char *folder, const char *end, char *out, size_t size)
{
    bool found = false;
    DIR *d = opendir(folder);
    if (!d) return false;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!spx_ends_with(e->d_name, end) || (found && spx_natural_order(e->d_name, out) > 0))
            continue;
        snprintf(out, size, "%s", e->d_name);
        found = true;
    }
    closedir(d);
    return found;
}

spx_status format_no_checkpoint(const char *folder, spx_error *err)
{
    static const char *const ends[] = {".safetensors", ".gguf", ".bin", ".pt",
                                       ".pth",         ".npz",  ".h5"};
    char name[256];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (find_ending(folder, ends[i], name, sizeof name))
            return SPX_FAIL(err, SPX_ENOTFOUND,
                            "%s: no model.safetensors, no pytorch_model.bin and no index of either "
                            "in this folder; name the file itself, such as %s",
                            folder, name);
    return SPX_FAIL(err, SPX_ENOTFOUND,
                    "%s: no model.safetensors, no pytorch_model.bin and no index of either in this "
                    "folder; name the file itself",
                    folder);
}
