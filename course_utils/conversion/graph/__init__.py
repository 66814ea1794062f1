"""TF.js graph models: a frozen TensorFlow graph, made fit for every backend of TF.js, and its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils.conversion.formats import Written

__all__ = ["write"]


def write(source: Any, folder: Path, quantize: str = "none") -> Written:
    """Write a Keras model, or a SavedModel, as a TF.js graph model: model.json and its shards in `folder`.

    Recurrent layers over a known, short sequence are unrolled; others remain loops, which the page must run with
    `executeAsync`: the notes say so.

    Raises CourseError, before anything is written, where a backend of TF.js could not run the graph.
    """
    from course_utils.conversion.graph.checking import check, check_precision, dynamic
    from course_utils.conversion.graph.freezing import freeze
    from course_utils.conversion.graph.nodes import Graph
    from course_utils.conversion.graph.passes import prepare
    from course_utils.conversion.graph.writing import write_graph

    frozen = freeze(source, lower=True)
    check_precision(frozen)
    graph = Graph(frozen)
    prepare(graph)
    check(graph)
    notes = frozen.recurrence.notes()
    if dynamic(graph):
        why = frozen.recurrence.why_loops() or "the model has loops, branches or results of unknown size"
        way = " (or take --to tfjs-layers, which runs with predict)" if frozen.recurrence.loops else ""
        notes = (*notes, f"Run it with model.executeAsync, for {why}; model.predict refuses it{way}.")
    return Written(write_graph(graph, folder, quantize), notes)
