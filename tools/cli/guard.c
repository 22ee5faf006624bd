/* guard.c: the last words of a program that a fault ends. */
#include "guard.h"

#include "cli.h"

#include "spx/unfinished.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *tool_name;
static atomic_bool guarding;

/* In one piece, so that lines of several processes do not mix. */
static void say(const char *what, const char *file, size_t file_size)
{
    char line[8192] = "";
    const char *const word[] = {tool_name, ": out of memory or a fault inside a library", what};
    size_t n = 0;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        const size_t size = strlen(word[i]);
        memcpy(line + n, word[i], size);
        n += size;
    }
    memcpy(line + n, file, file_size);
    n += file_size;
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) _exit(CLI_NUMERIC);
}

/* Async-signal-safe. */
_Noreturn static void end_now(void)
{
    static const char part[] = ".part";
    const size_t cut = sizeof part - 1;
    const char *file = NULL;
    const spx_in_hand what = spx_unfinished_remove(&file);
    size_t n = file ? strlen(file) : 0;
    if (n > cut && strcmp(file + n - cut, part) == 0) n -= cut;
    if (!file)
        say("", "", 0);
    else if (what == SPX_BEING_READ)
        say(" while reading ", file, n);
    else
        say("; nothing was changed in ", file, n);
    _exit(CLI_NUMERIC);
}

_Noreturn void guard_fault(int number)
{
    (void)number;
    end_now();
}

static void on_exit_of_another(void)
{
    if (atomic_load(&guarding)) end_now();
}

/* HDF5 may call itself until the stack is full. */
static bool stack_of_its_own(void)
{
    static char room[1 << 16];
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    return sigaltstack(&stack, NULL) == 0;
}

void guard_begin(const char *tool)
{
    const unsigned flags = (unsigned)SA_RESETHAND | (stack_of_its_own() ? (unsigned)SA_ONSTACK : 0);
    struct sigaction act = {.sa_handler = guard_fault, .sa_flags = (int)flags};
    tool_name = tool;
    atomic_store(&guarding, true);
    (void)atexit(on_exit_of_another);
#ifdef SPX_SANITIZED /* it reports faults itself */
    (void)act;
#else
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGABRT, &act, NULL);
#endif
}

void guard_end(void) { atomic_store(&guarding, false); }
