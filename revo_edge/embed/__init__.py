"""Text to vectors: a sentence model run here by onnxruntime, loaded only when it is first needed."""
