# name = "Scripts in every kind of output, for whoever opens the feedback page"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
from IPython.display import HTML, SVG, Javascript, Markdown, display
display(HTML("<script>alert('MARKER-script')</script><img src=x onerror=\"alert('MARKER-handler')\">"))
display(HTML("<iframe srcdoc=\"<script>alert('MARKER-frame')</script>\"></iframe><a href=\"javascript:alert('MARKER-link')\">x</a>"))
display(HTML("<svg/onload=alert('MARKER-onload')><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert('MARKER-mxss') src>\">"))
display(HTML("<object data=\"data:text/html,<script>alert('MARKER-object')</script>\"></object><embed src=\"javascript:'MARKER-embed'\"><meta http-equiv=refresh content=\"0;url=javascript:'MARKER-meta'\"><base href=\"//MARKER-base/\"><link rel=import href=\"MARKER-import\"><form action=\"javascript:'MARKER-form'\"><button>x</button></form>"))
display(Javascript("alert('MARKER-javascript')"))
display(SVG(data="<svg xmlns='http://www.w3.org/2000/svg'><script>alert('MARKER-svg')</script><a xlink:href=\"javascript:alert('MARKER-xlink')\"><text>x</text></a></svg>"))
display(Markdown("[x](javascript:alert('MARKER-markdown')) <script>alert('MARKER-inline')</script>"))
display({"text/latex": "$\\href{javascript:alert('MARKER-latex')}{x}$ <script>alert('MARKER-latex-script')</script>"}, raw=True)
display({"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>alert('MARKER-widget')</script>"}}, raw=True)
display({"image/png": "\"><script>alert('MARKER-png')</script>", "image/jpeg": "x' onerror='alert(\"MARKER-jpeg\")"}, raw=True)
display({"text/plain": "</pre><script>alert('MARKER-plain')</script>"}, raw=True)
print("</pre></div><script>alert('MARKER-stdout')</script>\x1b]8;;javascript:alert('MARKER-ansi')\x07x\x1b]8;;\x07")

# %% last
raise ValueError("</pre><script>alert('MARKER-error')</script>")
