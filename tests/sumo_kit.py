"""What a program needs that must do without SUMO: run it before everything else."""

FORBID_SUMO = """
import sys
class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"sumo", "libsumo", "traci", "sumolib"}:
            raise ImportError(f"{name} must not be imported")
sys.meta_path.insert(0, Forbid())
"""
