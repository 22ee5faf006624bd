/* launcher.c: what launchers of ranks leave in the environment. */
#include "spx/comm.h"

#include <stdlib.h>
#include <string.h>

bool spx_comm_launched(void)
{
    /* Of Open MPI, of Slurm and others that speak PMIx, of MPICH. Not any variable of theirs: users
     * set some of them for all of a session. */
    static const char *const places[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (getenv(places[i])) return true;
    return false;
}

bool spx_comm_launchers(const char *variable)
{
    static const char *const prefixes[] = {"OMPI_", "ORTE_", "PRTE_", "PMIX_", "PMI_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
    return false;
}
