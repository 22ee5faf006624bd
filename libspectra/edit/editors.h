/* editors.h: one declaration an editor; a row of editors.c names it. */
#ifndef SPX_EDIT_EDITORS_H
#define SPX_EDIT_EDITORS_H

#include "spx/edit.h"

extern const char spx_edit_memit_source[];
spx_editor_fn spx_edit_memit;

#endif
