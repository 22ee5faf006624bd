/* nfc.h: texts in Unicode's composed form C (UAX #15), as some tokenizers want them. */
#ifndef SPX_MODEL_NFC_H
#define SPX_MODEL_NFC_H

#include "spx/base.h"

typedef struct nfc_text {
    const char *text; /* the composed text, or what was given where that is composed already */
    size_t len;
    const size_t *from; /* len + 1: where byte i comes from; NULL where nothing has moved. Within a
                           character that was composed, its first byte */
} nfc_text;

/* Memory from tmp. SPX_EINVAL naming the byte at which text is not UTF-8. Twice a pass over the
 * text; where something changes, 27 bytes for each of it. */
SPX_CHECKED spx_status nfc_compose(const char *text, size_t len, nfc_text *out, spx_scratch *tmp,
                                   spx_error *err);

#endif
