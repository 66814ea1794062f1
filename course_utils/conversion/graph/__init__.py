"""TF.js graph models: a frozen TensorFlow graph, made fit for every backend of TF.js, and its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils.conversion.formats import Written

__all__ = ["write"]


def write(source: Any, folder: Path, quantize: str = "none") -> Written:
    """Write a Keras model, or a SavedModel, as a TF.js graph model: model.json and its shards in `folder`.

    Raises CourseError, before anything is written, where a backend of TF.js could not run the graph.
    """
    from course_utils.conversion.graph.freezing import freeze
    from course_utils.conversion.graph.nodes import Graph
    from course_utils.conversion.graph.passes import prepare
    from course_utils.conversion.graph.writing import write_graph

    frozen = freeze(source)
    graph = Graph(frozen)
    prepare(graph)
    return Written(write_graph(graph, folder, quantize), frozen.recurrence.notes())
