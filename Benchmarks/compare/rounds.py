"""Measuring in turns, and rows of tables."""

import dataclasses
import statistics
import time


def seconds(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def in_turns(contestants, rounds):
    """Seconds of each round for each contestant: a dictionary of functions that return seconds. The order turns from round to round."""
    names = list(contestants)
    times = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            times[name].append(contestants[name]())
    return times


def best_peer(times, mine="Thaw", among=None):
    """The fastest peer by median, and the median over rounds of its seconds over ours."""
    peers = among or [name for name in times if name != mine]
    best = min(peers, key=lambda name: statistics.median(times[name]))
    return best, statistics.median(b / a for a, b in zip(times[mine], times[best]))


@dataclasses.dataclass
class Row:
    work: str
    mine: str
    peers: str
    ratio: float
    #: `None`: measured for its own sake.
    aim: float | None
    against: str
    #: Where less is better (memory), the aim is an upper bound.
    is_share: bool = False

    @property
    def reached(self):
        return self.ratio <= self.aim if self.is_share else self.ratio >= self.aim

    def markdown(self):
        if self.aim is None:
            return f"| {self.work} | {self.mine} | {self.peers} | {self.ratio:.2f} × {self.against} | | |"
        sign = "at most " if self.is_share else ""
        mark = "yes" if self.reached else "**no**"
        return f"| {self.work} | {self.mine} | {self.peers} | {self.ratio:.2f} × {self.against} | {sign}{self.aim:g} | {mark} |"


@dataclasses.dataclass
class NotMeasured:
    """A row for what this machine can't do."""

    work: str
    reason: str

    def markdown(self):
        return f"| {self.work} | | | | | not measured: {self.reason} |"


HEAD = "| work | Thaw | peers | ratio | aim | reached |\n|---|---|---|---|---|---|"


def rate_row(title, count, times, aim, among=None):
    """A row of images a second."""
    medians = {name: count / statistics.median(values) for name, values in times.items()}
    best, ratio = best_peer(times, among=among)
    listed = ", ".join(f"{name} {rate:.1f}" for name, rate in medians.items() if name != "Thaw")
    return Row(title, f"{medians['Thaw']:.1f}", listed, ratio, aim, best)
