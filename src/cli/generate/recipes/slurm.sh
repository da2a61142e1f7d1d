#!/bin/sh
#SBATCH --job-name=retr
#SBATCH --array=0-7
#SBATCH --time=02:00:00
exec retr fetch --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
