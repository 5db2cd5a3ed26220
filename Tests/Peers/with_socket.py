"""Runs a program that takes its listening socket from a service manager (sd_listen_fds(3)), on a port of the kernel's choice.

usage: with_socket.py NAME PROGRAM [ARGUMENT...]

Prints the port. The socket is the program's under NAME.
"""

import os
import socket
import sys

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(listener.getsockname()[1], flush=True)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[1])
os.execv(sys.argv[2], sys.argv[2:])
