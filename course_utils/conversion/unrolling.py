"""Recurrent layers without a loop: while a model is traced, each of them is written out step by step.

A loop in a graph costs dearly elsewhere: TF.js then refuses `predict` and wants `executeAsync`, LiteRT may need the
Flex delegate. A layer whose number of steps is known and small is therefore traced with all its steps in a row. The
model itself stays as it is: no weight is copied and no layer is renamed, whatever is nested in what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

#: The longest sequence that is written out. Each step of an LSTM is some twenty nodes of the graph.
MAX_UNROLL = 128


@dataclass
class Recurrence:
    """What became of a model's recurrent layers: `steps` of those written out, `loops` of those that could not be."""

    limit: int
    steps: dict[str, int] = field(default_factory=dict)
    loops: dict[str, int | None] = field(default_factory=dict)

    def notes(self) -> tuple[str, ...]:
        """A sentence for each number of steps that layers were written out over."""
        by_steps: dict[int, list[str]] = {}
        for name, steps in self.steps.items():
            by_steps.setdefault(steps, []).append(name)
        return tuple(
            f"{_listed(names)} {'was' if len(names) == 1 else 'were'} unrolled over {steps} steps."
            for steps, names in sorted(by_steps.items())
        )

    def why_loops(self) -> str:
        """Why some layers are loops, as a clause: "lstm takes sequences of any length"; empty where there are none."""
        clauses = []
        unknown = [name for name, steps in self.loops.items() if steps is None]
        if unknown:
            clauses.append(f"{_listed(unknown)} {_verb(unknown, 'take')} sequences of any length")
        for name, steps in self.loops.items():
            if steps is not None:
                clauses.append(f"{name} takes {steps} steps, more than the {self.limit} that are written out")
        return ", and ".join(clauses)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _verb(names: list[str], verb: str) -> str:
    return f"{verb}s" if len(names) == 1 else verb


@contextmanager
def unrolled(model: keras.Model, limit: int = MAX_UNROLL) -> Iterator[Recurrence]:
    """While this lasts, calling `model` writes its recurrent layers out, where they take at most `limit` steps.

    Yields what became of each layer, filled in as the model is traced. Sequences whose length is unknown, or larger,
    become loops as ever. cuDNN is not used meanwhile, since no other runtime has it.
    """
    import keras

    record = Recurrence(limit)
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.RNN)]
    folded = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.TimeDistributed)]
    fused = {id(layer): layer.use_cudnn for layer in layers if hasattr(layer, "use_cudnn")}
    # Keras draws the dropout masks of a cell before it knows that it will not need them.
    dropping = [
        (cell, name, vars(cell)[name])
        for cell in model._flatten_layers()
        for name in ("dropout", "recurrent_dropout")
        if "recurrent_dropout" in vars(cell)
    ]
    try:
        for cell, name, _ in dropping:
            setattr(cell, name, 0.0)
        for layer in layers:
            # In the instance's own dictionary: Keras keeps an eye on attributes that are set the ordinary way.
            layer.__dict__["inner_loop"] = _written_out(layer, layer.inner_loop, record)
            if id(layer) in fused:
                layer.use_cudnn = False
        for layer in folded:
            layer.__dict__["call"] = _all_at_once(layer, layer.call)
        yield record
    finally:
        for cell, name, rate in dropping:
            setattr(cell, name, rate)
        for layer in folded:
            layer.__dict__.pop("call", None)
        for layer in layers:
            layer.__dict__.pop("inner_loop", None)
            if id(layer) in fused:
                layer.use_cudnn = fused[id(layer)]


def _written_out(
    layer: keras.layers.RNN, inner_loop: Callable[..., Any], record: Recurrence
) -> Callable[..., Any]:
    """The layer's way through its steps, which are written out where they are few."""
    from keras import ops, tree

    def through(sequences: Any, initial_state: Any, mask: Any = None, training: bool = False) -> Any:
        steps = sequences.shape[1]
        backwards, unroll = layer.go_backwards, layer.unroll
        if steps is not None and (steps <= record.limit or unroll):
            record.steps[layer.name] = max(steps, record.steps.get(layer.name, 0))
            layer.unroll = True
            mask = mask[0] if tree.is_nested(mask) else mask
            if backwards and mask is not None and layer.zero_output_for_mask:
                # Keras reverses the steps of an unrolled layer, but not the mask that zeroes its outputs.
                sequences, mask = ops.flip(sequences, axis=1), ops.flip(mask, axis=1)
                layer.go_backwards = False
        else:
            record.loops[layer.name] = steps
        try:
            return inner_loop(sequences, initial_state, mask, training=training)
        finally:
            layer.go_backwards, layer.unroll = backwards, unroll

    return through


def _all_at_once(layer: keras.layers.TimeDistributed, call: Callable[..., Any]) -> Callable[..., Any]:
    """TimeDistributed with the steps as so many more examples: one node where Keras has one a step, or a loop.

    At inference, Keras' own layers treat each example by itself. Others are left to Keras.
    """
    from keras import ops

    def through(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        masked = mask is not None and layer.layer._call_has_mask_arg
        if masked or not all(map(_by_example, layer.layer._flatten_layers())) or None in inputs.shape[2:]:
            return call(inputs, training=training, mask=mask)
        kwargs = {"training": training} if layer.layer._call_has_training_arg else {}
        steps = inputs.shape[1] or ops.shape(inputs)[1]
        outputs = layer.layer.call(ops.reshape(inputs, (-1, *inputs.shape[2:])), **kwargs)
        if None in outputs.shape[1:]:
            return call(inputs, training=training, mask=mask)
        return ops.reshape(outputs, (ops.shape(inputs)[0], steps, *outputs.shape[1:]))

    return through


def _by_example(layer: keras.layers.Layer) -> bool:
    """Whether a layer is one of Keras' own, none of which mixes examples at inference but a Lambda."""
    import keras

    return type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.layers.Lambda)
