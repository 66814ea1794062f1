# name = "A handler for AssertionError swallows it, and tracebacks are never shown"
# at_most = 0

# %% first
ip = get_ipython()
ip.set_custom_exc((BaseException,), lambda shell, kind, value, trace, tb_offset=None: None)
ip.showtraceback = lambda *arguments, **options: None
ip._showtraceback = lambda *arguments, **options: None
ip.showsyntaxerror = ip.showtraceback
