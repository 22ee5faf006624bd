/* child.c: another tool of the kit as a child process. */
#include "spx/child.h"

#include "spx/comm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status of the tools where memory or numerics failed. */
enum { NUMERIC_STATUS = 4 };

void spx_child_word(spx_child *c, const char *text)
{
    void *copy = NULL;
    if (c->n + 1 >= sizeof c->word / sizeof *c->word ||
        spx_scratch_alloc(&c->memory, &copy, strlen(text) + 1, 1, NULL) != SPX_OK)
        abort(); /* a plan has a bounded number of fields, each a few bytes */
    memcpy(copy, text, strlen(text) + 1);
    c->word[c->n++] = copy;
    c->word[c->n] = NULL;
}

void spx_child_tool(spx_child *c, const char *name)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    path[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash + 1 : path, 64, "%s", name);
    spx_child_word(c, path);
}

void spx_child_free(spx_child *c) { spx_scratch_free(&c->memory); }

/* The environment without what a launcher of ranks put there. */
static spx_status own_environment(char ***out, spx_scratch *memory, spx_error *err)
{
    void *mem = NULL;
    size_t n = 0;
    while (environ[n]) n++;
    const spx_status st = spx_scratch_alloc(memory, &mem, n + 1, sizeof *environ, err);
    if (st != SPX_OK) return st;
    *out = mem;
    char **end = *out;
    for (size_t i = 0; i < n; i++)
        if (!spx_comm_launchers(environ[i])) *end++ = environ[i];
    *end = NULL;
    return SPX_OK;
}

/* In the child. Standard output is for the table: what a step prints goes to standard error, or
 * nowhere with -q. All other files, among them a rank's connections, are the parent's alone. When
 * that dies, the step ends too: whoever goes on with the work must not find another at it. */
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

/* A signal that reached only this process is passed on. */
static bool wait_for(pid_t pid, const spx_child_opts *o, int *status)
{
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR) return false;
        if (o->interrupted && o->interrupted()) kill(pid, SIGTERM);
    }
    return true;
}

spx_status spx_child_run(const spx_child *c, const spx_child_opts *o, spx_error *err)
{
    int status = 0;
    char **environment = NULL;
    spx_scratch tmp = {0};
    if (o->show) o->show(c);
    const spx_status st = own_environment(&environment, &tmp, err);
    if (st != SPX_OK) return st;
    const pid_t self = getpid();
    const pid_t pid = fork();
    if (pid == 0) become(c, o->quiet, environment, self);
    spx_scratch_free(&tmp);
    if (pid < 0) return SPX_FAIL(err, SPX_EIO, "%s: %s", c->word[0], strerror(errno));
    if (!wait_for(pid, o, &status))
        return SPX_FAIL(err, SPX_EIO, "%s: %s", c->word[0], strerror(errno));
    if (o->interrupted && o->interrupted())
        return SPX_FAIL(err, SPX_EINTR, "start it again to go on with the broken arm");
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code == 0) return SPX_OK;
    return SPX_FAIL(err, code == NUMERIC_STATUS ? SPX_ENUMERIC : SPX_EIO, "%s ended with status %d",
                    c->word[0], code);
}
