/* cli.h: what every tool shares: one option table gives parsing, --help and usage errors. */
#ifndef SPX_CLI_H
#define SPX_CLI_H

#include "spx/child.h"
#include "spx/items.h"
#include "spx/names.h"
#include "spx/notify.h"

#include <stdbool.h>
#include <stdio.h>

/* Rows of option tables are written with designators and name what they need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

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
    CLI_FLAG,    /* bool *: an option without a value */
    CLI_BOOL,    /* bool *: 0 or 1 */
    CLI_STR,     /* const char ** */
    CLI_MAYBE,   /* const char **: an option whose value, after =, may be left out: "" then */
    CLI_INT,     /* long * */
    CLI_SIZE,    /* size_t * */
    CLI_REAL,    /* double * */
    CLI_WHOLE,   /* double *, a whole number */
    CLI_LIST,    /* spx_names *: an option that may repeat */
    CLI_ARG,     /* const char **: a positional argument, required */
    CLI_REST,    /* spx_names *: the positional arguments that remain, at least one */
    CLI_ANY,     /* spx_names *: the same, or none */
    CLI_TABLE,   /* the rows of another table stand here */
    CLI_HEADING, /* begins a group of options in --help */
} cli_kind;

typedef struct cli_opt {
    cli_kind kind;
    char letter;            /* 0: none */
    bool more;              /* not shown by a plain --help, only by --help=all and by its topics */
    const char *name;       /* long name, or what an argument is called */
    void *value;            /* holds the default */
    double min, max;        /* domain of a number */
    const char *help;       /* one line; of a CLI_HEADING, the heading */
    const char *value_name; /* in --help: --tau SHARE; NULL: by the kind */
    bool *given;            /* set where the command line has the option; may be NULL */
    spx_name_fn *choices;   /* the names that a text may be, of the table NULL; NULL: any text */
    const struct cli_opt *(*table)(const struct cli_opt *row); /* CLI_TABLE: its rows, up to
                                                                  CLI_END; static storage */
} cli_opt;

/* A set of topics that --help=NAME explains: the editors, the rules for targets, the filters. */
typedef struct cli_topics {
    const char *heading;                         /* "Editors" */
    spx_name_fn *name;                           /* of the table NULL */
    void (*print)(size_t i);                     /* what topic i is, on standard output */
    bool (*reads)(size_t i, const char *option); /* topic i has this option, by its long name */
} cli_topics;

/* What people have in hand when they want the tool; the list of `spx` is ordered by it. */
typedef enum cli_hand {
    CLI_HAS_OTHER,
    CLI_HAS_CHECKPOINTS, /* a checkpoint that somebody has edited */
    CLI_HAS_FACTS,       /* a model and facts to write into it */
    CLI_HAS_RUNS,        /* run files */
} cli_hand;

/* Common options that change nothing in a tool; accepted there, but not shown. */
enum { CLI_NO_SEED = 1, CLI_NO_JSON = 2, CLI_NO_THREADS = 4 };

/* Gives row i of a table of quantities; NULL past the last. */
typedef const spx_quantity *(*cli_quantities)(size_t i);

/* How the cells of a column are shown to people. */
typedef enum cli_show {
    CLI_BY_VALUE, /* texts and whole numbers as they are, other numbers to 4 significant digits */
    CLI_BYTES,    /* "1.7 MiB" */
    CLI_LAYER,    /* -1, of a tensor outside all layers, as - */
    CLI_HASH,     /* the first 12 digits */
    CLI_TITLE,    /* not beside the row, but above all rows that agree in it */
} cli_show;

typedef struct cli_column {
    const char *name;  /* its heading in a pipe */
    const char *label; /* for people; NULL: the name */
    cli_show show;
    double fair, bad; /* values from here on are yellow, or red; bad < fair: up to here. Both 0: no
                         colour */
} cli_column;

/* A table as people want to see it. On a narrow terminal columns are left out from the right. */
typedef struct cli_view {
    const char *of;            /* a column that only tables seen in this way have */
    const cli_column *columns; /* those shown, the most important first, up to {0} */
    const char *worst; /* the column of which the largest value is the worst, the first row then;
                              "-NAME": the smallest; NULL: rows stay in their order */
    const char *unchanged, *same; /* rows that have the text `same` in this column are counted, not
                                     shown; may be NULL */
    const char *none;             /* said where there is no row; may be NULL */
} cli_view;

