"""TF.js graph models: a frozen TensorFlow graph, made fit for every backend of TF.js, and its weights."""
