"""The platform as `ci` uses it; the library for its API is imported here and nowhere else."""
