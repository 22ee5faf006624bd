#!/bin/sh
#SBATCH --job-name=spx
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=4
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@60
# ranks.sh TOOL ARGUMENTS...: one run on many nodes by MPI, from a build with -DSPX_MPI=ON.
#     sbatch tools/slurm/ranks.sh spx-spectrum ckpt-* --all -o spectra.h5
# The same command goes on where one ended. `mpirun` of Open MPI takes ranks and cores from Slurm; where Slurm itself speaks PMIx,
# `srun --mpi=pmix "$@"` does.
set -eu
exec mpirun --map-by "slot:PE=${SLURM_CPUS_PER_TASK:-1}" "$@"
