"""Declares the links of links.json with a provider that does nothing."""

import json
from pathlib import Path

from benchmarks.comparison.baseline.engine import Link

for name, link in json.loads(Path("links.json").read_text("utf-8")).items():
    Link(name, link)
