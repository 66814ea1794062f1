"""What confines a student's process: namespaces, file access, system calls, resources.

What holds on each level (`levels.Level`), for root and for an ordinary user, on Linux:

==========================================  ==========  ========  ======  ===
a student's process …                       bubblewrap  landlock  limits  off
==========================================  ==========  ========  ======  ===
reads the course, the class, other files    no          no        yes     yes
writes outside its own folders              no          no        yes     yes
sees variables of other processes           no          no        yes     yes
sees that other processes exist             no          no        yes     yes
signals, traces or reads other processes    no          no        no      yes
uses the network, or sockets of services    no          no        no      yes
gets rights, namespaces or mounts           no          no        no      yes
takes more memory, processes, files         no          no        no      yes
fills the disk                              no          watched   watched yes
lives on after its grading                  no          no        no      no
==========================================  ==========  ========  ======  ===

What no level contains: processor time (that is for the conductor's time-outs) and faults of the kernel itself. The
walls are the kernel's own, and a filter keeps a student's process from the parts of it that a notebook does not need.

What is weaker below bubblewrap: memory, processes and disk of the whole are looked at several times a second, so that
more can be taken for a moment. On "landlock" `multiprocessing` has no locks, queues or pools, since these lie in
/dev/shm, which all processes of the machine share: an honest notebook that makes some gets a PermissionError. As root
with a Python that only root can read, the student's process stays root without any of root's rights on the level
"landlock", and the level "limits" is refused. On kernels before 6.7 and 6.12 Landlock knows neither TCP nor signals;
the filter of system calls holds both there. It exists for x86_64 and aarch64: on another machine these levels leave the
network open.
"""
