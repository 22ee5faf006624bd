/* command.c: another tool of the kit as a child process. */
#include "command.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void command_word(command *c, const char *text)
{
    void *copy = NULL;
    if (c->n + 1 >= sizeof c->word / sizeof *c->word ||
        spx_scratch_alloc(&c->memory, &copy, strlen(text) + 1, 1, NULL) != SPX_OK)
        abort(); /* a plan has a bounded number of fields, each a few bytes */
    memcpy(copy, text, strlen(text) + 1);
    c->word[c->n++] = copy;
    c->word[c->n] = NULL;
}

void command_tool(command *c, const char *name)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    path[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash + 1 : path, 64, "%s", name);
    command_word(c, path);
}

void command_free(command *c) { spx_scratch_free(&c->memory); }

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
_Noreturn static void become(const command *c, char *const *environment, pid_t parent)
{
    const int to = cli.quiet ? open("/dev/null", O_WRONLY) : STDERR_FILENO;
    const bool tied = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    if (tied && dup2(to, STDOUT_FILENO) >= 0) {
        closefrom(STDERR_FILENO + 1);
        execve(c->word[0], c->word, environment);
    }
    _exit(127);
}

/* A signal that reached only this process is passed on. */
static bool wait_for(pid_t pid, int *status)
{
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR) return false;
        if (cli_interrupted()) kill(pid, SIGTERM);
    }
    return true;
}

spx_status command_run(const command *c, spx_error *err)
{
    int status = 0;
    char **environment = NULL;
    spx_scratch tmp = {0};
    for (size_t i = 0; i < c->n && !cli.quiet; i++)
        fprintf(stderr, "%s%c", c->word[i], i + 1 < c->n ? ' ' : '\n');
    const spx_status st = own_environment(&environment, &tmp, err);
    if (st != SPX_OK) return st;
    const pid_t self = getpid();
    const pid_t pid = fork();
    if (pid == 0) become(c, environment, self);
    spx_scratch_free(&tmp);
    if (pid < 0) return SPX_FAIL(err, SPX_EIO, "%s: %s", c->word[0], strerror(errno));
    if (!wait_for(pid, &status))
        return SPX_FAIL(err, SPX_EIO, "%s: %s", c->word[0], strerror(errno));
    if (cli_interrupted())
        return SPX_FAIL(err, SPX_EINTR, "start it again to go on with the broken arm");
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code == 0) return SPX_OK;
    return SPX_FAIL(err, code == CLI_NUMERIC ? SPX_ENUMERIC : SPX_EIO, "%s ended with status %d",
                    c->word[0], code);
}
