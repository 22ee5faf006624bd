/* topics.h: editors, rules for targets and filters as topics of --help. */
#ifndef SPX_TOOLS_TOPICS_H
#define SPX_TOOLS_TOPICS_H

#include "cli.h"

extern const cli_topics editor_topics, target_topics, filter_topics;

#endif
