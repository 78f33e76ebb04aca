"""Numbers as people read them."""

import time

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400


def duration(seconds: float | None) -> str:
    """Return a duration with its unit: `340 ms`, `1.2 s`, `3 m 05 s`, `2 h 04 m`, `3 d 4 h`."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} m {whole % _MINUTE_S:02} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02} m"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def size(count: float | None) -> str:
    """Return a number of bytes in powers of 1000: `512 B`, `38 MB`, `1.2 GB`."""
    if count is None:
        return "-"
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.1f} {unit}" if unit == "GB" else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def milliseconds(value: float | None) -> str:
    """Return a latency: `0.8 ms`, `31 ms`, `1.2 s`; `-` when nobody has measured it yet."""
    if value is None:
        return "-"
    if value >= 1000:
        return duration(value / 1000)
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def rate(per_s: float) -> str:
    """Return a rate: `0.4/s`, `120/s`."""
    return f"{per_s:.1f}/s" if per_s < 10 else f"{per_s:,.0f}/s"


def percent(ratio: float | None) -> str:
    """Return a ratio in percent, or `-`."""
    return "-" if ratio is None else f"{ratio * 100:.0f} %"


def clock(at: float | None) -> str:
    """Return the local time of day of a UTC epoch, with the date if it was not today."""
    if not at:
        return "-"
    then = time.localtime(at)
    today = then[:3] == time.localtime()[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)
