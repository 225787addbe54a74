"""Where a point of the Earth stands on our map: the Natural Earth projection.

Formula: Tom Patterson's projection in the polynomial form of Bojan Šavrič and others (2011).
The map is 1000 wide; y grows downwards.
"""

from math import radians

SCALE = 182.0
MIDDLE_X = 500.0
MIDDLE_Y = 268.0


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return x and y on the map for degrees north and east."""
    phi = radians(latitude)
    square = phi * phi
    fourth = square * square
    tenth = fourth * fourth * square
    x = radians(longitude) * (
        0.870700
        - 0.131979 * square
        - 0.013791 * fourth
        + 0.003971 * tenth
        - 0.001529 * tenth * square
    )
    y = phi * (
        1.007226
        + 0.015085 * square
        - 0.044475 * fourth * square
        + 0.028874 * fourth * fourth
        - 0.005916 * tenth
    )
    return MIDDLE_X + SCALE * x, MIDDLE_Y - SCALE * y


def width_at(latitude: float) -> float:
    """Return how far the map's two edges are apart at `latitude`."""
    return project(latitude, 180)[0] - project(latitude, -180)[0]
