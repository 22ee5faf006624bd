/* spx/version.h: the version of these headers, and of the library that is in use. */
#ifndef SPX_VERSION_H
#define SPX_VERSION_H

/* CMake reads both lines: they are the version of the whole kit. While it begins with 0, programs
 * are compiled anew for every minor version (the soname changes with it). */
#define SPX_VERSION        "0.1.0"
#define SPX_VERSION_NUMBER 100                 /* 10000 major + 100 minor + patch */
#define SPX_VERSION_DATE   "November 29, 2026" /* of the manual */

/* SPX_VERSION of the library that the program has been linked to. Static storage. */
const char *spx_version(void);

#endif
