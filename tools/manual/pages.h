/* pages.h: pages of the manual that belong to no tool. */
#ifndef SPX_MANUAL_PAGES_H
#define SPX_MANUAL_PAGES_H

void page_plan(void);        /* spx-plan(5) */
void page_run(void);         /* spx-run(5) */
void page_checkpoints(void); /* spx-checkpoints(7) */

#endif