typedef struct cli_tool {
    const char *name, *summary;
    const char *about; /* whole sentences for the manual: what it reads, does and writes */
    const char *const *examples; /* command lines, up to NULL */
    cli_hand hand;
    unsigned without;            /* CLI_NO_SEED | ... */
    const cli_topics *topics[3]; /* up to NULL */
    const cli_opt *opts;
    int (*run)(void);
    bool own_output; /* the tool writes cli.output itself; so does every tool if it ends with .h5;
                        otherwise it gets standard output */
    bool resumes;    /* the tool asks cli_interrupted; any other ends at the first signal */
    const cli_quantities *explains; /* tables of what it prints, up to NULL, for --explain;
                                              NULL: it has no such option */
    const cli_view *views; /* of the tables that it prints, up to {0}; NULL: it prints none, and has
                              neither --tsv nor --long */
    bool long_rows;        /* tables of one number a row are among them, so it has --wide */
} cli_tool;

/* What the options common to all tools set. */
typedef struct cli_common {
    const char *output;
    const char *command; /* the whole command line, for provenance */
    long threads, seed;
    bool json, tsv, long_form, wide, quiet;
    FILE *out, *notes; /* where results and notes go: standard output and error, unless the tool
                          collects them, or a table is made of them */
    spx_comm *comm;    /* of a tool run by cli_main_ranked */
} cli_common;
extern cli_common cli;

/* cli.c. Parses argv, answers --help and --version, sets the thread count, runs the tool. Returns
 * the exit code. */
int cli_main(const cli_tool *tool, int argc, char **argv);

/* The same for a tool whose work several processes may share: cli.comm joins those that mpirun
 * started. Only rank 0 prints anything, and its exit code counts. */
int cli_main_ranked(const cli_tool *tool, int argc, char **argv);

/* True if cli.output is a run file (.h5), which the tool writes itself. */
bool cli_run_file(void);

/* shown.c. True if what is printed is for people: on a terminal, without --tsv and --json. */
bool cli_for_people(void);

/* True once SIGINT or SIGTERM has come. A second one ends the program at once. */
bool cli_interrupted(void);

/* Sets what is printed if a signal ends the program: "tool: TEXT". */
void cli_parting(const char *text);

/* This program as the host of work items; valid once options have been parsed. */
const spx_items_host *cli_items_host(void);
/* How this program runs another tool of the kit. */
spx_child_opts cli_child_opts(void);

/* Adds lines "tool NAME", "version ..." and "option NAME VALUE" for each of the tool's options and
 * the seed to text, without the arguments and the option called `but`: all that makes the result
 * what it is. */
SPX_CHECKED spx_status cli_add_options(spx_bytes *text, const char *but, spx_error *err);

/* messages.c. Prints "tool: status: message" to stderr; returns the exit code, for
 * `return cli_fail(...)`. */
int cli_fail(const spx_error *err);
/* Prints "tool: message" and where to find help; returns CLI_USAGE. */
int cli_usage(const char *fmt, ...) SPX_PRINTF(1, 2);

/* One line on stderr about what was done, unless -q: "tool: note: ...". */
void cli_note(const char *fmt, ...) SPX_PRINTF(1, 2);
/* One line on stderr about what is wrong, also with -q: "tool: ...". */
void cli_warn(const char *fmt, ...) SPX_PRINTF(1, 2);
/* cli_note and cli_warn for library code. */
spx_notify *cli_notify(void);

/* One line on stderr with the rate and the time left, rewritten in place and taken away at the end;
 * nothing with -q or where stderr is not a terminal. */
void cli_progress(const char *what, size_t done, size_t total);

/* cells.c. A tab and a number of a table on cli.out: %.9g, or NaN. */
void cli_cell(double x);

/* Seconds as people read them: "1.2 s", "3.4 min", "2.1 h". */
void cli_time_text(double seconds, char out[16]);

/* JSON values on cli.out: a quoted text; a number as %.17g, null if it is not finite. */
void cli_json_text(const char *text);
void cli_json_number(double x);

#endif
