"""The roofline of a network on a device: each op that computes by its FLOPs per byte.

S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for
multicore architectures", Communications of the ACM 52 (2009).
"""

from __future__ import annotations

from convcost.graph.bound import PICOSECONDS, Device
from convcost.report.charts.drawing import ACCENT, INK, Spec, by_kind, chart, legend, values
from convcost.report.charts.layers import BOUND, TIME, Layers


def on_the_roof(found: Layers) -> list[Spec]:
    """The ops that compute and move something, as data: FLOPs per byte, and FLOPs a second.

    FLOPs a second are those of the times that were measured, if there are any, else of the bound.
    """
    points = []
    for each in values(found):
        flops, seconds = 2 * each["macs"], each[TIME] if TIME in each else each[BOUND]
        if each["leaf"] and flops and each["bytes"] and seconds:
            each["intensity"] = flops / each["bytes"]
            each["speed"] = flops * PICOSECONDS / seconds
            each["measured"] = TIME in each
            points.append(each)
    return points


def roofline_chart(found: Layers, device: Device, dtype: str) -> Spec:
    """The roof of a device in one dtype, and a point for each op that computes.

    The larger a point is, the longer its op takes.

    Raises:
        ConvcostError: the device has no peak for the dtype.
    """
    points = on_the_roof(found)
    peak, width = device.peak(dtype).value, device.bandwidth.value
    ridge = peak / width
    least = min([ridge, *[each["intensity"] for each in points]]) / 2
    most = max([ridge, *[each["intensity"] for each in points]]) * 2
    roof = [{"x": x, "y": min(peak, width * x)} for x in (least, ridge, most)]
    weight = TIME if TIME in found.measures else BOUND
    said = (
        "datum.path + '\\n' + datum.op + ', ' + datum.output"
        " + '\\n' + format(datum.intensity, ',.3~r') + ' FLOPs/byte'"
        " + '\\n' + format(datum.speed, '.3~s') + 'FLOP/s'"
        " + (datum.measured ? ' measured' : ' at most')"
    )
    point = {
        "x": {"scale": "x", "field": "intensity"},
        "y": {"scale": "y", "field": "speed"},
        "size": {"scale": "size", "field": weight},
        "fill": {"scale": "kind", "field": "kind"},
        "stroke": {"value": INK},
        "strokeWidth": {"value": 0.5},
        "fillOpacity": {"value": 0.8},
        "tooltip": {"signal": said},
    }
    line = {
        "x": {"scale": "x", "field": "x"},
        "y": {"scale": "y", "field": "y"},
        "stroke": {"value": ACCENT},
        "strokeWidth": {"value": 2},
    }
    speeds = [*[each["y"] for each in roof], *[each["speed"] for each in points]]
    axes = {"intensity": ("x", "bottom"), "speed": ("y", "left")}
    titles = {"intensity": "FLOPs per byte", "speed": "FLOP/s"}
    return chart(
        320,
        f"roofline of {found.rows[0].name} on {device.name}",
        data=[{"name": "points", "values": points}, {"name": "roof", "values": roof}],
        scales=[
            {"name": "x", "type": "log", "domain": [least, most], "range": "width"},
            {
                "name": "y",
                "type": "log",
                "domain": [min(speeds) / 2, max(speeds) * 2],
                "range": "height",
            },
            {
                "name": "size",
                "type": "linear",
                "domain": {"data": "points", "field": weight},
                "range": [20, 400],
                "zero": True,
            },
            by_kind(found.kinds),
        ],
        axes=[
            {
                "scale": scale,
                "orient": orient,
                "title": titles[name],
                "format": ".3~s",
                "grid": True,
                "tickCount": 6,
            }
            for name, (scale, orient) in axes.items()
        ],
        legends=[legend()],
        marks=[
            {"type": "line", "from": {"data": "roof"}, "encode": {"update": line}},
            {"type": "symbol", "from": {"data": "points"}, "encode": {"update": point}},
        ],
    )
