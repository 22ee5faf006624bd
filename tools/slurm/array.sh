#!/bin/sh
#SBATCH --job-name=spx
#SBATCH --array=1-64
#SBATCH --cpus-per-task=4
#SBATCH --time=12:00:00
# array.sh TOOL ARGUMENTS... -o RUN.h5: one run as the jobs of an array, without MPI; each works on its share.
#     job=$(sbatch --parsable tools/slurm/array.sh spx-spectrum ckpt-* --all -o spectra.h5)
#     sbatch --dependency="afterok:$job" --wrap 'spx-merge spectra.h5.*of64 -o spectra.h5'
# With spx-eval spx-merge is followed by spx-eval itself, without --shard, which then asks the model nothing.
# A job that ended early goes on when it is given again (sbatch --array=17 ...). With spx-collapse every job takes its arms, and
# the last command is spx-collapse without --shard.
set -eu
export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
exec "$@" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_MAX"
