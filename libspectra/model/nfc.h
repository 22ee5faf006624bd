/* nfc.h: texts in Unicode's composed form C (UAX #15), which some tokenizers require. */
#ifndef SPX_MODEL_NFC_H
#define SPX_MODEL_NFC_H

#include "spx/base.h"

typedef struct nfc_text {
    const char *text; /* the composed text, or the given one if that is composed already */
    size_t len;
    const size_t *from; /* len + 1: the origin of byte i, of a composed character its first byte;
                           NULL if nothing has moved */
} nfc_text;

/* Memory from tmp. SPX_EINVAL names the byte at which text is not UTF-8. Cost: two passes over the
 * text and, if something changes, 27 bytes of memory for each byte of it. */
SPX_CHECKED spx_status nfc_compose(const char *text, size_t len, nfc_text *out, spx_scratch *tmp,
                                   spx_error *err);

#endif
