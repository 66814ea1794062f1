"""One widget class a demo of the laboratory: which values it shares with Python. See `base.py` for how to add one."""

from __future__ import annotations

from course_utils.widgets.base import DemoWidget

#: The widget classes of the laboratory's demos.
WIDGETS: tuple[type[DemoWidget], ...] = ()
