/* child.c: another tool of the kit as a child process. */
#include "spx/child.h"

#include "spx/comm.h"
#include "spx/data.h"
#include "spx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status of a tool whose memory or numerics failed. */
enum { NUMERIC_STATUS = 4 };

void spx_child_word(spx_child *c, const char *text)
{
    char *copy = NULL;
    const bool room = c->n + 1 < sizeof c->word / sizeof *c->word;
    c->cut = c->cut || !room || SPX_SCRATCH(&c->memory, &copy, strlen(text) + 1, NULL) != SPX_OK;
    if (c->cut) return;
    memcpy(copy, text, strlen(text) + 1);
    c->word[c->n++] = copy;
    c->word[c->n] = NULL;
}

void spx_child_tool(spx_child *c, const char *name)
{
    char path[SPX_DATA_PATH + 64];
    if (!spx_program_path(path)) *path = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash + 1 : path, 64, "%s", name);
    spx_child_word(c, path);
}

void spx_child_free(spx_child *c) { spx_scratch_free(&c->memory); }

/* The environment without the variables that a launcher gives its ranks. */
static spx_status child_environment(char ***out, spx_scratch *memory, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0, kept = 0;
    while (environ[n]) n++;
    SPX_TRY(SPX_SCRATCH(memory, out, n + 1, err));
    for (size_t i = 0; i < n; i++)
        if (!spx_comm_launchers(environ[i])) (*out)[kept++] = environ[i];
out:
    return st;
}

/* In the child. Standard output belongs to the parent's table, so what the child prints there goes
 * to standard error or, if quiet, nowhere. All other files, among them a rank's connections, are
 * the parent's alone. The child dies with its parent: a process that continues the work must not
 * find another one at it. */
_Noreturn static void become(const spx_child *c, bool quiet, char *const *environment, pid_t parent)
{
    const int to = quiet ? open("/dev/null", O_WRONLY) : STDERR_FILENO;
    const bool tied = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    if (tied && dup2(to, STDOUT_FILENO) >= 0) {
        closefrom(STDERR_FILENO + 1);
        execve(c->word[0], c->word, environment);
    }
    _exit(127);
}

/* Waits until the child ends; passes on a signal that reached only this process. */
static bool wait_for(pid_t pid, const spx_child_opts *o, int *status)
{
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR) return false;
        if (o->interrupted && o->interrupted()) kill(pid, SIGTERM);
    }
    return true;
}

/* What the child was to write: the word after -o. */
static const char *output_of(const spx_child *c)
{
    for (size_t i = 1; i + 1 < c->n; i++)
        if (strcmp(c->word[i], "-o") == 0) return c->word[i + 1];
    return "its output";
}

spx_status spx_child_run(const spx_child *c, const spx_child_opts *o, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char **environment = NULL;
    int status = 0;
    if (c->cut) SPX_RAISE(err, SPX_ENOMEM, "no memory for a command line");
    if (o->show) o->show(c);
    SPX_TRY(child_environment(&environment, &tmp, err));
    const pid_t self = getpid();
    const pid_t pid = fork();
    if (pid == 0) become(c, o->quiet, environment, self);
    if (pid < 0 || !wait_for(pid, o, &status)) SPX_TRY(spx_fail_path(err, c->word[0]));
    if (o->interrupted && o->interrupted())
        SPX_RAISE(err, SPX_EINTR, "run the same command again to continue the interrupted arm");
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != 0)
        SPX_RAISE(err, code == NUMERIC_STATUS ? SPX_ENUMERIC : SPX_EIO,
                  "%s: %s ended with status %d", output_of(c), c->word[0], code);
out:
    spx_scratch_free(&tmp);
    return st;
}
