#!/bin/sh
# sandbox.sh OWNER_PID LIMIT MEMORY_KIB PROGRAM [ARGUMENT…]
# LIMIT is what `ulimit` limits: `v`, address space, or `d`, memory that can be written.
# Replaces itself by PROGRAM, at low priority and with limited memory, and makes the kernel or a watcher kill PROGRAM
# when OWNER_PID ends, even if OWNER_PID is killed with SIGKILL. The process id stays the same, so that a signal to it
# reaches PROGRAM itself.
owner=$1
limit=$2
memory=$3
shift 3

if [ "$limit" = held ]; then
  # The owner may have ended before pdeathsig was set: the parent is then a different process.
  [ "$PPID" = "$owner" ] || exit 137
  exec nice -n 10 "$@"
fi

ulimit -c 0 2>/dev/null
# Not supported everywhere (macOS); PROGRAM then runs without a memory limit.
ulimit "-$limit" "$memory" 2>/dev/null

if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL /bin/sh "$0" "$owner" held 0 "$@"
fi

# Without setpriv, a watcher process kills PROGRAM. It holds none of our pipes: open pipes would delay the detection
# of the end of PROGRAM.
(
  while kill -0 "$owner" 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done
  kill -0 "$owner" 2>/dev/null || kill -KILL $$
) </dev/null >/dev/null 2>&1 &
exec nice -n 10 "$@"
