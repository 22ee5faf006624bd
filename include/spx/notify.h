/* spx/notify.h: notes and warnings for the caller's user; the library itself never prints. */
#ifndef SPX_NOTIFY_H
#define SPX_NOTIFY_H

#include "spx/base.h"

/* Each callback gets one line without a newline. A NULL callback or a NULL spx_notify drops it. */
typedef struct spx_notify {
    void (*note)(const char *line); /* what was done */
    void (*warn)(const char *line); /* what is wrong although the work continues */
    unsigned noted;                 /* bits that spx_note_once has seen */
} spx_notify;

void spx_note(const spx_notify *to, const char *fmt, ...) SPX_PRINTF(2, 3);
/* Notes it unless a note with this bit was given before. */
void spx_note_once(spx_notify *to, unsigned bit, const char *fmt, ...) SPX_PRINTF(3, 4);
void spx_warn(const spx_notify *to, const char *fmt, ...) SPX_PRINTF(2, 3);

/* Who is told what file systems cannot do (file.h), in this process: a program's main function says
 * it once, before other threads run. NULL, as at the start: nobody. */
void spx_notify_files_set(spx_notify *to);
spx_notify *spx_notify_files(void);

#endif
