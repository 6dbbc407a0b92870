"""Remote driving: its figures, the profiles it is held against, and which requirement broke first."""
