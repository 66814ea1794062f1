# name = "Magics and shell escapes: background scripts, pip, run, load"
# at_most = 0

# %% first
%pip install --quiet hostile-package-that-does-not-exist
!touch OUTSIDE_FOLDER/MARKER-shell

# %% solve-double
%run -n /etc/passwd
%load_ext autoreload
%autosave 1
double = None

# %% last
%%bash --bg
nohup sleep 86399.25 &
touch COURSE_FOLDER/MARKER-bash
