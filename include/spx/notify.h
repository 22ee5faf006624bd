/* spx/notify.h: how library code tells the caller's user something; the library never prints. */
#ifndef SPX_NOTIFY_H
#define SPX_NOTIFY_H

#include "spx/base.h"

/* Each callback gets one line without a newline; NULL, or a NULL spx_notify, drops it. */
typedef struct spx_notify {
    void (*note)(const char *line); /* what was done */
    void (*warn)(const char *line); /* what is wrong, though the work continues */
    unsigned noted;                 /* bits of spx_note_once */
} spx_notify;

void spx_note(const spx_notify *to, const char *fmt, ...) SPX_PRINTF(2, 3);
/* Notes it unless this bit has been noted before. */
void spx_note_once(spx_notify *to, unsigned bit, const char *fmt, ...) SPX_PRINTF(3, 4);
void spx_warn(const spx_notify *to, const char *fmt, ...) SPX_PRINTF(2, 3);

#endif
