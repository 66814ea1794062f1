# name = "ONNX Runtime is given float64"
# score = 30
# phrase = "it stopped with InvalidArgument"

# %% solve-run-onnx
def run_onnx(path, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: images})[0]
