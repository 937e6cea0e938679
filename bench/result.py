"""What a benchmark found: figures with their budgets, and the machine they were found on."""

import json
import math
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Figure:
    """One number. A figure without a budget is there to compare with."""

    name: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def verdict(self) -> str:
        if self.budget is None:
            return ""
        return "within" if self.value <= self.budget else "OVER"


@dataclass
class Result:
    """All figures of one case, how they were taken, and anything a reader should know."""

    case: str
    method: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str, budget: float | None = None) -> None:
        self.figures.append(Figure(name, round(value, 3), unit, budget))

    def write(self) -> Path:
        """Keep the result as bench/results/<case>.json."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.case}.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")
        return path

    def table(self) -> str:
        rows = [f"{self.case}: {self.method}"]
        width = max((len(figure.name) for figure in self.figures), default=0)
        for figure in self.figures:
            budget = f"budget {figure.budget:g} {figure.unit}, {figure.verdict}" if figure.budget is not None else ""
            rows.append(f"  {figure.name:{width}}  {figure.value:12.2f} {figure.unit:10} {budget}".rstrip())
        rows += [f"  note: {note}" for note in self.notes]
        rows.append(f"  machine: {self.machine}")
        return "\n".join(rows)


class Watch:
    """How busy the machine is with other work while a case runs: a figure taken on a busy machine says less."""

    def __init__(self) -> None:
        self._load_before = os.getloadavg()[0]
        psutil.cpu_percent(None)

    def machine(self) -> dict[str, Any]:
        """Describe the machine, with its load before and after and its busy share in between."""
        return {
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}",
            "load_before": round(self._load_before, 2),
            "load_after": round(os.getloadavg()[0], 2),
            "busy_percent": psutil.cpu_percent(None),
        }


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered), max(1, math.ceil(len(ordered) * share))) - 1]
