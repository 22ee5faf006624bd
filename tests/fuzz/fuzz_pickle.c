/* fuzz_pickle.c: any bytes as a pickle, under rules that allow every call. (libFuzzer) */
#include "formats/pickle.h"
#include "fuzz.h"

static spx_scratch tmp;

static spx_status call(void *arg, int64_t global, const pickle_value *args, pickle_value *out,
                       spx_error *err)
{
    (void)arg, (void)args;
    if (global == 0) return pickle_new_items(out, PICKLE_DICT, &tmp, err);
    *out = (pickle_value){.kind = PICKLE_OBJECT, .integer = global};
    return SPX_OK;
}

static spx_status persistent(void *arg, const pickle_value *id, pickle_value *out, spx_error *err)
{
    (void)arg, (void)id, (void)err;
    *out = (pickle_value){.kind = PICKLE_OBJECT};
    return SPX_OK;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const globals[] = {
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage", NULL};
    const pickle_rules rules = {
        .globals = globals, .call = call, .persistent = persistent, .name = "pickle"};
    const long live = spx_test_live_blocks();
    pickle_value out;
    spx_error err = {0};
    if (pickle_load(data, size, &rules, &out, &tmp, &err) != SPX_OK) fuzz_refused(&err);
    spx_scratch_free(&tmp);
    assert(spx_test_live_blocks() == live);
    return 0;
}
