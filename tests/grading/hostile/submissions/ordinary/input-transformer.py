# name = "Input transformers replace every later cell"
# at_most = 0

# %% first
ip = get_ipython()
ip.input_transformers_post.append(lambda lines: ["1\n"])
ip.input_transformers_cleanup.append(lambda lines: ["1\n"])
ip.input_transformer_manager.transform_cell = lambda cell: "1\n"
ip.transform_cell = lambda cell: "1\n"
