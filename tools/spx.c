/* spx: runs the tool that its first word names; alone, says which tool serves what one has. */
#include "cli.h"
#include "messages.h"

#include "spx/data.h"
#include "spx/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TOOLS = 64, NAME_SIZE = 64 };

static bool print_data;
static spx_names words;

static const cli_opt opts[] = {
    {.kind = CLI_ANY,
     .name = "TOOL",
     .value = &words,
     .help = "the tool to run, before any option, and its own arguments"},
    {.kind = CLI_FLAG,
     .name = "data",
     .value = &print_data,
     .help = "print the folder of templates, presets, plans and texts, and exit"},
    {0},
};

/* The tools in the folder of this program, without "spx-". */
typedef struct tool_names {
    char at[MOST_TOOLS][NAME_SIZE];
    size_t n;
} tool_names;

static const char *tool_name(const void *names, size_t i)
{
    const tool_names *t = names;
    return i < t->n ? t->at[i] : NULL;
}

static int in_order(const void *a, const void *b) { return strcmp(a, b); }

static void find_tools(tool_names *out)
{
    char folder[SPX_DATA_PATH];
    if (!spx_program_path(folder)) *folder = '\0';
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    DIR *dir = opendir(folder);
    out->n = 0;
    for (const struct dirent *e = NULL; dir && out->n < MOST_TOOLS && (e = readdir(dir));)
        if (strncmp(e->d_name, "spx-", 4) == 0 && !strchr(e->d_name, '.') &&
            strlen(e->d_name + 4) < NAME_SIZE)
            snprintf(out->at[out->n++], NAME_SIZE, "%s", e->d_name + 4);
    if (dir) closedir(dir);
    qsort(out->at, out->n, sizeof *out->at, in_order);
}

/* Becomes the tool; returns only if that fails. */
static int become(const char *tool, char **argv)
{
    spx_error err = {0};
    spx_child c = {.n = 0};
    char name[NAME_SIZE + 4];
    snprintf(name, sizeof name, "spx-%s", tool);
    spx_child_tool(&c, name);
    if (c.cut) {
        (void)SPX_FAIL(&err, SPX_ENOMEM, "no memory to start %s", name);
    } else {
        argv[0] = c.word[0];
        execv(c.word[0], argv);
        (void)spx_fail_path(&err, c.word[0]);
    }
    spx_child_free(&c);
    return cli_fail(&err);
}

/* Runs the tool called `name` with the words from argv[1] on. */
static int run_tool(const char *name, char **argv)
{
    static tool_names tools;
    find_tools(&tools);
    messages_begin("spx");
    for (size_t i = 0; i < tools.n; i++)
        if (strcmp(tools.at[i], name) == 0) return become(name, argv);
    const char *nearest = spx_nearest_name(name, tool_name, &tools);
    if (nearest) return cli_usage("unknown tool '%s', did you mean '%s'?", name, nearest);
    return cli_usage("unknown tool '%s'", name);
}

/* `spx help TOOL` is `spx TOOL --help`. */
static int run_help(const char *name)
{
    static char option[] = "--help";
    char *argv[] = {NULL, option, NULL};
    return run_tool(name, argv);
}

/* A line of tools.tsv: hand, name, summary, example. */
typedef struct row {
    char *cell[4];
} row;

static bool split_line(char *line, row *out)
{
    for (size_t i = 0; i < 4; i++) {
        if (!line) return false;
        out->cell[i] = line;
        line = strchr(line, '\t');
        if (line) *line++ = '\0';
    }
    return true;
}

static void print_group(const row *rows, size_t n, cli_hand hand, const char *heading)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].cell[0][0] != '0' + (int)hand) continue;
        if (!any) printf("\n%s\n", heading);
        any = true;
        printf("  spx %-10s %s\n", rows[i].cell[1] + 4, rows[i].cell[2]);
    }
}

static void print_tools(const row *rows, size_t n)
{
    static const struct {
        cli_hand hand;
        const char *heading;
    } groups[] = {
        {CLI_HAS_CHECKPOINTS, "You have an edited checkpoint, or several:"},
        {CLI_HAS_FACTS, "You have a model, and facts to write into it:"},
        {CLI_HAS_RUNS, "You have run files:"},
        {CLI_HAS_OTHER, "And:"},
    };
    printf("spx: has knowledge editing damaged this model, where, and how badly?\n");
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        print_group(rows, n, groups[g].hand, groups[g].heading);
    printf("\nspx TOOL --help explains a tool, man spx all of them; spx --data prints\n"
           "the folder of presets, plans and texts.\n");
}

static spx_status list_tools(spx_error *err)
{
    spx_status st = SPX_OK;
    row rows[MOST_TOOLS];
    char path[SPX_DATA_PATH], *text = NULL;
    size_t len = 0, n = 0;
    SPX_TRY(spx_data_find("tools.tsv", path, err));
    SPX_TRY(spx_file_text(path, &text, &len, err));
    for (char *line = text, *next = NULL; line && *line && n < MOST_TOOLS; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (split_line(line, &rows[n])) n++;
    }
    print_tools(rows, n);
out:
    spx_free(text);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    char path[SPX_DATA_PATH];
    if (words.n > 0) return cli_usage("%s: the tool comes before any option", words.item[0]);
    if (print_data) {
        SPX_TRY(spx_data_find(".", path, &err));
        if (chdir(path) != 0 || !getcwd(path, sizeof path)) SPX_TRY(spx_fail_path(&err, path));
        puts(path);
    } else
        SPX_TRY(list_tools(&err));
out:
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx compare base/ edited/",
    "spx help compare",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {
        .name = "spx",
        .summary = "spectral analysis and diagnostics of knowledge editing",
        .about = "Runs the tool that its first word names: spx compare ... is spx-compare ... "
                 "Without a word it lists the tools by what one has in hand. The files of the kit, "
                 "such as templates of figures, presets and plans, are looked for beside the "
                 "program, then where it was installed, then in the folder that the environment "
                 "variable SPX_DATA names; spx --data prints which.",
        .examples = examples,
        .without = CLI_NO_SEED | CLI_NO_JSON | CLI_NO_THREADS,
        .opts = opts,
        .run = run};
    if (argc == 3 && strcmp(argv[1], "help") == 0) return run_help(argv[2]);
    if (argc == 2 && strcmp(argv[1], "help") == 0) return cli_main(&tool, 1, argv);
    if (argc > 1 && argv[1][0] != '-') return run_tool(argv[1], argv + 1);
    return cli_main(&tool, argc, argv);
}
