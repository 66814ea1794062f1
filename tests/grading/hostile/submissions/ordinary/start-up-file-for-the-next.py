# name = "IPython, Python and Keras start-up files are planted for the next student"
# at_most = 0

# %% first
import os, sys, site
try:
    from IPython.paths import get_ipython_dir
    places = [os.path.join(get_ipython_dir(), "profile_default", "startup", "00.py"),
              os.path.join(get_ipython().profile_dir.startup_dir, "01.py"),
              os.path.join(site.getusersitepackages(), "usercustomize.py"),
              os.path.join(os.path.expanduser("~"), ".pythonrc"),
              os.path.join(os.getcwd(), "..", "sitecustomize.py"),
              os.path.join(os.path.expanduser("~"), ".ipython", "profile_default", "ipython_config.py")]
    for path in places:
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write("print('canary-of-a-' + 'channel')\n")
        except OSError:
            pass
except Exception as error:
    print(error)
