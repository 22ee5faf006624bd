/* cli.h: what every tool shares: one option table gives parsing, --help and usage errors. */
#ifndef SPX_CLI_H
#define SPX_CLI_H

#include "spx/child.h"
#include "spx/items.h"
#include "spx/names.h"
#include "spx/notify.h"

#include <stdbool.h>
#include <stdio.h>

/* Exit codes, the same for every tool. */
enum cli_exit {
    CLI_OK = 0,
    CLI_CROSSED = 1, /* done but a threshold was crossed, or stopped where it can be resumed */
    CLI_USAGE = 2,   /* the command line is wrong */
    CLI_INPUT = 3,   /* a file is missing, unreadable, malformed or of the wrong shape */
    CLI_NUMERIC = 4, /* memory or a factorisation failed */
};

typedef enum cli_kind {
    CLI_END,
    CLI_FLAG, /* bool * */
    CLI_STR,  /* const char ** */
    CLI_INT,  /* long * */
    CLI_REAL, /* double * */
    CLI_LIST, /* spx_names *: an option that may repeat, or as an argument all that remain */
    CLI_ARG,  /* const char **: a positional argument, required */
    CLI_REST, /* spx_names *: the positional arguments that remain, at least one */
    CLI_ANY,  /* spx_names *: the same, or none */
} cli_kind;

typedef struct cli_opt {
    cli_kind kind;
    char letter;      /* 0: none */
    const char *name; /* long name, or what an argument is called */
    void *value;      /* holds the default */
    double min, max;  /* CLI_INT and CLI_REAL */
    const char *help;
} cli_opt;

typedef struct cli_tool {
    const char *name, *summary;
    const cli_opt *opts;
    int (*run)(void);
    bool own_output; /* the tool writes cli.output itself; so does every tool if it ends with .h5;
                        otherwise it gets standard output */
    bool resumes;    /* the tool asks cli_interrupted; any other ends at the first signal */
} cli_tool;

/* What the options common to all tools set. */
typedef struct cli_common {
    const char *output;
    const char *command; /* the whole command line, for provenance */
    long threads, seed;
    bool json, quiet;
    FILE *out, *notes; /* where results and notes go: standard output and error, unless the tool
                          collects them */
    spx_comm *comm;    /* of a tool run by cli_main_ranked */
} cli_common;
extern cli_common cli;

/* Parses argv, answers --help and --version, sets the thread count, runs the tool. */
int cli_main(const cli_tool *tool, int argc, char **argv);

/* The same for a tool whose work several processes may share: cli.comm joins those that mpirun
 * started. Only rank 0 says anything, and its exit code counts. */
int cli_main_ranked(const cli_tool *tool, int argc, char **argv);

/* Prints "tool: status: message" to stderr; returns the exit code for `return cli_fail(...)`. */
int cli_fail(const spx_error *err);
int cli_usage(const char *fmt, ...) SPX_PRINTF(1, 2);

/* One line on stderr about what was done, unless -q: "tool: note: ...". */
void cli_note(const char *fmt, ...) SPX_PRINTF(1, 2);
/* One line on stderr about what is wrong, also with -q: "tool: ...". */
void cli_warn(const char *fmt, ...) SPX_PRINTF(1, 2);

/* cli_note and cli_warn for library code. */
spx_notify *cli_notify(void);
/* This program as the host of work items; once options have been parsed. */
const spx_items_host *cli_items_host(void);
/* How this program runs another tool of the kit. */
spx_child_opts cli_child_opts(void);

/* Is cli.output a run file (.h5), to be written by the tool itself? */
bool cli_run_file(void);

/* Has SIGINT or SIGTERM come? A second one ends the program at once. */
bool cli_interrupted(void);

/* What is to be said if a signal ends the program: "tool: ...". */
void cli_parting(const char *text);
/* Adds lines "tool NAME", "version ..." and "option NAME VALUE" for each of the tool's options and
 * the seed to text, arguments and the one called `but` left out: what makes the result what it is.
 */
SPX_CHECKED spx_status cli_add_options(spx_bytes *text, const char *but, spx_error *err);

/* One line on stderr with the rate and the time left, rewritten in place; silent with -q or where
 * stderr is no terminal. */
void cli_progress(const char *what, size_t done, size_t total);

/* A tab and a number of a table on cli.out: %.9g, NaN if it is none. */
void cli_cell(double x);

/* JSON values on cli.out: a quoted text; a number by %.17g, null if it is not finite. */
void cli_json_text(const char *text);
void cli_json_number(double x);

#endif
