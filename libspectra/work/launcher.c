/* launcher.c: what launchers of ranks leave in the environment. */
#include "spx/comm.h"

#include <stdlib.h>
#include <string.h>

bool spx_comm_launched(void)
{
    /* Set by Open MPI, by Slurm and others that use PMIx, and by MPICH for each rank. Their other
     * variables are no evidence: users set some of them for a whole session. */
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
