"""Changes into a room as its user, and there becomes the program that is named.

    python enter.py ROOT UID GID PROGRAM ARGUMENT …

A program of its own, because only a process that is about to be replaced may give up its root.
"""

import os
import sys

root, user, group, *command = sys.argv[1:]
os.chroot(root)
os.chdir("/var/task")
os.setgroups([])
os.setgid(int(group))
os.setuid(int(user))
os.umask(0o022)
os.execv(command[0], command)  # noqa: S606 (the environment is the caller's)
