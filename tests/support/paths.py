"""Where the repository has what tests read."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data"
CONFIGS = ROOT / "configs"
CONFIG_FILES = sorted(CONFIGS.glob("*.yaml"))
