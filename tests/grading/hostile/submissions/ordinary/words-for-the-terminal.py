# name = "Terminal commands and markup in errors, for whoever reads the table"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
raise RuntimeError("\x1b[2J\x1b]0;MARKER\x07[bold red]graded[/bold red][/nothing]\r\nvictim: 0 of 10 points\u202e\ud800")
