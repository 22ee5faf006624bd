/* fuzz_facts.c: any bytes as a file of facts. (libFuzzer) */
#include "fuzz.h"

#include "spx/facts.h"

static void check_texts(const spx_texts *list)
{
    for (size_t i = 0; i < list->n; i++) assert(list->at[i] && *list->at[i]);
}

/* What is read is whole: the subject stands where it is said to, no text is empty. */
static void check(const spx_facts *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const spx_fact *x = &f->fact[i];
        assert(strlen(x->prompt) >= x->subject_at + strlen(x->subject) && *x->subject);
        assert(strncmp(x->prompt + x->subject_at, x->subject, strlen(x->subject)) == 0);
        assert(*x->target_new && (!x->target_true || *x->target_true));
        check_texts(&x->paraphrase);
        check_texts(&x->neighbor);
        check_texts(&x->generation);
        for (size_t k = 0; k < x->probes; k++)
            assert(x->probe[k].kind < SPX_PROBES && *x->probe[k].prompt && *x->probe[k].answer);
    }
}

static void drop(const char *line) { assert(*line && !strchr(line, '\n')); }

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static fuzz_file file;
    static const spx_notify told = {.note = drop};
    const long live = spx_test_live_blocks();
    fuzz_write(&file, "facts.json", data, size);
    for (int ways = 0; ways < 4; ways++) {
        spx_facts f;
        spx_error err = {0};
        const spx_facts_opts o = {
            .skip_bad = ways & 1, .alt = ways & 2, .neighbors = 2, .notify = &told};
        if (spx_facts_read(file.path, &o, &f, &err) == SPX_OK)
            check(&f);
        else
            fuzz_refused(&err);
        spx_facts_free(&f);
    }
    assert(spx_test_live_blocks() == live);
    return 0;
}
