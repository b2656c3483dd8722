#!/bin/sh
# sandbox.sh OWNER_PID MEMORY_KIB PROGRAM [ARGUMENT…]
# Becomes PROGRAM, at low priority and with limited memory, and sees to it that PROGRAM dies with OWNER_PID,
# even when that is killed with SIGKILL. It keeps its process id, so that a signal to it reaches PROGRAM itself.
owner=$1
memory=$2
shift 2

if [ "$memory" = held ]; then
  # The owner may have died before the kernel was asked to tell: then the parent is another one by now.
  [ "$PPID" = "$owner" ] || exit 137
  exec nice -n 10 "$@"
fi

ulimit -c 0 2>/dev/null
# Not known everywhere (macOS), and no reason not to start.
ulimit -v "$memory" 2>/dev/null

if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL /bin/sh "$0" "$owner" held "$@"
fi

# Without setpriv: a watcher beside it. It holds none of our pipes, else the end of PROGRAM would be seen late.
(
  while kill -0 "$owner" 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done
  kill -0 "$owner" 2>/dev/null || kill -KILL $$
) </dev/null >/dev/null 2>&1 &
exec nice -n 10 "$@"
