"""tf2onnx's own optimizers, without what makes them slow and large.

Measured on NASNetMobile they took 90 s and on VGG16 6 GB: each of them rewrites the weights of every node, the one for
transpositions starts over after every change, and sorts the whole graph for every depthwise kernel.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from typing import Any


class _Lean:
    """An optimizer that leaves constants' protocol buffers as they are: nothing changes a constant in place."""

    def optimize(self, graph: Any, iteration: int) -> Any:
        self.opt_iteration = iteration
        graph = self._optimize(graph)  # type: ignore[attr-defined]
        for node in graph.get_nodes():
            if not node.is_const():
                node.update_proto()
        graph.delete_unused_nodes(graph.outputs)
        return graph


@cache
def optimizers() -> OrderedDict[str, type]:
    """All of tf2onnx's, in its order."""
    from tf2onnx import optimizer

    made = OrderedDict()
    for name, factory in optimizer._get_optimizers().items():
        base = _transposing(factory) if name == "optimize_transpose" else factory
        made[name] = type(f"Lean{factory.__name__}", (_Lean, base), {})
    return made


def _reshape_constant(graph: Any, node: Any) -> bool:
    """Replace a Reshape of a constant by a constant, and say whether it was one."""
    import numpy as np

    if node.type != "Reshape" or not all(source.is_const() for source in node.inputs):
        return False
    values = node.inputs[0].get_tensor_value(as_list=False)
    wanted = node.inputs[1].get_tensor_value(as_list=True)
    shape = [size or values.shape[axis] for axis, size in enumerate(wanted)]
    output = node.output[0]
    graph.remove_node(node.name)
    graph.make_const(output, np.reshape(values, shape))
    return True


def _transposing(factory: type) -> type:
    from tf2onnx.optimizer.transpose_optimizer import is_transpose, is_useless_transpose

    class Transposing(factory):  # type: ignore[valid-type,misc]
        def pre_optimize_action(self) -> None:
            graph = self._g
            self._output_names = [graph.get_node_by_output(output).name for output in graph.outputs]
            if sum(_reshape_constant(graph, node) for node in list(graph.get_nodes())):
                graph.topological_sort(graph.get_nodes())

        def _optimize_at_current_graph_level(self, graph: Any) -> Any:
            self._g = graph
            self.pre_optimize_action()
            changed = True
            while changed:
                changed = False
                self._force_stop: dict[str, int] = {}
                for node in list(graph.get_nodes()):
                    # An earlier change may have taken the node away, or another of the same name its place.
                    if graph.get_node_by_name(node.name) is not node:
                        continue
                    if is_transpose(node) and self._handle_nhwc_tranpose(node):
                        changed = self.graph_been_opt = True
                    elif is_useless_transpose(node):
                        self._remove_useless_tranpose(node)
                        changed = True
                if self._force_stop.get("stop") == 1:
                    break
            self.merge_duplicated_transposes()
            self.post_optimize_action()
            return self._g

    return Transposing
