/* manual.c: prints a page of the manual that belongs to no tool; run by the build. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } pages[] = {{"plan", page_plan}, {"run", page_run}, {"checkpoints", page_checkpoints}};
    for (size_t i = 0; argc == 2 && i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].name, argv[1]) == 0) {
            pages[i].print();
            return fclose(stdout) == 0 ? 0 : 3;
        }
    fprintf(stderr, "Usage: manual_pages plan|run|checkpoints\n");
    return 2;
}
