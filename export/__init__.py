"""From published weights to ONNX files that describe themselves: `python -m export`. Needs the `export` extra."""
