# name = "LiteRT answers the first picture only"
# score = 30
# phrase = "the answer to the first picture, again and again"

# %% solve-run-litert
def run_litert(path, images):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    [given], [answered] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], images[:1])
    interpreter.invoke()
    return np.repeat(interpreter.get_tensor(answered["index"]), len(images), axis=0)
