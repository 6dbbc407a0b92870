"""What applications of vehicles told, what was really there, and how the two fit."""
