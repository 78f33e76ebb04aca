"""The desktop of reVo Edge: shows the daemon's stream and asks it for work, and nothing else."""
